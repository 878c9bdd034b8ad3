"""What differs between a packet that is not taken and this instance, and what to do about it.

Rule: one line for an operator; nothing is decided here.
"""

from __future__ import annotations

from keepalived.core.vrrp.admit import Parcel
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.dialect import family_of, interval_of, version_of
from keepalived.core.vrrp.refusal import Refusal
from keepalived.core.vrrp.timing import SECOND_US
from keepalived.wire.vrrp import Advert, decode

_REMEDIES = {
    Refusal.LENGTH: "compare version, authentication and auth_hmac of both routers",
    Refusal.HOP_LIMIT: "if the routers are on different networks, use unicast_peer",
    Refusal.VERSION: "give both routers the same version",
    Refusal.HMAC_MISSING: "give its router the same auth_hmac, or ours mode permissive meanwhile",
    Refusal.HMAC_STALE: "set both clocks by the same time server",
    Refusal.HMAC_KEY_UNKNOWN: "give both routers the same keys before one signs with a new one",
    Refusal.HMAC_WRONG: "give both routers the same keys",
    Refusal.AUTH_TYPE_MISMATCH: "give both routers the same authentication",
    Refusal.AUTH_FAILED: "give both routers the same auth_pass, or another virtual_router_id",
    Refusal.AH_WRONG: "give both routers the same auth_pass, or another virtual_router_id",
    Refusal.INTERVAL: "give both routers the same advert_int",
    Refusal.CHECKSUM: "if it is an old or another vendor's router, see v3_checksum_as_v2",
    Refusal.TARGET: "compare unicast_peer and mcast_dst_ip of both routers",
    Refusal.NOT_A_PEER: "add it to unicast_peer, or find out who it is",
}


def difference(config: VrrpInstance, parcel: Parcel, refusal: Refusal) -> str:
    """Give what stands behind the sentence: both values where there are two, then a remedy."""
    both = _both(config, parcel, refusal)
    remedy = _REMEDIES.get(refusal, "")
    return "".join(f"{sign}{text}" for sign, text in ((": ", both), ("; ", remedy)) if text)


def _both(config: VrrpInstance, parcel: Parcel, refusal: Refusal) -> str:
    match refusal:
        case Refusal.VERSION:
            return f"{parcel.preamble.version}, ours {version_of(config)}"
        case Refusal.HOP_LIMIT:
            return f"it is {parcel.hop_limit}"
        case Refusal.INTERVAL:
            advert = decode(parcel.message, family_of(config))
            if isinstance(advert, Advert):
                theirs, ours = advert.interval_us / SECOND_US, interval_of(config) / SECOND_US
                return f"{theirs:g} s, ours {ours:g} s"
    return ""
