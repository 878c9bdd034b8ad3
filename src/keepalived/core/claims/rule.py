"""The line of a rule block: which packets, and which table or end they get.

Rule: one table of options; a line is its pairs.
"""

from __future__ import annotations

from keepalived.core.claims.values import NameValue, NetworkValue, RangeValue
from keepalived.lang.pieces import Options, Piece, Pieces, option
from keepalived.lang.values import Int, Text
from keepalived.lang.words import Bad, Given, Value
from keepalived.records import dataclass

NUMBER = Int(0, 2**32 - 1)
ACTIONS = ("table", "goto", "nop", "blackhole", "unreachable", "prohibit", "l3mdev", "type")
RULE = Pieces(
    Piece("inet", None, "The family is IPv4."),
    Piece("inet6", None, "The family is IPv6."),
    Piece("not", None, "Packets that do not match."),
    Piece("from", NetworkValue(words=("all", "any", "default")), "Sources."),
    Piece("to", NetworkValue(words=("all", "any", "default")), "Destinations."),
    Piece("table", NameValue("NUMBER|NAME"), "The table to look in.", also=("lookup",)),
    Piece("preference", NUMBER, "Less is looked at first.", also=("order", "priority", "pref")),
    Piece("tos", NameValue("NUMBER|NAME"), "The type of service.", also=("dsfield",)),
    Piece("fwmark", NameValue("NUMBER[/MASK]"), "The firewall mark."),
    Piece("realms", NameValue("[FROM/]TO"), "Realms."),
    Piece("iif", Text("INTERFACE"), "The link they came by.", also=("dev",)),
    Piece("oif", Text("INTERFACE"), "The link they are to leave by."),
    Piece("suppress_prefixlength", NUMBER, "Prefixes too short to count.", also=("sup_pl",)),
    Piece(
        "suppress_ifgroup",
        NameValue("NUMBER|NAME"),
        "Links that do not count.",
        also=("sup_group",),
    ),
    Piece("uidrange", RangeValue(2**32 - 1, single=False), "The users of the packets."),
    Piece("tunnel-id", NUMBER, "The tunnel."),
    Piece("l3mdev", None, "The table of the packet's VRF."),
    Piece("protocol", NameValue("NUMBER|NAME"), "Who made it."),
    Piece("ipproto", NameValue("NUMBER|NAME"), "The protocol of the packets.", also=("ip_proto",)),
    Piece("sport", RangeValue(65535), "The ports they come from."),
    Piece("dport", RangeValue(65535), "The ports they go to."),
    Piece("goto", NUMBER, "Go on with the rule of that preference."),
    Piece("nop", None, "Do nothing."),
    Piece("blackhole", None, "Drop them."),
    Piece("unreachable", None, "Answer that there is no way."),
    Piece("prohibit", None, "Answer that it is forbidden."),
    Piece("type", NameValue("TYPE"), "The action by its type."),
    Piece("no_track", None, "Its loss means nothing."),
    Piece("track_group", Text("NAME"), "Instances that fail while it is missing."),
)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule: its options by name."""

    options: Options


class RuleLineValue(Value[RuleLine]):
    """`[OPTION [VALUE]]…`, an action among them."""

    shape = "[from NETWORK] [to NETWORK] … table NUMBER|NAME"
    most_words = 999

    def read(self, given: Given) -> RuleLine | Bad:
        """Read the pairs, and see to it that there is an action."""
        options = RULE.read(given.words, 0)
        if isinstance(options, Bad):
            return options
        if all(option(options, each) is None for each in ACTIONS):
            return Bad(f"an action is missing: {', '.join(ACTIONS[:-1])}")
        goto, own = option(options, "goto"), option(options, "preference")
        if isinstance(goto, int) and isinstance(own, int) and goto <= own:
            return Bad(f"goto {goto} does not lead on from preference {own}")
        return RuleLine(options)

    def remark(self, given: Given) -> str | None:
        """Tell of a rule whose place among the others is left to chance."""
        found = self.read(given)
        if isinstance(found, Bad) or option(found.options, "preference") is not None:
            return None
        return "without preference it gets one, from 16384 downwards"

    def write(self, value: RuleLine) -> str:
        """Write the pairs."""
        return RULE.write(value.options)

    @property
    def examples(self) -> tuple[RuleLine, ...]:
        """Give every option alone, with a table where it is no action itself."""
        table = ("table", "100")
        found = []
        for each in RULE.examples[:-1]:
            name = each[0][0]
            pairs = each if name in ACTIONS else _sorted((*each, table))
            found.append(RuleLine(pairs))
        return tuple(found)


def _sorted(options: Options) -> Options:
    order = [each.name for each in RULE.pieces]
    return tuple(sorted(options, key=lambda pair: order.index(pair[0])))
