"""What sessions must have, and who may follow which."""

from __future__ import annotations

import pytest

from keepalived.config.load import child_text, load_expanded, load_text
from keepalived.config.root import Config
from keepalived.config.views import director_config, speaker_config

CHECK = (
    "virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\n"
    "real_server 10.0.0.2 80 {\nBFD_CHECK {\n%s\n}\n}\n}\n"
)


def session(name: str, words: str = "neighbor_ip 10.0.0.9") -> str:
    return f"bfd_instance {name} {{\n{words}\n}}\n"


def read(text: str) -> tuple[Config, list[str]]:
    found = load_text(text)
    return found.config, [fault.what for fault in found.faults if fault.status]


def names(text: str) -> list[str]:
    return [each.name for each in speaker_config(read(text)[0]).sessions]


def test_a_session_runs_as_it_is_written() -> None:
    config, faults = read(session("A", "neighbour_ip fd00::9\nmin_rx 12.5\nhoplimit 200\npassive"))
    assert faults == []
    (made,) = speaker_config(config).sessions
    assert (str(made.neighbor_ip), made.min_rx_us, made.ttl, made.passive) == (
        *("fd00::9", 12_500, 200),
        True,
    )


@pytest.mark.parametrize(
    ("second", "what"),
    [
        (session("B", "min_rx 10"), "neighbor_ip is missing"),
        (session("B", "neighbor_ip 10.0.0.8\nsource_ip fd00::1"), "is not of its neighbour's"),
        (session("B"), "A has the neighbour 10.0.0.9 already"),
    ],
)
def test_a_session_that_cannot_be_is_left_out_and_said(second: str, what: str) -> None:
    text = session("A") + second
    faults = read(text)[1]
    assert len(faults) == 1
    assert what in faults[0]
    assert names(text) == ["A"]


@pytest.mark.parametrize("words", ["source_ip 10.0.0.7", "multihop"])
def test_another_path_to_one_neighbour_is_another_session(words: str) -> None:
    text = session("A") + session("B", f"neighbor_ip 10.0.0.9\n{words}")
    assert read(text)[1] == []
    assert names(text) == ["A", "B"]


def test_more_hops_than_the_ttl_cannot_be_lost() -> None:
    config, faults = read(session("A", "neighbor_ip 10.0.0.9\nttl 10\nmax_hops 20"))
    assert len(faults) == 1
    assert config.bfd_instances[0].max_hops == 10
    any_distance = "neighbor_ip 10.0.0.9\nttl 10\nmax_hops 255"
    assert read(session("A", any_distance))[1] == []


@pytest.mark.parametrize(("flag", "follows"), [("", 1), ("checker", 1), ("vrrp", 0)])
def test_a_check_follows_a_session_that_is_for_checks(flag: str, follows: int) -> None:
    text = session("A", f"neighbor_ip 10.0.0.9\n{flag}") + CHECK % "name A"
    config, faults = read(text)
    assert len(director_config(config, "here").services[0].servers[0].checks) == follows
    assert len(faults) == 1 - follows


@pytest.mark.parametrize(("words", "what"), [("", "without a name"), ("name X", "bfd_instance X")])
def test_a_check_that_follows_nothing_is_left_out_and_said(words: str, what: str) -> None:
    config, faults = read(session("A") + CHECK % words)
    assert len(faults) == 1
    assert what in faults[0]
    assert config.services[0].servers[0].checks == ()


def test_a_child_reads_back_what_a_reload_sends_it() -> None:
    config, _ = read(session("A") + CHECK % "name A\nalpha")
    for process in ("bfd", "checker"):
        again = load_expanded(child_text(config, process))
        assert [fault for fault in again.faults if fault.status] == []
        assert speaker_config(again.config) == speaker_config(config)
