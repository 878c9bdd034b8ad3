"""A brain behind its ledger: what reaches the world, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address

from keepalived.core.host import Host
from keepalived.port.brain import Snapshot
from keepalived.port.effects import Effect, Hold, Send
from keepalived.port.events import (
    AddressGone,
    Event,
    Lost,
    Refused,
    Started,
    Stopping,
    Woken,
)
from keepalived.port.facts import LinkAddress
from keepalived.port.resources import FrameEndpoint, HeldAddress, Install, Remove, Replace

VIP = HeldAddress("eth0", IPv4Address("10.0.0.1"), 32)
LABELLED = HeldAddress("eth0", IPv4Address("10.0.0.1"), 32, label="eth0:1")
SEND = Send(FrameEndpoint("eth0"), None, b"frame")


class Puppet:
    """A brain that answers each event with what the test laid out for it."""

    def __init__(self, answers: dict[type[Event], Sequence[Effect]]) -> None:
        self.answers = answers
        self.heard: list[Event] = []

    def step(self, now: int, event: Event) -> Sequence[Effect]:
        """Answer from the table."""
        self.heard.append(event)
        return self.answers.get(type(event), ())

    def deadline(self) -> int | None:
        """Never wants to be woken."""
        return None

    def snapshot(self, now: int) -> Snapshot:
        """Has nothing to show."""
        return {}


def test_a_steps_effects_keep_their_order_around_a_hold() -> None:
    host = Host(Puppet({Woken: [SEND, Hold("a", [VIP]), SEND]}))
    assert host.step(0, Woken()) == [SEND, Install(VIP), SEND]


def test_left_overs_nobody_holds_are_removed_once_the_brain_has_started() -> None:
    stray = HeldAddress("eth0", IPv4Address("10.0.0.9"), 32)
    host = Host(Puppet({Started: [Hold("a", [VIP])]}), found=[VIP, stray])
    assert host.step(0, Started()) == [Remove(stray)]


def test_what_moves_between_owners_in_one_step_is_never_taken_away() -> None:
    puppet = Puppet({Started: [Hold("a", [VIP])], Woken: [Hold("a", []), Hold("b", [VIP])]})
    host = Host(puppet)
    host.step(0, Started())
    assert host.step(1, Woken()) == []
    puppet.answers = {Woken: [Hold("b", []), Hold("c", [LABELLED])]}
    assert host.step(2, Woken()) == [Replace(VIP, LABELLED)]


def test_what_is_handed_on_and_then_let_go_in_one_step_is_removed_once() -> None:
    handed_on: list[Effect] = [Hold("a", []), Hold("b", [LABELLED]), SEND, Hold("b", [])]
    host = Host(Puppet({Started: [Hold("a", [VIP])], Woken: handed_on}))
    host.step(0, Started())
    assert host.step(0, Woken()) == [SEND, Remove(VIP)]
    assert not host.ledger.owners(VIP)


def test_an_address_of_ours_taken_away_by_somebody_is_told_as_lost() -> None:
    puppet = Puppet({Started: [Hold("a", [VIP])], Lost: [Hold("a", [VIP])]})
    host = Host(puppet)
    host.step(0, Started())
    gone = AddressGone(LinkAddress("eth0", VIP.address, 32))
    assert host.step(1, gone) == [Install(VIP)]
    assert puppet.heard[-1] == Lost(VIP)


def test_an_address_of_others_taken_away_is_told_as_it_is() -> None:
    puppet = Puppet({})
    gone = AddressGone(LinkAddress("eth0", IPv4Address("10.0.0.7"), 24))
    assert Host(puppet).step(1, gone) == []
    assert puppet.heard == [gone]


def test_a_refused_install_is_tried_again_when_the_brain_holds_again() -> None:
    host = Host(Puppet({Woken: [Hold("a", [VIP])]}))
    host.step(0, Woken())
    assert host.step(1, Woken()) == []
    host.step(2, Refused(Install(VIP), 1, "not permitted"))
    assert host.step(3, Woken()) == [Install(VIP)]


def test_stopping_lets_everything_go_in_one_step() -> None:
    host = Host(Puppet({Started: [Hold("a", [VIP])], Stopping: [Hold("a", [])]}))
    host.step(0, Started())
    assert host.step(1, Stopping()) == [Remove(VIP)]
