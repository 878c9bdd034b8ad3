"""The filter of a socket whose kernel has little room for filters."""

from __future__ import annotations

import errno
import struct
from typing import Any, cast

import pytest

from keepalived.linux import conflicts


class Narrow:
    """A socket that takes filters up to a length."""

    def __init__(self, room: int, refusal: int = errno.ENOMEM) -> None:
        self.room, self.refusal = room, refusal
        self.lengths: list[int] = []

    def setsockopt(self, _level: int, _option: int, value: bytes) -> None:
        length, _place = struct.unpack("@HP", value)
        self.lengths.append(length)
        if length > self.room:
            raise OSError(self.refusal, "no")


def program(most: int) -> bytes:
    return bytes(8 * most)


def test_a_filter_that_does_not_fit_is_halved_until_it_does() -> None:
    narrow = Narrow(60)
    conflicts._attach(cast(Any, narrow), program, 1000)
    assert narrow.lengths == [1000, 200, 100, 50]


@pytest.mark.parametrize(("room", "refusal"), [(-1, errno.ENOMEM), (10, errno.EPERM)])
def test_what_cannot_be_had_at_all_is_told_to_the_caller(room: int, refusal: int) -> None:
    with pytest.raises(OSError):
        conflicts._attach(cast(Any, Narrow(room, refusal)), program, 20)
