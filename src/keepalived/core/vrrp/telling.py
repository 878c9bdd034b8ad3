"""Whom an instance or a group tells of what becomes of it: scripts, pipes and mail.

Rule: texts and calls from values; that they run in order is the queue's business.
"""

from __future__ import annotations

from keepalived.core.notify.call import SILENT, News, call, calls, pipe_line
from keepalived.core.notify.mail import group_mail, instance_mail
from keepalived.core.vrrp.config import RouterConfig, SyncGroup, VrrpInstance
from keepalived.core.vrrp.state import State, Why
from keepalived.port.effects import Effect, Tell, WritePipes


class Telling:
    """One instance's, or one group's, voice towards its operators."""

    def __init__(self, whole: RouterConfig) -> None:
        self._runs = 0
        self.adopt(whole)

    def adopt(self, whole: RouterConfig) -> None:
        """Go by this configuration from now on."""
        self._router_id = whole.router_id
        self._mails = whole.mail
        self._mails_faults = whole.mails_faults
        self._pipes = bool(whole.pipes)
        self._priorities = whole.notify_priority_changes

    def entered(
        self,
        config: VrrpInstance | SyncGroup,
        state: State,
        priority: int,
        why: Why,
        detail: str = "",
    ) -> list[Effect]:
        """Tell of a transition; `priority` is 0 for a group."""
        because = f"{why.sentence} ({detail})" if detail else why.sentence
        told = self._tell(config, state.value, priority, because)
        return told + self._mail(config, state.value, because)

    def again(self, config: VrrpInstance | SyncGroup, state: State, priority: int) -> list[Effect]:
        """Tell the pipes the state once more."""
        return self._write(News(_kind(config), config.name, state.value, priority, ""))

    def removed(self, config: VrrpInstance, priority: int) -> list[Effect]:
        """Tell that a reload took the instance away: FAULT, unless it says how to call it."""
        state = "FAULT" if config.notify_deleted is None else "DELETED"
        because = Why.REMOVED.sentence
        told = self._tell(config, state, priority, because, removed=True)
        return told + self._mail(config, state, because)

    def stopped(self, config: VrrpInstance | SyncGroup, priority: int) -> list[Effect]:
        """Tell that the daemon stops."""
        return self._tell(config, "STOP", priority, Why.STOPPING.sentence)

    def lower_heard(self, config: VrrpInstance, priority: int, because: str) -> list[Effect]:
        """Tell that a master heard an advert of lower priority."""
        news = News("INSTANCE", config.name, "MASTER_RX_LOWER_PRI", priority, because)
        script = config.notify_master_rx_lower_pri
        effects = self._write(news)
        if script is not None and script != SILENT:
            self._runs += 1
            effects.append(call(script, news, self._runs))
        return effects

    def priority_changed(self, config: VrrpInstance, state: State, priority: int) -> list[Effect]:
        """Tell the pipes that the priority that counts is another one, where that is wanted."""
        own = config.notify_priority_changes
        if not (self._priorities if own is None else own):
            return []
        news = News("INSTANCE", config.name, f"{state.value}_PRIORITY", priority, "")
        return self._write(news)

    def _tell(
        self,
        config: VrrpInstance | SyncGroup,
        state: str,
        priority: int,
        because: str,
        removed: bool = False,
    ) -> list[Effect]:
        self._runs += 1
        news = News(_kind(config), config.name, state, priority, because)
        return [*calls(config, news, self._runs, removed), *self._write(news)]

    def _mail(self, config: VrrpInstance | SyncGroup, state: str, because: str) -> list[Effect]:
        unmailed = state == "FAULT" and not self._mails_faults
        if not self._mails or not config.smtp_alert or unmailed:
            return []
        write = group_mail if isinstance(config, SyncGroup) else instance_mail
        return [Tell(write(self._router_id, config.name, state, because))]

    def _write(self, news: News) -> list[Effect]:
        return [WritePipes(pipe_line(news))] if self._pipes else []


def _kind(config: VrrpInstance | SyncGroup) -> str:
    return "GROUP" if isinstance(config, SyncGroup) else "INSTANCE"
