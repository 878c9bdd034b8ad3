"""The section of `-d` about the host's links and who is concerned with each.

Rule: as in `classic_dump`; counters of what a run has changed are those of the first moment.
"""

from __future__ import annotations

from keepalived.config.globals import Globals
from keepalived.config.root import Config
from keepalived.core.vrrp.config import SyncGroup, VrrpInstance
from keepalived.lang.option_values import Weight
from keepalived.lang.pieces import option
from keepalived.port.facts import Link
from keepalived.status.classic_pieces import Surroundings, weight
from keepalived.wire.addresses import mac_text

_BROADCAST = b"\xff" * 6
_POLLED = {
    "MII": "   NIC support MII",
    "ETHTOOL": "   NIC support ETHTOOL GLINK interface",
    "IOCTL": "   NIC ioctl refresh polling",
}
_COUNTERS = """\
   NIC netlink status update
   Reset ARP config counter 0
   Original arp_ignore 0
   Original arp_filter 0
   Original promote_secondaries 0
   Reset promote_secondaries counter 0"""


def link_lines(config: Config, around: Surroundings) -> list[str]:
    """Give the section; nothing where the host's links are not known."""
    if not around.links:
        return []
    lines = ["------< Interfaces >------"]
    concerned = _concerned(config)
    polled = {each.name: each.way for each in config.linkbeat_interfaces}
    paced = _paced(config)
    for link in sorted(around.links, key=lambda each: each.index):
        lines += _link(link, config, around, polled.get(link.name), paced.get(link.name, []))
        if link.name in concerned:
            lines.append("   Tracking VRRP instances :")
            lines += [f"     {name}, weight {text}" for name, text in concerned[link.name]]
    return lines


def _link(
    link: Link, config: Config, around: Surroundings, polled: str | None, paced: list[str]
) -> list[str]:
    settings = config.globals or Globals()  # type: ignore[call-arg]
    delays = [each for each in config.interface_up_down_delays if each.name == link.name]
    down_us, up_us = (delays[-1].down_us, delays[-1].up_us) if delays else (0, 0)
    state = ["UP"] if link.admin_up else []
    state += ["RUNNING"] if link.running else []
    state += ["no broadcast", "loopback", "no multicast"] if link.loopback else []
    state += ["no arp"] if link.no_arp and not link.loopback else []
    hardware = [f"   MAC = {mac_text(link.mac)}", f"   MAC broadcast = {mac_text(_BROADCAST)}"]
    counters = _COUNTERS.split("\n")
    if polled is not None and not link.loopback:
        counters[0] = _POLLED.get(polled, counters[0])
    change = settings.dynamic_interfaces == "allow_if_changes" and not link.loopback
    return [
        f" Name = {link.name}",
        f"   index = {link.index}",
        f"   IPv4 address = {address_of(link.name, 4, around) or '(none)'}",
        f"   IPv6 address = {address_of(link.name, 6, around) or '(none)'}",
        *([] if link.loopback else hardware),
        f"   State = {', '.join(state)}",
        f"   Seen up = {1 if link.up else 0}",
        "   Delayed state change running = false",
        f"   Up debounce timer = {up_us}us",
        f"   Down debounce timer = {down_us}us",
        *(["   Interface type/base can be changed"] if change else []),
        f"   MTU = {link.mtu}",
        f"   HW Type = {'LOOPBACK' if link.loopback else 'ETHERNET'}",
        counters[0],
        *paced,
        *counters[1:],
    ]


def _paced(config: Config) -> dict[str, list[str]]:
    """Give for each link how far its announcements stand apart."""
    settings = config.globals or Globals()  # type: ignore[call-arg]
    found: dict[str, list[str]] = {}
    own = settings.vrrp_garp_interval_us, settings.vrrp_gna_interval_us
    if any(own):
        found |= {each.interface: _gaps(*own) for each in config.instances}
    for number, group in enumerate(config.garp_groups, 1):
        gaps = _gaps(group.garp_interval_us, group.gna_interval_us)
        gaps.append(f"   Gratuitous ARP aggregation group {number}")
        found |= {link: gaps for link in (group.interface, *group.interfaces) if link}
    return found


def _gaps(arp_us: int, neighbour_us: int) -> list[str]:
    pairs = (("ARP", arp_us), ("NA", neighbour_us))
    return [f"   Gratuitous {title} interval {us // 1000}ms" for title, us in pairs if us]


def _concerned(config: Config) -> dict[str, list[tuple[str, str]]]:
    """Give for each link the instances it concerns, and with which weight."""
    found: dict[str, list[tuple[str, str]]] = {}
    groups = {name: group for group in config.sync_groups for name in group.members}
    for instance in config.instances:
        for link, text in _links(instance, groups.get(instance.name)).items():
            found.setdefault(link, []).append((instance.name, text))
    return found


def _links(instance: VrrpInstance, group: SyncGroup | None) -> dict[str, str]:
    # What 2.2.7 prints where the link itself is not tracked.
    links = {instance.interface: "255" if instance.dont_track_primary else "0"}
    tracked = (*instance.track_interface, *(group.track_interface if group is not None else ()))
    lines = (*instance.virtual_ipaddress, *instance.virtual_ipaddress_excluded)
    devices = [line.dev for line in lines if line.vmac is None]
    devices += [str(option(route.options, "dev") or "") for route in instance.virtual_routes]
    links |= {link: "0" for link in devices if link and link not in links}
    for each in tracked:
        links[each.name] = weight(each.weight or Weight(0))
    return links


def address_of(link: str, version: int, around: Surroundings) -> str:
    """Give a link's first address; of IPv6 the first one that is valid on the link only."""
    for each in around.addresses:
        local = version == 4 or str(each.address).startswith("fe80:")
        if each.link == link and each.address.version == version and local:
            return str(each.address)
    return ""
