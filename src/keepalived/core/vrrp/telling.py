"""Whom an instance tells of what becomes of it: scripts and mail.

Rule: texts and calls from values; that they run in order is the queue's business.
"""

from __future__ import annotations

from keepalived.core.notify.call import calls
from keepalived.core.notify.mail import instance_mail
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.state import State, Why
from keepalived.port.effects import Effect, Tell


class Telling:
    """One instance's voice towards its operators."""

    def __init__(self, router_id: str, mail: bool) -> None:
        self.router_id = router_id
        self.mail = mail
        self._runs = 0

    def entered(
        self, config: VrrpInstance, state: State, priority: int, why: Why, detail: str
    ) -> list[Effect]:
        """Tell of a transition."""
        effects = self._calls(config, state.value)
        if self.mail and config.smtp_alert:
            because = f"{why.sentence} ({detail})" if detail else why.sentence
            mail = instance_mail(self.router_id, config.name, state.value, because)
            effects.append(Tell(mail))
        return effects

    def removed(self, config: VrrpInstance, priority: int) -> list[Effect]:
        """Tell that a reload took the instance away."""
        return self._calls(config, "FAULT")

    def stopped(self, config: VrrpInstance, priority: int) -> list[Effect]:
        """Tell that the daemon stops."""
        return []

    def lower_heard(self, config: VrrpInstance, priority: int) -> list[Effect]:
        """Tell that a master heard an advert of lower priority."""
        return []

    def priority_changed(self, config: VrrpInstance, state: State, priority: int) -> list[Effect]:
        """Tell that the priority that counts is another one."""
        return []

    def _calls(self, config: VrrpInstance, state: str) -> list[Effect]:
        self._runs += 1
        return [*calls(config, config.name, state, self._runs)]
