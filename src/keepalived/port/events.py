"""What the world may tell a brain, in the past tense.

Rule: an event is a frozen value; it says what happened and never what to do about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from keepalived.port.facts import Link, LinkAddress
from keepalived.port.resources import Change, Endpoint, Resource, Watch
from keepalived.port.talk import Verdict
from keepalived.port.words import Word
from keepalived.records import dataclass, field
from keepalived.wire.addresses import Address


@dataclass(frozen=True, slots=True)
class Started:
    """The loop runs; links, addresses and left-overs of a previous life have been told before."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A process before this one died, and this is what it kept; told before `Started`."""

    lives: Mapping[str, bytes]
    """By owner, as `Keep` gave them."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """The process is to end: let go of everything, properly."""


@dataclass(frozen=True, slots=True)
class Woken:
    """The deadline that the brain named has come."""


@dataclass(frozen=True, slots=True)
class Reconfigured:
    """A new configuration is in force; its type is the brain's own."""

    config: object


@dataclass(frozen=True, slots=True)
class ClockSeen:
    """The wall clock was read: told before Started, and again whenever it was set."""

    utc_offset_us: int
    """What makes a universal time (microseconds since 1970) of `now`."""


@dataclass(frozen=True, slots=True)
class LinkSeen:
    """A link exists, or changed."""

    link: Link


@dataclass(frozen=True, slots=True)
class LinkGone:
    """A link is no more."""

    name: str


@dataclass(frozen=True, slots=True)
class AddressSeen:
    """An address sits on a link."""

    address: LinkAddress


@dataclass(frozen=True, slots=True)
class AddressGone:
    """An address left a link, and not because we took it off."""

    address: LinkAddress


@dataclass(frozen=True, slots=True)
class Lost:
    """Somebody took away what we hold. The ledger has forgotten it; hold it again to restore it."""

    resource: Resource


@dataclass(frozen=True, slots=True)
class Refused:
    """The kernel refused a change."""

    change: Change
    errno: int
    why: str


@dataclass(frozen=True, slots=True)
class DatagramHeard:
    """A packet arrived at an endpoint. IPv4 data begins with the IP header, IPv6 data behind it."""

    endpoint: Endpoint
    source: Address
    data: bytes
    hop_limit: int | None = None
    """IPv6 only; for IPv4 it stands in the header."""
    target: Address | None = None
    """IPv6 only, as well."""


@dataclass(frozen=True, slots=True)
class WatchSaw:
    """What is watched is like this now: a file's text, None without it; a number of processes."""

    watch: Watch
    fact: str | int | None


@dataclass(frozen=True, slots=True)
class TalkEnded:
    """A talk came to its verdict: its own, or its runner's (refused, timed out, reset)."""

    talk: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ConflictSeen:
    """Another host says that it has an address which we hold on this link."""

    link: str
    address: Address
    mac: bytes
    """Whose; empty where the kernel found out (duplicate address detection), and does not say."""


class Ending(Enum):
    """How a script ended."""

    EXITED = "exited"
    SIGNALLED = "signalled"
    TIMED_OUT = "timed out"
    NOT_STARTED = "not started"


@dataclass(frozen=True, slots=True)
class ScriptEnded:
    """A script is over. `number` is its exit status, its signal, or the errno of the start."""

    name: str
    ending: Ending
    number: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """A sister process said a word."""

    word: Word


@dataclass(frozen=True, slots=True)
class Asked:
    """An operator asks; the answer is the snapshot taken after this event."""

    question: str
    arguments: tuple[str, ...] = field(default=())


Event = (
    Started
    | Kept
    | Stopping
    | ClockSeen
    | Woken
    | Reconfigured
    | LinkSeen
    | LinkGone
    | AddressSeen
    | AddressGone
    | Lost
    | Refused
    | DatagramHeard
    | WatchSaw
    | ConflictSeen
    | TalkEnded
    | ScriptEnded
    | Told
    | Asked
)
