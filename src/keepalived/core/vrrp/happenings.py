"""What a virtual router's machine may be told: its own happenings, made from the world's events.

Rule: frozen values in the past tense; `router` makes them, `machine` answers each of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from keepalived.core.vrrp.admit import Parcel
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.priority import Burden
from keepalived.core.vrrp.state import State, Why
from keepalived.lang.net_values import AddressLine
from keepalived.port.facts import Link
from keepalived.records import dataclass
from keepalived.wire.addresses import Address


@dataclass(frozen=True, slots=True)
class Footing:
    """What an instance stands on: those of its links that exist, its source, what bars it."""

    links: Mapping[str, Link]
    source: Address | None = None
    fault: Why | None = None
    own: tuple[AddressLine, ...] = ()
    """Those of an owner's addresses that its links have by themselves: not ours to put or take."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The instance comes to life; at once, or after a wait that is shorter than usual."""

    at_once: Why | None = None
    """Why it may lead without waiting; None where it waits."""
    wait_us: int | None = None
    """How long to wait; None for the full master-down time."""
    why: Why = Why.STARTED
    """Why it waits."""
    advert_due: int | None = None
    """When its next advert is due, where it led before its process died, and goes on."""


@dataclass(frozen=True, slots=True)
class FootingChanged:
    """The link or the source address changed."""

    footing: Footing


@dataclass(frozen=True, slots=True)
class Burdened:
    """What it tracks changed."""

    burden: Burden


@dataclass(frozen=True, slots=True)
class TimePassed:
    """It is later now; something may be due."""


@dataclass(frozen=True, slots=True)
class ParcelHeard:
    """A packet for this router id arrived on its link."""

    parcel: Parcel


@dataclass(frozen=True, slots=True)
class AddressTaken:
    """Somebody removed an address that it holds."""

    text: str


@dataclass(frozen=True, slots=True)
class Ordered:
    """The group moves it."""

    state: State
    why: Why


@dataclass(frozen=True, slots=True)
class Altered:
    """Its configuration was replaced; router id and link are the same."""

    config: VrrpInstance


@dataclass(frozen=True, slots=True)
class Reminded:
    """Another member heard a lower master: the link may need to be told again."""


@dataclass(frozen=True, slots=True)
class Ended:
    """It is to let go of everything."""

    why: Why
    resigned: bool = False
    """It has said before that it gives up."""


@dataclass(frozen=True, slots=True)
class Resigned:
    """It is to say that it gives up, and to hold on to what it holds."""


MachineEvent = (
    Begun
    | FootingChanged
    | Burdened
    | TimePassed
    | ParcelHeard
    | AddressTaken
    | Ordered
    | Altered
    | Reminded
    | Resigned
    | Ended
)
