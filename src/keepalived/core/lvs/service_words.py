"""The words of a virtual server beside its pool: quorum, checks, flags, who is told.

Rule: rows only.
"""

from __future__ import annotations

from keepalived.core.checks.terms import DAY_US
from keepalived.core.lvs.lines import MethodValue
from keepalived.core.notify.config import Script
from keepalived.lang.option_values import LONGEST_US, NUMBER_MOST, Flag
from keepalived.lang.values import Choice, Command, Int, Seconds, Switch, Text
from keepalived.lang.words import keyword, rows

DELAY = Seconds(0, DAY_US)
RETRY = Int(1, NUMBER_MOST)


@rows
class LentWords:
    """What a service lends its servers, and a server its checks."""

    connect_timeout_us: int | None = keyword(
        "connect_timeout",
        Seconds(1, LONGEST_US),
        default=None,
        doc="Time for connecting; what the checks do not say themselves.",
    )
    retry: int | None = keyword(
        "retry",
        RETRY,
        default=None,
        doc="More tries; what the checks do not say themselves.",
    )
    delay_before_retry_us: int | None = keyword(
        "delay_before_retry",
        DELAY,
        default=None,
        doc="Time before such a try; what the checks do not say themselves.",
    )
    warmup_us: int | None = keyword(
        "warmup",
        DELAY,
        default=None,
        doc="The first check comes within this time; by default within the delay_loop.",
    )
    snmp_name: str = keyword(
        "snmp_name",
        Text("NAME"),
        default="",
        awaits="operations",
        doc="Its SNMP name.",
    )


@rows
class ServiceWords(LentWords):
    """The words that most services do without."""

    flag_1: bool = keyword(
        "flag-1", Flag(), default=False, awaits="lvs", doc="The scheduler's first flag."
    )
    flag_2: bool = keyword(
        "flag-2", Flag(), default=False, awaits="lvs", doc="The scheduler's second flag."
    )
    flag_3: bool = keyword(
        "flag-3", Flag(), default=False, awaits="lvs", doc="The scheduler's third flag."
    )
    sh_port: bool = keyword(
        "sh-port", Flag(), default=False, awaits="lvs", doc="Scheduler sh looks at the port, too."
    )
    sh_fallback: bool = keyword(
        "sh-fallback",
        Flag(),
        default=False,
        awaits="lvs",
        doc="Scheduler sh takes another server where one is not fit.",
    )
    mh_port: bool = keyword(
        "mh-port", Flag(), default=False, awaits="lvs", doc="Scheduler mh looks at the port, too."
    )
    mh_fallback: bool = keyword(
        "mh-fallback",
        Flag(),
        default=False,
        awaits="lvs",
        doc="Scheduler mh takes another server where one is not fit.",
    )
    hashed: bool = keyword(
        "hashed", Flag(), default=False, retired="nothing: sh always is", doc="Nothing."
    )
    ops: bool = keyword(
        "ops", Flag(), default=False, awaits="lvs", doc="Every packet is scheduled by itself; UDP."
    )
    persistence_engine: str = keyword(
        "persistence_engine",
        Text("NAME"),
        default="",
        awaits="lvs",
        doc="What tells clients apart; there is sip.",
    )
    ip_family: str = keyword(
        "ip_family",
        Choice("inet", "inet6"),
        default="",
        awaits="lvs",
        doc="The family of a service by mark whose servers are all behind tunnels.",
    )
    ha_suspend: bool = keyword(
        "ha_suspend",
        Flag(),
        default=False,
        awaits="lvs",
        doc="Check only while the service's address is on this host.",
    )
    alpha: bool = keyword("alpha", Flag(), default=False, doc="Servers are down until they pass.")
    omega: bool = keyword(
        "omega", Flag(), default=False, awaits="lvs", doc="At the end, tell as if all went down."
    )
    quorum: int = keyword(
        "quorum",
        Int(1, NUMBER_MOST),
        default=1,
        awaits="lvs",
        doc="The weight that must be there for the service to be up.",
    )
    hysteresis: int = keyword(
        "hysteresis",
        Int(0, NUMBER_MOST),
        default=0,
        awaits="lvs",
        doc="By how much the weight must pass the quorum, in either direction.",
    )
    quorum_up: Command | None = keyword(
        "quorum_up", Script(), default=None, once=True, awaits="lvs", doc="Run when it is gained."
    )
    quorum_down: Command | None = keyword(
        "quorum_down", Script(), default=None, once=True, awaits="lvs", doc="Run when it is lost."
    )
    weight: int = keyword(
        "weight",
        Int(1, NUMBER_MOST),
        default=1,
        doc="The weight of servers that have none.",
    )
    smtp_alert: bool | None = keyword(
        "smtp_alert", Switch(), default=None, awaits="lvs", doc="Mail when the quorum changes."
    )
    inhibit_on_failure: bool = keyword(
        "inhibit_on_failure",
        Flag(),
        default=False,
        awaits="lvs",
        doc="A server that failed stays, with weight 0.",
    )
    sorry_server_inhibit: bool = keyword(
        "sorry_server_inhibit",
        Flag(),
        default=False,
        awaits="lvs",
        doc="The sorry server stays when it is not needed, with weight 0.",
    )
    sorry_server_lvs_method: str = keyword(
        "sorry_server_lvs_method",
        MethodValue(),
        default="",
        awaits="lvs",
        doc="How packets reach the sorry server; by default as they reach the others.",
    )


@rows
class ServerWords(LentWords):
    """The words of a real server that most do without."""

    lvs_method: str = keyword(
        "lvs_method",
        MethodValue(),
        default="",
        awaits="lvs",
        doc="How packets reach it; by default as the service says.",
    )
    uthreshold: int = keyword(
        "uthreshold",
        Int(0, NUMBER_MOST),
        default=0,
        awaits="lvs",
        doc="With so many connections it gets no more.",
    )
    lthreshold: int = keyword(
        "lthreshold",
        Int(0, NUMBER_MOST),
        default=0,
        awaits="lvs",
        doc="Until there are only so many.",
    )
    inhibit_on_failure: bool | None = keyword(
        "inhibit_on_failure",
        Switch(),
        default=None,
        awaits="lvs",
        doc="When it has failed it stays, with weight 0.",
    )
    notify_up: Command | None = keyword(
        "notify_up", Script(), default=None, once=True, awaits="lvs", doc="Run when it comes up."
    )
    notify_down: Command | None = keyword(
        "notify_down", Script(), default=None, once=True, awaits="lvs", doc="Run when it goes down."
    )
    alpha: bool | None = keyword("alpha", Switch(), default=None, doc="It is down until it passes.")
    delay_loop_us: int | None = keyword(
        "delay_loop",
        Seconds(1, 366 * DAY_US),
        default=None,
        doc="Time between its checks.",
    )
    smtp_alert: bool | None = keyword(
        "smtp_alert", Switch(), default=None, awaits="lvs", doc="Mail when it comes or goes."
    )
    virtualhost: str = keyword(
        "virtualhost", Text("HOST"), default="", doc="The Host header of its checks."
    )
