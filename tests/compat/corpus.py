"""Judges the corpus twice, by keepalived 2.2.7 and by us, in one namespace with the links it names.

Rule: both are judged live; the verdicts that lie beside the corpus are a record only.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.compat.upstream import REAL

from keepalived.config.load import exit_class, load
from keepalived.port.facts import Link
from keepalived.run.config_test import host_of
from keepalived.run.sources import fetch, setting

RELEASE = "2.2.7"
NAMED = re.compile(
    r"(?:^|\s)(?:interface|dev|oif|iif|lvs_sync_daemon|lvs_sync_daemon_interface"
    r"|default_interface|bind_if)\s+([^\s{}]+)"
)
LISTED = re.compile(
    r"(?:track_interface|linkbeat_interfaces|interface_up_down_delays|interfaces)\s*\{([^}]*)\}"
)
LINE = re.compile(r"^\((?:.*: )?Line (\d+)\) ")
MOST_SECONDS = 30


@dataclass(frozen=True)
class Said:
    """What one program said of one file."""

    status: int
    lines: frozenset[int]
    texts: tuple[str, ...] = ()


def links_named(texts: Iterable[str]) -> list[str]:
    """Give every name that a link of these files could have."""
    names: set[str] = set()
    for text in texts:
        bare = "\n".join(re.split("[#!]", line)[0] for line in text.splitlines())
        names.update(NAMED.findall(bare))
        for body in LISTED.findall(bare):
            names.update(line.split()[0] for line in body.splitlines() if line.split())
    return sorted(name for name in names if _possible(name))


def _possible(name: str) -> bool:
    # A link with the name of a virtual MAC link would stand in that one's way.
    fits = re.fullmatch(r"[A-Za-z0-9_.-]{1,15}", name) and name not in (".", "..", "lo", "all")
    return bool(fits) and not re.fullmatch(r"vrrp[46]?\.\d+", name)


@contextmanager
def scene(name: str, links: list[str]) -> Iterator[list[Link]]:
    """Make a namespace with these links as empty bridges that are up; give all its links."""
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        batch = "link set lo up\n"
        batch += "".join(f"link add {each} type bridge\nlink set {each} up\n" for each in links)
        subprocess.run(
            ["ip", "-n", name, "-batch", "-"],
            input=batch,
            text=True,
            check=True,
            capture_output=True,
        )
        yield _links(name)
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


def _links(namespace: str) -> list[Link]:
    command = ["ip", "-n", namespace, "-j", "link"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return [
        Link(
            index=each["ifindex"],
            name=each["ifname"],
            mac=bytes.fromhex(each["address"].replace(":", "")),
            mtu=each["mtu"],
            admin_up="UP" in each["flags"],
            running="LOWER_UP" in each["flags"],
            no_arp="NOARP" in each["flags"],
            loopback="LOOPBACK" in each["flags"],
        )
        for each in found
    ]


def theirs(file: Path, namespace: str) -> Said:
    """Give what the real program says of a file; a status below 0 is the signal that ended it."""
    command = ["ip", "netns", "exec", namespace, REAL, "-t", "-f", file.name]
    done = subprocess.run(command, capture_output=True, timeout=MOST_SECONDS, cwd=file.parent)
    texts = done.stderr.decode(errors="replace").splitlines()
    return Said(done.returncode, _lines(texts), tuple(texts))


def _lines(texts: Iterable[str]) -> frozenset[int]:
    return frozenset(int(found[1]) for text in texts if (found := LINE.match(text)))


def ours(file: Path, links: list[Link]) -> Said:
    """Give what we say that the real program would say of a file."""
    loaded = load(str(file), fetch, RELEASE, setting(), host_of(links))
    counted = loaded.faults
    lines = frozenset(fault.place.line for fault in counted if fault.place.line)
    return Said(exit_class(loaded.faults), lines, tuple(fault.classic() for fault in counted))


def compare(
    files: list[Path], namespace: str, links: list[Link]
) -> Iterator[tuple[Path, Said, Said]]:
    """Judge each file by both: the real program two at a time, ours meanwhile."""
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(theirs, file, namespace) for file in files]
        for file, future in zip(files, running, strict=True):
            yield file, future.result(), ours(file, links)


def corpus(shared: Path) -> list[Path]:
    """Give the corpus' files in the order of their numbers."""
    return sorted((shared / "corpus").glob("*.conf"), key=lambda file: int(file.stem))


def main(words: list[str]) -> None:
    """Print what differs, and the figures; words name files."""
    shared = Path(os.environ.get("PYKEEPALIVED_SHARED", "../shared")).resolve()
    files = corpus(shared)
    names = links_named(file.read_text(errors="replace") for file in files)
    if words:
        files = [file for file in files if file.stem in words]
    name = f"pk-corpus-{os.getpid()}"
    classes = lines = 0
    with scene(name, names) as links:
        for file, real, made in compare(files, name, links):
            classes += real.status == made.status
            lines += real.lines == made.lines
            if real.status == made.status and real.lines == made.lines and not words:
                continue
            missing, surplus = sorted(real.lines - made.lines), sorted(made.lines - real.lines)
            print(f"== {file.stem}: {real.status}, ours {made.status}")
            print(f"   missing {missing}  surplus {surplus}")
            for said, wanted, sign in ((real, missing, "-"), (made, surplus, "+")):
                shown = dict.fromkeys(
                    text
                    for text in said.texts
                    if words or not LINE.match(text) or _lines([text]) & set(wanted)
                )
                for text in shown:
                    print(f"   {sign} {text}")
    print(f"class {classes}/{len(files)}  lines {lines}/{len(files)}")


if __name__ == "__main__":
    main(sys.argv[1:])
