"""BFD control packets: the heartbeat of a path, as it stands in a datagram (RFC 5880 section 4.1).

Rule: decoding refuses what RFC 5880 section 6.8.6 tells any receiver to throw away, whatever
session it is for; what depends on the session is `core.bfd`'s matter.
"""

from __future__ import annotations

import struct
from enum import IntEnum

from keepalived.records import dataclass
from keepalived.wire.cursor import Malformed

PORT = 3784
"""Where sessions over a single hop are heard (RFC 5881 section 4)."""
MULTIHOP_PORT = 4784
"""Where sessions over several hops are heard (RFC 5883 section 5)."""
VERSION = 1
LENGTH = 24
AUTHENTICATED_LENGTH = 26
"""The least length of a packet that carries an authentication section."""
_PACKET = struct.Struct("!BBBBIIIII")
_POLL, _FINAL, _INDEPENDENT, _AUTHENTICATED, _DEMAND, _MULTIPOINT = 32, 16, 8, 4, 2, 1


class SessionState(IntEnum):
    """What an end says the session is, in the number that stands in the packet."""

    ADMIN_DOWN = 0
    DOWN = 1
    INIT = 2
    UP = 3


class Diagnostic(IntEnum):
    """Why an end last left the state Up, or never came there (RFC 5880 section 4.1)."""

    NONE = 0
    EXPIRED = 1
    ECHO_FAILED = 2
    NEIGHBOUR_DOWN = 3
    PLANE_RESET = 4
    PATH_DOWN = 5
    CONCATENATED_DOWN = 6
    ADMIN_DOWN = 7
    REVERSE_DOWN = 8

    @property
    def sentence(self) -> str:
        """Give its name as upstream's log writes it."""
        return _SENTENCES[self]


_SENTENCES = (
    *("No Diagnostic", "Control Detection Time Expired", "Echo Function Failed"),
    *("Neighbor Signaled Session Down", "Forwarding Plane Reset", "Path Down"),
    *("Concatenated Path Down", "Administratively Down", "Reverse Concatenated Path Down"),
)


def diagnostic_text(number: int) -> str:
    """Give the name of a diagnostic; those from 9 to 31 are reserved, and have none."""
    return _SENTENCES[number] if number < len(_SENTENCES) else f"diagnostic {number}"


@dataclass(frozen=True, slots=True)
class ControlPacket:
    """What one end says of itself and of the session; times are in microseconds."""

    state: SessionState
    my_discriminator: int
    your_discriminator: int
    multiplier: int
    desired_min_tx_us: int
    required_min_rx_us: int
    required_min_echo_rx_us: int = 0
    diagnostic: int = Diagnostic.NONE
    poll: bool = False
    final: bool = False
    independent: bool = False
    """Its control plane could fail without the path failing."""
    authenticated: bool = False
    demand: bool = False
    """It asks to be sent nothing while both ends are Up, unless it polls."""


def encode_control(packet: ControlPacket) -> bytes:
    """Write a packet; it carries no authentication."""
    assert not packet.authenticated
    flags = (
        packet.poll * _POLL
        | packet.final * _FINAL
        | packet.independent * _INDEPENDENT
        | packet.demand * _DEMAND
    )
    return _PACKET.pack(
        VERSION << 5 | packet.diagnostic,
        packet.state << 6 | flags,
        packet.multiplier,
        LENGTH,
        packet.my_discriminator,
        packet.your_discriminator,
        packet.desired_min_tx_us,
        packet.required_min_rx_us,
        packet.required_min_echo_rx_us,
    )


def decode_control(data: bytes) -> ControlPacket | Malformed:
    """Read a datagram. What stands behind the packet's own length is not looked at."""
    if len(data) < LENGTH:
        return Malformed(f"{len(data)} bytes are too few for a BFD control packet")
    first, second, multiplier, length, mine, yours, tx_us, rx_us, echo_us = _PACKET.unpack_from(
        data
    )
    if first >> 5 != VERSION:
        return Malformed(f"version {first >> 5} is not 1")
    authenticated = bool(second & _AUTHENTICATED)
    if length < (AUTHENTICATED_LENGTH if authenticated else LENGTH):
        return Malformed(f"its length field says {length}, which is too little")
    if length > len(data):
        return Malformed(f"its length field says {length}, but there are {len(data)} bytes")
    if not multiplier:
        return Malformed("its detection multiplier is 0")
    if second & _MULTIPOINT:
        return Malformed("its multipoint bit is set")
    if second & _POLL and second & _FINAL:
        return Malformed("it polls and answers a poll at once")
    if not mine:
        return Malformed("its own discriminator is 0")
    state = SessionState(second >> 6)
    if not yours and state > SessionState.DOWN:
        return Malformed(f"it says {state.name} and names no discriminator of ours")
    return ControlPacket(
        state=state,
        my_discriminator=mine,
        your_discriminator=yours,
        multiplier=multiplier,
        desired_min_tx_us=tx_us,
        required_min_rx_us=rx_us,
        required_min_echo_rx_us=echo_us,
        diagnostic=first & 0x1F,
        poll=bool(second & _POLL),
        final=bool(second & _FINAL),
        independent=bool(second & _INDEPENDENT),
        authenticated=authenticated,
        demand=bool(second & _DEMAND),
    )
