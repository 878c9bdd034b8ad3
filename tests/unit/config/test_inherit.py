"""What blocks take over from those around them."""

from __future__ import annotations

from ipaddress import IPv4Address

from keepalived.config.load import Loaded, load_text
from keepalived.config.views import director_config, router_config
from keepalived.core.checks.checker import Program
from keepalived.core.checks.http import HttpGet
from keepalived.core.lvs.config import VirtualServer
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.garp import pace_of

INSTANCE = (
    "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\n%s\n"
    "virtual_ipaddress {\n10.0.0.1\n}\n}\n"
)
SERVICE = (
    "virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\n%s\n"
    "real_server 10.0.0.2 80 {\n%s\n}\n}\n"
)


def loaded(text: str) -> Loaded:
    found = load_text(text)
    assert [fault for fault in found.faults if fault.status] == []
    return found


def instance(settings: str, own: str = "") -> VrrpInstance:
    config = loaded(f"global_defs {{\n{settings}\n}}\n" + INSTANCE % own).config
    (made,) = router_config(config, "here").instances
    return made


def service(words: str, server: str) -> VirtualServer:
    (made,) = director_config(loaded(SERVICE % (words, server)).config, "here").services
    return made


def test_an_instance_takes_over_the_announcements_of_the_globals() -> None:
    pace = pace_of(
        instance(
            "vrrp_garp_master_repeat 2\nvrrp_garp_master_delay 0\nvrrp_garp_master_refresh 60\n"
            "vrrp_garp_master_refresh_repeat 3\nvrrp_garp_lower_prio_repeat 0",
            "garp_master_refresh_repeat 4",
        )
    )
    assert (pace.rounds, pace.delay_us, pace.refresh_us) == (2, 0, 60_000_000)
    assert pace.refresh_rounds == 4, "its own word goes before"
    assert pace.lower_rounds == 0


def test_few_announcements_are_one_unless_a_number_is_given() -> None:
    pace = pace_of(instance("vrrp_min_garp"))
    assert (pace.rounds, pace.delay_us, pace.lower_rounds) == (1, 0, 1)
    assert pace_of(instance("vrrp_min_garp\nvrrp_garp_master_repeat 3")).rounds == 3
    assert pace_of(instance("vrrp_min_garp", "garp_master_repeat 4")).rounds == 4


def test_mail_of_routers_follows_the_nearest_word() -> None:
    assert instance("").smtp_alert is None
    assert instance("smtp_alert").smtp_alert is True
    assert instance("smtp_alert\nsmtp_alert_vrrp off").smtp_alert is False
    assert instance("smtp_alert_vrrp off", "smtp_alert on").smtp_alert is True


def test_a_group_takes_over_the_mail_of_the_globals() -> None:
    text = "global_defs {\nsmtp_alert\n}\n" + INSTANCE % "" + INSTANCE.replace("A", "B") % ""
    text = text.replace("virtual_router_id 1", "virtual_router_id 2", 1)
    config = loaded(text + "vrrp_sync_group G {\ngroup {\nA\nB\n}\n}\n").config
    assert router_config(config, "here").groups[0].smtp_alert is True


def test_checks_borrow_from_their_server_and_it_from_its_service() -> None:
    words = "delay_loop 7\nconnect_timeout 2\nretry 4\nwarmup 0\nvirtualhost outer"
    check = "HTTP_GET {\nurl {\npath /\n}\n}\nTCP_CHECK {\nretry 0\n}"
    made = service(words, f"delay_before_retry 9\ndelay_loop 3\nvirtualhost inner\n{check}")
    (server,) = made.servers
    web, plain = (each.terms(server.at.address, 80, made) for each in server.checks)
    assert (web.timeout_us, web.retry, web.retry_delay_us) == (2_000_000, 4, 9_000_000)
    assert (web.loop_us, web.warmup_us, web.virtualhost) == (3_000_000, 0, "outer")
    page = server.checks[0]
    assert isinstance(page, HttpGet)
    assert page.virtualhost == "inner"
    assert plain.retry == 0, "its own word goes before"


def test_nothing_lent_leaves_a_service_as_it_is() -> None:
    config = loaded(SERVICE % ("delay_loop 7", "TCP_CHECK {\n}")).config
    assert director_config(config, "here").services[0] is config.services[0]


def test_a_check_asks_the_address_that_it_names() -> None:
    made = service("", "TCP_CHECK {\nconnect_ip 10.9.9.9\nwarmup 3\ndelay_loop 2\n}")
    (server,) = made.servers
    terms = server.checks[0].terms(server.at.address, 80, made)
    assert terms.address == IPv4Address("10.9.9.9")
    assert (terms.warmup_us, terms.loop_us) == (3_000_000, 2_000_000)


def test_a_program_runs_as_the_user_of_its_check() -> None:
    made = service("", 'MISC_CHECK {\nmisc_path "/bin/true a"\nuser joe staff\n}')
    (server,) = made.servers
    check = server.checks[0]
    probe = check.checker(check.terms(server.at.address, 80, made)).probe()
    assert isinstance(probe, Program)
    command = probe.command
    assert (command.argv, command.user, command.group) == (("/bin/true", "a"), "joe", "staff")
