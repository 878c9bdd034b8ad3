"""Case study X as the guide has it: AH, groups without `group { }`, four instances, two directors.

Ours with ours on the guide's own words; beside real 2.2.7, which reads members only within
`group { }`, both ways. Who holds what is read from `ip addr` and from the adverts together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from tests.lab.directors import run_keepalived
from tests.lab.hosts import World, missing
from tests.lab.judge import complaints, kinds
from tests.lab.mastership import INITIAL, Mastership, all_on
from tests.lab.network import DIRECTORS, HOME, ROOT, Network, mac
from tests.lab.waiting import until
from tests.lab.wiretap import Wiretap

pytestmark = pytest.mark.netns

START_S = 9.0
AH_PROTOCOL = 51
ALL_SIX = {address for _, _, addresses in HOME.values() for address in addresses}
MIXTURES = [("ours", "ours"), ("ours", "real"), ("real", "ours")]


def own_words(director: str, kind: str) -> str:
    """The director's example; for a pair with 2.2.7 the members stand within `group { }`."""
    text = (ROOT / "examples" / f"case-x-{director}.conf").read_text()
    if kind == "ours":
        return text
    return re.sub(
        r"(vrrp_sync_group \w+) \{\n(.*?)\n\}", r"\1 {\n    group {\n\2\n    }\n}", text, flags=re.S
    )


@dataclass(slots=True)
class CaseX:
    """Two directors of the case, and who holds what."""

    network: Network
    rule: Mastership
    kinds: dict[str, str]

    def start(self, director: str) -> None:
        """Start a director's program on the case's file."""
        words = own_words(director, "real" if "real" in self.kinds.values() else "ours")
        host = self.network.host(director)
        self.rule.daemons[director] = run_keepalived(self.kinds[director], host, words, "-P")

    def shown(self, director: str) -> set[str]:
        """What `ip addr` shows on a director of the case's six addresses."""
        host = self.network.host(director)
        found = host.addresses("eth0") + host.addresses("eth1")
        return {each.split("/")[0] for each in found} & ALL_SIX

    def wait_for(self, wanted: dict[str, str], bound_s: float) -> None:
        """Wait for a distribution, and show the logs where it does not come."""
        try:
            self.rule.wait_for(wanted, bound_s)
        except AssertionError as why:
            logs = "\n".join(
                f"--- {name} ({each.kind})\n" + "\n".join(each.log().splitlines()[-20:])
                for name, each in self.rule.daemons.items()
            )
            raise AssertionError(f"{why}\n{logs}") from why

    def speak_signed(self) -> bool:
        """Was every advert of the case said behind an AH?"""
        adverts = [
            f for _, _, f in self.rule.wire.frames if f[12:14] == b"\x08\x00" and f[23] in (112, 51)
        ]
        return len(adverts) > 4 and all(f[23] == AH_PROTOCOL for f in adverts)


@contextmanager
def case_x(first: str, second: str) -> Iterator[CaseX]:
    """The network of the case, nobody started."""
    with World() as world:
        network = Network(world, servers=False)
        wire = Wiretap(network.switch)
        kinds_of = dict(zip(DIRECTORS, (first, second), strict=True))
        try:
            yield CaseX(network, Mastership(network, wire), kinds_of)
        finally:
            wire.close()


def walk(first: str, second: str) -> None:
    """Section X: one director alone, then two; eth0 of the first fails and returns; a restart."""
    with case_x(first, second) as case:
        case.start("director1")
        case.wait_for(all_on("director1"), START_S)
        assert case.shown("director1") == ALL_SIX and not case.shown("director2")
        case.start("director2")
        case.wait_for(INITIAL, START_S)
        assert len(case.shown("director1")) == len(case.shown("director2")) == 3
        case.network.pull("director1", 200)
        case.wait_for(all_on("director2"), 7.0)
        assert case.shown("director2") == ALL_SIX and not case.shown("director1")
        case.network.push("director1", 200)
        case.wait_for(INITIAL, START_S)
        # A restarted director begins to number at one again: it has to hear before it speaks.
        assert case.rule.daemons["director1"].stop() == 0
        case.wait_for(all_on("director2"), 5.0)
        case.start("director1")
        case.wait_for(INITIAL, START_S)
        assert len(case.shown("director1")) == len(case.shown("director2")) == 3
        assert case.speak_signed()
        for director, kind in case.kinds.items():
            for lan in (200, 100) if kind == "ours" else ():
                path = case.network.world.folder / f"{director}-{lan}.pcap"
                assert case.rule.wire.write(path, f"lan{lan}", mac(director, lan))
                assert {"VRRP", "ARP"} <= set(kinds(path))
                assert complaints(path) == []


@pytest.fixture(scope="module")
def walks(request: pytest.FixtureRequest) -> dict[str, Future[None]]:
    """The walks that this run asks for, side by side, each in a world of its own."""
    lack = missing("keepalived", "tshark")
    if lack is not None:
        pytest.skip(f"lacks {lack}")
    asked = " ".join(item.name for item in request.session.items)
    with ThreadPoolExecutor(len(MIXTURES)) as workers:
        return {
            "-".join(mixture): workers.submit(walk, *mixture)
            for mixture in MIXTURES
            if "-".join(mixture) in asked
        }


@pytest.mark.parametrize("mixture", ["-".join(each) for each in MIXTURES])
def test_the_guides_walk_through_case_x(walks: dict[str, Future[None]], mixture: str) -> None:
    walks[mixture].result()


def test_the_file_says_where_its_passwords_end() -> None:
    lack = missing()
    if lack is not None:
        pytest.skip(f"lacks {lack}")
    with case_x("ours", "ours") as case:
        case.start("director1")
        daemon = case.rule.daemons["director1"]
        until(lambda: "!" in daemon.log(), 10, "a warning that names the cut")
