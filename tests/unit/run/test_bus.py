"""The line between parent and child: whole messages, never waiting, an end that is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

import pytest

from keepalived.linux.clock import now_us
from keepalived.port.effects import Severity
from keepalived.port.words import BfdSaid, Mail
from keepalived.run.bus import Bus, Message, pair, word_from_message, word_to_message
from keepalived.run.loop import Loop


class Ends:
    """Two buses on one loop."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.heard: list[Message] = []
        self.ended: list[str] = []
        here, there = pair()
        self.here = Bus(self.loop, here, lambda m: None, lambda: self.ended.append("here"))
        self.there = Bus(self.loop, there, self.heard.append, lambda: self.ended.append("there"))

    def until(self, count: int) -> None:
        limit = now_us() + 5_000_000
        self.loop.call_at(limit, lambda: None)
        while len(self.heard) + len(self.ended) < count and now_us() < limit:
            self.loop.turn()


@pytest.fixture
def ends() -> Iterator[Ends]:
    made = Ends()
    yield made
    made.here.close()
    made.there.close()
    made.loop.close()


def test_messages_arrive_whole_and_in_order(ends: Ends) -> None:
    for number in range(100):
        ends.here.say({"number": number, "text": "line\nbreak"})
    ends.until(100)
    assert [m["number"] for m in ends.heard] == list(range(100))
    assert ends.heard[0]["text"] == "line\nbreak"


def test_a_message_larger_than_the_lines_buffer_does_not_wait(ends: Ends) -> None:
    text = "x" * 5_000_000
    ends.here.say({"text": text})
    assert not ends.here.flushed
    ends.until(1)
    assert ends.heard == [{"text": text}]
    assert ends.here.flushed


def test_the_end_of_the_other_side_is_told_once_and_saying_more_is_harmless(ends: Ends) -> None:
    ends.here.close()
    ends.until(1)
    assert ends.ended == ["there"]
    ends.there.say({"too": "late"})
    ends.here.say({"too": "late"})
    assert ends.there.flushed


def test_a_word_survives_the_line() -> None:
    for word in (Mail("subject", "body\nline"), BfdSaid("PEER", True, "why")):
        assert word_from_message(word_to_message(word)) == word


def test_what_is_not_plain_is_sent_as_its_text(ends: Ends) -> None:
    ends.here.say({"severity": Severity.ERROR, "at": IPv4Address("192.0.2.1"), "many": (1, 2)})
    ends.until(1)
    assert ends.heard == [{"severity": int(Severity.ERROR), "at": "192.0.2.1", "many": [1, 2]}]
