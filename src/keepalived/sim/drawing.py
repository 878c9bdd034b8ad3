"""What a seed draws: how all routers of one world speak, and how each of them is ranked.

Rule: whatever routers of one link must have in common is drawn once a world.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from keepalived.annotations import Any
from keepalived.core.track.config import TrackFile
from keepalived.core.vrrp.advert_words import Authentication, AuthHmac
from keepalived.core.vrrp.config import RouterConfig, SyncGroup, VrrpInstance
from keepalived.core.vrrp.dialect import OWNER_PRIORITY
from keepalived.core.vrrp.lines import Key, Peer, Vmac
from keepalived.core.vrrp.own_links import Namer, settle_links
from keepalived.lang.option_values import Tracked, Weight
from keepalived.port.brain import Dice
from keepalived.port.names import Names
from keepalived.records import dataclass, replace
from keepalived.sim.scenario import instance
from keepalived.wire.addresses import Address

CHECK = "/check"
FILE = "/file"
INTERVALS_US = (300_000, 1_000_000, 1_000_000, 1_000_000)
PRIORITIES = (50, 100, 100, 150, 200, 254)
KEY = Key(1, "a key of thirty-two characters ..")


@dataclass(frozen=True, slots=True)
class Habits:
    """How the routers of one world speak and behave."""

    count: int
    version: int
    v6: bool
    interval_us: int
    proof: str
    unicast: bool
    grouped: bool
    """All alike: a half-grouped cluster has no one right master."""
    nopreempt: bool
    preempt_delay_us: int
    checks: bool
    owned: bool = False
    """Whether the first director owns the addresses."""
    vmac: bool = False
    files: bool = False
    startup_delay_us: int = 0


def widen(dice: Dice, habits: Habits) -> Habits:
    """Draw what only some worlds have: an owner, virtual MACs, files, delays at the start."""
    patient = habits.nopreempt or habits.preempt_delay_us
    return replace(
        habits,
        checks=dice.below(3) == 0,
        owned=not patient and dice.below(3) == 0,
        vmac=not habits.unicast and dice.below(3) == 0,
        files=dice.below(3) == 0,
        startup_delay_us=dice.below(3) * 700_000,
    )


def draw_habits(dice: Dice, count: int) -> Habits:
    """Draw a world's habits; about half of the worlds are the plainest ones."""
    version = 2 + dice.below(2)
    v6 = version == 3 and dice.below(2) == 0
    proofs = ("", "", "PASS", "AH", "HMAC") if version == 2 else ("", "", "HMAC")
    interval_us = (
        1_000_000 if version == 2 else (100_000, 500_000, 1_000_000, 1_000_000)[dice.below(4)]
    )
    return Habits(
        count=count,
        version=version,
        v6=v6,
        interval_us=interval_us,
        proof=proofs[dice.below(len(proofs))],
        unicast=dice.below(4) == 0,
        grouped=dice.below(3) != 0,
        nopreempt=dice.below(6) == 0,
        preempt_delay_us=0 if dice.below(5) else 2_000_000,
        checks=dice.below(3) == 0,
    )


def source_of(v6: bool, link: int, number: int) -> Address:
    """Give the address that director `number` (from 0) has on its link 0 or 1."""
    if v6:
        return IPv6Address(f"fe80::{link}:{5 + number}")
    return IPv4Address(f"192.168.{200 - 100 * link}.{5 + number}")


def draw_router(dice: Dice, habits: Habits, number: int) -> RouterConfig:
    """Draw a director: two instances on two links, ranked at random."""
    priority = PRIORITIES[dice.below(len(PRIORITIES))]
    if habits.owned and number == 0:
        priority = OWNER_PRIORITY
    instances = tuple(
        _instance(habits, number, link, priority, more)
        for link, more in ((0, ("10",)), (1, ("10", "11")))
    )
    groups = (SyncGroup(name="VG1", members=("VI_1", "VI_2")),) if habits.grouped else ()
    if habits.vmac:
        namer = Namer((), Names())
        instances = tuple(settle_links(each, namer, "") for each in instances)
    files = (TrackFile(name=FILE, file=FILE),) if habits.files else ()
    delay_us = habits.startup_delay_us
    return RouterConfig("LVS_MAIN", instances, groups, files=files, startup_delay_us=delay_us)


def _instance(
    habits: Habits, number: int, link: int, priority: int, hosts: tuple[str, ...]
) -> VrrpInstance:
    if habits.v6:
        addresses = [f"fe80::{link}:1{each}" for each in hosts]
    else:
        addresses = [f"192.168.{200 - 100 * link}.1{each}" for each in hosts]
    more: dict[str, Any] = {}
    if habits.unicast:
        others = (each for each in range(habits.count) if each != number)
        peers = (Peer(source_of(habits.v6, link, each)) for each in others)
        more["unicast_peers"] = tuple(peers)
    if habits.proof == "HMAC":
        more["auth_hmac"] = AuthHmac(keys=(KEY,), active_key=1)
    elif habits.proof:
        more["authentication"] = Authentication(auth_type=habits.proof, auth_pass="secret")
    if habits.checks:
        more["track_script"] = (Tracked(CHECK, Weight(-120)),)
    if habits.files:
        more["track_file"] = (Tracked(FILE, Weight(1)),)
    if habits.vmac:
        more["use_vmac"] = Vmac()
    return instance(
        f"VI_{link + 1}",
        51 + link,
        priority,
        f"eth{link}",
        addresses,
        version=habits.version,
        advert_int_us=habits.interval_us,
        nopreempt=habits.nopreempt,
        preempt_delay_us=0 if habits.nopreempt else habits.preempt_delay_us,
        **more,
    )
