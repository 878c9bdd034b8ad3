"""From text to each process's share."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from keepalived.config.host import Host
from keepalived.config.load import Unreadable, child_text, exit_class, load, load_text
from keepalived.config.views import director_config, mail_config, router_config
from keepalived.core.checks.http import HttpGet
from keepalived.core.checks.tcp import TcpCheck
from keepalived.core.vrrp.auth import auth_type
from keepalived.lang.fault import Severity
from keepalived.port.facts import Link
from keepalived.wire.vrrp import AuthType

VI = "virtual_router_id 51\nvirtual_ipaddress {\n10.0.0.1\n}\n"


def service(words: str, server: str = "real_server 10.1.0.1 80 {\n}") -> str:
    """Give a service's text."""
    return f"virtual_server 10.0.0.1 80 {{\nprotocol TCP\nlb_algo rr\n{words}\n{server}\n}}\n"


def test_the_guides_case_xi_is_what_it_says(shared: Path) -> None:
    config = load_text((shared / "seed/case-xi-mixed-director1.conf").read_text()).config
    assert config.globals is not None and config.globals.router_id == "LVS_MAIN"
    assert [(i.name, i.priority, i.virtual_router_id) for i in config.instances] == [
        ("VI_1", 150, 51),
        ("VI_2", 150, 52),
        ("VI_3", 100, 53),
        ("VI_4", 100, 54),
    ]
    assert [group.members for group in config.sync_groups] == [("VI_1", "VI_2"), ("VI_3", "VI_4")]
    assert {i.authentication.auth_pass for i in config.instances if i.authentication} == {"k@l"}
    web, tls = config.services
    assert (web.lb_algo, web.persistence_timeout_s, web.delay_loop_us) == ("wrr", 50, 30_000_000)
    check = web.servers[0].checks[0]
    assert isinstance(check, HttpGet) and check.retry == 3 and len(check.urls) == 2
    assert isinstance(tls.servers[1].checks[0], TcpCheck)


def test_the_cut_of_the_guides_password_is_named(shared: Path) -> None:
    loaded = load_text((shared / "seed/case-xi-mixed-director1.conf").read_text())
    said = [fault.what for fault in loaded.faults if fault.place.line == 33]
    assert said == ["'!' starts a comment: 'k@l' counts, '!ve1' is cut off"]


def test_a_master_of_no_priority_is_the_owner() -> None:
    text = "vrrp_instance A {\ninterface eth0\n%s" + VI + "}\n"
    for words, priority in (
        ("", 100),
        ("state MASTER\n", 255),
        ("state MASTER\npriority 100\n", 100),
        ("state BACKUP\n", 100),
    ):
        (instance,) = load_text(text % words).config.instances
        assert instance.priority == priority
        again = load_text(child_text(load_text(text % words).config, "vrrp"))
        assert again.config.instances == (instance,)


@pytest.mark.parametrize(
    ("given", "seconds"), [("0.3", 1), ("1.4", 1), ("1.5", 2), ("255", 255), ("254.9", 255)]
)
def test_intervals_of_version_2_are_whole_seconds(given: str, seconds: int) -> None:
    text = f"vrrp_instance A {{\ninterface eth0\nadvert_int {given}\n{VI}}}"
    loaded = load_text(text)
    assert loaded.config.instances[0].advert_int_us == seconds * 1_000_000
    assert exit_class(loaded.faults) == (0 if given == "255" else 5)


def test_ports_of_dr_are_the_services_and_checks_keep_theirs() -> None:
    check = "real_server 10.1.0.1 81 {\nTCP_CHECK {\n}\n}"
    (made,) = load_text(service("lb_kind DR", check)).config.services
    assert made.servers[0].at.port == 80
    tcp = made.servers[0].checks[0]
    assert isinstance(tcp, TcpCheck) and tcp.connect_port == 81
    (nat,) = load_text(service("lb_kind NAT", check)).config.services
    assert nat.servers[0].at.port == 81
    (bare,) = load_text(service("lb_kind NAT", "real_server 10.1.0.1 {\n}")).config.services
    assert bare.servers[0].at.port == 80


def test_granularity_brings_persistence_and_a_bare_word_means_360() -> None:
    (by_mask,) = load_text(
        service("lb_kind NAT\npersistence_granularity 255.255.255.0")
    ).config.services
    assert (by_mask.persistence_granularity, by_mask.persistence_timeout_s) == (24, 360)
    (bare,) = load_text(service("lb_kind NAT\npersistence_timeout")).config.services
    assert bare.persistence_timeout_s == 360


def test_each_process_has_its_share() -> None:
    text = (
        "global_defs {\nrouter_id LB\nsmtp_server mail 2525\nsmtp_connect_timeout 7\n"
        "notification_email {\na@b\n}\n}\n"
        f"vrrp_instance A {{\ninterface eth0\n{VI}}}\n" + service("lb_kind NAT")
    )
    config = load_text(text).config
    router, director = router_config(config, "host"), director_config(config, "host")
    assert (router.router_id, [i.name for i in router.instances], router.mail) == (
        "LB",
        ["A"],
        True,
    )
    assert (director.router_id, len(director.services), director.mail) == ("LB", 1, True)
    mail = mail_config(config, "host")
    assert mail is not None
    assert (mail.server, mail.port, mail.timeout_us) == ("mail", 2525, 7_000_000)
    assert (mail.sender, mail.recipients, mail.router_id) == ("root@host", ("a@b",), "LB")
    assert load_text(child_text(config, "vrrp")).config.services == ()
    assert load_text(child_text(config, "checker")).config.instances == ()


def test_without_names_the_host_is_named_and_there_is_no_mail() -> None:
    config = load_text("").config
    assert router_config(config, "host").router_id == "host"
    assert mail_config(config, "host") is None
    assert not director_config(load_text("global_defs {\nsmtp_server h\n}").config, "h").mail


def test_the_guides_four_instances_with_ah_are_run(shared: Path) -> None:
    config = load_text((shared / "seed/case-x-failover-director1.conf").read_text()).config
    assert len(config.instances) == 4
    router = router_config(config, "host")
    assert [auth_type(each) for each in router.instances] == [AuthType.AH] * 4
    assert len(router.groups) == 2


def test_a_link_that_is_not_there_is_fatal() -> None:
    text = f"vrrp_instance A {{\ninterface eth9\n{VI}}}"
    (fault,) = load_text(text, host=Host([Link(1, "lo"), Link(2, "eth0")])).faults
    assert fault.severity is Severity.FATAL and fault.place.line == 2
    assert "eth9" in fault.what and "eth0" in fault.remedy
    assert load_text(text, host=Host([Link(1, "eth9")])).faults == ()


def test_scripts_that_would_run_make_a_test_exit_with_6() -> None:
    text = f"vrrp_instance A {{\ninterface eth0\nnotify_fault /x\n{VI}}}"
    links = [Link(1, "eth0")]
    loaded = load_text(text, host=Host(links, lambda path: path == "/x"))
    assert exit_class(loaded.faults) == 6
    assert loaded.worst is Severity.REMARK, "they run: a reload that brings the first one is fit"
    assert load_text(text, host=Host(links, lambda path: False)).faults == ()
    secure = f"global_defs {{\nenable_script_security\nscript_user root\n}}\n{text}"
    assert load_text(secure, host=Host(links, lambda path: True)).worst is not Severity.ERROR


def test_files_are_fetched_by_a_function_and_the_main_one_must_be_there() -> None:
    there = {"/a.conf": "include b.conf\n", "/b.conf": "global_defs {\nrouter_id B\n}"}
    loaded = load("/a.conf", lambda name: ((name, there[name]),) if name in there else ())
    assert loaded.config.globals is not None and loaded.config.globals.router_id == "B"
    assert loaded.sources == ("/a.conf", "/b.conf") and loaded.worst is None
    lost = load("/c.conf", lambda name: Unreadable("no permission"))
    assert lost.sources == () and lost.worst is Severity.FATAL
    assert exit_class(lost.faults) == 4


def test_loading_leaves_garbage_collection_as_it_was() -> None:
    assert gc.isenabled()
    load_text("global_defs {\n")
    assert gc.isenabled()
