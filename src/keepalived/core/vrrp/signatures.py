"""Signed adverts as they are heard (`auth_hmac`): by whose key, how old, and never twice.

Rule: only what is signed right moves a mark, so that nobody without a key can do harm.
"""

from __future__ import annotations

from keepalived.core.vrrp.auth import ahead, moment_of, same_secret, window_s
from keepalived.core.vrrp.config import AuthHmac, VrrpInstance
from keepalived.core.vrrp.dialect import is_unicast
from keepalived.core.vrrp.lines import key_bytes
from keepalived.core.vrrp.refusal import Refusal
from keepalived.wire.addresses import Address
from keepalived.wire.cursor import Malformed
from keepalived.wire.hmac_trailer import SHA256_128, Trailer, decode_trailer, signature

SENDERS = 4
"""How many sources of a group are remembered; the one that was silent longest makes room."""


class Signatures:
    """The keys of one instance, and how far each sender has come."""

    def __init__(self, config: VrrpInstance, block: AuthHmac) -> None:
        self._keys = {key.number: key_bytes(key.value) for key in block.keys}
        self._unsigned_pass = block.mode != "enforce"
        self._window_s = window_s(config) if block.anti_replay == "time" else None
        self._peers = {peer.address for peer in config.unicast_peers}
        self._most = len(self._peers) if is_unicast(config) else SENDERS
        self._marks: dict[Address, int] = {}
        """The last moment of each sender, who spoke last standing last."""

    def take_over(self, before: Signatures) -> None:
        """Go on from what an earlier configuration's remembered."""
        self._marks = before._marks

    def check(self, source: Address, message: bytes, tail: bytes, utc_us: int) -> Refusal | None:
        """Judge a message by what stands behind it; nothing there is an unsigned one."""
        if self._peers and source not in self._peers:
            return Refusal.NOT_A_PEER
        if not tail:
            return None if self._unsigned_pass else Refusal.HMAC_MISSING
        trailer = decode_trailer(tail)
        assert not isinstance(trailer, Malformed), "its length was checked"
        if trailer.kind != SHA256_128 or trailer.reserved or not trailer.key_id:
            return Refusal.HMAC_MALFORMED
        if self._is_stale(trailer.moment, utc_us):
            return Refusal.HMAC_STALE
        key = self._keys.get(trailer.key_id)
        if key is None:
            return Refusal.HMAC_KEY_UNKNOWN
        if not same_secret(signature(key, source, message, trailer), trailer.digest):
            return Refusal.HMAC_WRONG
        return self._mark(source, trailer, utc_us)

    def _mark(self, source: Address, trailer: Trailer, utc_us: int) -> Refusal | None:
        mark = self._marks.get(source)
        if mark is not None and self._is_stale(mark, utc_us):
            mark = None  # our clock was set: it must not shut everybody out
        if mark is not None and ahead(trailer.moment, mark) <= 0:
            return Refusal.HMAC_REPLAYED
        self._marks.pop(source, None)
        while len(self._marks) >= self._most:
            del self._marks[next(iter(self._marks))]
        self._marks[source] = trailer.moment
        return None

    def _is_stale(self, moment: int, utc_us: int) -> bool:
        if self._window_s is None:
            return False
        return abs(ahead(moment, moment_of(utc_us)) >> 32) > self._window_s
