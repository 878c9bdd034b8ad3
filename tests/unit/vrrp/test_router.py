"""The router: links and addresses, faults, refusals, reload, and telling of transitions."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from tests.unit.vrrp.rooms import (
    ENDPOINT,
    OWN,
    PEER,
    VIP,
    Bench,
    config,
    instance,
    line,
    link,
    packet,
    pair,
    second,
)

from keepalived.core.vrrp.config import SyncGroup, VrrpInstance
from keepalived.core.vrrp.ground import Ground
from keepalived.core.vrrp.happenings import Footing
from keepalived.lang.net_values import AddressLine
from keepalived.lang.values import Command
from keepalived.port.effects import Note, RunScript, Send, Severity
from keepalived.port.events import (
    AddressGone,
    AddressSeen,
    Ending,
    LinkGone,
    LinkSeen,
    Lost,
    Reconfigured,
    Refused,
    ScriptEnded,
    Stopping,
)
from keepalived.port.facts import LinkAddress
from keepalived.port.resources import HeldAddress, Install, Remove, Replace

HELD = HeldAddress("eth0", VIP, 32)


def one(**more: Any) -> Bench:
    return Bench(config(instance(**more)))


def why(bench: Bench) -> str:
    reason = bench.snapshot["instances"][0]["why"]
    assert isinstance(reason, str)
    return reason


@pytest.mark.parametrize("down", [{"running": False}, {"admin_up": False}])
def test_a_link_that_goes_down_is_a_fault_and_its_return_ends_it(down: dict[str, bool]) -> None:
    bench = one().lead()
    bench.give(LinkSeen(link("eth0", **down)))
    assert bench.states == {"VI_1": "FAULT"}
    assert [advert.priority for advert in bench.adverts] == [0]
    assert bench.removed == [VIP]
    assert "(VI_1) Entering FAULT STATE: the link is down" in bench.said
    bench.give(LinkSeen(link("eth0")), after=500_000)
    assert bench.states == {"VI_1": "BACKUP"}
    assert bench.host.deadline() == bench.now + 3_609_375


def test_without_a_link_there_is_no_socket_and_a_fault() -> None:
    bench = Bench(config(instance()), links=[]).start()
    assert (bench.states, why(bench)) == ({"VI_1": "FAULT"}, "there is no such link")
    assert bench.said == ["(VI_1) Entering FAULT STATE (init): there is no such link"]
    assert not [each for each in bench.operations if isinstance(each, Install)]
    bench.give(LinkSeen(link("eth0")))
    assert bench.states == {"VI_1": "BACKUP"}
    assert Install(ENDPOINT) in bench.operations


def test_a_link_that_vanishes_takes_the_socket_with_it() -> None:
    bench = one().start()
    bench.give(LinkGone("eth0"))
    assert Remove(ENDPOINT) in bench.operations
    assert why(bench) == "there is no such link"
    bench.give(LinkSeen(link("eth0")))
    assert bench.states == {"VI_1": "FAULT"}, "its addresses have gone as well"


def test_losing_the_source_address_is_a_fault_and_the_last_word_leaves_from_it() -> None:
    bench = one().lead()
    bench.give(AddressGone(LinkAddress("eth0", OWN, 24)))
    assert why(bench) == "the link has no address to send adverts from"
    sends = [each for each in bench.operations if isinstance(each, Send)]
    assert sends[0].data[12:16] == OWN.packed
    bench.give(AddressSeen(LinkAddress("eth0", OWN, 24)))
    assert bench.states == {"VI_1": "BACKUP"}


def test_neither_secondary_nor_virtual_addresses_are_spoken_from() -> None:
    bench = one().lead()
    for other in (
        LinkAddress("eth0", VIP, 32),
        LinkAddress("eth0", IPv4Address("10.0.0.77"), 24, secondary=True),
        LinkAddress("eth0", IPv4Address("10.0.0.78"), 32, ours=True),
        LinkAddress("eth0", IPv6Address("fe80::1"), 64),
    ):
        bench.give(AddressSeen(other))
    bench.give(AddressGone(LinkAddress("eth0", OWN, 24)))
    assert bench.states == {"VI_1": "FAULT"}


def test_mcast_src_ip_is_spoken_from() -> None:
    source = IPv4Address("10.0.0.77")
    bench = one(mcast_src_ip=source).lead()
    send = next(each for each in bench.operations if isinstance(each, Send))
    assert send.data[12:16] == source.packed


def test_adverts_of_ipv6_leave_from_the_link_local_address_or_not_at_all() -> None:
    own = IPv6Address("fe80::5")
    bench = Bench(config(instance(virtual_ipaddress=(AddressLine(IPv6Address("fe80::1"), 128),))))
    bench.start()
    assert bench.states == {"VI_1": "FAULT"}
    assert why(bench) == "the link has no address to send adverts from"
    note = next(each for each in bench.operations if isinstance(each, Note))
    assert note.line.severity is Severity.ERROR
    assert (bench.host.deadline(), bench.adverts) == (None, [])
    bench.give(AddressSeen(LinkAddress("eth0", IPv6Address("fd00::5"), 64)))
    assert bench.states == {"VI_1": "FAULT"}
    bench.give(AddressSeen(LinkAddress("eth0", own, 64)))
    bench.wake()
    sends = [each for each in bench.operations if isinstance(each, Send)]
    assert (sends[0].source, sends[0].data[0], sends[0].data[3]) == (own, 0x31, 1)


def test_of_two_instances_with_one_number_the_second_is_at_fault() -> None:
    bench = Bench(config(instance(), instance("VI_2"))).start()
    assert bench.states == {"VI_1": "BACKUP", "VI_2": "FAULT"}
    bench.give(Reconfigured(config(instance("VI_2"))))
    assert bench.states == {"VI_2": "BACKUP"}


def test_an_address_that_somebody_removes_is_taken_back_after_a_quick_election() -> None:
    bench = one().lead()
    bench.give(AddressGone(LinkAddress("eth0", VIP, 32)))
    assert bench.states == {"VI_1": "BACKUP"}
    assert [advert.priority for advert in bench.adverts] == [0]
    assert bench.host.deadline() == bench.now + 609_375
    bench.wake()
    assert bench.installed == [VIP]


def test_a_lost_socket_is_opened_again() -> None:
    bench = one().start()
    bench.host.ledger.lost(ENDPOINT)
    bench.give(Lost(ENDPOINT))
    assert bench.host.deadline() == bench.now
    bench.wake()
    assert Install(ENDPOINT) in bench.operations


def test_a_refused_address_is_noted_once_and_tried_again() -> None:
    bench = one().lead()
    bench.give(Refused(Install(HELD), 1, "Operation not permitted"))
    assert bench.said == [
        "The kernel refused address 10.0.0.100/32 on eth0: Operation not permitted."
        " Run it as root, or with CAP_NET_ADMIN and CAP_NET_RAW. It is tried again every second."
    ]
    assert bench.states == {"VI_1": "MASTER"}
    bench.give(Refused(Install(HELD), 1, "Operation not permitted"))
    assert bench.said == []
    while bench.installed != [VIP]:
        bench.wake()
    assert bench.now == 4_609_375


def test_a_refused_socket_or_removal_is_named() -> None:
    bench = one().lead()
    bench.give(Refused(Install(ENDPOINT), 1, "no"))
    assert "the VRRP socket of 224.0.0.18 on eth0" in bench.said[0]
    bench.give(Refused(Remove(HELD), 99, "no"))
    assert bench.said == ["The kernel refused to remove address 10.0.0.100/32 on eth0: no. "]
    bench.give(Refused(Replace(HELD, replace(HELD, label="eth0:1")), 22, "no"))
    assert "Compare address" in bench.said[0]
    bench.give(LinkGone("eth0"))
    bench.give(Refused(Remove(HELD), 19, "no such device"))
    assert bench.said == []


def test_addresses_go_on_the_links_they_name_and_excluded_ones_are_not_advertised() -> None:
    six = AddressLine(IPv6Address("fd00::1"), 64)
    bench = one(
        virtual_ipaddress=(line(dev="eth1", label="eth1:1"),),
        virtual_ipaddress_excluded=(line("10.0.0.110"), six),
    ).lead()
    held = [e.resource for e in bench.operations if isinstance(e, Install)]
    assert HeldAddress("eth1", VIP, 32, label="eth1:1") in held
    assert HeldAddress("eth0", six.address, 64, flags=2) in held, "no duplicate detection"
    assert bench.adverts[0].addresses == (VIP,)
    assert [len(frame) for frame in bench.frames] == [42, 42, 86] * 5


def test_nothing_is_announced_where_arp_is_off() -> None:
    bench = Bench(config(instance()), links=[link("eth0", no_arp=True)]).lead()
    assert (bench.frames, bench.installed) == ([], [VIP])


def test_scripts_are_called_for_each_state_in_one_queue() -> None:
    told: dict[str, Any] = {
        "notify_master": Command(("/m", "1"), "nobody"),
        "notify_backup": Command(("/b",)),
        "notify_fault": Command(("/f",)),
    }
    bench = one(**told).start()
    assert bench.scripts == [("/b",)]
    bench.wake()
    assert bench.scripts == [("/m", "1")]
    run = next(each for each in bench.operations if isinstance(each, RunScript))
    assert (run.queue, run.user) == ("VI_1", "nobody")
    bench.give(LinkSeen(link("eth0", running=False)))
    assert bench.scripts == [("/f",)]
    bench.give(LinkSeen(link("eth0")))
    assert bench.scripts == [("/b",)]
    bench.give(Stopping())
    assert bench.scripts == []


def test_a_script_that_fails_is_noted() -> None:
    bench = one().start()
    bench.give(ScriptEnded("VI_1 BACKUP #1", Ending.EXITED, 0))
    assert bench.said == []
    bench.give(ScriptEnded("VI_1 BACKUP #1", Ending.NOT_STARTED, 2))
    assert bench.said == ["Notify script VI_1 BACKUP #1 failed (not started 2)"]


def test_transitions_are_mailed_where_asked_for_and_possible() -> None:
    asked = instance(smtp_alert=True)
    bench = Bench(config(asked, second(), mail=True)).lead()
    assert bench.mails == ["[LVS] VRRP Instance VI_1 - Entering MASTER state"]
    assert Bench(config(asked)).lead().mails == []


def test_a_group_leads_only_when_every_member_wants_to() -> None:
    bench = Bench(pair()).start()
    bench.now = 1_000_000
    bench.hear(packet(150))
    bench.now = 3_609_375
    bench.wake()
    assert set(bench.states.values()) == {"BACKUP"}
    bench.wake()
    assert set(bench.states.values()) == {"MASTER"}
    assert "VRRP_Group(VG1) Syncing instances to MASTER state" in bench.said


def test_a_member_s_fault_is_everybody_s_until_it_ends() -> None:
    bench = Bench(pair()).lead()
    bench.give(LinkSeen(link("eth1", running=False)))
    assert set(bench.states.values()) == {"FAULT"}
    assert why(bench) == "a member of its group is at fault"
    assert [advert.priority for advert in bench.adverts] == [0, 0]
    bench.give(LinkSeen(link("eth1")))
    assert set(bench.states.values()) == {"BACKUP"}


def test_who_stops_leading_takes_the_group_along() -> None:
    bench = Bench(pair()).lead()
    bench.hear(packet(150))
    assert set(bench.states.values()) == {"BACKUP"}
    assert "(VI_2) Entering BACKUP STATE: a member of its group no longer leads" in bench.said
    assert bench.adverts == []


def test_a_robbed_member_s_group_gives_up_and_returns_quickly() -> None:
    bench = Bench(pair()).lead()
    bench.give(AddressGone(LinkAddress("eth0", VIP, 32)))
    assert [advert.priority for advert in bench.adverts] == [0, 0]
    bench.wake()
    assert set(bench.states.values()) == {"MASTER"}


def test_a_lesser_master_makes_the_whole_group_announce_itself() -> None:
    bench = Bench(pair()).lead()
    bench.hear(packet(50))
    assert (len(bench.adverts), len(bench.frames)) == (1, 10)


def test_owners_of_a_group_start_leading_only_together() -> None:
    owner: dict[str, Any] = {"priority": 255, "state": "MASTER"}
    group = [SyncGroup(name="VG1", members=("VI_1", "VI_2"))]
    both = Bench(config(instance(**owner), second(**owner), groups=group)).start()
    assert set(both.states.values()) == {"MASTER"}
    half = Bench(config(instance(**owner), second(), groups=group)).start()
    assert set(half.states.values()) == {"BACKUP"}
    assert half.host.deadline() == 1_003_906


def test_a_group_has_scripts_and_mails_of_its_own() -> None:
    group = SyncGroup(
        name="VG1",
        members=("VI_1", "VI_2"),
        notify_master=Command(("/gm",)),
        notify_backup=Command(("/gb",)),
        smtp_alert=True,
    )
    bench = Bench(config(instance(), second(), groups=[group], mail=True)).start()
    assert bench.scripts == [("/gb",)]
    bench.wake()
    assert bench.scripts == [("/gm",)]
    assert bench.mails == ["[LVS] VRRP Group VG1 - Entering MASTER state"]
    assert bench.snapshot["groups"] == [
        {"name": "VG1", "state": "MASTER", "members": ["VI_1", "VI_2"]}
    ]


def test_what_happens_on_other_links_is_no_work_for_any_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A host of containers makes links by the hundred; 255 instances must not look at each."""
    bench = Bench(config(instance(), second())).lead()
    asked: list[str] = []
    footing = Ground.footing

    def counted(ground: Ground, config: VrrpInstance, twin: bool) -> Footing:
        asked.append(config.name)
        return footing(ground, config, twin)

    monkeypatch.setattr(Ground, "footing", counted)
    bench.give(LinkSeen(link("veth9")))
    bench.give(AddressSeen(LinkAddress("veth9", PEER, 24)))
    bench.give(LinkGone("veth9"))
    assert asked == []
    bench.give(LinkSeen(link("eth1", running=False)))
    assert asked == ["VI_2"] and bench.states == {"VI_1": "MASTER", "VI_2": "FAULT"}


def test_an_owner_never_takes_the_address_that_its_link_has_by_itself() -> None:
    own = AddressLine(OWN, 24)
    owner = instance(priority=255, state="MASTER", virtual_ipaddress=(own, line()))
    bench = Bench(config(owner)).start()
    assert (bench.states, bench.installed) == ({"VI_1": "MASTER"}, [VIP])
    assert bench.adverts[0].addresses == (OWN, VIP)
    bench.give(LinkSeen(link(running=False)))
    assert (bench.states, bench.removed) == ({"VI_1": "FAULT"}, [VIP])
    bench.give(LinkSeen(link()))
    bench.wake()
    assert (bench.states, bench.installed) == ({"VI_1": "MASTER"}, [VIP])
    bench.give(Stopping())
    assert bench.removed == [VIP]


def test_an_owner_whose_link_lost_its_address_holds_it_as_any_other() -> None:
    owner = instance(priority=255, state="MASTER", virtual_ipaddress=(AddressLine(OWN, 24),))
    bench = Bench(config(owner))
    bench.give(AddressSeen(LinkAddress("eth0", PEER, 24)))
    bench.start()
    assert bench.installed == []
    bench.give(AddressGone(LinkAddress("eth0", OWN, 24)))
    assert (bench.states, bench.installed) == ({"VI_1": "MASTER"}, [OWN])
