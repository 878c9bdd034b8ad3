"""What an instance must know again when its process died and another is started in its place.

Rule: it goes on leading only while no peer can have lost patience with its last advert. Later than
that another one may lead, and it begins as at any start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from struct import Struct

from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.ground import key_of
from keepalived.core.vrrp.happenings import Begun
from keepalived.core.vrrp.machine import Machine
from keepalived.core.vrrp.settling import SettledGroup
from keepalived.core.vrrp.state import State, Why
from keepalived.core.vrrp.timing import ADVERTS_MISSED
from keepalived.port.effects import Keep
from keepalived.records import dataclass
from keepalived.wire.ah import LAST_SEQUENCE as _LAST

_FORM = Struct("<BBBqqqIQH")
_VERSION = 2
_UNSAID = 16
"""Numbers that the process may have said between its last record and its death."""


@dataclass(frozen=True, slots=True)
class Life:
    """What is known of an instance's former life."""

    state: State
    priority: int
    """That counted."""
    advert_due: int
    """When its next advert was to leave; 0 where it did not lead."""
    peers_patience_us: int
    """How long a peer waits after an advert, at least."""
    yields_until: int
    """Until when it lets any other lead; 0 for not at all."""
    ah_sequence: int
    hmac_last: int
    packet_number: int


def unpack(data: bytes) -> Life | None:
    """Read it; None where another version wrote it."""
    if len(data) != _FORM.size or data[0] != _VERSION or data[1] >= len(_STATES):
        return None
    _, state, *numbers = _FORM.unpack(data)
    return Life(_STATES[state], *numbers)


_STATES = (State.INIT, State.BACKUP, State.MASTER, State.FAULT)


def goes_on(life: Life | None, now: int) -> bool:
    """Say whether nobody can have taken over what it led."""
    if life is None or life.state is not State.MASTER:
        return False
    return now < life.advert_due + life.peers_patience_us


def owner_of(config: VrrpInstance) -> str:
    """Name an instance by what it is, whatever it is called."""
    return "/".join(map(str, key_of(config)))


class Keeper:
    """Writes down what changed, and knows what was written by the process before."""

    def __init__(self) -> None:
        self._lives: dict[str, Life] = {}
        self._written: dict[str, tuple[object, ...]] = {}
        self._owners: dict[int, str] = {}

    def learn(self, lives: Mapping[str, bytes]) -> None:
        """Hear what the process before this one kept."""
        found = {owner: unpack(data) for owner, data in lives.items()}
        self._lives = {owner: life for owner, life in found.items() if life is not None}

    @property
    def succeeds(self) -> bool:
        """Say whether a process before this one died, and had work."""
        return bool(self._lives)

    def take_up(self, machine: Machine) -> None:
        """Let an instance that has not begun know what its former life knew."""
        life = self._lives.get(owner_of(machine.config))
        if life is not None:
            numbers = machine.beacon.voice.numbers
            numbers.ah_sequence = life.ah_sequence and min(life.ah_sequence + _UNSAID, _LAST)
            numbers.hmac_last = life.hmac_last
            numbers.packet_number = (life.packet_number + _UNSAID) % 0xFFFF
            machine.election.yields_until = life.yields_until
            machine.fitness.inherited = life.priority

    def begin(
        self, now: int, groups: Sequence[SettledGroup], new: Sequence[Machine]
    ) -> list[tuple[Machine, Begun]]:
        """Say how each of these machines begins, in the order of the groups."""
        wanted = set(map(id, new))
        begun = [(group, each) for group in groups for each in group.members if id(each) in wanted]
        return [(each, self._begun(now, group, each) or group.begun(each)) for group, each in begun]

    def _begun(self, now: int, group: SettledGroup, machine: Machine) -> Begun | None:
        """Say how a member begins that had a former life; None for as at any start."""
        lives = [self._lives.get(owner_of(each.config)) for each in group.members]
        life = self._lives.get(owner_of(machine.config))
        if life is None or life.state is not State.MASTER:
            return None
        if all(goes_on(each, now) for each in lives) or group.state is State.MASTER:
            group.state = State.MASTER
            return Begun(advert_due=life.advert_due)
        return Begun(why=Why.OUTWAITED)

    def keep(self, machines: Iterable[Machine]) -> list[Keep]:
        """Give what is to be written down of these."""
        kept = []
        for machine in machines:
            numbers = machine.beacon.voice.numbers
            due = machine.beacon.advert_due
            known = (
                machine.state,
                machine.priority,
                due,
                machine.election.yields_until,
                numbers.ah_sequence,
                numbers.hmac_last,
            )
            owner = self._owner(machine)
            if machine.state is State.INIT:
                if self._written.pop(owner, None) is not None:
                    kept.append(Keep(owner, b""))
                continue
            if machine.state is State.FAULT:
                if machine.why is Why.DUPLICATE_ID:
                    # What is kept under this name is its twin's.
                    continue
            elif self._lives:
                # It has a life of its own now.
                self._lives.pop(owner, None)
            if self._written.get(owner) != known:
                self._written[owner] = known
                kept.append(Keep(owner, _packed(machine, machine.priority)))
        return kept

    def forget(self, machines: Sequence[Machine]) -> list[Keep]:
        """Give what takes the records of these away: they ended as they should."""
        owners = [self._owner(machine) for machine in machines]
        for machine, owner in zip(machines, owners, strict=True):
            del self._owners[id(machine)]
            self._written.pop(owner, None)
        return [Keep(owner, b"") for owner in owners]

    def _owner(self, machine: Machine) -> str:
        owner = self._owners.get(id(machine))
        if owner is None:
            owner = self._owners[id(machine)] = owner_of(machine.config)
        return owner


def _packed(machine: Machine, priority: int) -> bytes:
    """Write a machine's life; without a value between, for this is done for each advert."""
    numbers, due, state = machine.beacon.voice.numbers, machine.beacon.advert_due, machine.state
    if due is None and state is State.MASTER:
        # It has given up, and holds on until a peer leads.
        state = State.BACKUP
    adverts = machine.config.down_timer_adverts or ADVERTS_MISSED
    return _FORM.pack(
        _VERSION,
        _STATES.index(state),
        priority,
        (due or 0) if state is State.MASTER else 0,
        # The next advert is an interval late when peers have missed one: two more, and the skew
        # of a peer whose priority is next to ours, is what the least patient one bears.
        (adverts - 1) * machine.beacon.interval_us,
        machine.election.yields_until,
        numbers.ah_sequence,
        numbers.hmac_last,
        numbers.packet_number,
    )
