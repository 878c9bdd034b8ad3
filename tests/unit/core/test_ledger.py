"""The ledger against a model kernel that refuses doubles and unknown removals."""

from __future__ import annotations

from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st

from keepalived.core.ledger import Ledger
from keepalived.port.resources import (
    Change,
    HeldAddress,
    Install,
    Remove,
    Replace,
    Resource,
    Server,
    Service,
    ServiceKey,
)
from keepalived.wire.addresses import Family

VIP = HeldAddress("eth0", IPv4Address("10.0.0.1"), 32)
LABELLED = HeldAddress("eth0", IPv4Address("10.0.0.1"), 32, label="eth0:1")
KEY = ServiceKey(Family.INET, 6, IPv4Address("10.0.0.1"), 80)
SERVICE = Service(KEY, "rr")
SERVER = Server(KEY, IPv4Address("10.0.1.1"), 80)


class ModelKernel:
    """What a kernel would hold; it fails where a real one would refuse."""

    def __init__(self) -> None:
        self.held: dict[tuple[object, ...], Resource] = {}

    def carry_out(self, changes: list[Change]) -> None:
        """Carry changes out, strictly."""
        for change in changes:
            if isinstance(change, Install):
                assert change.resource.key not in self.held
                self.held[change.resource.key] = change.resource
            elif isinstance(change, Remove):
                assert self.held.pop(change.resource.key) == change.resource
            else:
                assert self.held[change.old.key] == change.old
                self.held[change.new.key] = change.new


_resources = st.builds(
    HeldAddress,
    link=st.sampled_from(["eth0", "eth1"]),
    address=st.sampled_from([IPv4Address("10.0.0.1"), IPv4Address("10.0.0.2")]),
    prefix=st.just(32),
    label=st.sampled_from(["", "a"]),
)
_holds = st.lists(
    st.tuples(st.sampled_from("abc"), st.lists(_resources, max_size=4)), min_size=1, max_size=20
)


@given(_holds)
def test_the_kernel_holds_what_any_owner_wants_and_nothing_else(
    holds: list[tuple[str, list[HeldAddress]]],
) -> None:
    ledger, kernel = Ledger(), ModelKernel()
    wanted: dict[str, set[tuple[object, ...]]] = {}
    for owner, resources in holds:
        kernel.carry_out(ledger.hold(owner, resources))
        wanted[owner] = {resource.key for resource in resources}
        assert set(kernel.held) == set().union(*wanted.values())
    for owner in wanted:
        kernel.carry_out(ledger.hold(owner, ()))
    assert not kernel.held


def test_what_two_hold_goes_when_the_last_lets_go() -> None:
    ledger = Ledger()
    assert ledger.hold("a", [VIP]) == [Install(VIP)]
    assert ledger.hold("b", [VIP]) == []
    assert ledger.hold("a", []) == []
    assert ledger.hold("b", []) == [Remove(VIP)]


def test_the_first_holders_attributes_count_until_it_lets_go() -> None:
    ledger = Ledger()
    ledger.hold("a", [VIP])
    assert ledger.hold("b", [LABELLED]) == []
    assert ledger.hold("a", []) == [Replace(VIP, LABELLED)]
    assert ledger.owners(VIP) == ("b",)


def test_the_tower_is_built_from_the_ground_and_taken_down_from_the_top() -> None:
    ledger = Ledger()
    assert ledger.hold("s", [SERVER, SERVICE]) == [Install(SERVICE), Install(SERVER)]
    assert ledger.hold("s", []) == [Remove(SERVER), Remove(SERVICE)]


def test_what_a_previous_life_left_is_taken_over_or_removed() -> None:
    ledger = Ledger()
    stray = HeldAddress("eth0", IPv4Address("10.0.0.9"), 32)
    ledger.adopt([VIP, stray])
    assert ledger.hold("a", [VIP]) == []
    assert ledger.settle() == [Remove(stray)]
    assert ledger.is_held(VIP)


def test_what_was_lost_or_refused_is_installed_again_when_held_again() -> None:
    ledger = Ledger()
    ledger.hold("a", [VIP])
    ledger.lost(VIP)
    assert ledger.find(VIP.key) is None
    assert ledger.hold("a", [VIP]) == [Install(VIP)]
    ledger.refused(Install(VIP))
    assert ledger.hold("a", [VIP]) == [Install(VIP)]


def test_a_refused_replacement_leaves_the_old_one_believed() -> None:
    ledger = Ledger()
    ledger.hold("a", [VIP])
    assert ledger.hold("a", [LABELLED]) == [Replace(VIP, LABELLED)]
    ledger.refused(Replace(VIP, LABELLED))
    assert ledger.is_held(VIP)
    assert ledger.hold("a", [LABELLED]) == [Replace(VIP, LABELLED)]
