"""The text of the tables that barriers and detours need, one for each family.

Rule: pure text; the sets begin empty, and what a table of that name held before is gone.
"""

from __future__ import annotations

from keepalived.annotations import Protocol
from keepalived.wire.addresses import Family


class Wishes(Protocol):
    """What the text depends on."""

    @property
    def priority(self) -> int:
        """Give the chains' priority."""

    @property
    def by_number(self) -> bool:
        """Say whether links are matched by their numbers."""

    @property
    def counts(self) -> bool:
        """Say whether rules count."""


def script(family: Family, table: str, wishes: Wishes, detours: bool = True) -> str:
    """Write the table of a family, with or without what virtual links need."""
    ip = "ip" if family is Family.INET else "ip6"
    body = _body_4(wishes) if family is Family.INET else _body_6(wishes)
    if not detours:
        lines = body.splitlines(keepends=True)
        body = "".join(line for line in lines if "vmac_" not in line)
    start = f"table {ip} {table} {{}}\ndelete table {ip} {table}\n"
    return f"{start}table {ip} {table} {{\n{body}}}\n"


def _body_4(wishes: Wishes) -> str:
    drop = "counter drop" if wishes.counts else "drop"
    away = f"dup to ip daddr device meta oifname map @vmac_map {drop}"
    return f"""  map vmac_map {{ type ifname : iface_index; }}
  set vips {{ type ipv4_addr; }}
  chain out {{
    type filter hook output priority {wishes.priority}; policy accept;
    ip protocol igmp meta oifkind "macvlan" {away}
    ip saddr @vips {drop}
  }}
  chain in {{
    type filter hook input priority {wishes.priority}; policy accept;
    ip daddr @vips {drop}
  }}
"""


def _body_6(wishes: Wishes) -> str:
    drop = "counter drop" if wishes.counts else "drop"
    kind = "iface_index" if wishes.by_number else "ifname"
    outgoing, incoming = ("oif", "iif") if wishes.by_number else ("oifname", "iifname")
    away = f"dup to ip6 daddr device meta oifname map @vmac_map {drop}"
    neighbours = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept"
    return f"""  map vmac_map {{ type ifname : iface_index; }}
  set vmac_set {{ type ifname; }}
  set vips {{ type ipv6_addr; }}
  set vips_link_local {{ type ipv6_addr . {kind}; }}
  chain out {{
    type filter hook output priority {wishes.priority}; policy accept;
    icmpv6 type mld2-listener-report meta oifkind "macvlan" {away}
    icmpv6 type nd-router-solicit meta oifname @vmac_set {drop}
    {neighbours}
    ip6 saddr . meta {outgoing} @vips_link_local {drop}
    ip6 saddr @vips {drop}
  }}
  chain in {{
    type filter hook input priority {wishes.priority}; policy accept;
    {neighbours}
    ip6 daddr . meta {incoming} @vips_link_local {drop}
    ip6 daddr @vips {drop}
  }}
"""
