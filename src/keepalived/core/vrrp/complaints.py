"""What to tell an operator when the kernel refuses a change or a script fails: what, and why.

Rule: texts from values; whether and when to try again is the router's business.
"""

from __future__ import annotations

from keepalived.core.notify.pipes import PREFIX as READER
from keepalived.core.track.scripts import PREFIX
from keepalived.core.vrrp.notes import ChangeRefused, ScriptFailed
from keepalived.port.conflict import ConflictWatch
from keepalived.port.effects import Effect, Note, Severity
from keepalived.port.events import Ending, Refused, ScriptEnded
from keepalived.port.resources import (
    Barrier,
    Change,
    Detour,
    FileWatch,
    FrameEndpoint,
    HeldAddress,
    HeldLink,
    ProcessWatch,
    Remove,
    Replace,
    Resource,
    Setting,
    VrrpEndpoint,
)
from keepalived.port.routing import HeldRoute, HeldRule
from keepalived.records import dataclass

_REMEDIES = {
    1: "Run it as root, or with CAP_NET_ADMIN and CAP_NET_RAW.",
    13: "Run it as root, or with CAP_NET_ADMIN and CAP_NET_RAW.",
    19: "Create that link, or correct the name in the configuration.",
    22: "Compare address, prefix and label with what the link can carry.",
    95: "The kernel lacks this; is IPv6 disabled on the link?",
}
_RETRY = "It is tried again every second."


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A route or rule names what this host does not know."""

    what: str
    severity: Severity = Severity.ERROR

    def text(self) -> str:
        """Say what is left out, and what would help."""
        return f"{self.what}: left out. Give the number, or name it in the tables of iproute2."


class Refusals:
    """What the kernel refused already and why, so that it is noted once."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], int] = {}

    def __bool__(self) -> bool:
        """Say whether there are any."""
        return bool(self._known)

    def note(self, event: Refused) -> list[Effect]:
        """Give the line for a refusal, unless the last one of this thing was the same."""
        key = resource_of(event.change).key
        known = self._known.get(key) == event.errno
        self._known[key] = event.errno
        return [] if known else [Note(refused_note(event))]

    def forget(self) -> None:
        """Note the next one, whatever it is."""
        self._known.clear()


def resource_of(change: Change) -> Resource:
    """Give what a change is about."""
    return change.new if isinstance(change, Replace) else change.resource


def refused_note(event: Refused) -> ChangeRefused:
    """Make the line for a refusal."""
    removal = isinstance(event.change, Remove)
    what = ("to remove " if removal else "") + describe(resource_of(event.change))
    remedy = _REMEDIES.get(event.errno, "")
    ending = "" if removal else _RETRY
    return ChangeRefused(what, event.why, f"{remedy} {ending}".strip())


def describe(resource: Resource) -> str:
    """Name a resource of ours in words."""
    match resource:
        case HeldAddress():
            return f"address {resource.address}/{resource.prefix} on {resource.link}"
        case HeldLink():
            return f"{resource.kind.value} {resource.link} on {resource.parent}"
        case Setting():
            return f"{resource.name} of {resource.link or 'the host'}"
        case Barrier():
            return f"the barrier around {resource.address}"
        case Detour():
            return f"the detour of membership reports around {resource.link}"
        case HeldRoute():
            address, prefix = resource.route.destination
            return f"route to {address}/{prefix}"
        case HeldRule():
            return f"rule {resource.rule.preference}"
        case VrrpEndpoint():
            return f"the VRRP socket of {resource.group} on {resource.link}"
        case FrameEndpoint():
            return f"the ARP socket on {resource.link}"
        case ConflictWatch():
            return f"the watch for other hosts with our addresses on {resource.link}"
        case FileWatch():
            return f"the watch for {resource.path}"
        case ProcessWatch():
            return f"the watch for processes {resource.argv[0]}"
        case _:
            return type(resource).__name__


def script_failed(event: ScriptEnded) -> list[Effect]:
    """Make the line for a script that failed; what those that are tracked say is no failure.

    Readers of pipes have a line of their own.
    """
    good = event.ending is Ending.EXITED and event.number == 0
    if good or event.name.startswith((PREFIX, READER)):
        return []
    return [Note(ScriptFailed(event.name, f"{event.ending.value} {event.number}"))]
