"""What a file asks of the scheduler, process by process, and what counts where it says nothing."""

from __future__ import annotations

import pytest

from keepalived.config.load import load_text
from keepalived.linux.limits import Scheduling
from keepalived.run.scheduling import scheduling


def terms(text: str, kind: str) -> Scheduling:
    loaded = load_text(f"global_defs {{\n{text}\n}}\n")
    assert not loaded.faults
    return scheduling(loaded.config, kind)


@pytest.mark.parametrize(("kind", "realtime"), [("vrrp", 1), ("bfd", 1), ("checker", 0)])
def test_who_sends_adverts_is_a_little_urgent_by_itself(kind: str, realtime: int) -> None:
    for found in (scheduling(load_text("").config, kind), terms("router_id X", kind)):
        assert (found.realtime, found.asked) == (realtime, False)


@pytest.mark.parametrize("kind", ["vrrp", "bfd", "checker"])
def test_every_process_has_words_of_its_own(kind: str) -> None:
    text = f"{kind}_priority -5\n{kind}_rt_priority 7\n{kind}_rlimit_rttime 20000\n"
    text += f"{kind}_no_swap\n{kind}_cpu_affinity 0 1\nmax_auto_priority 9\n"
    text += "min_auto_priority_delay 5000"
    expected = Scheduling(-5, 7, True, 20_000, True, (0, 1), 9, 5_000)
    assert terms(text, kind) == expected
    others = {"vrrp", "bfd", "checker"} - {kind}
    assert all(terms(text, other).processors == () for other in others)


def test_a_niceness_or_a_zero_is_ordinary_scheduling() -> None:
    assert terms("vrrp_priority -10", "vrrp").realtime == 0
    assert terms("vrrp_rt_priority 0", "vrrp").realtime == 0
