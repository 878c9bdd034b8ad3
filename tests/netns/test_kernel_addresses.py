"""Addresses and links on the host's kernel: what we do is done, and what others do is heard."""

from __future__ import annotations

import errno
import json
import subprocess
from collections.abc import Iterator
from ipaddress import ip_address

import pytest
from tests.netns.kernel_bench import RecordingReactor, cable, inside, ip, namespaces, run

from keepalived.core.claims.address import address_of
from keepalived.lang.net_values import AddressLine
from keepalived.linux.facts import host_name, read_links
from keepalived.linux.kernel import Kernel
from keepalived.linux.monitor import Monitor
from keepalived.port.events import (
    AddressGone,
    AddressSeen,
    LinkGone,
    LinkSeen,
    Refused,
)
from keepalived.port.resources import HeldAddress, Install, Remove, Replace

pytestmark = pytest.mark.netns


class Bench:
    """A namespace with eth0 (its peer in another), a monitor and a kernel that work in it."""

    def __init__(self, name: str, peer: str) -> None:
        self.name, self.peer = name, peer
        self.reactor = RecordingReactor()
        self.monitor = Monitor(self.reactor)
        self.kernel = Kernel(self.reactor, self.monitor)
        with inside(name):
            assert self.monitor.start() == ""
        self.first = self.reactor.settle(0)

    def apply(self, *changes: Install | Remove | Replace) -> None:
        with inside(self.name):
            self.kernel.apply(changes)

    def addresses(self) -> dict[str, dict[str, object]]:
        shown = json.loads(ip(self.name, "-j", "addr", "show", "eth0"))[0]["addr_info"]
        return {f"{entry['local']}/{entry['prefixlen']}": entry for entry in shown}

    def close(self) -> None:
        self.kernel.close()
        self.monitor.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    with namespaces("a", "b") as (a, b):
        cable(a, b)
        ip(a, "addr", "add", "10.9.0.1/24", "dev", "eth0")
        made = Bench(a, b)
        yield made
        made.close()


def held(address: str, prefix: int, **more: object) -> HeldAddress:
    return HeldAddress("eth0", ip_address(address), prefix, **more)  # type: ignore[arg-type]


def test_what_exists_is_told_at_the_start(bench: Bench) -> None:
    links = {event.link.name: event.link for event in bench.first if isinstance(event, LinkSeen)}
    assert set(links) == {"lo", "eth0"}
    assert links["lo"].loopback and links["eth0"].up and len(links["eth0"].mac) == 6
    addresses = [e.address for e in bench.first if isinstance(e, AddressSeen)]
    own = next(address for address in addresses if str(address.address) == "10.9.0.1")
    assert (own.link, own.prefix, own.ours, own.secondary) == ("eth0", 24, False, False)
    last_link = max(i for i, e in enumerate(bench.first) if isinstance(e, LinkSeen))
    assert last_link < min(i for i, e in enumerate(bench.first) if isinstance(e, AddressSeen))


def test_addresses_look_as_keepalived_puts_them(bench: Bench) -> None:
    bench.apply(
        Install(held("10.9.0.9", 32)),
        Install(held("10.9.0.8", 24, label="eth0:vip", broadcast=ip_address("10.9.0.255"))),
        Install(held("10.9.0.7", 32, scope=253)),
        Install(address_of(AddressLine(ip_address("fd00::1"), 128), "eth0")),
        Install(address_of(AddressLine(ip_address("fd00::2"), 64), "eth0")),
    )
    text = ip(bench.name, "addr", "show", "eth0")
    assert "    inet 10.9.0.9/32 scope global eth0\n" in text
    assert "inet 10.9.0.8/24 brd 10.9.0.255 scope global secondary eth0:vip\n" in text
    assert "inet 10.9.0.7/32 scope link eth0\n" in text
    shown = bench.addresses()
    assert shown["fd00::1/128"]["deprecated"] and shown["fd00::1/128"]["nodad"]
    assert shown["fd00::1/128"]["preferred_life_time"] == 0
    assert shown["fd00::2/64"]["nodad"] and "deprecated" not in shown["fd00::2/64"]
    assert not [event for event in bench.reactor.settle() if isinstance(event, Refused)]


def test_what_we_do_ourselves_is_not_news(bench: Bench) -> None:
    bench.reactor.settle(2.0)  # until the kernel's own link-local address is there
    wanted = [held("10.9.0.9", 32), held("10.9.0.8", 24), held("fd00::1", 128)]
    bench.apply(*(Install(address) for address in wanted))
    assert bench.reactor.settle() == []
    bench.apply(*(Remove(address) for address in wanted))
    assert bench.reactor.settle() == []
    assert "fd00::1/128" not in bench.addresses() and "10.9.0.9/32" not in bench.addresses()


def test_putting_on_and_taking_off_before_the_echoes_are_read_is_not_news(bench: Bench) -> None:
    bench.reactor.settle(2.0)
    for address in ("10.9.0.9", "fd00::1"):
        one = held(address, 32 if "." in address else 128)
        bench.apply(Install(one), Remove(one), Install(one))
        bench.apply(Remove(one), Install(one))
    assert bench.reactor.settle() == []
    ip(bench.name, "addr", "del", "10.9.0.9/32", "dev", "eth0")
    gone = [e for e in bench.reactor.settle() if isinstance(e, AddressGone)]
    assert [str(event.address.address) for event in gone] == ["10.9.0.9"]


def test_an_address_that_somebody_takes_off_is_told(bench: Bench) -> None:
    bench.apply(Install(held("10.9.0.9", 32)), Install(held("fd00::1", 128)))
    bench.reactor.settle()
    for address in ("10.9.0.9/32", "fd00::1/128"):
        ip(bench.name, "addr", "del", address, "dev", "eth0")
    gone = [e.address for e in bench.reactor.settle() if isinstance(e, AddressGone)]
    assert [(str(a.address), a.prefix, a.ours) for a in gone] == [
        ("10.9.0.9", 32, True),
        ("fd00::1", 128, True),
    ]


def test_there_already_and_gone_already_are_success(bench: Bench) -> None:
    bench.apply(Install(held("10.9.0.1", 24)), Remove(held("10.9.0.66", 32)))
    bench.apply(
        Remove(held("fd00::66", 128)), Remove(HeldAddress("none", ip_address("1.1.1.1"), 32))
    )
    assert not [event for event in bench.reactor.settle() if isinstance(event, Refused)]


def test_a_refusal_belongs_to_its_change_and_says_what_helps(bench: Bench) -> None:
    run("ip", "netns", "exec", bench.name, "sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1")
    bench.reactor.settle()
    good = Install(held("10.9.0.9", 32))
    dark = Install(held("fd00::1", 64))
    nowhere = Install(HeldAddress("eth7", ip_address("10.9.0.10"), 32))
    wrong = Install(held("10.9.0.11", 77))
    bench.apply(good, dark, wrong, nowhere)
    refused = {e.change: e for e in bench.reactor.settle() if isinstance(e, Refused)}
    assert set(refused) == {dark, nowhere, wrong}
    assert refused[nowhere].errno == errno.ENODEV and "no such link" in refused[nowhere].why
    assert "disable_ipv6 to 0" in refused[dark].why
    assert refused[wrong].errno == errno.EINVAL and "10.9.0.11/77" in refused[wrong].why
    assert "10.9.0.9/32" in bench.addresses()


def test_replacing_alters_label_and_broadcast(bench: Bench) -> None:
    old = held("10.9.0.9", 32)
    new = held("10.9.0.9", 32, label="eth0:1", broadcast=ip_address("10.9.0.9"))
    bench.apply(Install(old))
    bench.apply(Replace(old, new))
    assert bench.addresses()["10.9.0.9/32"]["label"] == "eth0:1"
    assert not [e for e in bench.reactor.settle() if isinstance(e, Refused | AddressGone)]


def test_a_later_life_knows_our_addresses_again(bench: Bench) -> None:
    mine = [held("10.9.0.9", 32, label="eth0:1"), held("10.9.0.8", 24), held("fd00::2", 64)]
    bench.apply(*(Install(address) for address in mine))
    second = Bench(bench.name, bench.peer)
    seen = [e.address for e in second.first if isinstance(e, AddressSeen)]
    assert {str(a.address) for a in seen if a.ours} == {"10.9.0.9", "10.9.0.8", "fd00::2"}
    assert sorted(second.monitor.leftovers(), key=str) == sorted(mine, key=str)
    second.apply(*(Remove(address) for address in second.monitor.leftovers()))
    assert not {"10.9.0.9/32", "10.9.0.8/24", "fd00::2/64"} & set(second.addresses())
    second.close()


def test_an_old_kernel_keeps_no_mark_and_what_is_known_counts_without_it(bench: Bench) -> None:
    ip(bench.name, "addr", "add", "10.9.0.9/32", "dev", "eth0")
    second = Bench(bench.name, bench.peer)
    assert second.monitor.leftovers() == []
    known = {("eth0", ip_address("10.9.0.9"), 32), ("eth0", ip_address("10.9.0.1"), 32)}
    assert second.monitor.leftovers(known) == [held("10.9.0.9", 32)]
    second.close()


def test_carrier_loss_admin_down_and_their_end_are_told(bench: Bench) -> None:
    def state() -> tuple[bool, bool] | None:
        links = [e.link for e in bench.reactor.events if isinstance(e, LinkSeen)]
        states = [(link.admin_up, link.running) for link in links if link.name == "eth0"]
        return states[-1] if states else None

    def comes_to(admin_up: bool, running: bool) -> bool:
        return bench.reactor.run_until(lambda: state() == (admin_up, running))

    bench.reactor.settle(1.0)
    ip(bench.peer, "link", "set", "eth0", "down")
    assert comes_to(True, False)
    ip(bench.peer, "link", "set", "eth0", "up")
    assert comes_to(True, True)
    ip(bench.name, "link", "set", "eth0", "down")
    assert comes_to(False, False)
    ip(bench.name, "link", "set", "eth0", "up")
    assert comes_to(True, True)


def test_a_renamed_link_is_one_that_left_and_one_that_came(bench: Bench) -> None:
    mine = held("10.9.0.9", 32)
    bench.apply(Install(mine))
    bench.reactor.settle()
    ip(bench.name, "link", "set", "eth0", "down")
    ip(bench.name, "link", "set", "eth0", "name", "wan0")
    events = bench.reactor.settle()
    left = events.index(LinkGone("eth0"))
    came = [i for i, e in enumerate(events) if isinstance(e, LinkSeen) and e.link.name == "wan0"]
    assert came and left < came[0]
    assert bench.monitor.index_of("eth0") is None and bench.monitor.index_of("wan0")
    bench.apply(Remove(mine))
    assert "10.9.0.9/32" not in ip(bench.name, "addr", "show", "wan0")


def test_a_link_that_is_deleted_takes_its_addresses_along(bench: Bench) -> None:
    bench.apply(Install(held("10.9.0.9", 32)))
    bench.reactor.settle()
    ip(bench.name, "link", "del", "eth0")
    events = bench.reactor.settle()
    gone = {str(e.address.address) for e in events if isinstance(e, AddressGone)}
    assert {"10.9.0.1", "10.9.0.9"} <= gone
    assert events[-1] == LinkGone("eth0")
    bench.apply(Remove(held("10.9.0.9", 32)))
    assert bench.reactor.settle() == []


def test_a_flood_that_overruns_the_buffer_is_caught_up_with(bench: Bench) -> None:
    bench.apply(Install(held("10.9.0.9", 32)))
    bench.reactor.settle()
    flood = [f"10.{n // 250}.{n % 250}.1/32 dev eth0" for n in range(4000)]
    batch = "\n".join(f"addr add {one}\naddr del {one}" for one in flood)
    batch += "\naddr add 10.77.0.1/32 dev eth0\naddr del 10.9.0.9/32 dev eth0\n"
    subprocess.run(["ip", "-n", bench.name, "-batch", "-"], input=batch, text=True, check=True)
    with inside(bench.name):
        events = bench.reactor.settle(1.0)
    gone = [str(e.address.address) for e in events if isinstance(e, AddressGone)]
    seen = [str(e.address.address) for e in events if isinstance(e, AddressSeen)]
    assert gone[-1:] == ["10.9.0.9"] and "10.77.0.1" in seen
    assert len(seen) < 4000, "the buffer was meant to overrun"


def test_many_addresses_go_in_one_stroke(bench: Bench) -> None:
    many = [held(f"10.9.{n // 250}.{n % 250 + 1}", 32) for n in range(500)]
    bench.apply(*(Install(address) for address in many))
    assert sum(1 for shown in bench.addresses() if shown.endswith("/32")) == 500
    bench.apply(*(Remove(address) for address in many))
    assert not [shown for shown in bench.addresses() if shown.endswith("/32")]
    events = bench.reactor.settle(0.5)
    assert not [event for event in events if isinstance(event, Refused | AddressGone)]


def test_the_host_tells_its_name_and_links(bench: Bench) -> None:
    with inside(bench.name):
        assert {link.name for link in read_links()} == {"lo", "eth0"}
    assert host_name() == run("uname", "-n").strip()
