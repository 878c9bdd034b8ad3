"""One BFD session: a packet or a moment in, effects out, and when it wants to be woken next.

Rule: it moves as RFC 5880 section 6.8.6 says, with one addition: what its clients are told changes
with every way into Up and out of it, a neighbour's AdminDown included.
"""

from __future__ import annotations

from enum import Enum

from keepalived.core.bfd.config import BfdInstance
from keepalived.core.bfd.notes import Ended, Entered, Expired, NotComeBack
from keepalived.core.bfd.timing import detection_us, interval_us, jittered_us
from keepalived.port.brain import Dice
from keepalived.port.effects import Effect, Note, Send, Tell
from keepalived.port.resources import BfdEndpoint, BfdListener
from keepalived.port.words import BfdSaid
from keepalived.wire.addresses import Address, family_of
from keepalived.wire.bfd import (
    MULTIHOP_PORT,
    PORT,
    ControlPacket,
    Diagnostic,
    SessionState,
    encode_control,
)

MOST_HOPS = 255
LEAST_HOPS_6 = 64
"""What a packet over IPv6 must arrive with unless told otherwise: keepalived itself sends it so."""
GRACE_INTERVALS = 3
"""So many idle intervals may pass before a session of the previous life counts as down."""


class Why(Enum):
    """Why a session is in its state."""

    BEGAN = "it has just begun"
    NEIGHBOUR_HEARD = "the neighbour was heard"
    HANDSHAKE = "both ends hear each other"
    SILENCE = "nothing was heard of the neighbour for the detection time"
    NEIGHBOUR_DOWN = "the neighbour signals that the session is down"
    NEIGHBOUR_ADMIN_DOWN = "the neighbour has taken the session down"
    STOPPING = "the daemon stops"
    REMOVED = "the configuration no longer has it"


class Session:
    """A session's state and conduct."""

    def __init__(
        self, config: BfdInstance, discriminator: int, dice: Dice, was_up: bool = False
    ) -> None:
        """With `was_up` it was up in the process's previous life: its clients are told late."""
        assert config.neighbor_ip is not None
        self.config = config
        self.neighbour: Address = config.neighbor_ip
        self.discriminator = discriminator
        self.state = SessionState.DOWN
        self.diagnostic = Diagnostic.NONE
        self.why = Why.BEGAN
        self.since = 0
        self.peer: ControlPacket | None = None
        """The last packet of the neighbour that counted; None once it has been silent too long."""
        self.peer_diagnostic = 0
        self.polling = False
        self.sent = self.heard = self.refused = self.fell = 0
        self.barred = ""
        """Why its socket could not be opened; empty while there is one."""
        self.last = b""
        """The last packet of the neighbour, if the same bytes again would change nothing."""
        self._dice = dice
        self._was_up = was_up
        self._tx_us = config.min_tx_us
        self._rx_us = config.min_rx_us
        """The intervals that count while it is up; new ones come into force with a poll."""
        self._send_due: int | None = None
        self._silent_due: int | None = None
        self._grace_due: int | None = None
        self._ready = b""
        self._effects: list[Effect] = []
        self.endpoint, self.listener = endpoints_of(config)

    def deadline(self) -> int | None:
        """Say when to be woken next."""
        dues = (self._send_due, self._silent_due, self._grace_due)
        return min((due for due in dues if due is not None), default=None)

    @property
    def up(self) -> bool:
        """Say whether the path is known to carry packets both ways."""
        return self.state is SessionState.UP

    @property
    def detection_us(self) -> int:
        """Give the silence that is borne; 0 before the neighbour was heard."""
        peer = self.peer
        if peer is None:
            return 0
        return detection_us(peer.multiplier, self._rx_us, peer.desired_min_tx_us)

    @property
    def interval_us(self) -> int:
        """Give the time between our packets, before chance cuts it; 0 where none are to be sent."""
        peer = self.peer
        if peer is None:
            # RFC 5880 section 6.8.7: the passive end does not begin.
            return 0 if self.config.passive else self.config.idle_tx_us
        both_up = self.up and peer.state is SessionState.UP
        if both_up and peer.demand and not self.polling:
            return 0
        desired_us = self._tx_us if self.up else self.config.idle_tx_us
        return interval_us(desired_us, peer.required_min_rx_us)

    def least_hops(self) -> int:
        """Give the TTL or hop limit that a packet must at least have left."""
        config = self.config
        if config.max_hops in (-1, MOST_HOPS):
            return 0
        usual = MOST_HOPS if self.neighbour.version == 4 else LEAST_HOPS_6
        return (config.ttl or usual) - config.max_hops

    # What happens to it

    def begin(self, now: int) -> list[Effect]:
        """Come to life: say so to the neighbour, and to the clients that it is not up yet."""
        self._effects = []
        self.since = now
        if self._was_up:
            self._grace_due = now + GRACE_INTERVALS * self.config.idle_tx_us
        else:
            self._tell()
        if not self.config.passive:
            self._say(now)
        return self._effects

    def hear_again(self, now: int) -> None:
        """Take in the same bytes as last time: the neighbour lives, and nothing else is new."""
        self.heard += 1
        self._silent_due = now + self.detection_us

    def hear(self, now: int, packet: ControlPacket, data: bytes) -> list[Effect]:
        """Take a packet in that was found to be for this session and well formed."""
        self._effects = []
        self.heard += 1
        if self.peer is None or packet.my_discriminator != self.peer.my_discriminator:
            self._ready = b""
        self.peer = packet
        self.peer_diagnostic = packet.diagnostic
        if packet.final and self.polling:
            self._end_poll()
        before = self.state
        self._follow(now, packet)
        self._silent_due = now + self.detection_us
        if packet.poll:
            self._reply(now)
        if self.state is not before and not packet.poll:
            self._say(now)  # section 6.8.7: news does not wait for its time
        else:
            self._reschedule(now, anew=self.state is not before)
        steady = not (packet.poll or packet.final or self.polling)
        self.last = data if steady and self.up and packet.state is SessionState.UP else b""
        return self._effects

    def pass_time(self, now: int) -> list[Effect]:
        """Look at the clock: the neighbour's silence first, then what is to be sent."""
        self._effects = []
        if self._silent_due is not None and self._silent_due <= now:
            self._expire(now, self._silent_due)
        if self._grace_due is not None and self._grace_due <= now:
            self._grace_due = None
            after_us = GRACE_INTERVALS * self.config.idle_tx_us
            self._effects.append(Note(NotComeBack(self.config.name, after_us)))
            self._tell()
        if self._send_due is not None and self._send_due <= now:
            self._say(now)
        return self._effects

    def alter(self, now: int, config: BfdInstance) -> list[Effect]:
        """Go on with other words; times that count are agreed anew by a poll (section 6.8.3)."""
        self._effects = []
        renamed = config.name != self.config.name
        self.config = config
        self.endpoint, self.listener = endpoints_of(config)
        self._ready = self.last = b""
        if renamed:
            self._tell()
        if not self.up:
            self._tx_us, self._rx_us = config.min_tx_us, config.min_rx_us
        elif (self._tx_us, self._rx_us) != (config.min_tx_us, config.min_rx_us):
            # Slower only after the neighbour knows; faster, and more patient, at once.
            self._tx_us = min(self._tx_us, config.min_tx_us)
            self._rx_us = max(self._rx_us, config.min_rx_us)
            self.polling = True
            if self.peer is not None:
                self._silent_due = now + self.detection_us
        self._reschedule(now)
        return self._effects

    def end(self, why: Why) -> list[Effect]:
        """Take leave of the neighbour, which need not wait for our silence."""
        self._effects = []
        if self.state > SessionState.DOWN:
            # Down and not AdminDown: keepalived 2.2.7 tells nobody of an AdminDown that it hears.
            self.state, self.diagnostic = SessionState.DOWN, Diagnostic.ADMIN_DOWN
            self.polling = False
            self._put(self._packet())
        self._send_due = self._silent_due = self._grace_due = None
        self._effects.append(Note(Ended(self.config.name, why.value)))
        return self._effects

    # Its own moves

    def _follow(self, now: int, packet: ControlPacket) -> None:
        """Move as section 6.8.6 has it."""
        state, heard = self.state, packet.state
        if heard is SessionState.ADMIN_DOWN:
            if state is not SessionState.DOWN:
                self._enter(now, SessionState.DOWN, Why.NEIGHBOUR_ADMIN_DOWN)
        elif state is SessionState.DOWN:
            if heard is SessionState.DOWN:
                self._enter(now, SessionState.INIT, Why.NEIGHBOUR_HEARD)
            elif heard is SessionState.INIT:
                self._enter(now, SessionState.UP, Why.HANDSHAKE)
        elif state is SessionState.INIT:
            if heard > SessionState.DOWN:
                self._enter(now, SessionState.UP, Why.HANDSHAKE)
        elif heard is SessionState.DOWN:
            self._enter(now, SessionState.DOWN, Why.NEIGHBOUR_DOWN)

    def _enter(self, now: int, state: SessionState, why: Why) -> None:
        was_up = self.up
        self.state, self.why, self.since = state, why, now
        self._ready = b""
        if state is SessionState.UP:
            self.diagnostic = Diagnostic.NONE
            self._grace_due = None
            self._tx_us, self._rx_us = self.config.min_tx_us, self.config.min_rx_us
            # What we said that we desire was the idle interval: the neighbour has to agree.
            self.polling = self.config.min_tx_us != self.config.idle_tx_us
        elif state is SessionState.DOWN:
            silent = why is Why.SILENCE
            self.diagnostic = Diagnostic.EXPIRED if silent else Diagnostic.NEIGHBOUR_DOWN
            self.polling = False
        if was_up or self.up:
            self.fell += was_up
            ends = (self.diagnostic, self.peer_diagnostic)
            self._effects.append(Note(Entered(self.config.name, state, why.value, *ends)))
            self._tell()

    def _expire(self, now: int, due: int) -> None:
        """Give the neighbour up: it is to be found again by its address (section 6.8.1)."""
        silence_us = self.detection_us
        self.peer = None
        self._silent_due = None
        self._ready = self.last = b""
        if self.state > SessionState.DOWN:
            self._effects.append(Note(Expired(self.config.name, silence_us, now - due)))
            self._enter(now, SessionState.DOWN, Why.SILENCE)
            if self.config.passive:
                self._send_due = None
            else:
                self._say(now)
        else:
            self._reschedule(now)

    def _end_poll(self) -> None:
        self.polling = False
        self._ready = b""
        self._tx_us, self._rx_us = self.config.min_tx_us, self.config.min_rx_us

    def _tell(self) -> None:
        self._effects.append(Tell(BfdSaid(self.config.name, self.up, self.why.value)))

    # What it says

    def _packet(self, final: bool = False) -> bytes:
        config, peer = self.config, self.peer
        return encode_control(
            ControlPacket(
                state=self.state,
                my_discriminator=self.discriminator,
                your_discriminator=0 if peer is None else peer.my_discriminator,
                multiplier=config.multiplier,
                desired_min_tx_us=config.min_tx_us if self.up else config.idle_tx_us,
                required_min_rx_us=config.min_rx_us,
                diagnostic=self.diagnostic,
                poll=self.polling and not final,
                final=final,
            )
        )

    def _say(self, now: int) -> None:
        """Send a packet at its time, and set the time of the next."""
        self._ready = self._ready or self._packet()
        self._put(self._ready)
        self._send_due = None
        self._reschedule(now)

    def _reply(self, now: int) -> None:
        """Answer a poll at once, outside the schedule (section 6.8.7)."""
        self._put(self._packet(final=True))

    def _put(self, data: bytes) -> None:
        if not self.barred:
            self.sent += 1
            self._effects.append(Send(self.endpoint, self.neighbour, data))

    def _reschedule(self, now: int, anew: bool = False) -> None:
        """Bring the next packet forward if it has to come sooner; drop it if none is wanted."""
        full_us = self.interval_us
        if not full_us:
            self._send_due = None
        elif anew or self._send_due is None or self._send_due > now + full_us:
            self._send_due = now + jittered_us(full_us, self._dice)


def endpoints_of(config: BfdInstance) -> tuple[BfdEndpoint, BfdListener]:
    """Give the socket from which a session speaks, and the one at which it is heard."""
    assert config.neighbor_ip is not None
    port = MULTIHOP_PORT if config.multihop else PORT
    # RFC 5881 section 5 wants 255 of both families; keepalived sends 64 over IPv6.
    endpoint = BfdEndpoint(config.neighbor_ip, config.source_ip, port, config.ttl or MOST_HOPS)
    return endpoint, BfdListener(family_of(config.neighbor_ip), port)
