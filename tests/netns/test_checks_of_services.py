"""UDP, DNS, SMTP and echo checks of real servers, by our daemon and by the real one at once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.lab.directors import start_checker
from tests.lab.hosts import Host, Program, World, missing
from tests.lab.shim import build_shim
from tests.lab.waiting import until

from keepalived.wire.dns import TYPES

pytestmark = pytest.mark.netns

QUESTION = "3645 0100 0001 0000 0000 0000 00 0006 0001"
"""What dnsmasq is asked by UDP_CHECK: the SOA of the root."""
PACE = "connect_timeout 1\nretry 1\ndelay_before_retry 1\n"


@dataclass(frozen=True)
class Case:
    """A real server's check and what should come of it."""

    port: int
    check: str
    good: bool


def check(kind: str, *words: str) -> str:
    return "\n".join((f"{kind}_CHECK {{", PACE, *words, "}"))


CASES = {
    "127.0.1.1": Case(53, check("UDP", f"payload {QUESTION}", "require_reply 3645 8x"), True),
    "127.0.1.2": Case(53, check("UDP", f"payload {QUESTION}", "require_reply 3645 0x"), False),
    "127.0.1.3": Case(53, check("UDP", f"payload {QUESTION}", "require_reply"), True),
    "127.0.1.4": Case(54, check("UDP", f"payload {QUESTION}"), False),
    "127.0.1.5": Case(53, check("UDP", "payload 00"), True),
    "127.0.1.6": Case(53, check("UDP", "payload 00", "require_reply"), False),
    "127.0.1.12": Case(53, check("DNS", "name far.example"), False),
    "127.0.1.13": Case(54, check("DNS"), False),
    "127.0.1.20": Case(25, check("SMTP"), True),
    "127.0.1.21": Case(25, check("SMTP", "helo_name me.example", "bindto 127.0.1.99"), True),
    "127.0.1.22": Case(26, check("SMTP"), False),
    "127.0.1.23": Case(53, check("SMTP"), False),
    "127.0.1.30": Case(80, check("PING"), True),
    "192.0.2.1": Case(80, check("PING"), False),
    **{
        f"127.0.1.{40 + place}": Case(53, check("DNS", f"type {kind}", "name here.test"), True)
        for place, kind in enumerate(TYPES)
    },
}
"""By address; dnsmasq knows here.test and refuses what is not under test."""
SILENT = "DNS_CHECK"
"""The kind that writes no line where it passes."""


def configuration() -> str:
    lines = ["virtual_server 10.66.0.1 80 {", "delay_loop 1", "lb_algo rr", "lb_kind NAT"]
    lines += ["protocol TCP", "sorry_server 127.0.0.99 80"]
    for address, case in CASES.items():
        lines.append(f"real_server {address} {case.port} {{\n{case.check}\n}}")
    return "\n".join([*lines, "}", ""])


def serve(host: Host) -> None:
    """Start a real DNS server on all addresses and a real mail server on two."""
    dnsmasq, msmtpd = shutil.which("dnsmasq"), shutil.which("msmtpd")
    assert dnsmasq is not None and msmtpd is not None
    words = ["--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=", "--no-resolv"]
    words += ["--no-hosts", "--local=/test/", "--host-record=here.test,127.0.0.1"]
    host.start(dnsmasq, *words)
    for address in ("127.0.1.20", "127.0.1.21"):
        host.start(msmtpd, f"--interface={address}", "--command=cat", label=f"mail-{address}")
    listening = ("ss", "-Hlntu", "sport", "=", "53", "or", "sport", "=", "25")
    until(lambda: host.run(*listening).count("127.0.1.2") >= 2, 10, "the mail servers")
    until(lambda: "udp" in host.run(*listening), 10, "the DNS server")


@pytest.fixture(scope="module")
def running(shared: Path) -> Iterator[dict[str, Program]]:
    lack = missing("keepalived", "dnsmasq", "msmtpd", "cc", "nft")
    if lack is not None:
        pytest.skip(f"lacks {lack}")
    with World() as world:
        host = world.host("services")
        host.ip("link add e0 type veth peer name e1", "addr add 192.0.2.9/24 dev e0")
        host.ip("link set e0 up", "link set e1 up")
        serve(host)
        file = world.folder / "checks.conf"
        file.write_text(configuration())
        yield {
            "ours": start_checker(host, "ours", file),
            "real": start_checker(
                host, "real", file, LD_PRELOAD=str(build_shim(shared, world.folder))
            ),
        }


def verdicts(program: Program) -> dict[str, bool]:
    """Read from a log which servers' checks came to which end."""
    found = {}
    for line in program.text().splitlines():
        at = re.search(r"\[([\d.]+)\]:tcp", line)
        if at and re.search(r"success\.|succeed on service", line):
            found[at[1]] = True
        elif at and "Removing service" in line:
            found[at[1]] = False
    return found


def told(case: Case) -> bool:
    """Say whether the log tells of it."""
    return not (case.good and case.check.startswith(SILENT))


@pytest.mark.parametrize("kind", ["ours", "real"])
def test_every_server_is_judged_rightly(running: dict[str, Program], kind: str) -> None:
    program = running[kind]
    wanted = {address: case.good for address, case in CASES.items() if told(case)}

    def seen() -> bool:
        found = verdicts(program)
        wrong = {a: good for a, good in wanted.items() if found.get(a) is not good}
        assert not wrong, f"not yet {wrong} in {found}"
        return True

    until(seen, 20, f"all verdicts of {kind}")
    silent = {address for address, case in CASES.items() if not told(case)}
    assert not silent & verdicts(program).keys()


REASON = re.compile(r" \((?!rcode|Connection)[^()]*\)$|, [A-Z]+(?=\))")
"""What ours says behind the classic lines."""


def lines(program: Program) -> set[str]:
    """Give the log lines about checks and servers, without time and our reasons."""
    texts = (line.split(": ", 1)[-1] for line in program.text().splitlines())
    wanted = ("CHECK", "success", "succeed", "Removing")
    return {REASON.sub("", text) for text in texts if any(word in text for word in wanted)}


def test_log_lines_are_the_real_programs_word_for_word(running: dict[str, Program]) -> None:
    count = sum(told(case) for case in CASES.values())
    for program in running.values():
        until(lambda p=program: len(verdicts(p)) == count, 20, "verdicts")  # type: ignore[misc]
    assert lines(running["ours"]) == lines(running["real"])
