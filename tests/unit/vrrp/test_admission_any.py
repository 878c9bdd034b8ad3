"""Any bytes at all, to instances of every sort: a verdict, never an exception, never by luck."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.vrrp.exchanges import A6, B6, A, B, Side, signed, six, to_peers, with_ah
from tests.unit.vrrp.rooms import instance, with_password

from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.refusal import Refusal
from keepalived.wire.vrrp import Advert

SORTS: dict[str, tuple[VrrpInstance, VrrpInstance]] = {
    "plain": (instance(), instance()),
    "password": (with_password(instance(), "s3cret"), with_password(instance(), "s3cret")),
    "AH": (with_ah(), with_ah()),
    "unicast AH": (with_ah(**to_peers(B)), with_ah(**to_peers(A))),
    "version 3": (instance(version=3), instance(version=3)),
    "signed": (instance(auth_hmac=signed()), instance(auth_hmac=signed())),
    "IPv6": (six(), six()),
    "signed IPv6": (six(auth_hmac=signed()), six(auth_hmac=signed())),
    "unicast IPv6": (six(**to_peers(B6)), six(**to_peers(A6))),
}
PROVED = ("AH", "unicast AH", "signed", "signed IPv6")
CHANGES = st.lists(st.tuples(st.integers(0, 200), st.integers(1, 255)), min_size=1, max_size=4)


def sides(sort: str) -> tuple[Side, Side]:
    one, other = SORTS[sort]
    ends = (A6, B6) if "IPv6" in sort else (A, B)
    return Side(one, ends[0]), Side(other, ends[1])


@given(st.sampled_from(sorted(SORTS)), st.binary(max_size=200))
def test_any_bytes_get_a_verdict(sort: str, data: bytes) -> None:
    one, other = sides(sort)
    (send,) = one.say()
    verdict = other.judge(other.event(replace(send, data=data), one.source))
    assert isinstance(verdict, Refusal | Advert)


@given(st.sampled_from(sorted(SORTS)), CHANGES, st.integers(0, 60))
def test_what_was_altered_or_cut_gets_a_verdict(
    sort: str, changes: list[tuple[int, int]], cut: int
) -> None:
    one, other = sides(sort)
    (send,) = one.say()
    data = bytearray(send.data[: len(send.data) - cut])
    for at, flip in changes:
        if data:
            data[at % len(data)] ^= flip
    verdict = other.judge(other.event(replace(send, data=bytes(data)), one.source))
    assert isinstance(verdict, Refusal | Advert)


@given(st.sampled_from(PROVED), CHANGES)
def test_nothing_altered_passes_where_origin_is_proved(
    sort: str, changes: list[tuple[int, int]]
) -> None:
    """AH leaves the service, the fragment, the checksum out (of unicast the TTL); a trailer leaves
    out all of the IPv4 header but the source, and of the message the checksum.
    """
    one, other = sides(sort)
    (send,) = one.say()
    data = bytearray(send.data)
    free = {"AH": (1, 6, 7, 10, 11), "unicast AH": (1, 6, 7, 8, 10, 11)}.get(sort, (26, 27))
    begin = 20 if sort == "signed" else 0
    for at, flip in changes:
        place = begin + at % (len(data) - begin)
        if sort == "signed IPv6":
            assume(place not in (6, 7))
        elif place in free:
            continue
        data[place] ^= flip
    assume(bytes(data) != send.data)
    verdict = other.judge(other.event(replace(send, data=bytes(data)), one.source))
    assert isinstance(verdict, Refusal)
    assert other.voice.numbers.ah_sequence == 0
