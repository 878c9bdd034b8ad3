"""Files for the configuration's loader: fetched from disk by name or by pattern.

Rule: `config.load` never touches a file; it is handed `fetch`.
"""

from __future__ import annotations

import os
import stat

from keepalived.lang.source import Setting, Unreadable

BIGGEST = 32 * 1024 * 1024


def fetch(pattern: str) -> tuple[tuple[str, str | Unreadable], ...]:
    """Give name and text of every file that a pattern names, sorted; nothing where none is."""
    if any(sign in pattern for sign in "*?["):
        import glob

        names = sorted(glob.glob(pattern))
    else:
        names = [pattern] if os.path.lexists(pattern) else []
    return tuple((name, _read(name)) for name in names)


class Chance:
    """Random numbers of a configuration: the kernel's, or after a seed always the same ones."""

    def __init__(self) -> None:
        self._state: int | None = None

    def sow(self, seed: int) -> None:
        """Begin with this seed."""
        self._state = seed

    def draw(self, least: int, most: int) -> int:
        """Give a number between two, both included."""
        if self._state is None:
            from keepalived.linux.clock import SystemDice

            return least + SystemDice().below(most - least + 1)
        # A linear congruence (Knuth's MMIX constants): its upper half is even enough for files.
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) % 2**64
        return least + (self._state >> 32) % (most - least + 1)


def setting(config_id: str = "", strict: bool = False) -> Setting:
    """Give what a configuration is read on here; the id is the host's name up to its first dot."""
    from keepalived.linux.facts import host_name

    chance = Chance()
    try:
        folder = os.getcwd()
    except OSError:
        folder = "/"
    return Setting(
        config_id=config_id or host_name().partition(".")[0],
        folder=folder,
        environment=os.environ,
        draw=chance.draw,
        sow=chance.sow,
        strict=strict,
    )


def _read(name: str) -> str | Unreadable:
    try:
        # A FIFO without a writer must not hold the daemon up: look before opening.
        mode = os.stat(name).st_mode
        if stat.S_ISDIR(mode):
            return Unreadable("it is a directory")
        if not stat.S_ISREG(mode) or mode & 0o111:
            return Unreadable("it is not a regular file that is not executable")
        with open(name, "rb") as file:
            data = file.read(BIGGEST + 1)
    except OSError as error:
        return Unreadable(error.strerror or "it cannot be opened")
    if len(data) > BIGGEST:
        return Unreadable(f"it is larger than {BIGGEST} bytes")
    return data.decode("utf-8", errors="surrogateescape")


def replace_text(name: str, text: str) -> None:
    """Put a text in a file's place at once, with the mode and the owner that it had."""
    import tempfile

    name = os.path.realpath(name)
    was = os.stat(name)
    number, made = tempfile.mkstemp(dir=os.path.dirname(name), prefix=".keepalived-")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
            os.fchmod(number, stat.S_IMODE(was.st_mode))
            if (was.st_uid, was.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(number, was.st_uid, was.st_gid)
        os.replace(made, name)
    except BaseException:
        os.unlink(made)
        raise
