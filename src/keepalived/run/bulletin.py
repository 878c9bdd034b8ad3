"""Words that hold until the next about the same thing: kept by the parent, told on to its children.

Rule: a child that is born learns what holds already. Nobody trusts a session that nobody watches:
when its process has died and is not back within a second, the session counts as down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from keepalived.config.root import Config
from keepalived.port.words import BfdSaid
from keepalived.run.bus import Message, word_to_message
from keepalived.run.kinds import BFD, CHECKER, VRRP, Kind
from keepalived.run.loop import Loop

UP, DOWN = b"up", b"down"
"""What the BFD process keeps of a session for another parent."""
UNWATCHED_US = 1_000_000
"""So long after the BFD child's death its sessions are what they were."""


class Bulletin:
    """What the BFD child said of each session last."""

    def __init__(
        self, loop: Loop, config: Callable[[], Config], say: Callable[[Kind, Message], None]
    ) -> None:
        """`config` gives the configuration in force, `say` sends a child that runs a message."""
        self._loop = loop
        self._config = config
        self._say = say
        self._last: dict[str, BfdSaid] = {}

    def take(self, word: BfdSaid) -> None:
        """Remember a word and tell it to those whom it concerns."""
        self._last[word.instance] = word
        for kind in (VRRP, CHECKER):
            if word.instance in self._concerned(kind):
                self._say(kind, word_to_message(word))

    def inherit(self, kept: Mapping[str, bytes]) -> None:
        """Take over what the sessions were when the parent before this one was killed."""
        for name in self._concerned(BFD) & set(kept):
            up = kept[name] == UP
            self._last[name] = BfdSaid(name, up, "so it was when the parent process was killed")

    def words(self, kind: Kind) -> tuple[BfdSaid, ...]:
        """Give what a child of this kind is to know at its birth."""
        names = self._concerned(kind)
        return tuple(word for name, word in self._last.items() if name in names)

    def reloaded(self) -> None:
        """Drop what was said of sessions that are gone; tell those whom others concern only now."""
        names = self._concerned(BFD)
        self._last = {name: word for name, word in self._last.items() if name in names}
        for kind in (VRRP, CHECKER):
            for word in self.words(kind):
                self._say(kind, word_to_message(word))

    def unwatched(self, is_back: Callable[[], bool]) -> None:
        """Hear that the BFD child has died; `is_back` says whether another one is at work."""

        def look() -> None:
            if is_back():
                return
            for word in list(self._last.values()):
                if word.up:
                    self.take(BfdSaid(word.instance, False, "the BFD process is not running"))

        self._loop.call_at(self._loop.now() + UNWATCHED_US, look)

    def _concerned(self, kind: Kind) -> set[str]:
        """Name the sessions that a kind of child hears of: all but those for others alone."""
        found = set()
        for each in self._config().bfd_instances:
            named = {VRRP: each.vrrp, CHECKER: each.checker}
            if named.get(kind, True) or not any(named.values()):
                found.add(each.name)
        return found
