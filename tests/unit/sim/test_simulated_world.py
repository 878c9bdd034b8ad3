"""The simulated world: kernels that refuse, wires that lose, laws that are seen broken."""

from __future__ import annotations

from errno import EADDRNOTAVAIL, EEXIST, ENODEV, EPERM
from ipaddress import IPv4Address

from keepalived.port.facts import Link, LinkAddress
from keepalived.port.resources import HeldAddress, Install, Remove, Replace, VrrpEndpoint
from keepalived.sim.invariants import Watcher, settling_bound_us
from keepalived.sim.kernel import Kernel
from keepalived.sim.network import PER_MILLION, Segment
from keepalived.sim.scenario import alone, directors
from keepalived.sim.timeline import Timeline
from keepalived.sim.world import SeededDice, World

VIP = HeldAddress("eth0", IPv4Address("10.0.0.100"), 32)
SOCKET = VrrpEndpoint("eth0", IPv4Address("224.0.0.18"))


def kernel() -> Kernel:
    made = Kernel()
    made.links["eth0"] = Link(2, "eth0", b"\2\0\0\0\0\1")
    return made


def errno_of(made: Kernel, change: Install | Remove | Replace) -> int:
    refused = made.change(change)
    return refused.errno if refused else 0


def test_a_kernel_holds_what_it_is_given_and_gives_it_back() -> None:
    made = kernel()
    assert errno_of(made, Install(VIP)) == errno_of(made, Install(SOCKET)) == 0
    assert made.virtual_addresses() == {("eth0", VIP.address, 32)}
    labelled = HeldAddress("eth0", VIP.address, 32, "eth0:1")
    assert errno_of(made, Replace(VIP, labelled)) == 0
    assert made.held[VIP.key] == labelled
    assert errno_of(made, Remove(labelled)) == errno_of(made, Remove(SOCKET)) == 0
    assert (made.held, made.virtual_addresses()) == ({}, set())


def test_a_kernel_refuses_as_linux_would() -> None:
    made = kernel()
    assert errno_of(made, Install(HeldAddress("eth9", VIP.address, 32))) == ENODEV
    assert errno_of(made, Remove(VIP)) == EADDRNOTAVAIL
    assert errno_of(made, Remove(SOCKET)) == ENODEV
    made.addresses[("eth0", VIP.address, 32)] = LinkAddress("eth0", VIP.address, 32)
    assert errno_of(made, Install(VIP)) == EEXIST
    made.refuses = lambda resource: True
    assert errno_of(made, Install(SOCKET)) == EPERM


def test_a_link_takes_all_that_sits_on_it_along() -> None:
    made = kernel()
    made.change(Install(VIP))
    assert [gone.address for gone in made.forget_link("eth0")] == [VIP.address]
    assert (made.held, made.links) == ({}, {})


def test_a_wire_delays_loses_and_is_cut_one_way() -> None:
    dice, wire = SeededDice(1), Segment("w", (10, 20))
    delays = [wire.carry(dice, "a", "b") for _ in range(500)]
    assert {len(each) for each in delays} == {1}
    assert {each[0] for each in delays} == set(range(10, 21))
    wire.part({"a"}, {"b"}, both_ways=False)
    assert wire.carry(dice, "a", "b") == []
    assert wire.carry(dice, "b", "a") != []
    wire.heal()
    wire.echo = PER_MILLION
    assert len(wire.carry(dice, "a", "b")) == 2
    wire.loss = PER_MILLION
    assert wire.carry(dice, "a", "b") == []
    assert not wire.healthy


def test_things_happen_in_the_order_of_their_time_then_of_their_asking() -> None:
    world, seen = World(), list[str]()
    world.at(20, lambda: seen.append("late"))
    world.at(10, lambda: seen.append("first"))
    world.at(10, lambda: seen.append("second"))
    world.run_until(15)
    assert (seen, world.now) == (["first", "second"], 15)


def test_a_timeline_finds_and_renders_its_lines() -> None:
    timeline = Timeline()
    timeline.write(1_500_000, "b", "wakes")
    timeline.write(2_000_000, "", "rain")
    assert timeline.first("wakes", "b") == 1_500_000
    assert timeline.first("wakes", "a") is None
    assert timeline.render(["a", "b"], width=10).splitlines() == [
        "    seconds  a         b",
        "   1.500000            wakes",
        "   2.000000  == rain",
    ]
    assert timeline.texts() == ["wakes", "rain"]


def test_a_watcher_sees_addresses_where_no_master_is_and_left_overs() -> None:
    world = World()
    (host,) = directors(world, alone())
    watcher = Watcher(world)
    host.start()
    spot = ("eth0", IPv4Address("10.9.9.9"), 32)
    host.kernel.addresses[spot] = LinkAddress(*spot, ours=True)
    watcher.look()
    assert "its mastership asks for" in watcher.violations[0].law
    host.stop()
    watcher.nothing_is_left(host)
    assert "left behind" in watcher.violations[-1].law


def test_a_watcher_sees_a_network_without_its_right_master() -> None:
    world = World()
    for host in directors(world, alone(150), alone(100)):
        host.start()
    watcher = Watcher(world)
    watcher.right_masters_lead()
    assert "lead, one of ['d1'] should" in watcher.violations[0].law


def test_the_settling_time_grows_with_the_slowest_interval() -> None:
    assert settling_bound_us([alone(100)], 0) == 2 * (1_000_000 + 3_609_375)
