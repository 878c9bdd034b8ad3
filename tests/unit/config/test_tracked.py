"""What the VRRP process is given to track: weights resolved, groups pushed inward, no strays."""

from __future__ import annotations

from keepalived.config.load import Loaded, load_text
from keepalived.config.views import router_config
from keepalived.core.vrrp.config import RouterConfig, VrrpInstance
from keepalived.lang.option_values import Tracked, Weight

THINGS = (
    "vrrp_script chk {\nscript /bin/true\nweight -7\n}\n"
    "vrrp_script idle {\nscript /bin/true\n}\n"
    "track_file f {\nfile /run/f\n}\n"
    "vrrp_track_process p {\nprocess nginx\nweight 3\n}\n"
)


def made(name: str, number: int, more: str = "") -> str:
    return (
        f"vrrp_instance {name} {{\ninterface eth0\nvirtual_router_id {number}\n{more}\n"
        f"virtual_ipaddress {{\n10.0.0.{number}\n}}\n}}\n"
    )


def grouped(lists: str, words: str = "") -> str:
    return f"vrrp_sync_group G {{\ngroup {{\nA\nB\n}}\n{words}\n{lists}\n}}\n"


def read(text: str) -> tuple[RouterConfig, Loaded]:
    found = load_text(text)
    return router_config(found.config, "here"), found


def one(router: RouterConfig, name: str) -> VrrpInstance:
    return next(each for each in router.instances if each.name == name)


def texts(found: Loaded) -> str:
    return "\n".join(fault.what for fault in found.faults)


def test_an_entry_without_a_weight_has_that_of_what_it_names() -> None:
    lists = "track_script {\nchk\n}\ntrack_file {\nf\n}\ntrack_process {\np weight 0\n}"
    router, _ = read(THINGS + made("A", 1, lists))
    found = one(router, "A")
    assert found.track_script == (Tracked("chk", Weight(-7)),)
    assert found.track_file == (Tracked("f", Weight(1)),)
    assert found.track_process == (Tracked("p", Weight(0)),)


def test_what_nobody_names_is_not_watched() -> None:
    router, _ = read(THINGS + made("A", 1, "track_script {\nchk\n}"))
    assert [each.name for each in router.scripts] == ["chk"]
    assert (router.files, router.processes) == ((), ())


def test_what_a_group_watches_counts_for_each_member_with_its_weight() -> None:
    router, _ = read(THINGS + made("A", 1) + made("B", 2) + grouped("track_script {\nchk\n}"))
    for name in ("A", "B"):
        assert one(router, name).track_script == (Tracked("chk", Weight(-7)),)


def test_members_have_no_weights_of_their_own_unless_the_group_says_so() -> None:
    lists = "track_script {\nchk\n}\ntrack_file {\nf weight 0\n}\ntrack_process {\np\n}"
    text = THINGS + made("A", 1, lists) + made("B", 2)
    router, found = read(text + grouped(""))
    assert one(router, "A").track_script == one(router, "A").track_process == ()
    assert one(router, "A").track_file == (Tracked("f", Weight(0)),)
    assert "chk is left out of track_script" in texts(found)
    router, found = read(text + grouped("", "sync_group_tracking_weight"))
    assert one(router, "A").track_script == (Tracked("chk", Weight(-7)),)
    assert "left out" not in texts(found)


def test_an_owner_has_no_weights() -> None:
    lists = "track_script {\nchk\n}\ntrack_interface {\neth1\neth2 weight 5\n}"
    router, found = read(THINGS + made("A", 1, f"priority 255\n{lists}"))
    assert one(router, "A").track_script == ()
    assert one(router, "A").track_interface == (Tracked("eth1", Weight(0)),)
    assert texts(found).count("the owner of its addresses never changes") == 2


def test_what_group_and_member_both_watch_counts_once() -> None:
    text = THINGS + made("A", 1, "track_script {\nchk weight 0\n}") + made("B", 2)
    router, found = read(text + grouped("track_script {\nchk weight 5\n}"))
    assert one(router, "A").track_script == (Tracked("chk", Weight(5)),)
    assert "its group G watches chk already" in texts(found)


STATICS = (
    "static_ipaddress {\n10.9.0.1/24 dev eth9 track_group T\n}\n"
    "static_routes {\n10.10.0.0/24 via 10.9.0.9 dev eth9 track_group T\n}\n"
    "static_rules {\nfrom 10.9.0.0/24 table 9\nto 10.9.1.0/24 table 9 track_group T\n}\n"
)


def test_static_things_say_which_instances_need_them() -> None:
    group = "track_group T {\ngroup {\nA\n}\n}\n"
    router, _ = read(group + STATICS + made("A", 1) + made("B", 2))
    held = {each.key for each in router.statics}
    assert [each.text for each in router.needed] == [
        "address 10.9.0.1 on eth9",
        "route to 10.10.0.0/24",
        "rule 2",
    ]
    assert {each.instances for each in router.needed} == {("A",)}
    assert all(each.key in held for each in router.needed)


def test_a_track_group_that_is_not_there_or_empty_is_an_error() -> None:
    router, found = read("track_group T {\ngroup {\n}\n}\n" + STATICS + made("A", 1))
    assert router.needed == ()
    assert "track_group T has no members" in texts(found)
    assert texts(found).count("there is no track_group T") == 3
