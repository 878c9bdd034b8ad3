"""Gaps between announcements: whose links go by which words."""

from __future__ import annotations

from keepalived.config.load import load_text
from keepalived.config.views import router_config
from keepalived.core.vrrp.pacing import Pace

GROUP = "garp_group {\ngarp_interval 0.3\ngna_interval 0.4\n%s\n}\n"
GLOBAL = "global_defs {\nvrrp_garp_interval 0.1\n}\n"


def paces(text: str) -> tuple[Pace, ...]:
    """Give what the routers are told, of a file without a fault."""
    loaded = load_text(text)
    assert loaded.faults == ()
    return router_config(loaded.config, "host").paces


def test_links_of_a_group_share_its_gaps() -> None:
    both = Pace(("eth0", "eth1"), 300_000, 400_000)
    assert paces(GROUP % "interfaces {\neth0\neth1\n}") == (both,)
    assert paces(GROUP % "interface eth0") == (Pace(("eth0",), 300_000, 400_000),)


def test_other_links_go_by_the_globals() -> None:
    alone = Pace(("eth0",), 300_000, 400_000)
    assert paces(GLOBAL + GROUP % "interface eth0") == (alone, Pace((), 100_000, 0))


def test_without_such_words_there_are_no_gaps() -> None:
    assert paces("") == ()
