"""Fits a configuration of the guide to the laboratory: digests of its pages, shorter times.

Rule: nothing else changes.
"""

from __future__ import annotations

from collections.abc import Callable

Digest = Callable[[str, str, str], str]
"""(address, port, path) → the digest to expect."""


def fitted(text: str, digest: Digest, delay_loop_s: int, retries: int, retry_delay_s: int) -> str:
    """The text with digests replaced and times shortened; every other word stays."""
    lines, server, path = [], ("", ""), ""
    shorter = {
        "delay_loop": delay_loop_s,
        "nb_get_retry": retries,
        "delay_before_retry": retry_delay_s,
    }
    for line in text.splitlines():
        word, _, value = line.strip().partition(" ")
        if word == "real_server":
            server = (value.split()[0], value.split()[1])
        elif word == "path":
            path = value
        elif word == "digest":
            line = line.replace(value, digest(*server, path))
        elif word in shorter:
            line = line.replace(value, str(shorter[word]))
        lines.append(line)
    return "\n".join(lines) + "\n"
