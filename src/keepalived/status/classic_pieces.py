"""Pieces of lines that several sections of `-d` share: times, scripts, weights, owners.

Rule: text only; what a piece shows of the host stands in `Surroundings`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from keepalived.lang.option_values import Owner, Tracked, Weight
from keepalived.lang.values import Command
from keepalived.port.facts import Link, LinkAddress
from keepalived.records import dataclass, field


def _itself(path: str) -> str | None:
    return path


def _nobody(user: str, group: str) -> str:
    return ":".join(each for each in (user, group) if each) or "0:0"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a dump shows of the host."""

    host_name: str = ""
    links: Collection[Link] = ()
    addresses: Collection[LinkAddress] = ()
    program: Callable[[str], str | None] = field(default=_itself)
    """Gives what a program's path leads to; None where there is no such program."""
    ids: Callable[[str, str], str] = field(default=_nobody)
    """Gives the numbers of a user and a group as `UID:GID`; nothing where there is no such user."""
    owner: str = "0:0"
    """Whom scripts run as that name nobody; empty when they must not run at all."""


def decimal(value_us: int) -> str:
    """Write microseconds as seconds with six places."""
    return f"{value_us // 1_000_000}.{value_us % 1_000_000:06d}"


def short(value_us: int) -> str:
    """Write microseconds as seconds with as few places as it takes."""
    return decimal(value_us).rstrip("0").rstrip(".")


def yes(value: bool | None) -> str:
    """Write yes or no."""
    return "yes" if value else "no"


def true(value: bool | None) -> str:
    """Write true or false."""
    return "true" if value else "false"


def enabled(value: bool | None) -> str:
    """Write enabled or disabled."""
    return "enabled" if value else "disabled"


def arguments(command: Command, around: Surroundings) -> str | None:
    """Write a command's arguments, its program as it is found; None where it is not."""
    program = around.program(command.argv[0]) if command.argv and command.argv[0] else None
    if program is None:
        return None
    return " ".join(f"'{each}'" for each in (program, *command.argv[1:]))


def owner_of(command: Command, around: Surroundings) -> str:
    """Give whom a command runs as; nothing where it must not run."""
    return around.ids(command.user, command.group) if command.user else around.owner


def can_run(command: Command | None, user: Owner | None, around: Surroundings) -> bool:
    """Say whether a script is there, and somebody to run it as."""
    if command is None or arguments(command, around) is None:
        return False
    return bool(around.ids(user.user, "") if user is not None else owner_of(command, around))


def script(label: str, command: Command | None, around: Surroundings) -> list[str]:
    """Give the line of a script that can be run; none of another one."""
    if command is None:
        return []
    argv, owner = arguments(command, around), owner_of(command, around)
    return [f"{label} = {argv}, uid:gid {owner}"] if argv and owner else []


def weight(value: Weight) -> str:
    """Write a weight."""
    return f"{value.number}{' reverse' if value.reverse else ''}"


def tracked(
    title: str, entries: tuple[Tracked, ...], usual: dict[str, Weight], sign: str
) -> list[str]:
    """Give the lines of what is tracked; without a weight of its own an entry has the usual."""
    if not entries:
        return []
    lines = [f"   {title} :"]
    for each in entries:
        found = each.weight or usual.get(each.name, Weight(0))
        lines.append(f"     {each.name}{sign} weight {weight(found)}")
    return lines
