"""How a version 2 advert proves its origin: not at all, or by a password (RFC 2338 section 5.3.6).

Rule: the authentication header (AH) is not here yet; who asks for it is refused, never run without.
"""

from __future__ import annotations

from keepalived.core.vrrp.config import VrrpInstance
from keepalived.wire.vrrp import AUTH_DATA_LENGTH, AuthType


def auth_type(config: VrrpInstance) -> AuthType:
    """Say what the configuration asks for; a block without a password asks for nothing."""
    block = config.authentication
    if block is None or not block.auth_pass:
        return AuthType.NONE
    return AuthType[block.auth_type]


def auth_data(config: VrrpInstance) -> bytes:
    """Give the eight bytes that adverts carry: the password, left aligned, zero padded."""
    if auth_type(config) is not AuthType.PASS or config.authentication is None:
        return bytes(AUTH_DATA_LENGTH)
    password = config.authentication.auth_pass.encode("utf-8", "surrogateescape")
    return password[:AUTH_DATA_LENGTH].ljust(AUTH_DATA_LENGTH, b"\0")


def same_secret(ours: bytes, theirs: bytes) -> bool:
    """Compare without telling by the time it takes where the difference lies."""
    difference = len(ours) ^ len(theirs)
    for one, other in zip(ours, theirs, strict=False):
        difference |= one ^ other
    return difference == 0
