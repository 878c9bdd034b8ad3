"""What a reload says to a child, and what the child makes of it: only what is new is read again.

Rule: a child has what its parent gave it last, in the same order; services and instances are told
by that order.
"""

from __future__ import annotations

from itertools import islice

from keepalived.annotations import TYPE_CHECKING, Any, TypeVar
from keepalived.config.load import child_text, load_expanded
from keepalived.config.root import Config
from keepalived.lang.fault import Severity
from keepalived.linux.facts import host_name
from keepalived.records import replace
from keepalived.run.bus import Message

if TYPE_CHECKING:
    from keepalived.core.vrrp.config import VrrpInstance
    from keepalived.run.kinds import Kind

CHECKER, VRRP = "checker", "vrrp"
MANY = 200
"""Services of which a reload is rehearsed, and instances that are told one by one."""
T = TypeVar("T")


def news(process: str, before: Config, after: Config) -> Message:
    """Give what a child of that name has to be told, as plain data.

    `text` is what it has to read; without it nothing changed. `order` is that of the services, or
    `instances` that of the instances: two numbers are a range of those that it has, one number is
    how many come from the text.
    """
    if process == CHECKER:
        order, new = _order(before.services, after.services)
        return {"text": child_text(replace(after, services=new), process), "order": order}
    if _own(process, before) == _own(process, after):
        return {}
    return _few(before, after) or {"text": child_text(after, process)}


def _few(before: Config, after: Config) -> Message:
    """Give what tells of instances that changed; nothing where all has to be told."""
    same = replace(before, services=(), instances=()) == replace(after, services=(), instances=())
    if not same or len(after.instances) < MANY:
        return {}
    known = {each.name: each for each in before.instances}
    # Who is equal is the one that the child has.
    found = [known.get(each.name, each) for each in after.instances]
    pairs = zip(found, after.instances, strict=True)
    wanted = tuple([old if old == new else new for old, new in pairs])
    order, new = _order(before.instances, wanted)
    if len(new) * 2 > len(wanted):
        return {}
    text = _text_of(after, new)
    # What others say of an instance is not in that text: it must come to the same without them.
    if not new or _read(text).instances == new:
        return {"text": text, "instances": order}
    return {}


def _text_of(config: Config, instances: tuple[VrrpInstance, ...]) -> str:
    return child_text(
        replace(config, services=(), sync_groups=(), track_groups=(), instances=instances), VRRP
    )


def _read(text: str) -> Config:
    return load_expanded(text).config


def _own(process: str, config: Config) -> Config:
    if process == VRRP:
        return replace(config, services=())
    return replace(config, services=(), sync_groups=(), instances=())


def _order(before: tuple[T, ...], after: tuple[T, ...]) -> tuple[list[list[int]], tuple[T, ...]]:
    places = {id(each): place for place, each in enumerate(before)}
    order: list[list[int]] = []
    new: list[T] = []
    for each in after:
        place = places.get(id(each))
        last = order[-1] if order else [-1, -1]
        if place is None:
            new.append(each)
            if len(last) == 1:
                last[0] += 1
            else:
                order.append([1])
        elif len(last) == 2 and last[1] == place:
            last[1] += 1
        else:
            order.append([place, place + 1])
    return order, tuple(new)


class Taking:
    """What a child runs on, from one reload to the next."""

    def __init__(self, kind: Kind, config: Config) -> None:
        self._kind = kind
        self.config = config
        self._view: Any = None
        """The child's own part, once a reload has been."""

    def rehearse(self) -> object | None:
        """Go through a reload that changes nothing, where one is to be quick; give what it gives.

        What it writes to is then no longer shared with the parent: the first one that counts does
        not wait for that.
        """
        if self._kind.name == VRRP and len(self.config.instances) >= MANY:
            self._view = self._kind.view(self.config, host_name())
        if self._kind.name != CHECKER or len(self.config.services) < MANY:
            return None
        config = self.config
        view = self.take(news(CHECKER, config, config))
        self.config = config
        return view

    def take(self, said: Message) -> object:
        """Take what `news` gave; return the child's own part of the configuration."""
        if "text" not in said:
            self._view = self._kind.view(self.config, host_name())
            return self._view
        # First of all, so that it is what the child was built with.
        had: Any = None
        if "order" in said:
            had = self._view or self._kind.view(self.config, host_name())
        if "instances" in said:
            self._view = self._take_instances(said["instances"], _read(said["text"]).instances)
            return self._view
        loaded = load_expanded(said["text"])
        wrong = [fault for fault in loaded.faults if fault.severity is not Severity.REMARK]
        # The parent found it fit. If it reads otherwise here, the next life gets it by the fork.
        assert not wrong, wrong
        view: Any = self._kind.view(loaded.config, host_name())
        config = loaded.config
        if had is not None:
            # What is kept stays the same object: it need not be looked at.
            view = replace(view, services=_merged(said["order"], had.services, view.services))
            services = _merged(said["order"], self.config.services, config.services)
            config = replace(config, services=services)
        self.config, self._view = config, view
        return view

    def _take_instances(self, order: list[list[int]], new: tuple[VrrpInstance, ...]) -> object:
        """Take those that changed; what the others run on is not worked out anew if it need not."""
        from keepalived.run.here import stands_alone

        before, had = self.config, self._view
        instances = _merged(order, before.instances, new)
        self.config = replace(before, instances=instances)
        if had is not None and len(instances) == len(before.instances):
            found: Any = self._kind.view(replace(before, instances=new), host_name())
            if stands_alone(before, had) and stands_alone(before, found):
                return replace(had, instances=_merged(order, had.instances, found.instances))
        return self._kind.view(self.config, host_name())


def _merged(order: list[list[int]], had: tuple[T, ...], new: tuple[T, ...]) -> tuple[T, ...]:
    left = iter(new)
    merged: list[T] = []
    for each in order:
        merged += islice(left, each[0]) if len(each) == 1 else had[each[0] : each[1]]
    assert next(left, None) is None, "one more than was told"
    assert len(merged) == sum(e[0] if len(e) == 1 else e[1] - e[0] for e in order), "one is missing"
    return tuple(merged)
