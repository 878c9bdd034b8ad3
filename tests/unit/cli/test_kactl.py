"""kactl's text: what an operator reads, from a document."""

from __future__ import annotations

from typing import Any

import pytest

from keepalived.cli.main import main
from keepalived.cli.status import plane_lines, status_lines
from keepalived.cli.tables import span, table

DOCUMENT: dict[str, Any] = {
    "keepalived": {
        "version": "Keepalived v1",
        "pid": 10,
        "files": ["/etc/keepalived/keepalived.conf"],
        "plane": "nftables",
        "mail": {"waiting": 2, "under_way": 1, "dropped": 0},
        "children": {
            "vrrp": {"pid": 12, "starts": 3, "ready": True},
            "checker": {"pid": 0, "starts": 1, "ready": False},
        },
    },
    "vrrp": {
        "instances": [
            {
                "name": "VI_1",
                "state": "BACKUP",
                "for_us": 3_700_000_000,
                "why": "a higher one leads",
                "detail": "150 against 100",
                "interface": "eth0",
                "virtual_router_id": 51,
                "priority": 100,
                "base_priority": 110,
                "priority_terms": [["script chk", -15], ["file f", 5]],
                "master": {"address": "10.0.0.5", "priority": 150},
                "counters": {
                    "adverts_heard": 3700,
                    "addresses_differed": 3,
                    "intervals_differed": 0,
                    "refused": {"auth_failed": 2},
                },
            }
        ],
        "packets_for_nobody": {"unknown_router": 42},
        "tracked": [
            {
                "kind": "script",
                "name": "chk",
                "state": "down",
                "detail": "exited with status 1",
                "for_us": 65_000_000,
                "instances": ["VI_1"],
            },
        ],
        "groups": [{"name": "VG1", "state": "BACKUP", "members": ["VI_1", "VI_2"]}],
    },
    "checker": {
        "services": [
            {
                "service": "[10.0.0.1]:tcp:80",
                "scheduler": "rr",
                "forwarding": "NAT",
                "quorum_held": False,
                "live_weight": 0,
                "sorry_server": "[10.0.0.9]:tcp:80",
                "sorry_server_in_use": True,
                "refused": "no such scheduler",
                "servers": [
                    {
                        "server": "[10.0.0.2]:tcp:80",
                        "up": False,
                        "weight": 1,
                        "why": "connection refused",
                        "since_us": 0,
                        "for_s": 65,
                        "checks": [],
                    }
                ],
            }
        ],
        "process": {"plane": "nftables", "remarks": ["lc is done as rr"]},
    },
}


def test_the_status_names_who_leads_who_serves_and_why() -> None:
    text = "\n".join(status_lines(DOCUMENT))
    for part in (
        "Keepalived v1, pid 10",
        "vrrp: pid 12, started 3 times",
        "checker: not running",
        "mail: 2 waiting, 1 under_way",
        "VI_1      BACKUP  1 h 1 min  eth0  51  100       10.0.0.5 (150)",
        "a higher one leads (150 against 100)",
        "VI_1: 100 = 110 base - 15 script chk + 5 file f",
        "script chk  down   1 min 5 s  VI_1  exited with status 1",
        "VG1    BACKUP  VI_1 VI_2",
        "VI_1      3        addresses differed, taken",
        "VI_1      2        auth failed, refused",
        "nobody    42       unknown router",
        "0 of 1 up, the sorry server [10.0.0.9]:tcp:80 answers",
        "not in the table: no such scheduler",
        "DOWN  1 min 5 s  1       connection refused",
    ):
        assert part in text, part
    assert "intervals" not in text


def test_the_plane_says_what_it_does_otherwise() -> None:
    lines = plane_lines(DOCUMENT)
    assert lines[:2] == ["plane: nftables", "  lc is done as rr"]
    assert "nothing is forwarded" in plane_lines({})[0]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3661, "1 h 1 min"), (90000, "1 d 1 h")],
)
def test_spans_have_at_most_two_units(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_a_table_without_rows_is_nothing() -> None:
    assert table(("A",), []) == []


@pytest.mark.parametrize(
    "words",
    [[], ["dance"], ["status", "plane"], ["status", "--colour"], ["status", "--socket"]],
)
def test_words_that_make_no_sense_exit_with_two(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert "Usage: kactl" in capsys.readouterr().err


def test_no_daemon_is_a_sentence_and_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--socket=/nonexistent/k.sock"]) == 1
    assert "no keepalived is running" in capsys.readouterr().err


def test_help_and_version_are_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0 and main(["--version"]) == 0
    assert "kactl" in capsys.readouterr().out
