"""Large files are read by the texts that they repeat, and reloads by what they remember.

Both come to the same values, and to the same faults at the same places, as reading line by line.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import settings
from tests.property.fuzz import SETTING, mutated

from keepalived.config import load as loading
from keepalived.config.load import Loaded, load
from keepalived.config.memory import Memory
from keepalived.config.patch import Edit, ground_of, patched
from keepalived.core.lvs.config import RealServer, VirtualServer
from keepalived.lang import lexer as lexing

PART = 2 * settings().max_examples
"""Texts a test."""
CHECKS = (
    "",
    "TCP_CHECK {\n connect_port 443\n connect_timeout 3\n }\n",
    "TCP_CHECK {\n        retry 2\n        warmup 1\n    }\n",
    'MISC_CHECK {\n misc_path "/bin/true x"\n }\n',
    "MISC_CHECK {\n misc_path /bin/true\n misc_timeout 3\n }\n",
    "HTTP_GET {\n url {\n  path /\n  status_code 200\n }\n url {\n path /b\n }\n retry 1\n }\n",
    "SMTP_CHECK {\n helo_name a\n }\n",
    "TCP_CHECK {\n bindto 192.0.2.1\n }\n",
)
WORDS = (
    *("delay_loop 10\n", "lb_algo wlc\n", "lb_algo rr\n", "lb_kind NAT\n", "lb_kind DR\n"),
    *("protocol TCP\n", "protocol UDP\n", "persistence_timeout 50\n", "quorum 2\n", "retry 3\n"),
    *("sorry_server 10.9.9.9 80\n", "lvs_sched sh\n", "weight 3\n", "ops\n", "# of the shop\n"),
    *("alpha\n", "omega\n", "quorum_up /bin/true\n", "virtualhost a.example\n", "hashed\n", "\n"),
)
USUAL = ("delay_loop 10\n", "lb_algo wlc\n", "lb_kind NAT\n", "protocol TCP\n")
ADDRESSES = ("10.2.0.{}", "10.3.0.0{}", "10.1.{}.2", "2001:db8::{}", "::ffff:10.1.0.{}", "a.{}", "")
OFTEN = ("weight", "real_server", "virtual_server", "delay_loop", "}")
BETWEEN = (
    "",
    "",
    "\n# the next one\n",
    "vrrp_script s {\n script /bin/true\n}\n",
    "vrrp_instance V {\n interface lo\n virtual_router_id 1\n priority 100\n}\n",
    "virtual_server_group g {\n 10.0.0.1 80\n}\n",
    "global_defs {\n router_id x\n}\n",
)


def large(chance: random.Random) -> str:
    """Write a file with blocks that repeat themselves, and a few that do not."""
    parts: list[str] = []
    indent = chance.choice(("", " ", "    ", "\t"))
    usual = chance.choices(CHECKS[:6], k=2)
    odd = chance.choice((0, 0, 0.05, 0.3))
    for number in range(chance.randrange(2, 9)):
        words = list(USUAL) if chance.random() >= odd else chance.choices(WORDS, k=4)
        parts.append(f"virtual_server 10.0.{number}.1 80 {{\n")
        parts += [indent + word for word in words]
        for server in range(chance.randrange(1, 6)):
            strange = chance.random() < odd
            shape = chance.choice(ADDRESSES) if strange else "10.1.0.{}"
            port = chance.choice(("", " 0", " 080")) if strange else " 80"
            check = chance.choice(CHECKS) if strange else chance.choice(usual)
            weight = chance.choice(("", "weight 1\n", "weight 0\n")) if strange else "weight 2\n"
            at = shape.format(server) + port
            parts.append(f"{indent}real_server {at} {{\n{indent}{weight}{check}{indent}}}\n")
        parts.append("}\n" + (chance.choice(BETWEEN) if chance.random() < odd else ""))
    return "".join(parts)


def read(text: str, largest: int, memory: Memory | None = None) -> Loaded:
    """Read a text; one with more letters than that is large."""
    loading.LARGE = lexing.LARGE = largest
    return load("t", lambda name: (("t", text),) if name == "t" else (), "", SETTING, None, memory)


def places(loaded: Loaded) -> list[object]:
    """Give where all services and servers are."""
    blocks: list[VirtualServer | RealServer] = []
    for service in loaded.config.services:
        blocks += [service, *service.servers]
    return [each.place for each in blocks]


@pytest.fixture(autouse=True)
def _limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "LARGE", loading.LARGE)
    monkeypatch.setattr(lexing, "LARGE", lexing.LARGE)
    monkeypatch.setattr(lexing, "NEAR", 7)


@pytest.mark.parametrize("part", range(4))
def test_a_large_file_comes_to_the_same_as_line_by_line(part: int) -> None:
    for number in range(part * PART, (part + 1) * PART):
        chance = random.Random(number)
        text = large(chance)
        if number % 3:
            text = mutated(text, [text, large(chance)], chance)
        line_by_line, quickly = read(text, 10**9), read(text, 0)
        assert quickly.faults == line_by_line.faults, number
        assert quickly.config == line_by_line.config, number
        assert places(quickly) == places(line_by_line), number


@pytest.mark.parametrize("part", range(4))
def test_a_reload_that_remembers_comes_to_the_same_as_one_that_does_not(part: int) -> None:
    remembered = 0
    for number in range(part * PART, (part + 1) * PART):
        chance = random.Random(number)
        text = large(chance)
        memory = read(text, 0).memory
        for _ in range(3):
            text = mutated(text, [text, large(chance)], chance) if chance.random() < 0.9 else text
            line_by_line, again = read(text, 10**9), read(text, 0, memory)
            assert again.faults == line_by_line.faults, number
            assert again.config == line_by_line.config, number
            remembered += len(memory.known()) if memory is not None else 0
            memory = again.memory or memory
    assert remembered > PART


def test_what_stands_elsewhere_in_a_new_file_is_told_of_where_it_stands_there() -> None:
    service = "virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\n"
    service += "real_server 10.1.0.1 80 {\n}\n}\n"
    before = read(service, 0)
    assert before.memory is not None and len(before.memory.known()) == 1
    again = read(f"global_defs {{\n}}\n{service}{service}", 0, before.memory)
    assert [fault.place.line for fault in again.faults] == [10]


def test_only_what_changed_is_read_again() -> None:
    chance = random.Random(4)
    texts = [f"virtual_server 10.0.{n}.1 80 {{\n{''.join(USUAL)}" for n in range(9)]
    texts = [f"{each}real_server 10.1.0.{n} 80 {{\n}}\n}}\n" for n, each in enumerate(texts)]
    before = read("".join(texts), 0)
    changed = texts[:]
    changed[4] = changed[4].replace("real_server 10.1.0.4", "real_server 10.1.0.44")
    chance.shuffle(changed)
    after = read("# moved\n" + "".join(changed), 0, before.memory)
    assert after.faults == ()
    kept = {id(each) for each in before.config.services} & {id(e) for e in after.config.services}
    assert len(kept) == 8


def edit_of(before: str, after: str, chance: random.Random) -> Edit:
    """Find an edit that leads from one text to another; not always the least one."""
    begin = 0
    while begin < min(len(before), len(after)) and before[begin] == after[begin]:
        begin += 1
    back, most = 0, min(len(before), len(after)) - begin
    while back < most and before[-1 - back] == after[-1 - back]:
        back += 1
    begin = max(0, begin - chance.choice((0, 0, 1, 30)))
    return Edit(begin, len(before) - back, after[begin : len(after) - back])


@pytest.mark.parametrize("part", range(4))
def test_a_patch_comes_to_the_same_as_reading_all(part: int) -> None:
    count = 0
    for number in range(part * PART, (part + 1) * PART):
        chance = random.Random(number)
        text = large(chance)
        loaded = read(text, 0)
        ground = ground_of(loaded)
        for _ in range(8):
            if ground is None:
                break
            other = mutated(text, [text, large(chance)], chance)
            if chance.random() < 0.7:
                other = nudged(text, chance)
            found = patched(loaded, ground, edit_of(text, other, chance), None)
            if found is None:
                continue
            line_by_line = read(other, 10**9)
            assert found.loaded.faults == line_by_line.faults, number
            assert found.loaded.config == line_by_line.config, number
            memory = found.loaded.memory
            assert memory is not None and memory.parts[0].text == other
            assert ground_of(read(other, 0)) == found.ground, number
            count += 1
            text, loaded, ground = other, found.loaded, found.ground
    assert count > PART / 4


def nudged(text: str, chance: random.Random) -> str:
    """Change what an operator changes: a server, an address, a weight, a block."""
    lines = text.split("\n")
    places = [at for at, line in enumerate(lines) if chance.choice(OFTEN) in line]
    if not places:
        return text
    at = chance.choice(places)
    match chance.randrange(4):
        case 0:
            lines[at] = lines[at].replace("1", chance.choice("123"), 1)
        case 1:
            lines[at] = lines[at].replace("10.1.0.", "10.4.0.")
        case 2:
            ends = [e for e in range(at, len(lines)) if lines[e].strip() == "}"]
            del lines[at : ends[0] + 1 if ends else at + 1]
        case _:
            ends = [e for e in range(at, len(lines)) if lines[e].strip() == "}"]
            block = lines[at : ends[0] + 1] if ends else []
            lines[at:at] = [each.replace("10.", "11.") for each in block]
    return "\n".join(lines)
