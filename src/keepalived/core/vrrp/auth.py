"""How adverts prove their origin: a password, a signed IP header (AH), or a signed trailer.

Rule: secrets and numbers from the configuration, and which of two moments is the later one; what
was said and heard is remembered by `voice` and `admit`.
"""

from __future__ import annotations

from keepalived.core.vrrp.config import AuthHmac, VrrpInstance
from keepalived.core.vrrp.dialect import family_of, interval_of, version_of
from keepalived.wire.addresses import Family
from keepalived.wire.ah import LAST_SEQUENCE
from keepalived.wire.vrrp import AUTH_DATA_LENGTH, SECOND_US, AuthType

SHORTEST_WINDOW_S = 5
INTERVALS_IN_WINDOW = 3
_MOMENTS = 1 << 64


def auth_type(config: VrrpInstance) -> AuthType:
    """Say what the configuration asks for; a block without a password asks for nothing.

    Only version 2 on IPv4 has a place for it, and a signed trailer takes its place.
    """
    block = config.authentication
    if block is None or not block.auth_pass or config.auth_hmac is not None:
        return AuthType.NONE
    if version_of(config) != 2 or family_of(config) is not Family.INET:
        return AuthType.NONE
    return AuthType[block.auth_type]


def password_of(config: VrrpInstance) -> bytes:
    """Give the password as eight bytes: left aligned, zero padded, cut."""
    block = config.authentication
    if block is None:
        return bytes(AUTH_DATA_LENGTH)
    password = block.auth_pass.encode("utf-8", "surrogateescape")
    return password[:AUTH_DATA_LENGTH].ljust(AUTH_DATA_LENGTH, b"\0")


def auth_data(config: VrrpInstance) -> bytes:
    """Give what adverts carry behind the addresses: eight bytes with version 2 on IPv4."""
    if version_of(config) != 2 or family_of(config) is not Family.INET:
        return b""
    if auth_type(config) is AuthType.PASS:
        return password_of(config)
    return bytes(AUTH_DATA_LENGTH)


def same_secret(ours: bytes, theirs: bytes) -> bool:
    """Compare without telling by the time it takes where the difference lies."""
    difference = int.from_bytes(ours, "big") ^ int.from_bytes(theirs, "big")
    return (difference | (len(ours) ^ len(theirs))) == 0


def signs(block: AuthHmac | None) -> bool:
    """Say whether adverts leave with a trailer."""
    return block is not None and block.mode != "receive-only"


def lacks_key(block: AuthHmac | None) -> bool:
    """Say whether the key to sign with is not there, or none to judge by."""
    if block is None:
        return False
    numbers = [key.number for key in block.keys]
    return not numbers or (signs(block) and block.active_key not in numbers)


def window_s(config: VrrpInstance) -> int:
    """Give how far a signed advert's clock may be from ours, in seconds."""
    block = config.auth_hmac
    if block is not None and block.time_window_us is not None:
        return block.time_window_us // SECOND_US
    return max(INTERVALS_IN_WINDOW * interval_of(config) // SECOND_US, SHORTEST_WINDOW_S)


def moment_of(utc_us: int) -> int:
    """Write a time as a trailer does: 32 bits of seconds, 16 of a fraction, 16 of a count."""
    seconds, rest_us = divmod(utc_us, SECOND_US)
    return ((seconds & 0xFFFFFFFF) << 32) | ((rest_us << 16) // SECOND_US << 16)


def ahead(moment: int, other: int) -> int:
    """Give how far a moment is ahead of another; negative where it is behind (RFC 1982)."""
    distance = (moment - other) % _MOMENTS
    return distance if distance < _MOMENTS // 2 else distance - _MOMENTS


class Numbers:
    """What one instance must not say twice: plain numbers, so that they can outlive a crash."""

    def __init__(self) -> None:
        self.packet_number = 0
        """The IPv4 identification of the last advert."""
        self.ah_sequence = 0
        """The highest sequence number said or believed: one counter for both directions."""
        self.hmac_last = 0
        """The last moment signed."""
        self.utc_offset_us = 0
        """What makes a universal time of `now`."""

    def next_packet(self) -> int:
        """Give the next packet's number, which is never 0."""
        self.packet_number = self.packet_number % 0xFFFF + 1
        return self.packet_number

    def next_sequence(self) -> int | None:
        """Give the next advert's sequence number; None at their end (RFC 2402 section 3.3.2)."""
        if self.ah_sequence >= LAST_SEQUENCE:
            return None
        self.ah_sequence += 1
        return self.ah_sequence

    def outbid(self) -> None:
        """Leave out a sequence number, which a lesser master may have used just now."""
        self.ah_sequence = min(self.ah_sequence + 1, LAST_SEQUENCE)

    def next_moment(self, now: int, window_s: int | None) -> int:
        """Give the moment to sign with: later than the last one, even if the clock stands still.

        With a window, a clock that was set back by more than it starts anew: nobody would believe
        moments that far ahead.
        """
        clock = moment_of(now + self.utc_offset_us)
        lead = ahead(self.hmac_last, clock)
        told_anew = window_s is not None and lead > window_s << 32
        if self.hmac_last == 0 or lead < 0 or told_anew:
            self.hmac_last = clock
        else:
            self.hmac_last = (self.hmac_last + 1) % _MOMENTS
        return self.hmac_last
