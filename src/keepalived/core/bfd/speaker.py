"""The brain of the BFD process: finds the session of each packet, and wakes those that are due.

Rule: a packet that names a discriminator of ours is found by it alone, any other by its addresses
(RFC 5880 section 6.3); a discriminator of the neighbour's that equals ours means nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepalived.core.bfd.config import BfdInstance, SpeakerConfig
from keepalived.core.bfd.machine import Session, Why
from keepalived.core.bfd.notes import DeafPort, PacketRefused, SocketRefused
from keepalived.core.bfd.status import session_status
from keepalived.core.bfd.timing import SECOND_US
from keepalived.port.brain import Dice, Snapshot
from keepalived.port.effects import Effect, Hold, Note
from keepalived.port.events import (
    DatagramHeard,
    Event,
    Reconfigured,
    Refused,
    Started,
    Stopping,
    Told,
    Woken,
)
from keepalived.port.resources import BfdEndpoint, BfdListener, Remove, Replace
from keepalived.port.words import BfdSaid
from keepalived.wire.addresses import Address
from keepalived.wire.bfd import MULTIHOP_PORT, decode_control
from keepalived.wire.cursor import Malformed

OWNER = "bfd"
MOST_DISCRIMINATOR = 2**32 - 1
RETRY_US = SECOND_US
_MOST_SAID = 64
"""How many different complaints about packets are remembered as made."""
_YOURS = slice(8, 12)
"""Where a packet names the discriminator of the end that it is for."""
_NOBODY = bytes(4)
NOTHING: tuple[Effect, ...] = ()
Spot = tuple[Address, Address | None, bool]


class Speaker:
    """All BFD sessions of this host."""

    def __init__(self, config: SpeakerConfig, dice: Dice) -> None:
        self._config = config
        self._dice = dice
        self._sessions: dict[Spot, Session] = {}
        self._by_number: dict[bytes, Session] = {}
        """By our discriminators, as they stand in packets."""
        self._were_up: set[str] = set()
        self._due: int | None = None
        self._dues: dict[Session, int | None] = {}
        self._retry_due: int | None = None
        self._said: set[object] = set()
        self._deaf = ""
        self._strays = 0

    def deadline(self) -> int | None:
        """Say when to be woken next."""
        return self._due

    def snapshot(self, now: int) -> Snapshot:
        """Show all sessions."""
        return {
            "process": "bfd",
            "sessions": [session_status(each, now) for each in self._sessions.values()],
            "packets_for_nobody": self._strays,
            "deaf": self._deaf,
        }

    def step(self, now: int, event: Event) -> Sequence[Effect]:
        """Take one event in; the frequent ones first."""
        if isinstance(event, DatagramHeard):
            return self._hear(now, event)
        match event:
            case Woken():
                return self._wake(now)
            case Told(BfdSaid(instance, up)):
                # Said by this process's previous life, before this one began.
                (self._were_up.add if up else self._were_up.discard)(instance)
                return NOTHING
            case Started():
                return self._adopt(now, self._config)
            case Reconfigured(config):
                assert isinstance(config, SpeakerConfig)
                return self._adopt(now, config)
            case Refused():
                return self._take_refusal(now, event)
            case Stopping():
                return self._stop()
            case _:
                return NOTHING

    # Life

    def _adopt(self, now: int, config: SpeakerConfig) -> list[Effect]:
        """Bring the sessions of a configuration to life; those that go on keep their state."""
        self._config = config
        self._said.clear()
        old, self._sessions = self._sessions, {}
        begun: list[Session] = []
        effects: list[Effect] = []
        for each in config.sessions:
            session = old.pop(_spot(each), None)
            if session is None:
                session = self._make(each)
                begun.append(session)
            elif session.config != each:
                effects += session.alter(now, each)
            self._sessions[_spot(each)] = session
        for gone in old.values():
            effects += gone.end(Why.REMOVED)
            del self._by_number[gone.discriminator.to_bytes(4, "big")]
        self._were_up.clear()
        effects.append(self._hold())
        for session in begun:
            effects += session.begin(now)
        self._dues = {each: each.deadline() for each in self._sessions.values()}
        self._reckon()
        return effects

    def _make(self, config: BfdInstance) -> Session:
        number = self._dice.below(MOST_DISCRIMINATOR) + 1
        while number.to_bytes(4, "big") in self._by_number:
            number = number % MOST_DISCRIMINATOR + 1
        session = Session(config, number, self._dice, config.name in self._were_up)
        self._by_number[number.to_bytes(4, "big")] = session
        return session

    def _stop(self) -> list[Effect]:
        effects: list[Effect] = []
        for each in self._sessions.values():
            effects += each.end(Why.STOPPING)
        effects.append(Hold(OWNER, ()))
        self._dues, self._due, self._retry_due = {}, None, None
        return effects

    def _hold(self) -> Hold:
        sessions = self._sessions.values()
        return Hold(OWNER, {*(s.listener for s in sessions), *(s.endpoint for s in sessions)})

    # Time

    def _wake(self, now: int) -> list[Effect]:
        effects: list[Effect] = []
        if self._retry_due is not None and self._retry_due <= now:
            self._retry_due = None
            self._deaf = ""
            for each in self._sessions.values():
                each.barred = ""
            effects.append(self._hold())
        for session, due in self._dues.items():
            if due is not None and due <= now:
                effects += session.pass_time(now)
                self._dues[session] = session.deadline()
        self._reckon()
        return effects

    def _stirred(self, session: Session) -> None:
        """Look when a session is due after it took something in."""
        before, after = self._dues[session], session.deadline()
        if before == after:
            return
        self._dues[session] = after
        if before == self._due or (after is not None and (self._due is None or after < self._due)):
            self._reckon()

    def _reckon(self) -> None:
        dues = [due for due in (*self._dues.values(), self._retry_due) if due is not None]
        self._due = min(dues, default=None)

    # Packets

    def _hear(self, now: int, event: DatagramHeard) -> Sequence[Effect]:
        data, source = event.data, event.source
        yours = data[_YOURS]
        session = self._by_number.get(yours)
        if session is None and yours == _NOBODY:
            session = self._of_addresses(event)
        if session is None or session.listener != event.endpoint:
            self._strays += 1
            why = "no bfd_instance has this neighbour"
            if yours != _NOBODY:
                why = "it is for a session that is not here"
            return self._complain("", source, why)
        hops = event.hop_limit
        if hops is None or hops < session.least_hops():
            session.refused += 1
            why = f"it arrived with a TTL of {hops}, and {session.least_hops()} is the least"
            return self._complain(session.config.name, source, why)
        if data == session.last:
            session.hear_again(now)
            self._stirred(session)
            return NOTHING
        packet = decode_control(data)
        why = packet.why if isinstance(packet, Malformed) else ""
        if not isinstance(packet, Malformed) and packet.authenticated:
            why = "it is authenticated, and nothing is agreed on"
        if why:
            session.refused += 1
            return self._complain(session.config.name, source, why)
        assert not isinstance(packet, Malformed)
        effects = session.hear(now, packet, data)
        self._stirred(session)
        return effects

    def _of_addresses(self, event: DatagramHeard) -> Session | None:
        listener = event.endpoint
        multihop = isinstance(listener, BfdListener) and listener.port == MULTIHOP_PORT
        exact = self._sessions.get((event.source, event.target, multihop))
        return exact or self._sessions.get((event.source, None, multihop))

    def _complain(self, name: str, source: Address, why: str) -> list[Effect]:
        key = (name, source, why)
        if key in self._said or len(self._said) >= _MOST_SAID:
            return []
        self._said.add(key)
        return [Note(PacketRefused(name, source, why))]

    # The kernel

    def _take_refusal(self, now: int, event: Refused) -> list[Effect]:
        """Note once that a socket is not to be had, and try again in a second."""
        change = event.change
        if isinstance(change, Remove):
            return []
        wanted = change.new if isinstance(change, Replace) else change.resource
        effects: list[Effect] = []
        if self._retry_due is None:
            self._retry_due = now + RETRY_US
        if isinstance(wanted, BfdListener):
            self._deaf = event.why
            if self._is_new(wanted, event.why):
                effects.append(Note(DeafPort(event.why)))
        for session in self._sessions.values():
            if isinstance(wanted, BfdEndpoint) and session.endpoint == wanted:
                session.barred = event.why
                if self._is_new(wanted, event.why):
                    effects.append(Note(SocketRefused(session.config.name, event.why)))
        self._reckon()
        return effects

    def _is_new(self, what: object, why: str) -> bool:
        new = (what, why) not in self._said
        self._said.add((what, why))
        return new


def _spot(config: BfdInstance) -> Spot:
    """Give what tells sessions apart: the path, not the name."""
    assert config.neighbor_ip is not None
    return config.neighbor_ip, config.source_ip, config.multihop
