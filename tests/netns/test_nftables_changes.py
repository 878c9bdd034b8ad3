"""What the nftables plane keeps when servers come and go: clients, connections, datagrams."""

from __future__ import annotations

import select
import socket
from pathlib import Path

import pytest
from tests.netns.kernel_bench import inside
from tests.netns.nft_world import (
    CLIENTS,
    CLIENTS6,
    SERVERS,
    SERVERS6,
    VIP,
    VIP6,
    Driven,
    ask,
    ask_udp,
    connect,
    counts,
    installs,
    key,
    run,
    say,
    server,
    udp_socket,
)

from keepalived.linux.nftables import NftPlane
from keepalived.port.resources import Install, Remove, Replace, Service

pytestmark = pytest.mark.netns


def test_a_client_stays_with_its_server_until_the_server_leaves(driven: Driven) -> None:
    at = key()
    pool = [server(at, address) for address in SERVERS]
    driven.apply(*installs(Service(at, "rr", persistence_s=60), *pool))
    client = driven.world.client
    homes = {c: ask(client, VIP, 80, c)[0] for c in CLIENTS[:9]}
    assert set(homes.values()) == {"s1", "s2", "s3"}
    assert {c: ask(client, VIP, 80, c)[0] for c in CLIENTS[:9]} == homes
    driven.apply(Remove(pool[0]))
    after = {c: ask(client, VIP, 80, c)[0] for c in CLIENTS[:9]}
    assert all(after[c] == home for c, home in homes.items() if home != "s1")
    assert "s1" not in after.values()
    driven.apply(Install(pool[0]))
    assert {c: ask(client, VIP, 80, c)[0] for c in CLIENTS[:9]} == after
    assert driven.refused == []


def test_weight_0_keeps_those_who_stay_and_takes_no_others(driven: Driven) -> None:
    at = key()
    one, two = server(at, SERVERS[0]), server(at, SERVERS[1])
    driven.apply(*installs(Service(at, "wrr", persistence_s=60), one, two))
    client = driven.world.client
    homes = {c: ask(client, VIP, 80, c)[0] for c in CLIENTS[:4]}
    driven.apply(Replace(one, server(at, SERVERS[0], weight=0)))
    assert {c: ask(client, VIP, 80, c)[0] for c in homes} == homes
    assert {ask(client, VIP, 80, c)[0] for c in CLIENTS[4:10]} == {"s2"}


def test_the_heaviest_weights_are_taken_by_the_kernel(driven: Driven) -> None:
    at = key()
    heavy = [server(at, a, weight=2**31 - n) for n, a in enumerate(SERVERS, 1)]
    driven.apply(*installs(Service(at, "wrr"), *heavy))
    assert driven.refused == []
    assert ask(driven.world.client, VIP, 80)[0] == "s1"


def test_clients_of_one_network_count_as_one(driven: Driven) -> None:
    at = key()
    pool = [server(at, address) for address in SERVERS]
    driven.apply(*installs(Service(at, "rr", persistence_s=60, granularity=24), *pool))
    client = driven.world.client
    first, second = CLIENTS[:20], CLIENTS[20:]
    assert len({ask(client, VIP, 80, c)[0] for c in first}) == 1
    assert len({ask(client, VIP, 80, c)[0] for c in second}) == 1
    assert ask(client, VIP, 80, first[0])[0] != ask(client, VIP, 80, second[0])[0]


def test_persistence_in_ipv6_with_granularity(driven: Driven) -> None:
    at = key(VIP6)
    service = Service(at, "rr", persistence_s=60, granularity=64)
    driven.apply(*installs(service, *[server(at, a) for a in SERVERS6]))
    assert driven.refused == []
    assert len({ask(driven.world.client, VIP6, 80, c)[0] for c in CLIENTS6}) == 1


def test_persistence_ends_with_its_time(driven: Driven) -> None:
    at = key()
    driven.apply(
        *installs(Service(at, "rr", persistence_s=1), *[server(at, a) for a in SERVERS[:2]])
    )
    client = driven.world.client
    home = ask(client, VIP, 80)[0]
    assert ask(client, VIP, 80)[0] == home
    driven.loop.until(lambda: ask(client, VIP, 80)[0] != home or _pause(driven), 10)


def _pause(driven: Driven) -> bool:
    end = driven.loop.now() + 1_600_000
    while driven.loop.now() < end:
        driven.loop.turn()
    return False


def test_weights_change_under_traffic_without_a_failed_connection(driven: Driven) -> None:
    at = key()
    one, two = server(at, SERVERS[0]), server(at, SERVERS[1])
    driven.apply(*installs(Service(at, "wrr"), one, two))
    client = driven.world.client
    held = server(at, SERVERS[1], weight=1)
    changes = answers = 0
    with inside(driven.world.director):
        for weight in [0, 3, 0, 1, 7, 0, 2, 300, 0, 5] * 4:
            new = server(at, SERVERS[1], weight=weight)
            driven.plane.apply([Replace(held, new)])
            held = new
            while not driven.plane.ready():
                assert ask(client, VIP, 80)[0] in ("s1", "s2")
                answers += 1
                driven.loop.turn(0)
            changes += 1
    assert changes == 40
    assert answers >= 40
    assert driven.refused == []


def test_an_established_connection_survives_the_removal_of_its_server(driven: Driven) -> None:
    at = key()
    one, two = server(at, SERVERS[0]), server(at, SERVERS[1])
    driven.apply(*installs(Service(at, "rr"), one, two))
    connections = [connect(driven.world.client, VIP, 80) for _ in range(2)]
    names = [say(each)[0] for each in connections]
    assert sorted(names) == ["s1", "s2"]
    driven.apply(Remove(one))
    assert [say(each)[0] for each in connections] == names
    assert counts(driven.world.client, VIP, 5) == {"s2": 5}
    for each in connections:
        each.close()


def test_the_sorry_server_takes_over_and_gives_back(driven: Driven) -> None:
    at = key()
    one, sorry = server(at, SERVERS[0]), server(at, SERVERS[2])
    driven.apply(*installs(Service(at, "wrr"), one))
    driven.apply(Remove(one), Install(sorry))
    assert counts(driven.world.client, VIP, 3) == {"s3": 3}
    driven.apply(Install(one), Remove(sorry))
    assert counts(driven.world.client, VIP, 3) == {"s1": 3}


@pytest.mark.parametrize("persistence_s", [0, 50])
def test_a_service_without_servers_refuses_at_once(driven: Driven, persistence_s: int) -> None:
    at = key()
    driven.apply(*installs(Service(at, "rr", persistence_s), server(at, SERVERS[0], weight=0)))
    for namespace in (driven.world.client, driven.world.director):
        with pytest.raises(ConnectionRefusedError):
            ask(namespace, VIP, 80)


def test_datagrams_to_a_service_without_servers_are_refused(driven: Driven) -> None:
    at, at6 = key(protocol=17), key(VIP6, protocol=17)
    driven.apply(*installs(Service(at, "rr")), *installs(Service(at6, "wrr")))
    for host in (VIP, VIP6):
        with udp_socket(driven.world.client, ":" in host) as sock:
            sock.connect((host, 80))
            sock.send(b"who\n")
            with pytest.raises(ConnectionRefusedError):
                sock.recv(100)


def test_datagrams_to_a_removed_server_go_to_another_at_once(driven: Driven) -> None:
    at = key(protocol=17)
    pool = {name: server(at, a) for name, a in zip(("s1", "s2"), SERVERS, strict=False)}
    driven.apply(*installs(Service(at, "rr"), *pool.values()))
    with udp_socket(driven.world.client) as sock:
        home = ask_udp(driven.world.client, VIP, 80, sock)
        assert {ask_udp(driven.world.client, VIP, 80, sock) for _ in range(5)} == {home}
        driven.apply(Remove(pool[home]))
        assert ask_udp(driven.world.client, VIP, 80, sock) == {"s1": "s2", "s2": "s1"}[home]


def test_a_connection_that_a_dead_server_never_answered_finds_another(driven: Driven) -> None:
    at = key()
    dead, alive = server(at, "10.1.0.77"), server(at, SERVERS[1])
    driven.apply(*installs(Service(at, "rr"), dead))
    with inside(driven.world.client):
        waiting = socket.socket()
    waiting.setblocking(False)
    waiting.connect_ex((VIP, 80))
    driven.apply(Remove(dead), Install(alive))
    with waiting:
        # The kernel repeats its SYN after a second.
        assert select.select([], [waiting], [], 5)[1], "not connected"
        waiting.settimeout(2)
        assert say(waiting)[0] == "s2"


def test_datagrams_from_before_the_service_do_not_pass_it_by(driven: Driven) -> None:
    at = key(protocol=17)
    other = key(port=99)
    driven.apply(*installs(Service(other, "rr"), server(other, SERVERS[0])))
    with udp_socket(driven.world.client) as sock:
        with pytest.raises(OSError):
            ask_udp(driven.world.client, VIP, 80, sock)
        driven.apply(*installs(Service(at, "rr"), server(at, SERVERS[2])))
        assert ask_udp(driven.world.client, VIP, 80, sock) == "s3"


def test_a_refused_removal_is_carried_out_later(
    driven: Driven, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keepalived.linux.nftables.MEND_US", 200_000)
    nft = tmp_path / "nft"
    nft.symlink_to("/usr/sbin/nft")
    driven.plane = NftPlane(driven.loop, nft=str(nft))
    at = key()
    one, two = server(at, SERVERS[0]), server(at, SERVERS[1])
    driven.apply(*installs(Service(at, "rr"), one, two))
    nft.unlink()
    driven.apply(Remove(one))
    assert [event.change for event in driven.refused] == [Remove(one)]
    assert "No such file" in driven.refused[0].why
    nft.symlink_to("/usr/sbin/nft")
    with inside(driven.world.director):
        driven.loop.until(lambda: "10.1.0.1" not in run("nft list ruleset"))
    assert counts(driven.world.client, VIP, 3) == {"s2": 3}
