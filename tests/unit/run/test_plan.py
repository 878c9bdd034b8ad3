"""What a reload would change, told by the machines themselves."""

from __future__ import annotations

from keepalived.config.load import load_text
from keepalived.run.plan import Step, plan

ROUTER = """\
vrrp_instance {name} {{
    interface eth0
    virtual_router_id {number}
    priority {priority}
    virtual_ipaddress {{
        {address}
    }}
}}
"""
SERVICE = """\
virtual_server 10.0.0.1 80 {
    lb_algo wrr
    lb_kind NAT
    protocol TCP
    real_server 10.1.0.2 80 {
        weight 1
        TCP_CHECK {
            connect_timeout 3
        }
    }
    real_server 10.1.0.3 80 {
        weight 1
    }
}
"""


def router(name: str = "A", number: int = 1, priority: int = 100, address: str = "10.0.0.1") -> str:
    """Give the text of an instance."""
    return ROUTER.format(name=name, number=number, priority=priority, address=address)


def planned(old: str, new: str) -> list[tuple[str, str, str]]:
    """Give sign, kind and name of each step."""
    return [(step.sign, step.kind, step.name) for step in _steps(old, new)]


def _steps(old: str, new: str) -> list[Step]:
    return plan(load_text(old).config, load_text(new).config, "host")


def test_the_same_file_changes_nothing() -> None:
    assert planned(router() + SERVICE, router() + SERVICE) == [("=", "instance", "A")]


def test_another_priority_keeps_the_instance_and_says_which() -> None:
    (step,) = _steps(router(), router(priority=150))
    assert (step.sign, step.detail) == ("~", "priority 100 -> 150")


def test_another_number_begins_the_instance_anew() -> None:
    (step,) = _steps(router(), router(number=2))
    assert step.sign == "!" and "virtual_router_id 1 -> 2" in step.detail


def test_addresses_that_come_and_go_are_told() -> None:
    found = planned(router(), router(address="10.0.0.9"))
    assert ("+", "address", "10.0.0.9/32") in found and ("-", "address", "10.0.0.1/32") in found


def test_instances_that_come_and_go_take_their_addresses_along() -> None:
    found = planned(router(), router("B", 2, address="10.0.0.2"))
    assert ("+", "instance", "B") in found and ("-", "instance", "A") in found
    assert ("-", "address", "10.0.0.1/32") in found and ("+", "address", "10.0.0.2/32") in found


def test_an_instance_that_is_renamed_is_kept() -> None:
    assert planned(router(), router("B")) == [("~", "instance", "B")]


def test_servers_are_told_with_what_changes() -> None:
    new = SERVICE.replace("weight 1\n    }", "weight 5\n    }").replace("10.1.0.2", "10.1.0.4")
    steps = {step.name: step for step in _steps(SERVICE, new)}
    assert steps["10.1.0.3:80 of tcp 10.0.0.1:80"].detail == "weight 1, NAT -> weight 5, NAT"
    assert steps["10.1.0.4:80 of tcp 10.0.0.1:80"].sign == "+"
    assert steps["10.1.0.2:80 of tcp 10.0.0.1:80"].sign == "-"


def test_another_scheduler_changes_the_service_and_no_server() -> None:
    (step,) = _steps(SERVICE, SERVICE.replace("wrr", "rr"))
    assert (step.sign, step.kind, step.detail) == ("~", "service", "wrr -> rr")


def test_checks_that_change_are_told() -> None:
    (step,) = _steps(SERVICE, SERVICE.replace("connect_timeout 3", "connect_timeout 4"))
    assert (step.sign, step.kind) == ("~", "checks")


def test_routes_and_rules_that_come_and_go_are_shown() -> None:
    def routed(route: str, rule: str) -> str:
        extra = (
            f"    virtual_routes {{\n{route}\n    }}\n    virtual_rules {{\n{rule}\n    }}\n}}\n"
        )
        return router().removesuffix("}\n") + extra

    old = routed("192.0.2.0/24 via 10.0.0.9 dev eth0", "from 192.0.2.0/24 table 9 preference 50")
    new = routed(
        "192.0.2.0/24 via 10.0.0.8 dev eth0", "from 198.51.100.0/24 prohibit preference 50"
    )
    told = {(step.sign, step.kind, step.name, step.detail) for step in _steps(old, new)}
    assert ("-", "route", "192.0.2.0/24 in table 254", "via 10.0.0.9 on eth0") in told
    assert ("+", "route", "192.0.2.0/24 in table 254", "via 10.0.0.8 on eth0") in told
    assert ("-", "rule", "50: from 192.0.2.0/24", "looks in table 9") in told
    assert ("+", "rule", "50: from 198.51.100.0/24", "prohibit") in told


SESSION = """\
bfd_instance GW {
    neighbor_ip 10.0.0.9
}
"""
FOLLOWS = router().replace("virtual_ip", "track_bfd {\n        GW\n    }\n    virtual_ip")


def test_a_router_that_follows_a_session_is_taken_to_lead_and_to_go_on() -> None:
    steps = planned(SESSION + FOLLOWS, SESSION.replace("10.0.0.9", "10.0.0.8") + FOLLOWS)
    assert steps == [("=", "instance", "A"), ("~", "BFD session", "GW")]
    assert planned(SESSION + FOLLOWS, FOLLOWS) == [
        ("~", "instance", "A"),
        ("-", "BFD session", "GW"),
    ]


def test_a_server_that_follows_a_session_is_in_the_table() -> None:
    check = SERVICE.replace("TCP_CHECK", "BFD_CHECK")
    check = check.replace("connect_timeout 3", "name GW\nalpha")
    assert planned(SESSION + check, SESSION + check.replace("weight 1", "weight 2")) == [
        ("~", "server", "10.1.0.3:80 of tcp 10.0.0.1:80"),
        ("~", "server", "10.1.0.2:80 of tcp 10.0.0.1:80"),
    ]


def test_a_virtual_mac_that_comes_is_shown_with_what_goes_on_it() -> None:
    new = router().replace("interface eth0\n", "interface eth0\n    use_vmac\n")
    told = {(step.sign, step.kind, step.name) for step in _steps(router(), new)}
    assert ("+", "link", "vrrp.1") in told
    assert {("-", "address", "10.0.0.1/32"), ("+", "address", "10.0.0.1/32")} <= told
    assert ("!", "instance", "A") in told, "it leads again once the link is there"
