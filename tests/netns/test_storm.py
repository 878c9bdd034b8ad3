"""Ten thousand bad packets on the wire, at a daemon that leads: nothing changes."""

from __future__ import annotations

import random
import socket
import struct
import time

import pytest
from tests.netns.daemons import Daemon, Link, router

from keepalived.wire.checksum import internet_checksum

pytestmark = [pytest.mark.netns, pytest.mark.alone]

GROUP = ("224.0.0.18", 0)
VRRP, AH = 112, 51
STORM = 10_000
WORDS = "authentication {\n        auth_type PASS\n        auth_pass abc\n    }"


def advert(password: bytes = b"abc", kind: int = 1, seconds: int = 1, off_by: int = 0) -> bytes:
    """An advert of priority 255 that takes the lead, were it not for what is wrong with it."""
    start = struct.pack("!BBBBBB", 0x21, 51, 255, 1, kind, seconds)
    rest = socket.inet_aton("10.77.0.100") + password.ljust(8, b"\0")
    return start + struct.pack("!H", internet_checksum(start + b"\0\0" + rest) ^ off_by) + rest


def mutated(dice: random.Random) -> bytes:
    """A right advert with one wrong bit, which the checksum shows."""
    data = bytearray(advert())
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return bytes(data)


def raw(link: Link, protocol: int, hops: int = 255) -> socket.socket:
    """A socket on router b that speaks as a VRRP router does."""
    with link.b.entered():
        made = socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, hops)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.77.0.2"))
    return made


def test_ten_thousand_bad_packets_change_nothing(link: Link) -> None:
    daemon = Daemon("ours", link.a, router(150, extra=WORDS))
    daemon.says("Entering MASTER STATE")
    dice = random.Random(2338)
    plain, far, ah = raw(link, VRRP), raw(link, VRRP, 64), raw(link, AH)
    before = len(daemon.log().splitlines())
    with plain, far, ah:
        for number in range(STORM):
            match number % 8:
                case 0:
                    plain.sendto(dice.randbytes(dice.randrange(100)), GROUP)
                case 1:
                    plain.sendto(advert(off_by=1), GROUP)
                case 2:
                    plain.sendto(advert(b"wrong"), GROUP)
                case 3:
                    plain.sendto(advert(kind=0), GROUP)
                case 4:
                    plain.sendto(advert(seconds=9), GROUP)
                case 5:
                    far.sendto(advert(), GROUP)
                case 6:
                    ah.sendto(dice.randbytes(dice.randrange(100)), GROUP)
                case _:
                    plain.sendto(mutated(dice), GROUP)
            if number % 200 == 0:
                time.sleep(0.01)  # the receiver's buffer is not what is tried here
        time.sleep(1)
        assert link.has(link.a)
        said = daemon.log().splitlines()[before:]
        assert said and all("ignored an advert from 10.77.0.2" in line for line in said)
        assert len(said) < 20, "one line a kind"
        plain.sendto(advert(), GROUP)
        daemon.says("Master received advert from 10.77.0.2 with higher priority 255, ours 150")
    assert daemon.stop() == 0
