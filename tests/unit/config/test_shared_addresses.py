"""An address that is given twice is told of, at the line that could go."""

from __future__ import annotations

from keepalived.config.load import load_text

ROUTER = (
    "vrrp_instance {name} {{\ninterface {link}\nvirtual_router_id {number}\n"
    "virtual_ipaddress {{\n{addresses}\n}}\n}}\n"
)


def router(name: str, number: int, addresses: str, link: str = "eth0") -> str:
    """Write an instance."""
    return ROUTER.format(name=name, number=number, addresses=addresses, link=link)


def told(text: str) -> list[tuple[int, str]]:
    """Give lines and texts of what is said about it."""
    return [(fault.place.line, fault.what) for fault in load_text(text).faults]


def test_an_address_given_twice_in_one_instance_is_told_of_where_it_stands_again() -> None:
    assert told(router("A", 1, "10.0.0.1/24\n10.0.0.2\n10.0.0.1/32")) == [
        (7, "A: 10.0.0.1 is given twice")
    ]


def test_an_address_of_two_instances_is_told_of_at_the_second() -> None:
    found = told(router("A", 1, "10.0.0.9\n10.0.0.1/24") + router("B", 2, "10.0.0.1"))
    assert [line for line, _ in found] == [13]
    assert found[0][1].startswith("B: 10.0.0.1 is A's already")


def test_one_address_on_two_links_is_nobodys_mistake() -> None:
    assert told(router("A", 1, "10.0.0.1") + router("B", 2, "10.0.0.1", "eth1")) == []
    assert told(router("A", 1, "10.0.0.1") + router("B", 2, "10.0.0.1 dev eth1")) == []
