"""What the program says about itself: its version and its usage.

Rule: the version line has upstream's shape, because tools look for it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from keepalived import VERSION, VERSION_DATE
from keepalived.annotations import TYPE_CHECKING

if TYPE_CHECKING:
    from keepalived.run.options import Option


PROGRAM = f"Keepalived v{VERSION} ({VERSION_DATE})"


def running_on() -> str:
    """Name the kernel that the program runs on."""
    host = os.uname()
    return f"Running on {host.sysname} {host.release} {host.version}"


def version() -> str:
    """Give what -v prints."""
    return (
        f"{PROGRAM}\n\n"
        "pykeepalived: an independent keepalived, in Python. Apache License 2.0.\n\n"
        f"{running_on()}\n"
    )


def usage(options: Sequence[Option]) -> str:
    """Give what -h prints."""
    rows = ["Usage: keepalived [OPTION]..."]
    for option in options:
        if not option.help:
            continue
        short = f"-{option.short}," if option.short else "   "
        name = f"--{option.long}"
        if option.shape:
            optional = option.takes.name == "PERHAPS"
            name += f"[={option.shape}]" if optional else f"={option.shape}"
        rows.append(f"  {short} {name:<26} {option.help}")
    return "\n".join(rows) + "\n"
