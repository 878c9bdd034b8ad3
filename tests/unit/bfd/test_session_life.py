"""How BFD sessions live on through a reload and a crash, and how they end."""

from __future__ import annotations

from tests.unit.bfd.sessions import Desk, words

from keepalived.core.bfd.config import SpeakerConfig
from keepalived.port.events import Reconfigured, Refused, Stopping
from keepalived.port.resources import BfdListener, Install, Remove, Replace
from keepalived.port.words import BfdSaid
from keepalived.wire.addresses import Family
from keepalived.wire.bfd import SessionState

DOWN, UP = SessionState.DOWN, SessionState.UP


def test_a_session_that_a_reload_keeps_stays_up_and_agrees_on_its_new_interval_by_a_poll() -> None:
    desk = Desk(words()).start().come_up()
    desk.give(Reconfigured(SpeakerConfig((words(min_tx_us=200_000, min_rx_us=20_000),))))
    assert desk.shown()["state"] == "UP"
    said = desk.pass_time(100_000)
    assert all(each.poll for each in said)
    assert {each.desired_min_tx_us for each in said} == {200_000}
    assert len(said) >= 2, "it goes on at 50 ms until the neighbour knows"
    desk.hear(desk.of_peer(final=True))
    assert len(desk.pass_time(170_000)) <= 1
    assert [word.up for word in desk.told] == [False, True]


def test_a_reload_that_renames_a_session_tells_its_state_under_the_new_name() -> None:
    desk = Desk(words()).start().come_up()
    number = desk.number
    desk.give(Reconfigured(SpeakerConfig((words("OTHER"),))))
    assert (desk.told[-1].instance, desk.told[-1].up) == ("OTHER", True)
    assert desk.number == number


def test_a_session_that_a_reload_removes_says_so_to_its_neighbour() -> None:
    desk = Desk(words()).start().come_up()
    desk.give(Reconfigured(SpeakerConfig(())))
    assert (desk.last.state, desk.last.diagnostic) == (DOWN, 7)
    assert sum(isinstance(each, Remove) for each in desk.operations) == 2
    assert desk.host.deadline() is None


def test_a_new_time_to_live_alters_the_socket_and_opens_no_other() -> None:
    desk = Desk(words()).start().come_up()
    before = desk.shown()
    desk.give(Reconfigured(SpeakerConfig((words(ttl=254),))))
    changed = [each for each in desk.operations if isinstance(each, Replace | Install | Remove)]
    assert len(changed) == 1
    assert isinstance(changed[0], Replace)
    assert desk.shown()["discriminator"] == before["discriminator"]


def test_a_stop_takes_leave_and_tells_no_sister_process_that_the_path_broke() -> None:
    desk = Desk(words()).start().come_up()
    told = len(desk.told)
    desk.give(Stopping())
    assert (desk.last.state, desk.last.diagnostic) == (DOWN, 7)
    assert len(desk.told) == told
    assert desk.host.deadline() is None


def test_after_a_crash_a_session_that_was_up_counts_as_up_until_it_fails_to_come_back() -> None:
    desk = Desk(words()).start(BfdSaid("PEER", True))
    assert desk.told == []
    desk.pass_time(2_999_999)
    assert desk.told == []
    desk.pass_time(1)
    assert [word.up for word in desk.told] == [False]
    assert "is not up after 3 s" in desk.notes[-1]


def test_after_a_crash_a_session_that_comes_back_in_time_was_never_down() -> None:
    desk = Desk(words()).start(BfdSaid("PEER", False), BfdSaid("PEER", True)).come_up()
    desk.hear(desk.of_peer(UP))
    assert [word.up for word in desk.told] == [True]


def test_a_socket_that_cannot_be_had_is_noted_once_and_tried_again_each_second() -> None:
    desk = Desk(words()).start()
    endpoint = desk.sent[0][1].endpoint
    sent = len(desk.sent)
    for _ in range(3):
        desk.give(Refused(Install(endpoint), 99, "10.20.0.1 is not an address of this host"))
        assert desk.shown()["cannot_speak"]
        desk.pass_time(1_000_000)
        assert Install(endpoint) in desk.operations or len(desk.sent) > sent
    assert len([note for note in desk.notes if "cannot speak" in note]) == 1
    assert desk.shown()["cannot_speak"] == ""


def test_a_port_that_is_taken_is_noted_and_tried_again() -> None:
    desk = Desk(words()).start()
    listener = BfdListener(Family.INET, 3784)
    desk.give(Refused(Install(listener), 98, "UDP port 3784 is taken"))
    assert desk.host.snapshot(0)["deaf"] == "UDP port 3784 is taken"
    desk.pass_time(1_000_000)
    assert desk.host.snapshot(0)["deaf"] == ""
    assert desk.host.ledger.is_held(listener)
