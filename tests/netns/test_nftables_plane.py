"""The nftables plane on this kernel, seen from the client and from the servers."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator

import pytest
from tests.netns.nft_world import (
    CLIENTS,
    CLIENTS6,
    SERVERS,
    SERVERS6,
    VIP,
    VIP6,
    Loop,
    World,
    ask,
    ask_udp,
    connect,
    counts,
    inside,
    installs,
    key,
    mark_key,
    ruleset,
    run,
    say,
    server,
    tables,
    udp_socket,
)

from keepalived.linux.nftables import NftPlane
from keepalived.port.events import Refused
from keepalived.port.resources import Change, Install, Remove, Replace, Service

pytestmark = pytest.mark.netns


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World()
    try:
        made.build()
        yield made
    finally:
        made.remove()


class Driven:
    """A plane in the director's namespace and the loop that it runs in."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.loop = Loop()
        self.plane = NftPlane(self.loop)

    def apply(self, *changes: Change) -> None:
        with inside(self.world.director):
            self.plane.apply(changes)
            self.loop.until(self.plane.ready)

    @property
    def refused(self) -> list[Refused]:
        return [event for event in self.loop.events if isinstance(event, Refused)]


@pytest.fixture
def driven(world: World) -> Iterator[Driven]:
    made = Driven(world)
    yield made
    made.plane.close()
    with inside(world.director):
        run("nft flush ruleset")


def test_rr_takes_turns(driven: Driven) -> None:
    at = key()
    driven.apply(*installs(Service(at, "rr"), server(at, SERVERS[0]), server(at, SERVERS[1])))
    assert driven.refused == []
    assert counts(driven.world.client, VIP, 20) == {"s1": 10, "s2": 10}


def test_wrr_gives_exact_shares(driven: Driven) -> None:
    at = key()
    driven.apply(
        *installs(
            Service(at, "wrr"),
            server(at, SERVERS[0], weight=2),
            server(at, SERVERS[1], weight=1),
            server(at, SERVERS[2], weight=0),
        )
    )
    assert counts(driven.world.client, VIP, 30) == {"s1": 20, "s2": 10}


def test_server_sees_the_clients_own_address_and_its_own_port(driven: Driven) -> None:
    at = key()
    driven.apply(*installs(Service(at, "rr"), server(at, SERVERS[0], 8081)))
    assert ask(driven.world.client, VIP, 80, CLIENTS[4]) == ("s1", CLIENTS[4], 8081)


@pytest.mark.parametrize("scheduler", ["sh", "dh"])
def test_hash_schedulers_keep_to_their_choice(driven: Driven, scheduler: str) -> None:
    at = key()
    pool = [server(at, address) for address in SERVERS]
    driven.apply(*installs(Service(at, scheduler), *pool))
    chosen = {}
    for client in CLIENTS:
        answers = {ask(driven.world.client, VIP, 80, client)[0] for _ in range(4)}
        assert len(answers) == 1, client
        chosen[client] = answers.pop()
    assert len(set(chosen.values())) == (3 if scheduler == "sh" else 1)


def test_ipv6(driven: Driven) -> None:
    at = key(VIP6)
    pool = [server(at, SERVERS6[0]), server(at, SERVERS6[1], 8081)]
    driven.apply(*installs(Service(at, "rr"), *pool))
    assert driven.refused == []
    assert counts(driven.world.client, VIP6, 10) == {"s1": 5, "s2": 5}
    assert ask(driven.world.client, VIP6, 80, CLIENTS6[1])[1] == CLIENTS6[1]


def test_udp(driven: Driven) -> None:
    at = key(protocol=17)
    driven.apply(*installs(Service(at, "rr"), *[server(at, a) for a in SERVERS[:2]]))
    answers = [ask_udp(driven.world.client, VIP, 80) for _ in range(10)]
    assert sorted(answers) == ["s1"] * 5 + ["s2"] * 5


def test_marked_packets_go_to_the_service_of_the_mark(driven: Driven) -> None:
    four, six = mark_key(7), mark_key(7, key(VIP6).family)
    with inside(driven.world.director):
        rule = "tcp dport 800-900 meta mark set 7"
        chain = f"chain c {{ type filter hook prerouting priority -150; {rule};\n}}"
        run("nft -f -", f"table inet marks {{\n{chain}\n}}")
    driven.apply(
        *installs(Service(four, "rr"), *[server(four, a) for a in SERVERS[:2]]),
        *installs(Service(six, "rr"), *[server(six, a) for a in SERVERS6[1:]]),
    )
    assert driven.refused == []
    client = driven.world.client
    assert {ask(client, VIP, port)[0] for port in (801, 802, 803)} == {"s1", "s2"}
    assert {ask(client, VIP6, port)[0] for port in (801, 802, 803)} == {"s2", "s3"}


def test_a_server_without_a_port_keeps_the_port_that_was_asked(driven: Driven) -> None:
    at = key(port=0)
    pool = [server(at, SERVERS[0], 0), server(at, SERVERS[1], 8081)]
    driven.apply(*installs(Service(at, "rr"), *pool))
    assert driven.refused == []
    seen = {ask(driven.world.client, VIP, 80)[::2] for _ in range(4)}
    assert seen == {("s1", 80), ("s2", 8081)}


def test_the_director_itself_reaches_its_service(driven: Driven) -> None:
    at = key()
    driven.apply(*installs(Service(at, "rr"), *[server(at, a) for a in SERVERS[:2]]))
    assert counts(driven.world.director, VIP, 6) == {"s1": 3, "s2": 3}


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


def test_a_refused_transaction_is_told_in_nfts_words_and_leaves_the_table(
    driven: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = key(), key(port=81)
    driven.apply(*installs(Service(good, "rr"), server(good, SERVERS[0])))
    with inside(driven.world.director):
        before = run("nft list ruleset")
    monkeypatch.setattr("keepalived.linux.nft_script._chooser", lambda service: "nonsense inc")
    wrong = installs(Service(bad, "rr"), *[server(bad, a) for a in SERVERS[:2]])
    driven.apply(*wrong)
    assert [event.change for event in driven.refused] == wrong
    assert all("syntax error" in event.why for event in driven.refused)
    with inside(driven.world.director):
        assert run("nft list ruleset") == before


def test_a_bad_service_does_not_spoil_the_others(
    driven: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, bad, two = key(), key(port=81), key(port=82)
    # A scheduler that this kernel's rules do not know stands for a feature that it lacks.
    monkeypatch.setattr(
        "keepalived.linux.nft_script._chooser",
        lambda service: "nonsense inc" if service.service.port == 81 else "numgen inc",
    )
    wrong = installs(Service(bad, "rr"), *[server(bad, a) for a in SERVERS[:2]])
    driven.apply(
        *installs(Service(one, "rr"), server(one, SERVERS[0])),
        *wrong,
        *installs(Service(two, "rr"), server(two, SERVERS[1])),
    )
    assert [event.change for event in driven.refused] == wrong
    assert ask(driven.world.client, VIP, 80)[0] == "s1"
    assert ask(driven.world.client, VIP, 82)[0] == "s2"


def test_a_table_that_somebody_flushed_is_built_anew(driven: Driven) -> None:
    at = key()
    driven.apply(*installs(Service(at, "rr"), server(at, SERVERS[0])))
    with inside(driven.world.director):
        run("nft flush ruleset")
    driven.apply(Install(server(at, SERVERS[1])))
    assert counts(driven.world.client, VIP, 4) == {"s1": 2, "s2": 2}
    assert driven.refused == []


def test_what_a_crashed_life_left_is_replaced(driven: Driven) -> None:
    old, new = key(port=81), key()
    driven.apply(*installs(Service(old, "rr", persistence_s=9), server(old, SERVERS[0])))
    second = Driven(driven.world)
    second.apply(*installs(Service(new, "rr"), server(new, SERVERS[0])))
    assert ask(driven.world.client, VIP, 80)[0] == "s1"
    shown = str(ruleset(driven.world.director))
    assert "tcp-10.7.0.100-80" in shown
    assert "tcp-10.7.0.100-81" not in shown


def test_stop_leaves_no_table(driven: Driven) -> None:
    one, two = key(), key(protocol=17)
    resources = [
        *installs(Service(one, "wrr", persistence_s=50), *[server(one, a) for a in SERVERS]),
        *installs(Service(two, "rr"), server(two, SERVERS[0])),
    ]
    driven.apply(*resources)
    assert tables(driven.world.director) == ["keepalived_lvs"]
    driven.apply(*[Remove(change.resource) for change in reversed(resources)])  # type: ignore[union-attr]
    assert tables(driven.world.director) == []
    assert driven.refused == []


def test_services_come_and_go_beside_each_other(driven: Driven) -> None:
    one, two = key(), key(VIP6)
    first = installs(Service(one, "rr", 50), *[server(one, a) for a in SERVERS[:2]])
    driven.apply(*first)
    driven.apply(*installs(Service(two, "rr"), server(two, SERVERS6[0])))
    driven.apply(Replace(Service(one, "rr", 50), Service(one, "rr", 90, 24)))
    driven.apply(Replace(Service(one, "rr", 90, 24), Service(one, "wlc")))
    assert counts(driven.world.client, VIP, 4) == {"s1": 2, "s2": 2}
    driven.apply(Remove(Service(one, "wlc")))
    assert ask(driven.world.client, VIP6, 80)[0] == "s1"
    with pytest.raises(ConnectionRefusedError):
        ask(driven.world.client, VIP, 80)
    assert driven.refused == []


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
