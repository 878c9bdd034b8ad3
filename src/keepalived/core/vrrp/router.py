"""The brain of the VRRP process: routes events to its machines and settles their groups.

Rule: machines never call one another. What one step moved is offered to the group's other members
within the same step, in a bounded number of rounds.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepalived.core.notify.pipes import Pipes
from keepalived.core.vrrp.adoption import Keeper
from keepalived.core.vrrp.amendment import amended
from keepalived.core.vrrp.claims import held
from keepalived.core.vrrp.complaints import Refusals, describe, resource_of, script_failed
from keepalived.core.vrrp.config import RouterConfig, VrrpInstance
from keepalived.core.vrrp.conflicts import Conflicts
from keepalived.core.vrrp.deadlines import Deadlines
from keepalived.core.vrrp.fixtures import Fixtures
from keepalived.core.vrrp.ground import ANY_LINK, Ground, Key, by_ground, key_of
from keepalived.core.vrrp.handover import Handovers
from keepalived.core.vrrp.happenings import (
    AddressTaken,
    Altered,
    Burdened,
    Ended,
    Footing,
    FootingChanged,
    MachineEvent,
    ParcelHeard,
    TimePassed,
)
from keepalived.core.vrrp.machine import Machine
from keepalived.core.vrrp.pacing import Pacer
from keepalived.core.vrrp.settling import SettledGroup, form_groups
from keepalived.core.vrrp.sorting import Sorting
from keepalived.core.vrrp.state import State, Why
from keepalived.core.vrrp.status import members_status
from keepalived.core.vrrp.timing import SECOND_US
from keepalived.core.vrrp.tracking import Tracking, parted
from keepalived.port.brain import Snapshot
from keepalived.port.effects import Effect, Hold
from keepalived.port.events import (
    AddressGone,
    AddressSeen,
    Asked,
    ClockSeen,
    ConflictSeen,
    DatagramHeard,
    Event,
    Kept,
    LinkGone,
    LinkSeen,
    Lost,
    Reconfigured,
    Refused,
    ScriptEnded,
    Started,
    Stopping,
    TalkEnded,
    Told,
    WatchSaw,
    Woken,
)
from keepalived.port.facts import LinkAddress
from keepalived.port.resources import HeldAddress, Remove, Resource
from keepalived.port.routing import HeldRoute, HeldRule

Pair = tuple[Machine, VrrpInstance]


class Router:
    """All virtual routers of this director."""

    def __init__(self, config: RouterConfig) -> None:
        self._config = config
        self._ground = Ground()
        self._fixtures = Fixtures()
        self._pipes = Pipes()
        self._conflicts = Conflicts()
        self._pacer = Pacer(config.paces)
        self._tracking = Tracking(config, self._ground)
        self._machines: list[Machine] = []
        self._groups: list[SettledGroup] = []
        self._by_key: dict[Key, Machine] = {}
        self._sorting = Sorting()
        self._on_link: dict[str, list[Machine]] = {}
        """Which machines need a link: what happens on any other link is no news to them."""
        self._group_of: dict[int, SettledGroup] = {}
        self._deadlines = Deadlines()
        self._places: dict[int, int] = {}
        """Each machine's place in the order of the file."""
        self._stirred: dict[int, Machine] = {}
        """The machines that took something in during this step: only their groups can move."""
        self._running = False
        self._utc_offset_us = 0
        self._keeper = Keeper()
        self._handovers = Handovers(self._drive, self._leave)
        self._other_due: int | None = None  # what is due beside the machines; by the last step
        self._begins_at: int | None = None
        """When they begin, as long as that is put off."""
        self._retry_at: int | None = None
        self._refusals = Refusals()

    def deadline(self) -> int | None:
        """Say when to be woken next."""
        if not self._running:
            return self._handovers.deadline
        due, other = self._deadlines.next(), self._other_due
        return other if due is None else due if other is None else min(due, other)

    def snapshot(self, now: int) -> Snapshot:
        """Show instances and groups."""
        return {
            "process": "vrrp",
            "router_id": self._config.router_id,
            **members_status(now, self._machines, self._groups, self._handovers),
            "tracked": self._tracking.snapshot(now),
            "packets_for_nobody": self._sorting.plain(),
        }

    def step(self, now: int, event: Event) -> Sequence[Effect]:
        """Take one event in; give what is to be done, in order."""
        if isinstance(event, DatagramHeard) and self._hear_again(now, event):
            return ()
        before = [machine.state for machine in self._machines] if self._refusals else []
        if isinstance(event, DatagramHeard):
            effects = self._take_in(now, event)
        else:
            said, asked = parted(self._tracking.take(now, event))
            effects = said + self._take_in(now, event) + self._burden(now) + asked
        effects += self._handovers.look(now)
        groups = {id(g): g for each in self._stirred if (g := self._group_of.get(each))}
        for group in groups.values():
            if self._running and self._begins_at is None:
                effects += group.settle(now)
            for machine in group.members:
                self._deadlines.set(self._places[id(machine)], machine.deadline())
            effects += self._keeper.keep(group.members)
        self._stirred = {}
        dues = (
            *(self._retry_at, self._begins_at, self._handovers.deadline),
            *(self._tracking.deadline(), self._pacer.deadline(), self._ground.debounce.deadline()),
        )
        self._other_due = min([due for due in dues if due is not None], default=None)
        if before and before != [machine.state for machine in self._machines]:
            self._refusals.forget()
        return effects

    def _take_in(self, now: int, event: Event) -> list[Effect]:
        match event:
            case Started():
                return self._start(now)
            case Kept(lives):
                self._keeper.learn(lives)
                return []
            case Stopping():
                return self._stop(now)
            case Woken():
                return self._look_at_clock(now)
            case Reconfigured():
                assert isinstance(event.config, RouterConfig)
                return self._reconfigure(now, event.config)
            case ClockSeen():
                return self._set_clock(event.utc_offset_us)
            case LinkSeen() | LinkGone() | AddressSeen() | AddressGone():
                return self._learn(now, event)
            case DatagramHeard():
                return self._hear(now, event)
            case Lost():
                return self._lose(now, event.resource)
            case Refused():
                return self._take_refusal(now, event)
            case ScriptEnded():
                return self._pipes.ended(now, event) + script_failed(event)
            case Asked("handover", arguments):
                return self._handovers.ask(now, self._groups, arguments)
            case ConflictSeen():
                return self._conflicts.seen(now, event, self._machines, self._handovers.takes)
            case TalkEnded() | Told() | Asked() | WatchSaw():
                return []

    def _burden(self, now: int) -> list[Effect]:
        """Lay on machines what tracking makes of them; who waited for that begins."""
        moved = self._tracking.moved() if self._running else ()
        if not moved:
            return []
        stirred = [machine for machine in self._machines if machine.config.name in moved]
        effects = [e for each in stirred for e in self._load(now, each, each.config.name)]
        return effects + self._begin_let_in(now)

    def _begin_let_in(self, now: int) -> list[Effect]:
        """Let those begin that waited for something without a word."""
        if self._begins_at is not None:
            return []
        return self._begin(now, [m for m in self._stirred.values() if m.state is State.INIT])

    def _load(self, now: int, machine: Machine, name: str) -> list[Effect]:
        burden = self._tracking.burden(name)
        same = burden == machine.fitness.burden
        return [] if same else self._drive(now, machine, Burdened(burden))

    # Life

    def _start(self, now: int) -> list[Effect]:
        self._running = True
        begins_at = max(now + self._config.startup_delay_us, self._config.delay_after_boot_us)
        # Another process begins in the place of one that died: the director did not start.
        self._begins_at = begins_at if begins_at > now and not self._keeper.succeeds else None
        return self._adopt(now, self._config)

    def _stop(self, now: int) -> list[Effect]:
        self._running = False
        self._retry_at = self._begins_at = None
        stop = self._handovers.stop if self._config.handover else self._handovers.drop
        effects, free = stop(now, self._groups)
        effects += self._each(now, free, Ended(Why.STOPPING))
        return effects if self._handovers.deadline is not None else effects + self._leave()

    def _leave(self) -> list[Effect]:
        effects = [effect for group in self._groups for effect in group.stopped()]
        return [*effects, *self._fixtures.end(), *self._pipes.end()]

    def _reconfigure(self, now: int, config: RouterConfig) -> list[Effect]:
        if not self._running:
            self._config = config
            return []
        effects = [*self._handovers.cancel(now), *self._adopt(now, config)]
        if config.tells_again:
            effects += [effect for group in self._groups for effect in group.told_again()]
        return effects

    def _adopt(self, now: int, config: RouterConfig) -> list[Effect]:
        """Match machines by link and router id: kept ones keep their state, others end or begin."""
        before, self._config = self._config, config
        self._pacer.adopt(config.paces)
        self._ground.debounce.adopt(config.delays)
        effects = [*self._pipes.adopt(now, config.pipes), *self._fixtures.adopt(config)]
        places = amended(before, config) if self._machines else None
        if places is not None:
            self._sorting.adopt(self._machines, config.instances, config.log_unknown_vrids)
            few = [(self._machines[place], config.instances[place]) for place in places]
            return [*effects, *self._keep(now, config, few), *self._begin_let_in(now)]
        effects += self._fixtures.grow(self._ground)
        known = {key_of(m.config): m for m in self._machines if m.fault is not Why.DUPLICATE_ID}
        twins = [m for m in self._machines if m.fault is Why.DUPLICATE_ID]
        kept, new, self._machines = list[Pair](), list[Machine](), []
        for instance in config.instances:
            machine = known.pop(key_of(instance), None)
            if machine is None:
                machine = Machine(instance, config, self._pacer)
                machine.fitness.burden = self._tracking.burden(instance.name)
                machine.beacon.voice.numbers.utc_offset_us = self._utc_offset_us
                self._keeper.take_up(machine)
                new.append(machine)
            else:
                kept.append((machine, instance))
            self._machines.append(machine)
        self._by_key, self._on_link = by_ground(self._machines, config.instances)
        self._sorting.adopt(self._machines, config.instances, config.log_unknown_vrids)
        gone = [*known.values(), *twins]
        effects += [*self._each(now, gone, Ended(Why.REMOVED)), *self._keeper.forget(gone)]
        names = {instance.name for instance in config.instances}
        effects += [Hold(m.config.name, ()) for m, _ in kept if m.config.name not in names]
        effects += self._keep(now, config, kept)
        effects += [*self._fixtures.hold(self._ground), *self._form_groups(config)]
        for each in new:
            effects += self._drive(now, each, FootingChanged(self._footing(each, each.config)))
        return effects + self._begin_let_in(now)

    def _keep(self, now: int, config: RouterConfig, kept: Sequence[Pair]) -> list[Effect]:
        """Give machines that go on their new configuration."""
        effects: list[Effect] = []
        renamed = [machine for machine, wanted in kept if wanted.name != machine.config.name]
        for machine, altered in kept:
            machine.telling.adopt(config)
            effects += self._load(now, machine, altered.name)
            # The footing first: one that may not run so must not say it even once.
            effects += self._drive(now, machine, FootingChanged(self._footing(machine, altered)))
            if altered != machine.config:
                effects += self._drive(now, machine, Altered(altered))
        # On the way to their new names they may have spoken in each other's.
        return [*effects, *(each.hold() for each in renamed)]

    def _form_groups(self, config: RouterConfig) -> list[Effect]:
        self._groups, notes = form_groups(self._machines, config, self._groups)
        self._group_of = {id(m): group for group in self._groups for m in group.members}
        self._places = {id(machine): place for place, machine in enumerate(self._machines)}
        self._deadlines.clear()
        for place, machine in enumerate(self._machines):
            self._deadlines.set(place, machine.deadline())
        return notes

    def _begin(self, now: int, new: Sequence[Machine]) -> list[Effect]:
        begun = self._keeper.begin(now, self._groups, new)
        return [effect for machine, how in begun for effect in self._drive(now, machine, how)]

    # Time, links and addresses

    def _set_clock(self, utc_offset_us: int) -> list[Effect]:
        self._utc_offset_us = utc_offset_us
        for machine in self._machines:
            machine.beacon.voice.numbers.utc_offset_us = utc_offset_us
        return []

    def _look_at_clock(self, now: int) -> list[Effect]:
        effects = self._pacer.due(now)
        if self._begins_at is not None and self._begins_at <= now:
            self._begins_at = None
            effects += self._begin(now, self._machines)
        for link in self._ground.debounce.due(now):
            self._ground.link_seen(link)
            effects += self._stand_on(now, link.name)
        for place in self._deadlines.take(now):
            effects += self._drive(now, self._machines[place], TimePassed())
        if self._retry_at is not None and self._retry_at <= now:
            self._retry_at = now + SECOND_US if self._ground.listen_again() else None
            effects += [*self._fixtures.again(), *(each.hold() for each in self._machines)]
            deaf = [each for each in self._machines if each.fault is Why.NO_SOCKET]
            effects += self._look_at_ground(now, deaf)
        return effects

    def _learn(
        self, now: int, event: LinkSeen | LinkGone | AddressSeen | AddressGone
    ) -> list[Effect]:
        if isinstance(event, AddressSeen) and self._is_ours(event.address):
            return []
        if isinstance(event, LinkGone):
            self._fixtures.lost_link(event.name)
        name = self._ground.learn(now, event)
        return self._stand_on(now, name) if name and self._running else []

    def _stand_on(self, now: int, name: str) -> list[Effect]:
        """Let those hear of a link that stand on it."""
        self._tracking.look_at_link(now, name)
        effects: list[Effect] = [*self._fixtures.hold(self._ground)]
        near = (*self._on_link.get(name, ()), *self._on_link.get(ANY_LINK, ()))
        return effects + self._look_at_ground(now, near) + self._begin_let_in(now)

    def _look_at_ground(self, now: int, machines: Sequence[Machine]) -> list[Effect]:
        found = [(each, self._footing(each, each.config)) for each in machines]
        new = [(each, FootingChanged(it)) for each, it in found if it != each.footing]
        return [effect for each, changed in new for effect in self._drive(now, each, changed)]

    def _footing(self, machine: Machine, config: VrrpInstance) -> Footing:
        return self._ground.footing(config, self._by_key[key_of(config)] is not machine)

    def _is_ours(self, address: LinkAddress) -> bool:
        """Say whether we put it there: by the kernel's mark, or because a master holds it."""
        spot = (HeldAddress, address.link, address.address, address.prefix)
        near = self._on_link.get(address.link, ())
        return address.ours or any(spot == each.key for m in near for each in _claims(m))

    def _lose(self, now: int, resource: Resource) -> list[Effect]:
        if self._fixtures.has(resource):
            return [*self._fixtures.again()]
        losers = [m for m in self._machines if resource.key in (each.key for each in _claims(m))]
        if isinstance(resource, HeldAddress | HeldRoute | HeldRule):
            return self._each(now, losers, AddressTaken(describe(resource)))
        if losers and self._running:
            self._retry_at = now
        return []

    def _take_refusal(self, now: int, event: Refused) -> list[Effect]:
        if not self._running or not self._ground.refused(event):
            return []
        if not isinstance(event.change, Remove):
            self._retry_at = self._retry_at or now + SECOND_US
        key = resource_of(event.change).key
        deaf = [each for each in self._machines if each.beacon.ear == key]
        return [*self._refusals.note(event), *self._look_at_ground(now, deaf)]

    # Packets

    def _hear_again(self, now: int, event: DatagramHeard) -> bool:
        machine = self._sorting.hear_again(now, event)
        if machine is not None:
            self._deadlines.set(self._places[id(machine)], machine.election.due)
        return machine is not None

    def _hear(self, now: int, event: DatagramHeard) -> list[Effect]:
        found = self._sorting.sort(event)
        if found is None:
            return self._sorting.strange(event)
        if self._handovers.takes(found[0]):
            return self._handovers.hear(now, *found)
        return self._drive(now, found[0], ParcelHeard(found[1])) if self._running else []

    def _each(self, now: int, machines: Sequence[Machine], event: MachineEvent) -> list[Effect]:
        return [effect for machine in machines for effect in self._drive(now, machine, event)]

    def _drive(self, now: int, machine: Machine, event: MachineEvent) -> list[Effect]:
        self._stirred[id(machine)] = machine
        return machine.step(now, event)


def _claims(machine: Machine) -> tuple[Resource, ...]:
    return held(machine.config, machine.state, machine.footing)
