"""One virtual router: an event in, effects out, and when it wants to be woken next.

Rule: it moves along MOVES with a Why. It never makes itself master: it wishes to lead, and the
router grants the wish when the whole group has it (an instance alone is a group of its own).
"""

from __future__ import annotations

from keepalived.core.notify.call import calls
from keepalived.core.notify.mail import instance_mail
from keepalived.core.vrrp.admit import Memory, Parcel, admit
from keepalived.core.vrrp.claims import advertised, held, lines_of
from keepalived.core.vrrp.config import VrrpInstance
from keepalived.core.vrrp.counters import Counters
from keepalived.core.vrrp.garp import Announcer
from keepalived.core.vrrp.ground import OWNER_PRIORITY
from keepalived.core.vrrp.happenings import (
    AddressTaken,
    Altered,
    Begun,
    Ended,
    Footing,
    FootingChanged,
    MachineEvent,
    Ordered,
    ParcelHeard,
    Reminded,
    TimePassed,
)
from keepalived.core.vrrp.notes import (
    AddressesDiffer,
    AddressesHeld,
    Entered,
    HigherHeard,
    Left,
    LowerDiscarded,
    LowerHeard,
    OwnAddressHeard,
    PacketRefused,
    TimedOut,
    TwoOwners,
    ZeroHeard,
    ZeroSent,
)
from keepalived.core.vrrp.refusal import Refusal
from keepalived.core.vrrp.said import Said
from keepalived.core.vrrp.state import MOVES, State, Why
from keepalived.core.vrrp.timing import (
    SECOND_US,
    interval_s,
    master_down_us,
    next_beat,
    skew_us,
)
from keepalived.core.vrrp.voice import Voice
from keepalived.port.effects import Effect, Hold, Note, Noteworthy, Tell
from keepalived.wire.addresses import Address
from keepalived.wire.vrrp import Advert


class Machine:
    """A virtual router's state and conduct."""

    def __init__(self, config: VrrpInstance, router_id: str, mail: bool) -> None:
        self.config = config
        self.router_id = router_id
        self.mail = mail
        self.footing = Footing({})
        self.state = State.INIT
        self.why = Why.STARTED
        self.detail = ""
        self.since = 0
        self.wish: Why | None = None
        """Why it would lead now; None where it would not."""
        self.master: tuple[Address, int] | None = None
        """Whom it heard last as master, and with which priority."""
        self.counters = Counters()
        self.announced = False
        """Whether the last step answered a lower master, so that its group does the same."""
        self._down_due: int | None = None
        self._down_why = Why.SILENCE
        self._advert_due: int | None = None
        self._announcer = Announcer()
        self.voice = Voice()
        self._memory = Memory(self.voice.numbers)
        self._runs = 0
        self._said = Said()
        self._effects: list[Effect] = []

    def deadline(self) -> int | None:
        """Say when to be woken next."""
        dues = (self._down_due, self._advert_due, *self._announcer.dues)
        return min((due for due in dues if due is not None), default=None)

    @property
    def wants_lead(self) -> bool:
        """Say whether it leads or would."""
        return self.state is State.MASTER or self.wish is not None

    @property
    def interval_us(self) -> int:
        """Give the advert interval that the wire can say."""
        return interval_s(self.config.advert_int_us) * SECOND_US

    def step(self, now: int, event: MachineEvent) -> list[Effect]:
        """Take one event in; give what is to be done, in order."""
        self._effects = []
        self.announced = False
        match event:
            case Begun():
                self._begin(now, event)
            case FootingChanged():
                self._stand_on(now, event.footing)
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
                self._announce_again(now, lower=True)
            case Ended():
                self._end(now, event.why)
        return self._effects

    def hold(self) -> Hold:
        """Say what it wants in the kernel now."""
        return Hold(self.config.name, held(self.config, self.state, self.footing))

    # What may happen

    def _begin(self, now: int, begun: Begun) -> None:
        assert self.state is State.INIT
        if self.footing.fault is not None:
            self._move(now, State.FAULT, self.footing.fault)
        elif begun.at_once is not None:
            self.wish = begun.at_once
        else:
            self._move(now, State.BACKUP, Why.STARTED)
            if begun.wait_us is not None:
                self._down_due = now + begun.wait_us

    def _stand_on(self, now: int, footing: Footing) -> None:
        new_ground = (footing.links, footing.own) != (self.footing.links, self.footing.own)
        self.footing = footing
        if self.state is State.INIT:
            return
        if footing.fault is not None and self.state is not State.FAULT:
            self._move(now, State.FAULT, footing.fault)
        elif new_ground:
            self._effects.append(self.hold())
        if self.state is State.FAULT and footing.fault is not None:
            self.why = footing.fault

    def _look_at_clock(self, now: int) -> None:
        if self._down_due is not None and now >= self._down_due:
            self._down_due = None
            self.wish = self._down_why
            self._note(TimedOut(self.config.name))
        if self._advert_due is not None and now >= self._advert_due:
            due = self._advert_due
            self._advertise(now, self.config.priority)
            self._advert_due = next_beat(due, now, self.interval_us)
        self._effects += self._announcer.due(now, self.config, self.footing.links)

    def _hear(self, now: int, parcel: Parcel) -> None:
        if self.state not in (State.BACKUP, State.MASTER):
            self.counters.refuse(Refusal.NOT_LISTENING)
            return
        source = parcel.source
        advert = admit(self.config, parcel, self._memory, now)
        if isinstance(advert, Refusal):
            self.counters.refuse(advert)
            self._note_once(advert, PacketRefused(self.config.name, advert, source))
            return
        self.counters.adverts_heard += 1
        self._compare_addresses(advert, source)
        if self.state is State.MASTER:
            self._hear_as_master(now, advert, source)
        else:
            self._hear_as_backup(now, advert, source)

    def _hear_as_backup(self, now: int, advert: Advert, source: Address) -> None:
        name, ours = self.config.name, self.config.priority
        if advert.priority == 0:
            self.counters.zero_heard += 1
            self._note_rarely(now, ZeroHeard(name, self.state, source))
            # Only the first one counts: whoever goes on saying it must not keep us waiting.
            if self.wish is None and self._down_why is not Why.RESIGNED:
                self._wait(now, skew_us(ours), Why.RESIGNED)
        elif advert.priority >= ours:
            if self.master is None or self.master[0] != source:
                self._said.forget()
            self.master = (source, advert.priority)
            self.wish = None
            self._wait(now, master_down_us(self.interval_us, ours), Why.SILENCE)
        else:
            self.master = (source, advert.priority)
            self._down_why = Why.PREEMPTION
            self._note_once((LowerDiscarded, source), LowerDiscarded(name, source, advert.priority))

    def _hear_as_master(self, now: int, advert: Advert, source: Address) -> None:
        name, ours, own = self.config.name, self.config.priority, self.footing.source
        assert own is not None, "a master has a source address"
        if advert.priority == OWNER_PRIORITY == ours and source != own:
            self._note_once((TwoOwners, source), TwoOwners(name, source))
        if advert.priority == 0:
            self.counters.zero_heard += 1
            self._note_rarely(now, ZeroHeard(name, self.state, source))
            self._advertise_now(now)
        elif (advert.priority, int(source)) > (ours, int(own)):
            self._note(HigherHeard(name, source, advert.priority, ours))
            self.master = (source, advert.priority)
            tie = advert.priority == ours
            why = Why.HIGHER_ADDRESS if tie else Why.HIGHER_PRIORITY
            self._move(now, State.BACKUP, why, f"{advert.priority} from {source}, ours {ours}")
        elif (advert.priority, source) == (ours, own):
            self._note_once((OwnAddressHeard, source), OwnAddressHeard(name, source))
        else:
            self._note_rarely(now, LowerHeard(name, source, advert.priority, ours))
            self._advertise_now(now)
            self._announce_again(now, lower=True)
            self.announced = True

    def _compare_addresses(self, advert: Advert, source: Address) -> None:
        link = self.footing.links.get(self.config.interface)
        ours = advertised(self.config, link.mtu if link else 1500)
        if len(ours) == len(advert.addresses) and set(ours) <= set(advert.addresses):
            return
        self.counters.addresses_differed += 1
        note = AddressesDiffer(self.config.name, source, advert.addresses)
        self._note_once((AddressesDiffer, source), note)

    def _lose_address(self, now: int, text: str) -> None:
        if self.state is not State.MASTER:
            return
        self._give_up(now)
        self._move(now, State.BACKUP, Why.ADDRESS_TAKEN, text)
        self._wait(now, skew_us(self.config.priority), Why.ADDRESS_TAKEN)

    def _obey(self, now: int, order: Ordered) -> None:
        if order.state is State.MASTER:
            assert self.wish is not None and self.footing.fault is None
            self._move(now, State.MASTER, self.wish, self._last_heard())
        elif order.why is Why.ADDRESS_TAKEN:
            self._lose_address(now, "of another member of the group")
        else:
            self._move(now, order.state, order.why)

    def _alter(self, now: int, config: VrrpInstance) -> None:
        before = self.config
        self.config = config
        if self._down_due is not None:
            was = master_down_us(interval_s(before.advert_int_us) * SECOND_US, before.priority)
            self._down_due += master_down_us(self.interval_us, config.priority) - was
        if self.state is State.MASTER:
            # First of all the others must not think that the master fell silent.
            self._advertise_now(now)
        self._effects.append(self.hold())
        if self.state is State.MASTER:
            self._announcer.lead(now, self.config)
        if self.state is State.MASTER and set(lines_of(config)) - set(lines_of(before)):
            self._announce_again(now)

    def _end(self, now: int, why: Why) -> None:
        if self.state is State.MASTER:
            self._give_up(now)
            self._note(AddressesHeld(self.config.name, False))
            self.counters.released_master += 1
        if self.state is not State.INIT:
            self._enter(now, State.INIT, why)
            self._note(Left(self.config.name, why))
        if why is Why.REMOVED:
            self._runs += 1
            self._effects += calls(self.config, self.config.name, "FAULT", self._runs)
        self._effects.append(Hold(self.config.name, ()))

    # What it does about it

    def _enter(self, now: int, state: State, why: Why, detail: str = "") -> None:
        assert state in MOVES[self.state], f"{self.state} may not become {state}"
        self.state, self.why, self.detail, self.since = state, why, detail, now
        self.wish = self._down_due = self._advert_due = None
        self._announcer.rest()
        self._said.forget()

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
            self.master = None
            self._advertise_now(now)
            self._effects.append(self.hold())
            self._announce_again(now)
            self._announcer.lead(now, self.config)
        else:
            self._effects.append(self.hold())
        if state is State.BACKUP:
            self._wait(now, master_down_us(self.interval_us, self.config.priority), Why.SILENCE)
        if before is State.MASTER:
            self.counters.released_master += 1
        initial = before is State.INIT and state is not State.MASTER
        self._note(Entered(self.config.name, state, why, detail, initial))
        if State.MASTER in (before, state):
            self._note(AddressesHeld(self.config.name, state is State.MASTER))
        self._tell(state, why, detail)

    def _tell(self, state: State, why: Why, detail: str) -> None:
        config = self.config
        self._runs += 1
        self._effects += calls(config, config.name, state.value, self._runs)
        if self.mail and config.smtp_alert:
            because = f"{why.sentence} ({detail})" if detail else why.sentence
            mail = instance_mail(self.router_id, config.name, state.value, because)
            self._effects.append(Tell(mail))

    def _wait(self, now: int, wait_us: int, why: Why) -> None:
        self._down_due = now + wait_us
        self._down_why = why

    def _advertise_now(self, now: int) -> None:
        self._advertise(now, self.config.priority)
        self._advert_due = now + self.interval_us

    def _give_up(self, now: int) -> None:
        self.counters.zero_sent += 1
        self._advertise(now, 0)
        self._note(ZeroSent(self.config.name))

    def _advertise(self, now: int, priority: int) -> None:
        config = self.config
        link = self.footing.links.get(config.interface)
        if link is None:
            return
        names = advertised(config, link.mtu)
        sends = self.voice.say(config, self.footing, priority, names, now)
        self.counters.adverts_sent += bool(sends)
        self._effects += sends

    def _announce_again(self, now: int, lower: bool = False) -> None:
        if self.state is State.MASTER:
            links = self.footing.links
            self._effects += self._announcer.announce(now, self.config, links, lower)

    def _last_heard(self) -> str:
        if self.master is None:
            return ""
        return f"last heard {self.master[0]}, priority {self.master[1]}"

    def _note(self, line: Noteworthy) -> None:
        self._effects.append(Note(line))

    def _note_once(self, key: object, line: Noteworthy) -> None:
        if self._said.first(key):
            self._note(line)

    def _note_rarely(self, now: int, line: Noteworthy) -> None:
        if self._said.rarely(now, type(line)):
            self._note(line)
