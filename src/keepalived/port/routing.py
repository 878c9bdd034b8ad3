"""Routes and rules that can be held in the kernel: which way packets take, and by which table.

Rule: frozen values as in `resources`; names of tables and protocols have become numbers before.
"""

from __future__ import annotations

from enum import Enum

from keepalived.annotations import ClassVar
from keepalived.port.rank import Rank
from keepalived.records import dataclass, field
from keepalived.wire.netlink.routes import Route
from keepalived.wire.netlink.rules import Rule


class Placing(Enum):
    """Where a route goes among others to the same destination."""

    ADD = "add"
    PREPEND = "prepend"
    APPEND = "append"


@dataclass(frozen=True, slots=True)
class HeldRoute:
    """A route that we put into a table."""

    rank: ClassVar[Rank] = Rank.ROUTE
    route: Route
    vrf: str = ""
    """The VRF whose table it is; then the route's own does not count."""
    placing: Placing = Placing.PREPEND
    tracked: bool = field(default=True, compare=False)
    """Whether anybody minds when somebody else removes it."""

    @property
    def link(self) -> str:
        """The link that it leaves by; empty where that is not said."""
        return self.route.way.link

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: this way to that destination, in this table with this precedence."""
        it = self.route
        place = (it.family, it.table, self.vrf, it.tos, it.metric, it.destination)
        return (HeldRoute, *place, it.way, it.hops, it.kind, it.origin)


@dataclass(frozen=True, slots=True)
class HeldRule:
    """A rule that we put among those that choose a table."""

    rank: ClassVar[Rank] = Rank.RULE
    rule: Rule
    tracked: bool = field(default=True, compare=False)
    """Whether anybody minds when somebody else removes it."""

    @property
    def key(self) -> tuple[object, ...]:
        """What it is: all of it, for the kernel removes a rule that fits in everything."""
        return (HeldRule, self.rule)
