"""Texts that nobody would write: random bytes, signs of the grammar, mutated configurations.

Rule: a text is a function of its number, so that whatever goes wrong can be had again.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from keepalived.config.load import child_text, load, load_expanded
from keepalived.lang.source import Setting

SHARED = Path(os.environ.get("PYKEEPALIVED_SHARED", "../shared"))
MOST_S = 1.0
"""Of processor time, for a text of up to 100 kB."""
SETTING = Setting(config_id="blue", folder="/", environment={"HOME": "/root"})
SIGNS = (
    *("{", "}", " {\n", "}\n", "\n", " ", "\t", '"', "'", "#", "!", "\\", "\\\n", "\r\n", "\0"),
    *("$A", "${A}", "$A=", "$A= \\\n", "${_RANDOM 1 2}", "${_PWD}", "@blue ", "@^blue "),
    *("~SEQ(v,1,9) ", "~SEQ(v,", "~LST(v,a,b) ", "~LST({v,w},{1,2}) ", ")", ",", "${v}"),
    *("include x\n", "includea *.conf\n", "include {a,b}\n", "include_check\n", "-1", "0", "1"),
    *("99999999999999999999", "1.5", "10.0.0.1", "2001:db8::1", "é", "\udcff", "\x1c", "x" * 1100),
    *("vrrp_instance ", "virtual_server ", "real_server ", "TCP_CHECK", "virtual_ipaddress"),
)


def corpus() -> list[str]:
    """Give the configurations that there are to mutate."""
    files = sorted(SHARED.glob("seed/*.conf")) + sorted(SHARED.glob("corpus/*.conf"))
    return [file.read_bytes().decode("utf-8", "surrogateescape") for file in files]


def texts(begin: int, count: int, samples: list[str]) -> Iterator[tuple[int, str]]:
    """Give so many texts with their numbers."""
    for number in range(begin, begin + count):
        chance = random.Random(number)
        kind = number % 4 if samples else number % 2
        if kind == 0:
            data = chance.randbytes(chance.randrange(2000))
            yield number, data.decode("utf-8", "surrogateescape")
        elif kind == 1:
            yield number, "".join(chance.choices(SIGNS, k=chance.randrange(200)))
        else:
            yield number, mutated(chance.choice(samples), samples, chance)


def mutated(text: str, samples: list[str], chance: random.Random) -> str:
    """Change a text in a few places."""
    lines = text[:100_000].split("\n")
    for _ in range(chance.randrange(1, 12)):
        at = chance.randrange(len(lines))
        cut = chance.randrange(len(lines[at]) + 1)
        match chance.randrange(7):
            case 0 if len(lines) > 1:
                del lines[at]
            case 1:
                lines.insert(at, chance.choice(lines))
            case 2:
                lines[at] = lines[at][:cut] + chance.choice(SIGNS) + lines[at][cut:]
            case 3:
                lines[at] = lines[at][:cut] + lines[at][cut + 1 :]
            case 4:
                lines[at : at + 1] = [lines[at][:cut], lines[at][cut:]]
            case 5:
                lines.insert(at, chance.choice(chance.choice(samples).split("\n")))
            case _:
                words = lines[at].split()
                chance.shuffle(words)
                lines[at] = " ".join(words)
    return "\n".join(lines)


def verdict(text: str) -> float:
    """Load a text and look at every fault; give the processor time that it took."""
    found = {"t.conf": (("t.conf", text),)}
    begun = time.process_time()
    loaded = load("t.conf", lambda name: found.get(name, ()), "", SETTING)
    took = time.process_time() - begun
    if len(text) % 8 == 0:
        load("t.conf", lambda name: found.get(name, ()), "2.2.7", SETTING)
    lines = text.replace("\r", "").count("\n") + 1
    for fault in loaded.faults:
        assert 0 <= fault.place.line <= lines
        fault.shown().encode()
        fault.classic()
    for process in ("vrrp", "checker"):
        load_expanded(child_text(loaded.config, process))
    return took


def run(begin: int, count: int) -> float:
    """Try so many texts; give the longest time."""
    samples = corpus()
    longest = 0.0
    for number, text in texts(begin, count, samples):
        try:
            took = verdict(text)
        except Exception as error:
            raise AssertionError(f"text {number} has no verdict") from error
        assert took < MOST_S, f"text {number} took {took:.2f} s"
        longest = max(longest, took)
    return longest


def main() -> None:
    """Try 100,000 texts, or as many as the first word says, from a number that the second says."""
    count, begin = (*map(int, sys.argv[1:]), *(100_000, 0)[len(sys.argv) - 1 :])[:2]
    for first in range(begin, begin + count, 1000):
        longest = run(first, min(1000, begin + count - first))
        print(f"{first + 1000 - begin} of {count}: at most {longest * 1000:.0f} ms", flush=True)


if __name__ == "__main__":
    main()
