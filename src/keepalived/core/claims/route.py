"""The line of a route block: where to, through what, and every attribute of a route.

Rule: one table of options; a line is a type, a destination and pairs, nothing is thrown away.
"""

from __future__ import annotations

from keepalived.core.claims.values import (
    ENCAPS,
    FlaggedAddressValue,
    LockedValue,
    NameValue,
    NetworkValue,
)
from keepalived.lang.pieces import Options, Piece, Pieces, option
from keepalived.lang.values import Choice, Int, Text
from keepalived.lang.words import Bad, Given, Value
from keepalived.records import dataclass

TYPES = (
    *("unicast", "local", "broadcast", "anycast", "multicast"),
    *("throw", "unreachable", "prohibit", "blackhole", "nat"),
)
NUMBER = Int(0, 2**32 - 1)
LOCKED = LockedValue()
NEXTHOP = Pieces(
    Piece("via", FlaggedAddressValue(), "The next router."),
    Piece("as", FlaggedAddressValue(), "An address to name as the destination."),
    Piece("dev", Text("INTERFACE"), "The link.", also=("oif",)),
    Piece("weight", Int(1, 256), "Its share."),
    Piece("onlink", None, "The router is on the link, whatever the mask says."),
    Piece("realms", NameValue("[FROM/]TO"), "Realms."),
    Piece("encap", ENCAPS, "A tunnel."),
)
ROUTE = Pieces(
    Piece("inet", None, "The family is IPv4."),
    Piece("inet6", None, "The family is IPv6."),
    Piece("src", FlaggedAddressValue(), "The source address to prefer."),
    Piece("from", NetworkValue(), "Sources that it is for; IPv6 only."),
    Piece("via", FlaggedAddressValue(), "The next router.", also=("gw",)),
    Piece("or", FlaggedAddressValue(), "A second router; an old word."),
    Piece("dev", Text("INTERFACE"), "The link.", also=("oif",)),
    Piece("tos", NameValue("NUMBER|NAME"), "The type of service.", also=("dsfield",)),
    Piece("table", NameValue("NUMBER|NAME"), "The table it stands in."),
    Piece("protocol", NameValue("NUMBER|NAME"), "Who made it."),
    Piece("scope", NameValue("NUMBER|NAME"), "How far it reaches."),
    Piece("metric", NUMBER, "Less is better.", also=("priority", "preference")),
    Piece("onlink", None, "The router is on the link, whatever the mask says."),
    Piece("encap", ENCAPS, "A tunnel."),
    Piece("expires", NUMBER, "Seconds it lasts; IPv6 only."),
    *(
        Piece(name, LOCKED, f"The kernel's {name} of the path; locked it stays so.")
        for name in (
            *("mtu", "advmss", "rtt", "rttvar", "reordering"),
            *("cwnd", "ssthresh", "rto_min", "window"),
        )
    ),
    *(
        Piece(name, NUMBER, f"The kernel's {name} of the path.")
        for name in ("hoplimit", "initcwnd", "initrwnd", "quickack")
    ),
    Piece("realms", NameValue("[FROM/]TO"), "Realms."),
    Piece("features", Choice("ecn"), "Features of the path."),
    Piece("congctl", LockedValue(named=True), "How congestion is met."),
    Piece("pref", Choice("low", "medium", "high"), "The preference of IPv6."),
    Piece("ttl-propagate", Choice("enabled", "disabled"), "Whether MPLS carries the TTL."),
    Piece("fastopen_no_cookie", Int(0, 1), "TCP fast open without a cookie."),
    Piece("vrf", Text("NAME"), "The VRF whose table it stands in."),
    Piece("add", None, "Add it."),
    Piece("prepend", None, "Put it before others."),
    Piece("append", None, "Put it behind others."),
    Piece("no_track", None, "Its loss means nothing."),
    Piece("track_group", Text("NAME"), "Instances that fail while it is missing."),
)


def _is_destination(word: str) -> bool:
    if word in ("default", "default6"):
        return True
    return not isinstance(NetworkValue().read(Given((word,))), Bad)


@dataclass(frozen=True, slots=True)
class RouteLine:
    """A route: its type, its destination, its options by name, its next hops."""

    to: str
    """A network as written, `default` or `default6`."""
    kind: str = "unicast"
    options: Options = ()
    nexthops: tuple[Options, ...] = ()


class RouteLineValue(Value[RouteLine]):
    """`[TYPE] [to] DESTINATION [OPTION [VALUE]]… [nexthop …]…`."""

    shape = "[TYPE] [to] NETWORK|default [OPTION [VALUE]]… [nexthop …]…"
    most_words = 999

    def read(self, given: Given) -> RouteLine | Bad:
        """Read the type and the destination, the options, then the hops."""
        words, at = given.words, 0
        kind, to = "unicast", ""
        if words[:1] and words[0] in TYPES:
            kind, at = words[0], 1
        end = next((i for i in range(at, len(words)) if words[i] == "nexthop"), len(words))
        found: dict[str, object] = {}
        while at < end:
            if words[at] == "to" or not (to or ROUTE.knows(words[at])):
                at += words[at] == "to"
                to = words[at] if at < end else ""
                if not _is_destination(to):
                    return Bad(f"'{to}' is neither a network nor default", min(at, end - 1))
                at += 1
                continue
            taken = ROUTE.take(words[:end], at)
            if isinstance(taken, Bad):
                return taken
            name, found[name], at = taken
        if not to:
            return Bad("a destination is missing", max(len(words) - 1, 0))
        options = ROUTE.ordered(found)
        hops: list[Options] = []
        while end < len(words):
            start = end + 1
            end = next((i for i in range(start, len(words)) if words[i] == "nexthop"), len(words))
            hop = NEXTHOP.read(words[start:end], 0)
            if isinstance(hop, Bad):
                return Bad(f"nexthop: {hop.why}", min(start + hop.word, len(words) - 1))
            hops.append(hop)
        return RouteLine(to, kind, options, tuple(hops))

    def remark(self, given: Given) -> str | None:
        """Tell of a route that nobody notices the loss of, and of a word that is old."""
        if "gw" in given.words:
            return "'gw' is an older word for via"
        found = self.read(given)
        if isinstance(found, Bad) or option(found.options, "no_track") is not None:
            return None
        if option(found.options, "dev") is None:
            return "without dev its loss is not noticed"
        protocol = option(found.options, "protocol")
        if protocol not in (None, "18", "keepalived"):
            return "with another protocol its loss is not noticed; the protocol keepalived counts"
        return None

    def write(self, value: RouteLine) -> str:
        """Write all of it."""
        kind = "" if value.kind == "unicast" else f"{value.kind} "
        hops = "".join(f" nexthop {NEXTHOP.write(each)}".rstrip() for each in value.nexthops)
        return f"{kind}to {value.to} {ROUTE.write(value.options)}".rstrip() + hops

    @property
    def examples(self) -> tuple[RouteLine, ...]:
        """Give every option alone, every type, and one with hops."""
        hops = NEXTHOP.examples
        return (
            RouteLine("default"),
            *(RouteLine("192.168.7.0/24", options=each) for each in ROUTE.examples[:-1]),
            *(RouteLine("192.168.8.0/24", each) for each in TYPES),
            *(RouteLine("10.0.0.0/8", nexthops=(each, hops[0])) for each in hops),
        )
