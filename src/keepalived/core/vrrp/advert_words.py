"""The words of a virtual router about its adverts: where they go, from where, and their proof.

Rule: rows only.
"""

from __future__ import annotations

from keepalived.core.vrrp.lines import (
    GroupAddressValue,
    Ipvlan,
    IpvlanValue,
    Key,
    KeyValue,
    Peer,
    PeerValue,
    Vmac,
    VmacValue,
)
from keepalived.lang.net_values import AddressValue
from keepalived.lang.option_values import Flag, Optional
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Choice, Int, Seconds, Switch, Text
from keepalived.lang.words import block, keyword, lines, part, repeated, rows, where
from keepalived.wire.addresses import Address


@block("authentication", doc="How adverts prove that they come from this site's routers.")
class Authentication:
    """The authentication of VRRP version 2."""

    auth_type: str = keyword(
        "auth_type",
        Choice("PASS", "AH"),
        default="PASS",
        doc="A plain password, or an IPSEC AH header signed with it (IPv4 only).",
    )
    auth_pass: str = keyword(
        "auth_pass", Text(most=8), default="", doc="The shared password; 8 characters count."
    )
    place: Place = where(default=NOWHERE)


@block("auth_hmac", doc="Adverts signed with a shared key; it excludes authentication.")
class AuthHmac:
    """The authentication by HMAC-SHA256."""

    keys: tuple[Key, ...] = repeated(
        "key", KeyValue(), default=(), doc="A key and its number; at least one."
    )
    active_key: int = keyword(
        "active_key", Int(1, 255), default=0, doc="The number of the key to sign with."
    )
    anti_replay: str = keyword(
        "anti_replay",
        Choice("time", "monotonic"),
        default="time",
        doc="Adverts must be fresh and increasing, or increasing only.",
    )
    time_window_us: int | None = keyword(
        "time_window",
        Seconds(1_000_000, 300_000_000),
        default=None,
        doc="How old an advert may be; by default three intervals, at least 5 seconds.",
    )
    mode: str = keyword(
        "mode",
        Choice("enforce", "permissive", "receive-only"),
        default="enforce",
        doc="Permissive accepts unsigned adverts too; receive-only does not sign.",
    )
    place: Place = where(default=NOWHERE)


@rows
class AdvertWords:
    """Addressing and proof of adverts, and the links of an instance's own."""

    version: int | None = keyword(
        "version",
        Int(2, 3),
        default=None,
        doc="The version of VRRP; by default the global one, and 3 for IPv6.",
    )
    vrf: str = keyword(
        "vrf",
        Text("INTERFACE"),
        default="",
        doc="The VRF to use where no interface is given.",
    )
    mcast_src_ip: Address | None = keyword(
        "mcast_src_ip",
        AddressValue(),
        default=None,
        doc="Source address of adverts; by default the link's first address.",
    )
    unicast_src_ip: Address | None = keyword(
        "unicast_src_ip",
        AddressValue(),
        default=None,
        doc="Source address of adverts that go to peers one by one.",
    )
    mcast_dst_ip: Address | None = keyword(
        "mcast_dst_ip",
        GroupAddressValue(),
        default=None,
        doc="The group that adverts go to; by default the global one.",
    )
    track_src_ip: bool = keyword(
        "track_src_ip",
        Flag(),
        default=False,
        doc="Be at fault while the source address is absent.",
    )
    unicast_peers: tuple[Peer, ...] = lines(
        "unicast_peer",
        PeerValue(),
        default=(),
        doc="Routers that adverts go to one by one.",
    )
    unicast_ttl: int = keyword(
        "unicast_ttl", Int(0, 255), default=255, doc="The TTL of such adverts."
    )
    unicast_fault_no_peer: bool = keyword(
        "unicast_fault_no_peer",
        Flag(),
        default=False,
        doc="Without peers be at fault, not multicast.",
    )
    check_unicast_src: bool | None = keyword(
        "check_unicast_src",
        Flag(),
        default=None,
        doc="Adverts count from peers only.",
    )
    old_unicast_checksum: str | None = keyword(
        "old_unicast_checksum",
        Optional(Choice("never"), ""),
        default=None,
        doc="The checksum that unicast of version 3 had long ago.",
    )
    v3_checksum_as_v2: bool | None = keyword(
        "v3_checksum_as_v2",
        Switch(),
        default=None,
        since="2.4",
        doc="Version 3 on IPv4 without a pseudo header in its checksum.",
    )
    use_vmac: Vmac | None = keyword(
        "use_vmac",
        VmacValue(),
        default=None,
        doc="Addresses sit on a link with the virtual router's own hardware address.",
    )
    use_vmac_addr: bool = keyword(
        "use_vmac_addr",
        Flag(),
        default=False,
        doc="Such links for addresses on other links, too.",
    )
    vmac_xmit_base: bool = keyword(
        "vmac_xmit_base",
        Flag(),
        default=False,
        doc="Adverts use the link below the virtual one.",
    )
    use_ipvlan: Ipvlan | None = keyword(
        "use_ipvlan",
        IpvlanValue(),
        default=None,
        doc="Adverts use an ipvlan.",
    )
    authentication: Authentication | None = part(
        Authentication, default=None, doc="Proof of origin."
    )
    auth_hmac: AuthHmac | None = part(
        AuthHmac, default=None, since="2.4", doc="Proof of origin by signature."
    )
    native_ipv6: bool = keyword(
        "native_ipv6",
        Flag(),
        default=False,
        retired="nothing: the family of the addresses decides",
        doc="Be of IPv6.",
    )
    kernel_rx_buf_size: int = keyword(
        "kernel_rx_buf_size",
        Int(1, 2**31 - 1),
        default=0,
        doc="Bytes of the buffer of received adverts.",
    )
