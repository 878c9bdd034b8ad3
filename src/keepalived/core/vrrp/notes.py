"""What the VRRP half says in the log: one frozen value a line.

Rule: the words that tools look for come first and unchanged; the reason stands behind them.
"""

from __future__ import annotations

from keepalived.core.vrrp.priority import Burden, effective, sum_text
from keepalived.core.vrrp.refusal import Refusal
from keepalived.core.vrrp.state import State, Why
from keepalived.port.effects import Severity
from keepalived.records import dataclass
from keepalived.wire.addresses import Address


@dataclass(frozen=True, slots=True)
class Entered:
    """An instance came into a state."""

    name: str
    state: State
    why: Why
    detail: str = ""
    initial: bool = False

    @property
    def severity(self) -> Severity:
        """Faults are louder."""
        return Severity.ERROR if self.state is State.FAULT else Severity.NOTICE

    def text(self) -> str:
        """Write upstream's line, then the reason."""
        init = " (init)" if self.initial else ""
        detail = f" ({self.detail})" if self.detail else ""
        return f"({self.name}) Entering {self.state.value} STATE{init}: {self.why.sentence}{detail}"


@dataclass(frozen=True, slots=True)
class Left:
    """An instance is no more."""

    name: str
    why: Why
    severity: Severity = Severity.INFO

    def text(self) -> str:
        """Say that it ended, and why."""
        return f"({self.name}) ended: {self.why.sentence}"


@dataclass(frozen=True, slots=True)
class GroupSynced:
    """A group brought its members into one state."""

    name: str
    state: State
    severity: Severity = Severity.NOTICE

    def text(self) -> str:
        """Write upstream's line."""
        return f"VRRP_Group({self.name}) Syncing instances to {self.state.value} state"


@dataclass(frozen=True, slots=True)
class TimedOut:
    """A backup waited for an advert in vain."""

    name: str
    severity: Severity = Severity.INFO

    def text(self) -> str:
        """Write upstream's line."""
        return f"({self.name}) Receive advertisement timeout"


@dataclass(frozen=True, slots=True)
class HigherHeard:
    """A master heard one that ranks above it."""

    name: str
    source: Address
    priority: int
    ours: int
    severity: Severity = Severity.NOTICE

    def text(self) -> str:
        """Write upstream's line, for a higher priority or a higher address."""
        start = f"({self.name}) Master received advert from {self.source} with"
        if self.priority == self.ours:
            return f"{start} same priority {self.priority} but higher IP address than ours"
        return f"{start} higher priority {self.priority}, ours {self.ours}"


@dataclass(frozen=True, slots=True)
class LowerHeard:
    """A master heard one that ranks below it."""

    name: str
    source: Address
    priority: int
    ours: int
    severity: Severity = Severity.NOTICE

    def text(self) -> str:
        """Write upstream's line."""
        return (
            f"({self.name}) Received advert from {self.source} with lower priority"
            f" {self.priority}, ours {self.ours}, forcing new election:"
            " it led beside us, do all adverts reach it?"
        )


@dataclass(frozen=True, slots=True)
class LowerDiscarded:
    """A backup heard a master that ranks below it, and goes on waiting for a better one."""

    name: str
    source: Address
    priority: int
    severity: Severity = Severity.INFO

    def text(self) -> str:
        """Write upstream's line."""
        return (
            f"({self.name}) received lower priority ({self.priority}) advert"
            f" from {self.source} - discarding"
        )


@dataclass(frozen=True, slots=True)
class ZeroHeard:
    """Somebody gave up being master."""

    name: str
    state: State
    source: Address
    severity: Severity = Severity.INFO

    def text(self) -> str:
        """Write upstream's line for a backup or a master, then from whom."""
        if self.state is State.MASTER:
            return f"({self.name}) Master received priority 0 message from {self.source}"
        return f"({self.name}) Backup received priority 0 advertisement from {self.source}"


@dataclass(frozen=True, slots=True)
class ZeroSent:
    """We gave up being master."""

    name: str
    severity: Severity = Severity.INFO

    def text(self) -> str:
        """Write upstream's line."""
        return f"({self.name}) sent 0 priority"


@dataclass(frozen=True, slots=True)
class AddressesHeld:
    """An instance takes up or lays down its addresses."""

    name: str
    held: bool
    severity: Severity = Severity.INFO

    def text(self) -> str:
        """Write upstream's line."""
        return f"({self.name}) {'setting' if self.held else 'removing'} VIPs."


@dataclass(frozen=True, slots=True)
class TwoOwners:
    """Somebody else says that it owns the addresses, too."""

    name: str
    source: Address
    severity: Severity = Severity.ERROR

    def text(self) -> str:
        """Say what is wrong and what would be right."""
        return (
            f"({self.name}) CONFIGURATION ERROR: {self.source} has priority 255 as well;"
            " only one router may own the addresses, give the other one 254 or less"
        )


@dataclass(frozen=True, slots=True)
class OwnAddressHeard:
    """Somebody sends adverts from our address."""

    name: str
    source: Address
    severity: Severity = Severity.WARNING

    def text(self) -> str:
        """Say what it may be."""
        return (
            f"({self.name}) ignored an advert from our own address {self.source}:"
            " another host uses it, or the link loops packets back"
        )


@dataclass(frozen=True, slots=True)
class AddressesDiffer:
    """A valid advert names other addresses than ours."""

    name: str
    source: Address
    theirs: tuple[Address, ...]
    severity: Severity = Severity.WARNING

    def text(self) -> str:
        """Say that it counts all the same, and what to compare."""
        listed = ", ".join(map(str, self.theirs)) or "none"
        return (
            f"({self.name}) advert from {self.source} names other addresses than ours: {listed};"
            " it counts, but compare virtual_ipaddress of both"
        )


@dataclass(frozen=True, slots=True)
class PacketRefused:
    """A packet for this instance was not taken; said once a kind until something changes."""

    name: str
    refusal: Refusal
    source: Address
    difference: str = ""
    severity: Severity = Severity.WARNING

    def text(self) -> str:
        """Say what is wrong with it, what differs, and what to do."""
        about = f"({self.name}) ignored an advert from {self.source}: {self.refusal.sentence}"
        return about + self.difference


@dataclass(frozen=True, slots=True)
class ChangeRefused:
    """The kernel did not do what we asked."""

    what: str
    why: str
    remedy: str
    severity: Severity = Severity.ERROR

    def text(self) -> str:
        """Say what, why, and what would help."""
        return f"The kernel refused {self.what}: {self.why}. {self.remedy}"


@dataclass(frozen=True, slots=True)
class ScriptFailed:
    """A notify script did not end well."""

    name: str
    how: str
    severity: Severity = Severity.WARNING

    def text(self) -> str:
        """Say which and how."""
        return f"Notify script {self.name} failed ({self.how})"


@dataclass(frozen=True, slots=True)
class MemberUnknown:
    """A group names an instance that there is not."""

    group: str
    member: str
    severity: Severity = Severity.WARNING

    def text(self) -> str:
        """Say which."""
        return f"VRRP_Group({self.group}) has no instance {self.member}; the group goes without it"


@dataclass(frozen=True, slots=True)
class PriorityChanged:
    """What is tracked changed the priority that counts."""

    name: str
    before: int
    base: int
    burden: Burden
    severity: Severity = Severity.INFO

    def text(self) -> str:
        """Write upstream's line, and how the new priority came about."""
        now = effective(self.base, self.burden)
        how = sum_text(self.base, self.burden)
        return f"({self.name}) Changing effective priority from {self.before} to {now} ({how})"
