"""Asks tshark what it thinks of captured packets.

Rule: an expert warning or error is a complaint, a note is not (tshark notes every TTL of 255).
"""

from __future__ import annotations

import subprocess
from pathlib import Path

WARNING = 0x00600000


def complaints(capture: Path) -> list[str]:
    """One line for every packet of a capture that tshark complains about."""
    words = ["tshark", "-n", "-r", str(capture), "-Y", f"_ws.expert.severity >= {WARNING}"]
    words += ["-T", "fields", "-e", "frame.number", "-e", "_ws.col.Info"]
    words += ["-e", "_ws.expert.message"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"tshark ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout.splitlines()


def kinds(capture: Path) -> dict[str, int]:
    """How many packets of which protocol a capture has."""
    words = ["tshark", "-n", "-r", str(capture), "-T", "fields", "-e", "_ws.col.Protocol"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"tshark ended with {done.returncode}: {done.stderr.strip()}")
    found = done.stdout.split()
    return {kind: found.count(kind) for kind in sorted(set(found))}
