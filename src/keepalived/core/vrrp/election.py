"""A backup's patience: whom it follows, how long it waits for an advert, why it would lead.

Rule: numbers and reasons only; the machine turns them into moves.
"""

from __future__ import annotations

from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.dialect import interval_of, version_of
from keepalived.core.vrrp.hearing import AsBackup, as_backup
from keepalived.core.vrrp.state import Why
from keepalived.core.vrrp.timing import ADVERTS_MISSED, master_down_us, skew_us
from keepalived.records import dataclass
from keepalived.wire.addresses import Address
from keepalived.wire.vrrp import Advert


@dataclass(frozen=True, slots=True)
class Master:
    """Whom a backup follows, or would displace: what its last advert said."""

    source: Address
    priority: int
    interval_us: int


class Election:
    """What an instance waits for while it does not lead."""

    def __init__(self) -> None:
        self.master: Master | None = None
        """Whom it heard last as master."""
        self.wish: Why | None = None
        """Why it would lead now; None where it would not."""
        self.due: int | None = None
        self.silent: Address | None = None
        """Who fell silent before it led: with that one it may share the lead unknowingly."""
        self.yields_until = 0
        """Until when it lets any other lead, whatever the priorities: it was asked to hand over."""
        self.version = 2
        self._own_interval_us = 0
        self._doubted = False
        self._adverts = ADVERTS_MISSED
        self._why = Why.SILENCE
        self._patient_until: int | None = None
        """How long a lesser master is borne with (preempt_delay); None until one is heard."""
        self._steady: int | None = None
        """The wait, where the last advert heard once more would only put the deadline off."""

    @property
    def last_heard(self) -> str:
        """Say in words whom it heard last as master; nothing where there was nobody."""
        master = self.master
        return f"last heard {master.source}, priority {master.priority}" if master else ""

    def adopt(self, config: VrrpInstance) -> None:
        """Go by this configuration from now on."""
        self.version = version_of(config)
        self._own_interval_us = interval_of(config)
        self._adverts = config.down_timer_adverts or ADVERTS_MISSED

    def rest(self) -> None:
        """Wait for nothing: the state changed."""
        self.wish = self.due = self._patient_until = None

    def wait(self, now: int, wait_us: int, why: Why = Why.SILENCE) -> None:
        """Wait so long from now; should it be in vain, that is why."""
        self.due, self._why = now + wait_us, why
        self._steady, self._doubted = None, False

    def skew_us(self, priority: int) -> int:
        """Give the skew; in version 3 by the interval of the master that is heard."""
        return skew_us(self.version, priority, self._interval_us)

    def down_us(self, priority: int) -> int:
        """Give the master-down time."""
        return master_down_us(self.version, priority, self._interval_us, self._adverts)

    @property
    def _interval_us(self) -> int:
        if self.version == 2 or self.master is None:
            return self._own_interval_us
        return self.master.interval_us

    def weigh(self, before: int, after: int) -> None:
        """Wait by another priority from now on."""
        if self.due is not None:
            self.due += self.skew_us(after) - self.skew_us(before)

    def answers(self, config: VrrpInstance, tie: bool, source: Address) -> bool:
        """Say whether to advertise once more to a better master before following it.

        Two may have led side by side. Whoever goes on can only tell the link again where its
        addresses are if it hears that there was another one.
        """
        wished = config.higher_prio_send_advert
        return tie or self.silent == source if wished is None else wished

    def lapses(self, now: int, config: VrrpInstance, ours: int) -> bool:
        """Wish to lead if the wait was in vain; say whether it was."""
        late_us = self.expire(now)
        if late_us is None:
            return False
        if self.slept_through(config, ours, late_us):
            self.wish = None
            self.wait(now, self.down_us(ours))
            return False
        return not self._doubts(now, late_us)

    def expire(self, now: int) -> int | None:
        """Wish to lead if the wait was in vain; give by how much it is over, else None."""
        if self.due is None or now < self.due:
            return None
        late_us, self.due, self.wish = now - self.due, None, self._why
        self.silent = self.master.source if self.master and self._why is Why.SILENCE else None
        return late_us

    def _doubts(self, now: int, late_us: int) -> bool:
        """Say whether to listen once more before it leads: its own lateness is no one's silence.

        A host that stood still may have heard nothing while the master spoke.
        """
        if late_us < self._interval_us or self._doubted:
            return False
        self.wish, self.due = None, now + self._interval_us * 5 // 4
        self._doubted = True
        return True

    def slept_through(self, config: VrrpInstance, ours: int, late_us: int) -> bool:
        """Say whether, by timer_expired_backup, another one will have led meanwhile."""
        theirs = config.timer_expired_backup
        if not config.nopreempt or theirs is None:
            return False
        return late_us >= max(self.skew_us(theirs), self.down_us(theirs) - self.down_us(ours))

    def hear(
        self, now: int, config: VrrpInstance, ours: int, advert: Advert, source: Address
    ) -> AsBackup:
        """Take an admitted advert in; `ours` is the priority that counts."""
        lesser = 0 < advert.priority < ours
        if lesser and self._patient_until is None and config.preempt_delay_us:
            self._patient_until = now + config.preempt_delay_us
        patient = config.nopreempt or now < max(self._patient_until or 0, self.yields_until)
        verdict = as_backup(advert.priority, ours, patient)
        match verdict:
            case AsBackup.RESIGNATION:
                # Only the first one counts: whoever goes on saying it must not keep us waiting.
                if self.wish is None and self._why is not Why.RESIGNED:
                    self.wait(now, self.skew_us(ours), Why.RESIGNED)
            case AsBackup.FOLLOW:
                self.master = Master(source, advert.priority, advert.interval_us)
                self.wish = None
                if not lesser:
                    self._patient_until = None
                wait_us = self.down_us(ours)
                self.wait(now, wait_us)
                self._steady = None if lesser else wait_us
            case AsBackup.OUTRANK:
                self.master = Master(source, advert.priority, advert.interval_us)
                self._why, self._steady = Why.PREEMPTION, None
        return verdict

    def again(self, now: int) -> bool:
        """Hear the last advert once more; True where that only puts the deadline off."""
        if self._steady is None or self.due is None:
            return False
        self.due, self._doubted = now + self._steady, False
        return True

    def unsettle(self) -> None:
        """Something else happened: the next advert is to be looked at as a whole."""
        self._steady = None
