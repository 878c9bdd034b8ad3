"""Why a packet is not taken: each reason with its counter and its sentence.

Rule: what an operator reads, in one place; the order is that of the checks.
"""

from __future__ import annotations

from enum import Enum


class Refusal(Enum):
    """Why a packet is not taken: the counter's name, and what an operator reads."""

    TRUNCATED = ("truncated", "too short for an IPv4 header and a VRRP message")
    NOT_VRRP = ("not_vrrp", "its protocol is not VRRP")
    UNKNOWN_ROUTER = ("unknown_router", "its virtual router id is nobody's on this link")
    NOT_LISTENING = ("not_listening", "the instance is at fault and does not listen")
    LENGTH = ("length", "its length is not what its version and count of addresses ask for")
    HOP_LIMIT = ("hop_limit", "its TTL is not 255: it came through a router")
    VERSION = ("version", "its VRRP version is not ours")
    HMAC_MISSING = ("hmac_missing", "it is not signed")
    HMAC_MALFORMED = ("hmac_malformed", "its signature is of a kind that does not exist")
    HMAC_STALE = ("hmac_stale", "it was signed too long ago or ahead: compare the clocks")
    HMAC_KEY_UNKNOWN = ("hmac_key_unknown", "it is signed with a key that is not ours")
    HMAC_WRONG = ("hmac_wrong", "its signature is wrong: the keys differ, or it was altered")
    HMAC_REPLAYED = ("hmac_replayed", "it was signed before one that came already: a replay")
    AUTH_TYPE_INVALID = ("auth_type_invalid", "its authentication type does not exist")
    AUTH_TYPE_MISMATCH = ("auth_type_mismatch", "its authentication type is not ours")
    AUTH_FAILED = ("auth_failed", "its password is wrong")
    AH_WRONG = ("ah_wrong", "its AH signature is wrong: the passwords differ, or it was altered")
    AH_SPI = ("ah_spi", "its AH security parameter index is not its source address")
    AH_REPLAYED = ("ah_replayed", "its AH sequence number was there before: a replay")
    INTERVAL = ("interval", "its advert interval is not ours")
    INTERVAL_ZERO = ("interval_zero", "its advert interval is 0")
    KIND = ("kind", "its VRRP type is not advertisement")
    TOTAL_LENGTH = ("total_length", "its IPv4 total length is not what arrived")
    CHECKSUM = ("checksum", "its checksum is wrong")
    TARGET = ("target", "it was not sent to where this instance listens")
    OWNER = ("owner", "we own the addresses, and ignore what others say (owner_ignore_adverts)")
    NOT_A_PEER = ("not_a_peer", "its source is not a unicast_peer")
    PEER_TTL = ("peer_ttl", "its TTL is not within the min_ttl and max_ttl of its unicast_peer")

    def __init__(self, counter: str, sentence: str) -> None:
        self.counter = counter
        self.sentence = sentence
