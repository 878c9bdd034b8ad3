"""What is called and mailed for a transition."""

from __future__ import annotations

import pytest

from keepalived.core.notify.call import calls, script_for
from keepalived.core.notify.mail import group_mail, instance_mail, server_mail, service_mail
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.lang.values import Command
from keepalived.port.words import Mail

CONFIG = VrrpInstance(name="VI_1", notify_fault=Command(("/f", "x"), "nobody", "daemon"))


def test_a_script_is_given_its_own_arguments_and_owner() -> None:
    (run,) = calls(CONFIG, "VI_1", "FAULT", 3)
    assert (run.name, run.argv, run.queue) == ("VI_1 FAULT #3", ("/f", "x"), "VI_1")
    assert (run.user, run.group) == ("nobody", "daemon")


def test_a_state_without_a_script_calls_nothing() -> None:
    assert calls(CONFIG, "VI_1", "MASTER", 1) == []
    assert script_for(CONFIG, "INIT") is None


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
