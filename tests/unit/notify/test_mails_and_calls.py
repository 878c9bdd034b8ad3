"""What is called and mailed for a transition."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keepalived.core.notify.call import SILENT, News, calls, pipe_line, script_for
from keepalived.core.notify.mail import group_mail, instance_mail, server_mail, service_mail
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.lang.values import Command
from keepalived.port.words import Mail

CONFIG = VrrpInstance(name="VI_1", notify_fault=Command(("/f", "x"), "nobody", "daemon"))


def news(state: str, kind: str = "INSTANCE") -> News:
    return News(kind, "VI_1", state, 100, "it starts")


def test_a_script_is_given_its_own_arguments_and_owner_and_the_reason() -> None:
    (run,) = calls(CONFIG, news("FAULT"), 3)
    assert (run.name, run.argv, run.queue) == ("VI_1 FAULT #3", ("/f", "x"), "VI_1")
    assert (run.user, run.group) == ("nobody", "daemon")
    assert ("KEEPALIVED_WHY", "it starts") in run.environment


def test_a_state_without_a_script_calls_nothing() -> None:
    assert calls(CONFIG, news("MASTER"), 1) == []
    assert script_for(CONFIG, "INIT") is None


def test_notify_follows_the_script_of_the_state_with_four_arguments_more() -> None:
    config = replace(CONFIG, notify=Command(("/n", "own")))
    first, second = calls(config, news("FAULT"), 1)
    assert (first.argv, second.argv) == (
        ("/f", "x"),
        ("/n", "own", "INSTANCE", "VI_1", "FAULT", "100"),
    )
    assert first.queue == second.queue != ""
    assert first.name != second.name


def test_deleted_has_a_script_of_its_own_or_none() -> None:
    silent = replace(CONFIG, notify_deleted=SILENT)
    assert calls(silent, news("DELETED"), 1, removed=True) == []
    (run,) = calls(
        replace(CONFIG, notify_deleted=Command(("/d",))), news("DELETED"), 1, removed=True
    )
    assert run.argv == ("/d",)


def test_a_pipe_is_told_kind_name_state_and_priority() -> None:
    assert pipe_line(news("MASTER")) == 'INSTANCE "VI_1" MASTER 100\n'


@pytest.mark.parametrize(
    ("mail", "subject"),
    [
        (instance_mail("R", "VI_1", "MASTER", "c"), "VRRP Instance VI_1 - Entering MASTER state"),
        (group_mail("R", "VG1", "FAULT", "c"), "VRRP Group VG1 - Entering FAULT state"),
        (server_mail("R", "S", "V", True, "c"), "Realserver S of virtual server V - UP"),
        (service_mail("R", "V", False, "c"), "Virtualserver V - DOWN"),
    ],
)
def test_subjects_are_those_that_filters_know(mail: Mail, subject: str) -> None:
    assert mail == Mail(f"[R] {subject}", "=> c <=")
