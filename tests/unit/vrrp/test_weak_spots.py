"""The weak spots of upstream that were measured: in each of them we hold.

A whole router on its file hears frames as they come from a link; who leads is read from what it
says. What the real daemon does in the same place stands in each test's words.
"""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest
from tests.lab.hostile import advert2, advert3, checksum, frame
from tests.lab.replay import Heard, ReplayedRouter, Story, open_frame

SECOND_US = 1_000_000
A, B, VIP = "10.20.0.1", "10.20.0.2", "10.20.0.100"
UNICAST = f"unicast_src_ip {A}\n unicast_peer {{\n {B}\n }}"
PASS = "authentication {\n auth_type PASS\n auth_pass s3cret\n }"


def router(words: str, version: int = 2, priority: int = 150) -> ReplayedRouter:
    """Router A, at 10.20.0.1."""
    text = (
        f"vrrp_instance VI_1 {{\n state BACKUP\n interface eth0\n version {version}\n"
        f" virtual_router_id 51\n priority {priority}\n advert_int 1\n {words}\n"
        f" virtual_ipaddress {{\n {VIP}/24\n }}\n}}\n"
    )
    return ReplayedRouter("A", text, Story(0))


def every(period_us: int, data: bytes, begin_us: int, end_us: int) -> list[Heard]:
    """A frame heard again and again."""
    return [Heard(at, "eth0", data) for at in range(begin_us, end_us, period_us)]


def adverts(said: list[Heard]) -> list[tuple[int, int]]:
    """When it said which priority."""
    found = []
    for each in said:
        opened = open_frame(each.frame)
        if opened is not None:
            found.append((each.at_us, opened[5][22 + (24 if opened[1] == 51 else 0)]))
    return found


def test_junk_for_our_router_id_does_not_silence_a_master() -> None:
    """Wrong passwords every 0.4 s: real keepalived says nothing more for as long as they come."""
    junk = frame(advert2(51, 100, [VIP], (1, b"wrong")), B)
    heard = every(400_000, junk, 5 * SECOND_US, 11 * SECOND_US)
    said = adverts(router(PASS).run(heard, 11 * SECOND_US))
    times = [at for at, _ in said]
    assert all(later - at == SECOND_US for at, later in pairwise(times))
    assert len(times) >= 8


@pytest.mark.parametrize(
    "junk",
    [
        frame(advert2(51, 100, [VIP], (0, b"")), B),
        frame(advert2(51, 100, [VIP], (1, b"s3cret"))[:-3], B),
        frame(advert2(51, 100, [VIP], (1, b"s3cret")), B, hops=254),
        frame(advert2(51, 100, [VIP], (1, b"s3cret"), seconds=3), B),
        frame(advert3(51, 100, [VIP], B, 100), B),
    ],
    ids=["no password", "cut short", "from afar", "another interval", "version 3"],
)
def test_no_kind_of_junk_moves_a_masters_next_advert(junk: bytes) -> None:
    heard = every(300_000, junk, 4 * SECOND_US, 9 * SECOND_US)
    times = [at for at, _ in adverts(router(PASS).run(heard, 9 * SECOND_US))]
    assert len(times) >= 6
    assert {later - at for at, later in pairwise(times)} == {SECOND_US}


def test_an_advert_that_says_interval_zero_gives_nobody_the_lead() -> None:
    """Both real versions take over the moment they hear it: three times nothing is soon over."""
    good = every(SECOND_US, frame(advert3(51, 200, [VIP], B, 100), B), 500_000, 10 * SECOND_US)
    zero = every(700_000, frame(advert3(51, 200, [VIP], B, 0), B), 2 * SECOND_US, 10 * SECOND_US)
    assert adverts(router("", 3, 100).run(good + zero, 10 * SECOND_US)) == []


def test_interval_zero_alone_does_not_hold_a_backup_down_either() -> None:
    zero = every(500_000, frame(advert3(51, 200, [VIP], B, 0), B), 500_000, 10 * SECOND_US)
    said = adverts(router("", 3, 100).run(zero, 10 * SECOND_US))
    assert said and abs(said[0][0] - 3_609_375) < 1_000


def test_one_old_checksum_does_not_turn_an_instance_against_good_ones() -> None:
    """Real keepalived falls back for good, and from then on refuses what is right."""
    good = frame(advert3(51, 200, [VIP], B, 100, summed_for=A), B, target=A)
    old = frame(advert3(51, 200, [VIP], B, 100), B, target=A)
    heard = every(SECOND_US, good, 500_000, 20 * SECOND_US)
    heard += [Heard(4 * SECOND_US, "eth0", old)]
    assert adverts(router(UNICAST, 3, 100).run(heard, 20 * SECOND_US)) == []


def test_an_old_checksum_is_not_believed_where_nobody_asked_for_it() -> None:
    old = frame(advert3(51, 200, [VIP], B, 100), B, target=A)
    said = adverts(router(UNICAST, 3, 100).run(every(SECOND_US, old, 0, 9 * SECOND_US), 9_000_000))
    assert said, "what does not sum up holds nobody down"


def plain_sum(message: bytes) -> bytes:
    """A version 3 advert summed up without a pseudo-header."""
    bare = message[:6] + b"\0\0" + message[8:]
    return message[:6] + struct.pack("!H", checksum(bare)) + message[8:]


def test_v3_checksum_as_v2_takes_its_own_checksum_and_no_other() -> None:
    """2.4.3 takes any checksum there."""
    message = plain_sum(advert3(51, 200, [VIP], B, 100))
    wrong = message[:6] + bytes((message[6] ^ 0x55, message[7])) + message[8:]
    for data, leads in ((message, False), (wrong, True)):
        heard = every(SECOND_US, frame(data, B), 500_000, 9 * SECOND_US)
        said = adverts(router("v3_checksum_as_v2", 3, 100).run(heard, 9 * SECOND_US))
        assert bool(said) is leads


def test_another_list_of_addresses_makes_no_second_master() -> None:
    """2.2.7 drops such adverts, so that both lead."""
    other = frame(advert2(51, 200, ["10.20.0.101"]), B)
    said = router("", 2, 100).run(every(SECOND_US, other, 500_000, 9 * SECOND_US), 9 * SECOND_US)
    assert adverts(said) == []


def test_the_winner_of_a_healed_tie_announces_its_addresses_again() -> None:
    """Equal priorities: the lower address steps down before real keepalived's winner notices."""
    equal = frame(advert2(51, 100, [VIP]), "10.20.0.0")
    said = router("", 2, 100).run([Heard(20 * SECOND_US, "eth0", equal)], 22 * SECOND_US)
    announced = [each.at_us for each in said if each.frame[12:14] == b"\x08\x06"]
    assert any(20 * SECOND_US <= at < 22 * SECOND_US for at in announced)


def test_adverts_behind_an_ah_are_never_believed_twice() -> None:
    """One number for both directions: what was said before, by anybody, is too old."""
    words = PASS.replace("PASS", "AH", 1)
    lower = ReplayedRouter("B", _text(words, 100), Story(0))
    first = [each for each in lower.run([], 8 * SECOND_US) if open_frame(each.frame)]
    assert len(first) >= 4
    # What B said while alone is said again and again: once at most it holds A down.
    again = [
        Heard(at_us + index, "eth0", each.frame)
        for at_us in range(9 * SECOND_US, 20 * SECOND_US, 400_000)
        for index, each in enumerate(first)
    ]
    said = adverts(router(words, 2, 90).run(first + again, 20 * SECOND_US))
    assert said and said[0][0] < first[-1].at_us + 4 * SECOND_US


def _text(words: str, priority: int) -> str:
    return router(words, 2, priority).text
