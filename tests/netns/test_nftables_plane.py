"""The nftables plane on this kernel, seen from the client and from the servers."""

from __future__ import annotations

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
    mark_key,
    ruleset,
    run,
    say,
    server,
    tables,
)

from keepalived.port.resources import Install, Remove, Replace, Service

pytestmark = pytest.mark.netns


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


def test_what_a_crashed_life_left_is_replaced_and_open_connections_live_on(driven: Driven) -> None:
    old, new = key(port=81), key()
    driven.apply(*installs(Service(old, "rr", persistence_s=9), server(old, SERVERS[0])))
    second = Driven(driven.world)
    with connect(driven.world.client, VIP, 81) as connection:
        assert say(connection)[0] == "s1"
        second.apply(*installs(Service(new, "rr"), server(new, SERVERS[1])))
        assert say(connection)[0] == "s1"
    assert ask(driven.world.client, VIP, 80)[0] == "s2"
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
    connection = connect(driven.world.client, VIP, 80)
    say(connection)
    driven.apply(*[Remove(change.resource) for change in reversed(resources)])  # type: ignore[union-attr]
    assert tables(driven.world.director) == []
    with connection, pytest.raises(ConnectionResetError):
        say(connection)
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
