"""Two directors' files beside one another: what would break the pair is found and placed."""

from __future__ import annotations

import pytest

from keepalived.config.load import load_text
from keepalived.config.pair_rules import pair_faults
from keepalived.lang.fault import Fault, Severity

A = """\
global_defs {
    router_id one
}
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority 150
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass secret
    }
    virtual_ipaddress {
        10.0.0.1
        10.0.0.2
    }
}
"""
B = A.replace("router_id one", "router_id two").replace("priority 150", "priority 100")
UNICAST = "unicast_src_ip {0}\n    unicast_peer {{\n        {1}\n    }}\n    virtual_ipaddress {{"


def between(a: str, b: str) -> list[Fault]:
    """Give what is found between two files."""
    files = [(name, load_text(text, name).config) for name, text in (("a", a), ("b", b))]
    return list(pair_faults(files))


def errors(a: str, b: str) -> list[str]:
    """Give the errors' texts."""
    return [each.what for each in between(a, b) if each.severity is not Severity.REMARK]


def test_files_that_fit_bring_nothing() -> None:
    assert between(A, B) == []


@pytest.mark.parametrize(
    ("was", "comes", "said"),
    [
        ("virtual_router_id 51", "virtual_router_id 52", "virtual_router_id is 51 here and 52"),
        ("advert_int 1", "advert_int 2", "advert_int is 1 s here and 2 s"),
        ("secret", "other", "with one password here and with another"),
        ("10.0.0.2", "10.0.0.3", "only here 10.0.0.2; only there 10.0.0.3"),
        ("priority 100", "priority 150", "priority is 150 here"),
    ],
)
def test_what_must_agree_is_compared(was: str, comes: str, said: str) -> None:
    found = errors(A, B.replace(was, comes))
    assert len(found) == 1 and said in found[0]
    assert found[0].startswith("VI_1: ") and "at b:4" in found[0]


def test_two_versions_are_told() -> None:
    found = errors(A, B.replace("advert_int 1", "version 3"))
    assert "VI_1: version is 2 here and 3 at b:4" in found


def test_a_password_is_never_shown() -> None:
    assert "secret" not in "".join(errors(A, B.replace("secret", "other")))


def test_two_masters_are_told() -> None:
    found = errors(A.replace("BACKUP", "MASTER"), B.replace("BACKUP", "MASTER"))
    assert found == ["VI_1: state is MASTER here and at b:4"]


def test_a_master_below_its_backup_is_a_remark() -> None:
    found = between(A, B.replace("BACKUP", "MASTER"))
    assert [each.severity for each in found] == [Severity.REMARK]
    assert "below that" in found[0].what


def unicast(text: str, source: str, peer: str) -> str:
    """Give a file whose adverts go from one address to one other."""
    return text.replace("virtual_ipaddress {", UNICAST.format(source, peer))


def test_unicast_lists_that_do_not_name_each_other_are_told() -> None:
    one = unicast(A, "10.0.0.11", "10.0.0.12")
    assert between(one, unicast(B, "10.0.0.12", "10.0.0.11")) == []
    assert errors(one, unicast(B, "10.0.0.13", "10.0.0.11")) == [
        "VI_1: unicast_peer does not name 10.0.0.13, the source of the adverts at b:4"
    ]
    assert errors(one, B) == ["VI_1: adverts go by unicast here and by multicast at b:4"]


def test_one_number_for_two_routers_of_a_link_is_told() -> None:
    other = B.replace("VI_1", "VI_9").replace("10.0.0.1\n", "10.0.1.1\n")
    found = errors(A, other.replace("10.0.0.2", "10.0.1.2"))
    assert found == [
        "VI_1: virtual_router_id 51 on eth0 is used by another instance too: at b:4 (VI_9)"
    ]


def test_instances_are_matched_by_number_when_their_names_differ() -> None:
    found = errors(A, B.replace("VI_1", "VI_9").replace("advert_int 1", "advert_int 2"))
    assert found == ["VI_1: advert_int is 1 s here and 2 s at b:4 (VI_9)"]


def test_what_stands_in_one_file_only_is_a_remark() -> None:
    more = A + "vrrp_instance VI_2 {\n interface eth1\n virtual_router_id 7\n"
    more += " virtual_ipaddress {\n 10.9.9.9\n }\n}\n"
    found = between(more, B)
    assert [each.what for each in found] == ["VI_2: b has no such instance"]
    assert found[0].severity is Severity.REMARK


def test_groups_whose_members_differ_are_told() -> None:
    second = A[A.index("vrrp_instance") :].replace("VI_1", "VI_2").replace("51", "52")
    group = "vrrp_sync_group G {\n group {\n VI_1\n VI_2\n }\n}\n"
    a, b = A + second + group, B + second + group.replace(" VI_2\n", "")
    assert any("G: the members differ" in each for each in errors(a, b))


def test_one_router_id_for_two_directors_is_a_remark() -> None:
    found = between(A, B.replace("router_id two", "router_id one"))
    assert ["router_id is one" in each.what for each in found] == [True]


def test_three_files_are_compared_pair_by_pair() -> None:
    c = B.replace("router_id two", "router_id three").replace("priority 100", "priority 50")
    texts = {"a": A, "b": B, "c": c}
    files = [(name, load_text(text, name).config) for name, text in texts.items()]
    assert pair_faults(files) == ()
    files[2] = ("c", load_text(c.replace("advert_int 1", "advert_int 3"), "c").config)
    assert len(pair_faults(files)) == 2


def test_a_finding_names_the_line_of_the_word_in_both_files() -> None:
    texts = {
        "a": "vrrp_instance V {\n interface eth0\n virtual_router_id 1\n priority 100\n"
        " advert_int 2 # two\n virtual_ipaddress {\n  10.0.0.1\n }\n}\n",
        "b": "vrrp_instance V {\n interface eth0\n priority 90\n virtual_router_id 1\n"
        " virtual_ipaddress {\n  10.0.0.1\n }\n}\nvrrp_instance W {\n advert_int 9\n}\n",
    }
    files = [(name, load_text(text, name).config) for name, text in texts.items()]
    found = pair_faults(files, lambda name: texts[name].split("\n"))
    (fault,) = [each for each in found if "advert_int" in each.what]
    assert (fault.place.line, fault.place.column) == (5, 2)
    # The other one says nothing of it: its block is named, not that of another instance.
    assert "b:1" in fault.what
