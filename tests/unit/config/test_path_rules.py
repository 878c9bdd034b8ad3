"""Names in routes and rules that the host does not know are faults of the lines they stand on."""

from __future__ import annotations

from keepalived.config.host import Host
from keepalived.config.load import load_text
from keepalived.port.facts import Link
from keepalived.port.names import Names

TEXT = """vrrp_instance A {
interface eth0
virtual_router_id 1
virtual_ipaddress { 10.0.0.1
}
virtual_routes {
10.60.0.0/16 dev eth0 table site
10.61.0.0/16 dev eth0 table nowhere
}
virtual_rules {
from 10.0.0.0/8 table 5 preference 7 suppress_ifgroup nobody
}
}
"""


def test_what_the_tables_of_iproute2_do_not_have_is_named_with_its_line() -> None:
    asked: list[tuple[str, str]] = []

    def names(usr: str, etc: str) -> Names:
        asked.append((usr, etc))
        return Names(tables={"site": 77})

    host = Host((Link(2, "eth0", bytes(6)),), names=names)
    faults = [fault for fault in load_text(TEXT, host=host).faults if fault.status]
    assert [(fault.place.line, fault.status) for fault in faults] == [(8, 5), (11, 5)]
    assert "no table 'nowhere'" in faults[0].what and "no group of links" in faults[1].what
    assert asked == [("", "")]


def test_without_routes_and_rules_nobody_asks_for_names() -> None:
    def names(usr: str, etc: str) -> Names:
        raise AssertionError("nobody needs them")

    text = TEXT[: TEXT.index("virtual_routes")] + "}\n"
    host = Host((Link(2, "eth0", bytes(6)),), names=names)
    assert not [fault for fault in load_text(text, host=host).faults if fault.status]
