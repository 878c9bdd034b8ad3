"""Fits the guide's case study XI to the demo: digests of the demo's own pages, shorter times.

Rule: nothing else changes, and what changes is shown as a difference.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from tests.lab.fitting import fitted
from tests.lab.hosts import Host
from tests.lab.network import ROOT, SERVERS
from tests.lab.web import PATHS

GENHASH = {"ours": ROOT / ".venv" / "bin" / "genhash", "real": Path("/usr/bin/genhash")}
DELAY_LOOP_S, RETRIES, RETRY_DELAY_S = 2, 1, 1
DETECTION_S = DELAY_LOOP_S + RETRIES * RETRY_DELAY_S
"""How long a server may be dead before its checker must have said so, connections refused."""
RECOVERY_S = 3 * DELAY_LOOP_S
"""How long a server may be back before its checker must have said so: a check goes from page to
page a delay loop apart, and it must see both pages right and come round, as upstream's does."""


def guide_file(director: str) -> Path:
    """The guide's file for a director, in this project's words."""
    return ROOT / "examples" / f"case-xi-{director}.conf"


def digest(kind: str, host: Host, address: str, path: str) -> str:
    """The digest of a page, as genhash prints it."""
    printed = host.run(str(GENHASH[kind]), "-s", address, "-p", "80", "-u", path)
    found = re.search(r"\b[0-9a-f]{32}\b", printed)
    if found is None:
        raise AssertionError(f"genhash printed no digest for {path} of {address}: {printed!r}")
    return found[0]


def digests(kind: str, host: Host) -> dict[tuple[str, str], str]:
    """(server's address, path) → digest, for every page that the guide's file asks for."""
    wanted = [("web1", PATHS[0]), ("web1", PATHS[1]), ("web2", PATHS[0])]
    return {(SERVERS[n], p): digest(kind, host, SERVERS[n], p) for n, p in wanted}


def shortened(text: str, pages: dict[tuple[str, str], str]) -> str:
    """The guide's text with digests replaced and times shortened."""
    return fitted(
        text, lambda address, _, path: pages[address, path], DELAY_LOOP_S, RETRIES, RETRY_DELAY_S
    )


def difference(old: str, new: str) -> list[str]:
    """The changed lines only, each behind its block, as - and + lines."""
    found, server = [], ""
    for line in difflib.ndiff(old.splitlines(), new.splitlines()):
        words = line[2:].split()
        if words[:1] in (["virtual_server"], ["real_server"]):
            server = " ".join(words[:3])
        if line[:1] in "-+":
            if server:
                found.append(f"  {server}")
                server = ""
            found.append(f"{line[0]}     {' '.join(words)}")
    return found
