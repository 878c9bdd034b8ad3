"""What a file says of the host itself: static addresses, routes and rules, and links to poll.

Rule: values only; their rows stand in `root`.
"""

from __future__ import annotations

from keepalived.lang.values import Seconds, only_word
from keepalived.lang.words import Bad, Given, Value
from keepalived.records import dataclass

SECONDS = Seconds(0, 255_000_000)


@dataclass(frozen=True, slots=True)
class PolledLink:
    """A link whose carrier is asked for again and again."""

    name: str
    way: str = ""
    """MII, ETHTOOL or IOCTL; empty for the first that works."""


class PolledLinkValue(Value[PolledLink]):
    """`INTERFACE [MII|ETHTOOL|IOCTL]`."""

    shape = "INTERFACE [MII|ETHTOOL|IOCTL]"
    most_words = 2

    def read(self, given: Given) -> PolledLink | Bad:
        """Read both."""
        name = only_word(given)
        if isinstance(name, Bad):
            return name
        way = given.words[1] if given.words[1:2] else ""
        if way not in ("", "MII", "ETHTOOL", "IOCTL"):
            return Bad(f"'{way}' is none of MII, ETHTOOL, IOCTL", 1)
        return PolledLink(name, way)

    def write(self, value: PolledLink) -> str:
        """Write both."""
        return f"{value.name} {value.way}".rstrip()

    @property
    def examples(self) -> tuple[PolledLink, ...]:
        """Give one with and one without a way."""
        return (PolledLink("eth0"), PolledLink("eth1", "ETHTOOL"))


@dataclass(frozen=True, slots=True)
class LinkDelays:
    """How long a link must stay down, or up, before anybody hears of it."""

    name: str
    down_us: int
    up_us: int


class LinkDelaysValue(Value[LinkDelays]):
    """`INTERFACE DOWN [UP]`; without UP it is as DOWN."""

    shape = f"INTERFACE {SECONDS.shape} [{SECONDS.shape}]"
    most_words = 3

    def read(self, given: Given) -> LinkDelays | Bad:
        """Read the link and its delays."""
        name = only_word(given)
        if isinstance(name, Bad):
            return name
        down = SECONDS.read(Given(given.words[1:2]))
        up = SECONDS.read(Given(given.words[2:3])) if given.words[2:3] else down
        for at, each in enumerate((down, up), 1):
            if isinstance(each, Bad):
                return Bad(each.why, min(at, len(given.words) - 1))
        assert isinstance(down, int)
        assert isinstance(up, int)
        return LinkDelays(name, down, up)

    def write(self, value: LinkDelays) -> str:
        """Write all three."""
        return f"{value.name} {SECONDS.write(value.down_us)} {SECONDS.write(value.up_us)}"

    @property
    def examples(self) -> tuple[LinkDelays, ...]:
        """Give edges."""
        return (LinkDelays("eth0", 0, 255_000_000), LinkDelays("eth1", 500_000, 500_000))
