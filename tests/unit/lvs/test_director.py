"""The director: events in, effects out, from the first check to the stop."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

from tests.unit.lvs.stage import BAD, GOOD, SECOND, SORRY, TCP, A, B, Stage, server, service, texts

from keepalived.core.checks.http import HttpGet, Url
from keepalived.core.checks.misc import MiscCheck
from keepalived.core.checks.tcp import TcpCheck
from keepalived.lang.net_values import ServiceHead
from keepalived.lang.values import Command
from keepalived.port.effects import (
    DropTalk,
    KillScript,
    RunScript,
    Tell,
)
from keepalived.port.events import (
    Ending,
    LinkGone,
    Lost,
    Refused,
    ScriptEnded,
    Stopping,
    TalkEnded,
)
from keepalived.port.resources import Install, Masquerade, Remove, Replace, Server, Service
from keepalived.port.talk import Verdict
from keepalived.port.words import Mail


def test_all_servers_are_in_the_table_before_the_first_check() -> None:
    stage = Stage(service(server(A, TCP), server(B, TCP)))
    assert stage.servers() == [str(A), str(B)]
    assert texts(stage.effects) == [
        "Gained quorum 1+0=1 <= 2 for VS [10.0.0.1]:tcp:80",
        "Activating healthchecker for service [192.168.1.1]:tcp:80 for VS [10.0.0.1]:tcp:80",
        "Activating healthchecker for service [192.168.1.2]:tcp:80 for VS [10.0.0.1]:tcp:80",
    ]


def test_first_check_comes_after_a_second_and_a_chance_within_the_delay_loop() -> None:
    assert Stage(service(server(A, TCP))).director.deadline() == SECOND
    late = Stage(service(server(A, TCP)), chance=99 * SECOND).director.deadline()
    assert late == 7 * SECOND


def test_one_waking_starts_all_checks_that_are_due() -> None:
    stage = Stage(service(server(A, TCP, TCP), server(B, TCP)))
    assert len(stage.wake()) == 3


def test_good_answer_that_changes_nothing_has_no_effects() -> None:
    stage = Stage(service(server(A, TCP)))
    said = stage.round(GOOD)
    assert said == ["TCP connection to [192.168.1.1]:tcp:80 success."]
    stage.round(GOOD)
    assert stage.effects == []


def test_checks_keep_their_rhythm_although_answers_take_a_moment() -> None:
    stage = Stage(service(server(A, TCP)))
    stage.wake()
    stage.now += 20_000
    stage.answer(GOOD)
    assert stage.director.deadline() == 7 * SECOND
    stage.wake()
    stage.now += SECOND
    stage.answer(GOOD)
    assert stage.director.deadline() == 14 * SECOND


def test_first_failure_takes_the_server_out_at_once() -> None:
    stage = Stage(service(server(A, TCP), server(B)))
    assert stage.round(BAD) == [
        "TCP_CHECK on service [192.168.1.1]:tcp:80 failed. (connection refused)",
        "Removing service [192.168.1.1]:tcp:80 from VS [10.0.0.1]:tcp:80",
    ]
    assert stage.servers() == [str(B)]


def test_later_failure_is_tried_again_after_delay_before_retry() -> None:
    stage = Stage(service(server(A, TCP), server(B)))
    stage.round(GOOD)
    at = stage.now
    assert stage.round(BAD) == []
    assert stage.director.deadline() == at + 7 * SECOND
    said = stage.round(BAD)
    assert said[0].startswith("TCP_CHECK on service [192.168.1.1]:tcp:80 failed after 1 retries.")
    assert stage.servers() == [str(B)]
    assert stage.round(GOOD) == [
        "TCP connection to [192.168.1.1]:tcp:80 success.",
        "Adding service [192.168.1.1]:tcp:80 to VS [10.0.0.1]:tcp:80",
    ]
    assert stage.servers() == [str(A), str(B)]


def test_server_is_up_only_when_all_its_checks_are() -> None:
    stage = Stage(service(server(A, TCP, TcpCheck(connect_port=81)), server(B)))
    stage.round(BAD, BAD)
    stage.round(GOOD)
    assert stage.servers() == [str(B)]
    stage.answer(GOOD)
    assert stage.servers() == [str(A), str(B)]


def test_sorry_server_serves_while_there_is_no_live_weight() -> None:
    stage = Stage(service(server(A, TCP), server(B, TCP), sorry_server=SORRY))
    said = stage.round(BAD, BAD)
    assert said[3:] == [
        "Removing service [192.168.1.2]:tcp:80 from VS [10.0.0.1]:tcp:80",
        "Lost quorum 1-0=1 > 0 for VS [10.0.0.1]:tcp:80",
        "Adding sorry server [192.168.1.9]:tcp:80 to VS [10.0.0.1]:tcp:80",
        "Removing alive servers from the pool for VS [10.0.0.1]:tcp:80",
    ]
    assert stage.servers() == [str(SORRY.address)]
    said = stage.round(GOOD)
    assert said[1:] == [
        "Adding service [192.168.1.1]:tcp:80 to VS [10.0.0.1]:tcp:80",
        "Gained quorum 1+0=1 <= 1 for VS [10.0.0.1]:tcp:80",
        "Removing sorry server [192.168.1.9]:tcp:80 from VS [10.0.0.1]:tcp:80",
        "Adding alive servers to the pool for VS [10.0.0.1]:tcp:80",
    ]
    assert stage.servers() == [str(A)]


def test_service_without_weight_starts_with_its_sorry_server() -> None:
    stage = Stage(service(server(A, weight=0), sorry_server=SORRY))
    assert stage.servers() == [str(SORRY.address)]
    assert texts(stage.effects)[0] == "Lost quorum 1-0=1 > 0 for VS [10.0.0.1]:tcp:80"


def test_live_server_without_weight_stays_where_there_is_no_sorry_server() -> None:
    stage = Stage(service(server(A, TCP), server(B, weight=0)))
    stage.round(BAD)
    assert stage.servers() == [str(B)]


def test_mail_says_down_and_up_with_upstreams_words_and_only_if_there_is_mail() -> None:
    silent = Stage(service(server(A, TCP)))
    silent.round(BAD)
    assert not any(isinstance(effect, Tell) for effect in silent.effects)
    stage = Stage(service(server(A, TCP)), mail=True)
    stage.round(BAD)
    (down,) = [w for e in stage.effects if isinstance(e, Tell) and isinstance(w := e.word, Mail)]
    where = "[LVS] Realserver [192.168.1.1]:tcp:80 of virtual server [10.0.0.1]:tcp:80"
    assert (down.subject, down.body) == (
        f"{where} - DOWN",
        "=> TCP CHECK failed on service <=",
    )
    stage.round(GOOD)
    (up,) = [w for e in stage.effects if isinstance(e, Tell) and isinstance(w := e.word, Mail)]
    assert (up.subject, up.body) == (f"{where} - UP", "=> TCP CHECK succeed on service <=")


def test_program_is_run_with_its_arguments_user_and_time_limit() -> None:
    check = MiscCheck(misc_path=Command(("/bin/x", "a b"), "joe", "staff"), misc_timeout_us=2)
    stage = Stage(service(server(A, check)))
    (run,) = stage.wake()
    assert isinstance(run, RunScript)
    assert (run.argv, run.user, run.group) == (("/bin/x", "a b"), "joe", "staff")
    assert (run.timeout_us, run.queue) == (2, "")
    assert texts(stage.answer(BAD))[0].endswith("with retry disabled (exited with status 1).")


def test_program_that_is_killed_hangs_or_does_not_start_is_bad() -> None:
    for ending, number, words in (
        (Ending.SIGNALLED, 11, "due to signal 11"),
        (Ending.TIMED_OUT, 0, "timed out with retry disabled"),
        (Ending.NOT_STARTED, 2, "could not be started"),
    ):
        stage = Stage(service(server(A, MiscCheck(misc_path=Command(("/bin/x",))))))
        (run,) = stage.wake()
        assert isinstance(run, RunScript)
        said = texts(stage.tell(ScriptEnded(run.name, ending, number)))
        assert words in said[0]
        assert stage.servers() == []


def test_other_scripts_end_is_nobodys_business_here() -> None:
    stage = Stage(service(server(A, TCP)))
    assert stage.tell(ScriptEnded("notify VI_1", Ending.EXITED, 1)) == []
    assert stage.tell(TalkEnded(99, BAD)) == []
    assert stage.tell(LinkGone("eth0")) == []


def test_question_that_could_not_be_put_leaves_the_server_and_is_said_once() -> None:
    stage = Stage(service(server(A, TCP)))
    lack = Verdict(False, "too many open files", asked=False)
    assert "keeps its state" in stage.round(lack)[0]
    assert stage.director.deadline() == stage.now + SECOND
    assert stage.round(lack) == []
    assert stage.servers() == [str(A)]
    stage.round(GOOD)
    assert "keeps its state" in stage.round(lack)[0]


def test_web_page_passing_on_the_way_up_is_said() -> None:
    stage = Stage(service(server(A, HttpGet(urls=(Url(path="/p"),)))))
    stage.round(BAD)
    assert stage.round(GOOD) == ["HTTP status code success to [192.168.1.1]:tcp:80 url(/p)"]
    assert stage.round(GOOD)[0] == "Remote Web server [192.168.1.1]:tcp:80 succeed on service."


def test_refusal_is_said_once_with_a_remedy_and_the_table_said_again() -> None:
    stage = Stage(service(server(A), nat_mask=24))
    table = stage.held["service [10.0.0.1]:tcp:80"]
    entry = next(r for r in table if isinstance(r, Service))
    refusal = Refused(Install(entry), 2, "No such file or directory")
    (line,) = texts(stage.tell(refusal))
    assert "lb_algo wlc" in line and "modprobe" in line and "every 6 s" in line
    assert texts(stage.tell(refusal)) == []
    due = stage.director.deadline()
    assert due == 6 * SECOND
    stage.held.clear()
    stage.wake()
    assert stage.held["service [10.0.0.1]:tcp:80"] == table
    assert texts(stage.tell(refusal)) == []


def test_refused_masquerading_is_every_concerned_services_matter() -> None:
    masked = service(server(A), nat_mask=24)
    stage = Stage(masked, service(server(A), port=81), service(server(A), port=82, nat_mask=24))
    network = Masquerade(IPv4Network("192.168.1.0/24"))
    said = texts(stage.tell(Refused(Replace(network, network), 1, "no")))
    assert len(said) == 2
    assert "the masquerading of 192.168.1.0/24" in said[0] and "CAP_NET_ADMIN" in said[0]


def test_refused_removal_and_other_peoples_entries_are_no_concern() -> None:
    stage = Stage(service(server(A)))
    entry = next(r for r in stage.held["service [10.0.0.1]:tcp:80"] if isinstance(r, Service))
    assert stage.tell(Refused(Remove(entry), 3, "gone")) == []
    stranger = replace(entry, service=replace(entry.service, port=99))
    assert stage.tell(Refused(Install(stranger), 1, "no")) == []
    assert stage.tell(Lost(stranger)) == []


def test_entry_taken_away_is_put_back() -> None:
    stage = Stage(service(server(A)))
    entry = next(r for r in stage.held["service [10.0.0.1]:tcp:80"] if isinstance(r, Server))
    stage.held.clear()
    (line,) = texts(stage.tell(Lost(entry)))
    assert "192.168.1.1 port 80" in line
    assert stage.servers() == [str(A)]


def test_stop_breaks_off_what_runs_and_lets_go_of_everything() -> None:
    script = MiscCheck(misc_path=Command(("/bin/x",)))
    stage = Stage(service(server(A, TCP), server(B, script)))
    stage.wake()
    effects = stage.tell(Stopping())
    assert any(isinstance(effect, DropTalk) for effect in effects)
    assert any(isinstance(effect, KillScript) for effect in effects)
    assert stage.held == {"service [10.0.0.1]:tcp:80": []}
    assert texts(effects) == [
        "Shutting down service [192.168.1.1]:tcp:80 from VS [10.0.0.1]:tcp:80",
        "Shutting down service [192.168.1.2]:tcp:80 from VS [10.0.0.1]:tcp:80",
    ]
    assert stage.director.deadline() is None
    assert stage.answer(BAD) == []


def test_second_service_and_server_of_one_key_are_left_out() -> None:
    twice = service(server(A), server(A, weight=9))
    stage = Stage(twice, service(server(B)))
    assert stage.servers() == [str(A)]


def test_snapshot_tells_states_and_reasons() -> None:
    stage = Stage(service(server(A, TCP), sorry_server=SORRY))
    stage.round(BAD)
    found: Any = stage.director.snapshot(stage.now + 3 * SECOND)
    (shown,) = found["services"]
    assert shown["sorry_server_in_use"] is True
    (only,) = shown["servers"]
    assert (only["up"], only["for_s"]) == (False, 3)
    assert only["why"] == "TCP_CHECK: connection refused"
    assert only["checks"][0]["last_good"] is False


def test_mark_service_names_servers_without_protocol() -> None:
    stage = Stage(service(server(A, TCP), head=ServiceHead(mark=7)))
    said = stage.round(BAD)
    assert said[0].startswith("TCP_CHECK on service [192.168.1.1]:none:80 failed.")
    assert said[1] == "Removing service [192.168.1.1]:none:80 from VS FWM 7"
