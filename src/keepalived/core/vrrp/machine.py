"""One virtual router: an event in, effects out, and when it wants to be woken next.

Rule: it moves along MOVES with a Why. It never makes itself master: it wishes to lead, and the
router grants the wish when the whole group has it (an instance alone is a group of its own).
"""

from __future__ import annotations

from keepalived.core.vrrp.admit import Parcel
from keepalived.core.vrrp.beacon import Beacon
from keepalived.core.vrrp.claims import held, lines_of
from keepalived.core.vrrp.config import RouterConfig, VrrpInstance
from keepalived.core.vrrp.counters import Counters
from keepalived.core.vrrp.dialect import OWNER_PRIORITY
from keepalived.core.vrrp.election import Election, Master
from keepalived.core.vrrp.fitness import Fitness
from keepalived.core.vrrp.happenings import (
    AddressTaken,
    Altered,
    Begun,
    Burdened,
    Ended,
    Footing,
    FootingChanged,
    MachineEvent,
    Ordered,
    ParcelHeard,
    Reminded,
    Resigned,
    TimePassed,
)
from keepalived.core.vrrp.hearing import AsBackup, AsMaster
from keepalived.core.vrrp.notes import (
    AddressesHeld,
    Entered,
    HigherHeard,
    Left,
    LowerDiscarded,
    LowerHeard,
    OwnAddressHeard,
    PriorityChanged,
    TimedOut,
    TwoOwners,
    ZeroHeard,
    ZeroSent,
)
from keepalived.core.vrrp.notes_handover import WentOn
from keepalived.core.vrrp.pacing import Pacer
from keepalived.core.vrrp.priority import Burden
from keepalived.core.vrrp.reception import Reception
from keepalived.core.vrrp.refusal import Refusal
from keepalived.core.vrrp.state import MOVES, State, Why
from keepalived.core.vrrp.telling import Telling
from keepalived.port.effects import Effect, Hold, Note, Noteworthy
from keepalived.wire.addresses import Address
from keepalived.wire.vrrp import Advert


class Machine:
    """A virtual router's state and conduct."""

    def __init__(self, config: VrrpInstance, whole: RouterConfig, pacer: Pacer) -> None:
        self.config = config
        self.telling = Telling(whole)
        self.fitness = Fitness(config)
        self.state = State.INIT
        self.why = Why.STARTED
        self.detail = ""
        self.since = 0
        self.election = Election()
        self.election.adopt(config)
        self.counters = Counters()
        self.beacon = Beacon(config, self.counters, pacer)
        self.announced = False
        """Whether the last step answered a lower master, so that its group does the same."""
        self.reception = Reception(self.counters, self.beacon.voice.numbers)
        self._effects: list[Effect] = []

    def deadline(self) -> int | None:
        """Say when to be woken next."""
        dues = [due for due in (self.election.due, *self.beacon.dues) if due is not None]
        return min(dues) if dues else None

    @property
    def wants_lead(self) -> bool:
        """Say whether it leads or would."""
        return self.state is State.MASTER or self.election.wish is not None

    @property
    def footing(self) -> Footing:
        """Give what it stands on."""
        return self.fitness.footing

    @property
    def priority(self) -> int:
        """Give the priority that counts now."""
        return self.fitness.priority

    @property
    def fault(self) -> Why | None:
        """Say what bars it from taking part; None where nothing does."""
        return self.fitness.fault

    def step(self, now: int, event: MachineEvent) -> list[Effect]:
        """Take one event in; give what is to be done, in order."""
        self._effects = []
        self.announced = False
        if not isinstance(event, ParcelHeard):
            self.election.unsettle()
        match event:
            case Begun():
                self._begin(now, event)
            case FootingChanged():
                self._stand_on(now, event.footing)
            case Burdened():
                self._bear(now, event.burden)
            case TimePassed():
                self._look_at_clock(now)
            case ParcelHeard():
                self._hear(now, event.parcel)
            case AddressTaken():
                self._lose_address(now, event.text)
            case Ordered():
                self._obey(now, event)
            case Altered():
                self._alter(now, event.config)
            case Reminded():
                self._announce(now, lower=True)
            case Resigned():
                self._give_up(now)
                self.beacon.rest()
            case Ended():
                self._end(now, event)
        return self._effects

    def hold(self) -> Hold:
        """Say what it wants in the kernel now."""
        return Hold(self.config.name, held(self.config, self.state, self.footing))

    # What may happen

    def _begin(self, now: int, begun: Begun) -> None:
        assert self.state is State.INIT
        if self.footing.fault is None and begun.advert_due is not None:
            self._go_on(now, begun.advert_due)
        elif self.fault is not None:
            self._move(now, State.FAULT, self.fault, self.fitness.detail)
        elif begun.at_once is not None:
            self.election.wish = begun.at_once
        else:
            self._move(now, State.BACKUP, begun.why)
            if begun.wait_us is not None:
                self.election.wait(now, begun.wait_us, Why.SILENCE)

    def _go_on(self, now: int, advert_due: int) -> None:
        """Lead on where another process did: nothing changed, so nobody is told but the log."""
        self._enter(now, State.MASTER, Why.OUTLIVED)
        self._effects.append(self.hold())
        self._effects += self.beacon.go_on(now, advert_due, self.priority)
        self._note(WentOn(self.config.name, now - advert_due))

    def _stand_on(self, now: int, footing: Footing) -> None:
        new_ground = (footing.links, footing.own) != (self.footing.links, self.footing.own)
        self.fitness.footing = footing
        self.beacon.stand_on(footing)
        self._let_in(now)
        self._judge_faults(now)
        if new_ground and self.state is not State.INIT:
            self._effects.append(self.hold())

    def _bear(self, now: int, burden: Burden) -> None:
        before = self.priority
        self.fitness.burden = burden
        if self.priority != before:
            self._note(PriorityChanged(self.config.name, before, self.config.priority, burden))
        self._let_in(now)
        self._judge_faults(now)
        if self.priority == before:
            return
        self.election.weigh(before, self.priority)
        if self.state in (State.MASTER, State.BACKUP):
            self._effects += self.telling.priority_changed(self.config, self.state, self.priority)

    def _let_in(self, now: int) -> None:
        """Let one that was held out without a word begin as if it had just been started."""
        if (self.state, self.why, self.fault) == (State.FAULT, Why.UNTESTED, None):
            self._enter(now, State.INIT, Why.STARTED)

    def _judge_faults(self, now: int) -> None:
        fault = self.fault
        if self.state is State.INIT or fault is None:
            return
        if self.state is not State.FAULT:
            self._move(now, State.FAULT, fault, self.fitness.detail)
        elif self.why is Why.UNTESTED and fault is not Why.UNTESTED:
            # What was held out without a word has its verdict now.
            self.why, self.detail, self.since = fault, self.fitness.detail, now
            self._tell(Entered(self.config.name, State.FAULT, fault, self.detail))
        else:
            self.why, self.detail = fault, self.fitness.detail

    def _look_at_clock(self, now: int) -> None:
        if self.election.lapses(now, self.config, self.priority):
            self._note(TimedOut(self.config.name))
        late_us = self.beacon.unheard_us(now) - self._down_us()
        if self.election.slept_through(self.config, self.priority, late_us):
            self._move(now, State.BACKUP, Why.SLEPT)
        else:
            self._effects += self.beacon.beat(now, self.priority)
        self._effects += self.beacon.announce_due(now)

    def _hear(self, now: int, parcel: Parcel) -> None:
        if self.state not in (State.BACKUP, State.MASTER):
            self.counters.refuse(Refusal.NOT_LISTENING)
            return
        advert = self.reception.take(now, self.config, parcel, self._effects)
        if advert is None:
            return
        source, master = parcel.source, self.election.master
        if not (self.config.skip_check_adv_addr and master and master.source == source):
            self.reception.compare(self.config, self.beacon.named, advert, source, self._effects)
        if self.state is State.MASTER:
            self._hear_as_master(now, advert, source)
        else:
            self._hear_as_backup(now, advert, source)

    def _hear_as_backup(self, now: int, advert: Advert, source: Address) -> None:
        name, before = self.config.name, self.election.master
        self.fitness.owners.heard(source, advert.priority)
        match self.election.hear(now, self.config, self.priority, advert, source):
            case AsBackup.RESIGNATION:
                self.counters.zero_heard += 1
                self._note_rarely(now, ZeroHeard(name, self.state, source))
            case AsBackup.FOLLOW:
                if before is None or before.source != source:
                    self.reception.forget_others()
            case AsBackup.OUTRANK:
                note = LowerDiscarded(name, source, advert.priority)
                self._note_once((LowerDiscarded, source), note)

    def _hear_as_master(self, now: int, advert: Advert, source: Address) -> None:
        name = self.config.name
        if advert.priority == OWNER_PRIORITY == self.priority and source != self.footing.source:
            self._note_once((TwoOwners, source), TwoOwners(name, source))
        match self.fitness.judge(now, self.beacon.interval_us, advert, source):
            case AsMaster.RESIGNATION:
                self.counters.zero_heard += 1
                self._note_rarely(now, ZeroHeard(name, self.state, source))
                self._advertise_now(now)
            case AsMaster.YIELD:
                self._yield(now, advert, source)
            case AsMaster.ECHO:
                self._note_once((OwnAddressHeard, source), OwnAddressHeard(name, source))
            case AsMaster.CONTEST | AsMaster.OWNER_BELOW:
                self._contest(now, advert, source)

    def _yield(self, now: int, advert: Advert, source: Address) -> None:
        ours = self.priority
        self._note(HigherHeard(self.config.name, source, advert.priority, ours))
        tie = advert.priority == ours
        if self.election.answers(self.config, tie, source):
            self._effects += self.beacon.advertise(now, ours)
        self.election.master = Master(source, advert.priority, advert.interval_us)
        why = Why.HIGHER_ADDRESS if tie else Why.HIGHER_PRIORITY
        self._move(now, State.BACKUP, why, f"{advert.priority} from {source}, ours {ours}")

    def _contest(self, now: int, advert: Advert, source: Address) -> None:
        config = self.config
        note = LowerHeard(config.name, source, advert.priority, self.priority)
        self._note_rarely(now, note)
        self.beacon.voice.numbers.outbid()
        if not config.lower_prio_no_advert:
            self._advertise_now(now)
        self._announce(now, lower=True)
        self._effects += self.telling.lower_heard(config, self.priority, note.text())
        self.announced = True

    def _lose_address(self, now: int, text: str) -> None:
        if self.state is not State.MASTER:
            return
        self._give_up(now)
        self._move(now, State.BACKUP, Why.ADDRESS_TAKEN, text)
        self.election.wait(now, self.election.skew_us(self.priority), Why.ADDRESS_TAKEN)

    def _obey(self, now: int, order: Ordered) -> None:
        if order.state is State.MASTER:
            assert self.election.wish is not None and self.fault is None
            self._move(now, State.MASTER, self.election.wish, self.election.last_heard)
        elif order.why is Why.ADDRESS_TAKEN:
            self._lose_address(now, "of another member of the group")
        else:
            self._move(now, order.state, order.why)

    def _alter(self, now: int, config: VrrpInstance) -> None:
        before, was, ear = self.config, self._down_us(), self.beacon.ear
        self.config = self.fitness.config = config
        self.fitness.owners.forget()
        self.election.adopt(config)
        self.beacon.adopt(config)
        if self.election.due is not None:
            self.election.due += self._down_us() - was
        if self.beacon.ear != ear:
            self._effects.append(self.hold())
        if self.state is State.MASTER:
            # First of all the others must not think that the master fell silent.
            self._advertise_now(now)
        self._effects.append(self.hold())
        if self.state is State.MASTER:
            self.beacon.lead(now)
        if self.state is State.MASTER and set(lines_of(config)) - set(lines_of(before)):
            self._announce(now)

    def _end(self, now: int, ended: Ended) -> None:
        why = ended.why
        if self.state is State.MASTER:
            if not ended.resigned:
                self._give_up(now)
            self._note(AddressesHeld(self.config.name, False))
            self.counters.released_master += 1
        if self.state is not State.INIT:
            self._enter(now, State.INIT, why)
            self._note(Left(self.config.name, why))
        if why is Why.REMOVED:
            self._effects += self.telling.removed(self.config, self.priority)
        else:
            self._effects += self.telling.stopped(self.config, self.priority)
        self._effects.append(Hold(self.config.name, ()))

    # What it does about it

    def _enter(self, now: int, state: State, why: Why, detail: str = "") -> None:
        assert state in MOVES[self.state], f"{self.state} may not become {state}"
        self.state, self.why, self.detail, self.since = state, why, detail, now
        self.fitness.let_in = state in (State.BACKUP, State.MASTER)
        self.beacon.rest()
        self.election.rest()
        self.reception.forget()

    def _move(self, now: int, state: State, why: Why, detail: str = "") -> None:
        before = self.state
        if before is State.MASTER and state is State.FAULT:
            self._give_up(now)
        self._enter(now, state, why, detail)
        if before is State.INIT and state is State.MASTER:
            # The sockets must stand before the first advert can leave.
            sockets = held(self.config, State.BACKUP, self.footing)
            self._effects.append(Hold(self.config.name, sockets))
        if state is State.MASTER:
            self.counters.became_master += 1
            self.fitness.owners.forget()
            self.election.master, self.election.yields_until = None, 0
            self._advertise_now(now)
            self._effects.append(self.hold())
            self._announce(now)
            self.beacon.lead(now)
        else:
            self._effects.append(self.hold())
        if state is State.BACKUP:
            self.election.wait(now, self._down_us())
        if before is State.MASTER:
            self.counters.released_master += 1
        initial = before is State.INIT and state is not State.MASTER
        self._tell(Entered(self.config.name, state, why, detail, initial))
        if State.MASTER in (before, state):
            self._note(AddressesHeld(self.config.name, state is State.MASTER))

    def _tell(self, entered: Entered) -> None:
        """Say in the log and to whom it concerns what it became.

        One that waits for its trackers' first results tells nobody.
        """
        if entered.why is Why.UNTESTED:
            return
        state, why, detail = entered.state, entered.why, entered.detail
        self._note(entered)
        self._effects += self.telling.entered(self.config, state, self.priority, why, detail)

    def _down_us(self, priority: int | None = None) -> int:
        return self.election.down_us(self.priority if priority is None else priority)

    def _advertise_now(self, now: int) -> None:
        self._effects += self.beacon.advertise_now(now, self.priority)

    def _give_up(self, now: int) -> None:
        self.counters.zero_sent += 1
        self._effects += self.beacon.advertise(now, 0)
        self._note(ZeroSent(self.config.name))

    def _announce(self, now: int, lower: bool = False) -> None:
        if self.state is State.MASTER:
            self._effects += self.beacon.announce(now, lower)

    def _note(self, line: Noteworthy) -> None:
        self._effects.append(Note(line))

    def _note_once(self, key: object, line: Noteworthy) -> None:
        self.reception.note_once(key, line, self._effects)

    def _note_rarely(self, now: int, line: Noteworthy) -> None:
        self.reception.note_rarely(now, line, self._effects)
