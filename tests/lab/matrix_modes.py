"""The rows of the matrix: how two routers may speak, and the configuration text that says so.

Rule: one text serves both programs; what differs between the two routers is address and priority.
"""

from __future__ import annotations

from dataclasses import dataclass

VIP4, VIP6, LINK_VIP6 = "10.77.0.100", "fd00:77::100", "fe80::77:100"
ROUTER_ID = 51
PRIORITIES = {"a": 150, "b": 100}
OWN4 = {"a": "10.77.0.1", "b": "10.77.0.2"}
OWN6 = {"a": "fe80::ff:fe00:1", "b": "fe80::ff:fe00:2"}
MACS = {"a": "02:00:00:00:00:01", "b": "02:00:00:00:00:02"}
SECOND_VIP = "10.78.0.100"


@dataclass(frozen=True, slots=True)
class Mode:
    """A way of speaking VRRP, and which peers know it."""

    name: str
    version: int = 2
    family: int = 4
    interval_ms: int = 1000
    words: str = ""
    """More lines of the instance; {own} and {peer} stand for the routers' addresses."""
    peers: tuple[str, ...] = ("real",)
    group: bool = False
    """With a second instance on a second link, both in a sync group."""
    vmac: bool = False

    @property
    def addresses(self) -> tuple[str, ...]:
        """The virtual addresses that adverts name."""
        return (VIP4,) if self.family == 4 else (LINK_VIP6, VIP6)

    def down_ms(self, router: str) -> float:
        """How long the router listens before it leads (RFC 3768, RFC 9568 section 6.1)."""
        skew = self.skew_ms(router)
        return 3 * self.interval_ms + skew

    def skew_ms(self, router: str) -> float:
        """How long it waits after an advert of priority 0."""
        base = 1000 if self.version == 2 else self.interval_ms
        return (256 - PRIORITIES[router]) * base / 256


_PASS = "authentication {\n auth_type PASS\n auth_pass s3cret\n }"
_AH = _PASS.replace("PASS", "AH", 1)
_UNICAST = "unicast_src_ip {own}\n unicast_peer {{\n {peer}\n }}"

MODES = (
    Mode("v2", peers=("real", "frr")),
    Mode("v2 PASS", words=_PASS),
    Mode("v2 AH", words=_AH),
    Mode("v2 unicast", words=_UNICAST),
    Mode(
        "v2 unicast AH",
        words=f"{_UNICAST}\n {_AH.replace('{', '{{').replace('}', '}}')}",
    ),
    Mode("v2 VMAC", words="use_vmac", vmac=True),
    Mode("v2 IPv6", family=6),
    Mode("v2 sync group", group=True),
    Mode("v3", version=3, interval_ms=100, peers=("real", "frr")),
    Mode("v3 IPv6", version=3, family=6, interval_ms=100, peers=("real", "frr")),
    Mode("v3 unicast", version=3, interval_ms=100, words=_UNICAST),
    Mode("v3 IPv6 unicast", version=3, family=6, interval_ms=100, words=_UNICAST),
    Mode("v3 VMAC", version=3, interval_ms=100, words="use_vmac", vmac=True),
    Mode(
        "v3 IPv6 VMAC",
        version=3,
        family=6,
        interval_ms=100,
        words="use_vmac",
        vmac=True,
    ),
    Mode("v3 sync group", version=3, interval_ms=100, group=True),
    Mode("v3 10 ms", version=3, interval_ms=10),
    Mode("v3 IPv6 10 ms", version=3, family=6, interval_ms=10),
)


def text(mode: Mode, router: str) -> str:
    """The configuration of one router."""
    other = "b" if router == "a" else "a"
    own = OWN4 if mode.family == 4 else OWN6
    words = mode.words.format(own=own[router], peer=own[other]) if "{own}" in mode.words else ""
    addresses = [f"{each}/{24 if mode.family == 4 else 64}" for each in mode.addresses]
    parts = [f"global_defs {{\n router_id {router}\n vrrp_version {mode.version}\n}}"]
    parts.append(_instance(mode, router, "VI_1", "eth0", ROUTER_ID, addresses, words or mode.words))
    if mode.group:
        second = f"{SECOND_VIP}/24"
        parts.append(_instance(mode, router, "VI_2", "eth1", ROUTER_ID + 1, [second], mode.words))
        parts.append("vrrp_sync_group VG {\n group {\n VI_1\n VI_2\n }\n}")
    return "\n".join([*parts, ""])


def _instance(
    mode: Mode,
    router: str,
    name: str,
    link: str,
    router_id: int,
    addresses: list[str],
    words: str,
) -> str:
    lines = [
        f"vrrp_instance {name} {{",
        " state BACKUP",
        f" interface {link}",
        f" virtual_router_id {router_id}",
        f" priority {PRIORITIES[router]}",
        f" advert_int {mode.interval_ms / 1000:g}",
        *([f" {words}"] if words else []),
        " virtual_ipaddress {",
        *(f"  {address}" for address in addresses),
        " }",
        "}",
    ]
    return "\n".join(lines)
