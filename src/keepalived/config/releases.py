"""The language as a release of keepalived speaks it: which words it knows, and how it reads braces.

Rule: what a row's release says decides; here stands only what no row can say.
"""

from __future__ import annotations

from collections.abc import Iterator

from keepalived.config.host import Host
from keepalived.config.root import Config
from keepalived.lang.binder import Bound, Dialect, Vocabulary, bind
from keepalived.lang.fault import Fault, Severity, error
from keepalived.lang.flat import flatten
from keepalived.lang.lexer import Line
from keepalived.lang.words import Row
from keepalived.records import replace

RELEASES = ("2.2.7", "2.4.3")
"""Those that rows tell apart; one in between knows what was brought up to it."""
FORGOTTEN = frozenset(("lvs_id", "smtp_connection_timeout", "vrrp_ipsets", "nat_mask"))
"""Words that keepalived does not know: the guide's, and one that distributions build without."""
SILENT = frozenset(("vrrp_track_file", "enable_snmp_keepalived"))
"""Older spellings that 2.2.7 takes without a word."""
NEVER_ZERO = frozenset(("vrrp_garp_interval", "vrrp_gna_interval"))
"""Words that may be 0 today, when it means that there is no gap."""
WHOLE = frozenset(("vrrp_garp_master_delay", "vrrp_garp_master_refresh", "smtp_connect_timeout"))
"""Words whose seconds may have decimals today."""
COMPLAINED = {"vrrp_iptables": "iptables is not built in; nftables is used in its place"}
"""Words of global_defs that 2.2.7 takes, as distributions build it, with a complaint."""
_CHECKER = frozenset(("virtual_server", "virtual_server_group", "SSL"))
_VRRP = frozenset(
    (
        "vrrp_instance",
        "vrrp_sync_group",
        "vrrp_script",
        "vrrp_track_process",
        "garp_group",
        "track_group",
        "static_ipaddress",
        "static_routes",
        "static_rules",
        "linkbeat_interfaces",
        "interface_up_down_delays",
    )
)


def number(release: str) -> tuple[int, ...]:
    """Give a release as numbers that compare; "post" is after them all."""
    if release == "post":
        return (99,)
    return tuple(int(each) for each in release.split("."))


def known(release: str) -> bool:
    """Say whether it is a release that rows can speak for."""
    parts = release.split(".")
    return len(parts) == 3 and all(part.isdecimal() for part in parts)


def dialect(release: str) -> Dialect:
    """Give what becomes of a row in the language of a release."""
    asked = number(release)

    def spoken(row: Row) -> Row | None:
        if row.ours or row.name in FORGOTTEN or (row.since and number(row.since) > asked):
            return None
        if row.until and number(row.until) < asked:
            return None
        taken = [each for each in row.aliases if each not in FORGOTTEN]
        return replace(
            row,
            aliases=tuple(each for each in taken if each not in SILENT),
            also=(*row.also, *(each for each in taken if each in SILENT)),
        )

    return spoken


def read_as(release: str, lines: list[Line], host: Host | None) -> Bound:
    """Bind a file as the processes of a release do: each reads it, and skips what is another's.

    Where the network namespace that the file names is not on the host, only the parent reads it.
    """
    vocabulary = Vocabulary(Config, dialect(release))
    faults: dict[tuple[str, int, str], Fault] = {}
    places: dict[int, Line] = {}
    ends: dict[int, Line] = {}
    views: list[Config] = []
    for skipped in (_CHECKER | _VRRP, _VRRP, _CHECKER):
        tree, misplaced, closed = flatten(lines, vocabulary, skipped)
        ends.update(closed)
        bound = bind(tree, vocabulary)
        places.update(bound.lines)
        views.append(bound.made)
        for fault in (*misplaced, *bound.faults, *_complained(tree)):
            faults.setdefault((fault.place.file, fault.place.line, fault.what), fault)
        if _elsewhere(bound.made, host):
            return Bound(bound.made, list(faults.values()), places, ends)
    _, checker, vrrp = views
    changes = {
        row.field: getattr(checker, row.field)
        for row in vocabulary.root.block.rows
        if _CHECKER & set(row.name.split("|"))
    }
    return Bound(replace(vrrp, **changes), list(faults.values()), places, ends)


def _elsewhere(made: Config, host: Host | None) -> bool:
    """Say whether a file wants a network namespace that is not there."""
    if not made.net_namespace or host is None or host.namespace is None:
        return False
    return not host.namespace(made.net_namespace)


def _complained(tree: list[Line]) -> Iterator[Fault]:
    """Tell of what 2.2.7 takes ill in global_defs, though the rows have nothing against it."""
    firewall = ""
    for block in tree:
        for line in (block.body or ()) if block.words[0] == "global_defs" else ():
            word = line.words[0]
            if word in COMPLAINED:
                what = f"{word}: {COMPLAINED[word]}"
                yield error(line.place(), what, "write nftables", line.text)
            if word == "nftables" and firewall:
                what = f"nftables is given already, by {firewall}; the first one counts"
                yield error(line.place(), what, "remove one", line.text)
            if word in WHOLE and "." in " ".join(line.words[1:2]):
                what = f"{word} must be whole seconds in this release"
                yield error(line.place(1), what, "write them without a point", line.text)
            if line.words[1:2] == ("0",) and word in NEVER_ZERO:
                what = f"{word} must be more than 0 in this release"
                yield error(line.place(1), what, "leave the word out", line.text)
            firewall = word if word in ("nftables", *COMPLAINED) else firewall


def complained(faults: list[Fault], of_includes: list[Fault]) -> list[Fault]:
    """Give what a release says: our own remarks are left out, but it tells of empty includes."""
    told = [replace(each, severity=Severity.ERROR) for each in of_includes if not each.status]
    return [*told, *(each for each in faults if each.severity is not Severity.REMARK)]
