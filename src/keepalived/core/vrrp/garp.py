"""Telling a link where addresses live now: gratuitous ARP, and neighbour adverts for IPv6.

Rule: a list of frames to send; when is the machine's business. Nothing goes out on NOARP links.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address

from keepalived.core.vrrp.claims import lines_of, link_of
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.lang.net_values import AddressLine
from keepalived.port.effects import Send
from keepalived.port.facts import Link
from keepalived.port.resources import FrameEndpoint
from keepalived.wire.arp import GratuitousArp, encode_gratuitous_arp
from keepalived.wire.ndisc import NeighbourAdvert, encode_neighbour_advert

REPEAT = 5
"""How many rounds one announcement has."""
DELAY_US = 5_000_000
"""How long after the first announcement the second one comes."""


def announcement(config: VrrpInstance, links: Mapping[str, Link]) -> list[Send]:
    """Give the frames of one announcement: each round all addresses, the excluded ones last."""
    one_round = [send for line in lines_of(config) if (send := _frame(config, line, links))]
    return one_round * REPEAT


def _frame(config: VrrpInstance, line: AddressLine, links: Mapping[str, Link]) -> Send | None:
    link = links.get(link_of(config, line))
    if link is None or link.no_arp or link.loopback or len(link.mac) != 6:
        return None
    if isinstance(line.address, IPv4Address):
        frame = encode_gratuitous_arp(GratuitousArp(link.mac, line.address))
    else:
        frame = encode_neighbour_advert(NeighbourAdvert(link.mac, line.address))
    return Send(FrameEndpoint(link.name), None, frame)
