"""Memory that outlives a process: what each virtual router must know again after a crash.

Rule: writing is two stores into shared memory, no system call. A process that dies while it
writes leaves the record before that one, whole.
"""

from __future__ import annotations

import mmap
import os
from contextlib import suppress

NAME = "keepalived-lives"
MAGIC = b"keepalived lives 1\n"
HEAD = 64
SLOT = 256
"""Bytes: which copy counts, the owner's length, the owner, then two copies with their lengths."""
OWNER_MOST = 62
COPY = 96
LIFE_MOST = COPY - 1
SLOTS = 4095
"""Only those that are written to cost memory."""
NOTHING = 0


class Lives:
    """Records by owner, shared by a parent and the children that it forks."""

    def __init__(self) -> None:
        self.descriptor = os.memfd_create(NAME)
        """By which the next parent finds the memory of an orphan; only for that."""
        size = HEAD + SLOTS * SLOT
        os.ftruncate(self.descriptor, size)
        self._memory = mmap.mmap(self.descriptor, size)
        self._memory[: len(MAGIC)] = MAGIC
        self._slots: dict[str, int] | None = None

    def keep(self, owner: str, life: bytes) -> None:
        """Write an owner's record; an empty one forgets it. One that finds no room is not kept."""
        place = self._place(owner, bool(life))
        if place is None:
            return
        memory = self._memory
        if not life:
            memory[place] = NOTHING
            assert self._slots is not None
            del self._slots[owner]
            return
        assert len(life) <= LIFE_MOST, f"{len(life)} bytes are too long a life"
        copy = 2 if memory[place] == 1 else 1
        start = place + 64 + (copy - 1) * COPY
        memory[start : start + 1 + len(life)] = bytes((len(life),)) + life
        memory[place] = copy

    def kept(self) -> dict[str, bytes]:
        """Give every record there is."""
        return _records(self._memory)

    def inherit(self, pid: int) -> bool:
        """Take in what another process of ours keeps; False where it keeps nothing readable."""
        with suppress(OSError):
            for number in os.listdir(f"/proc/{pid}/fd"):
                path = f"/proc/{pid}/fd/{number}"
                if os.readlink(path).startswith(f"/memfd:{NAME}"):
                    with open(path, "rb") as file:
                        left = file.read(len(self._memory))
                    if not left.startswith(MAGIC):
                        return False
                    for owner, life in _records(left).items():
                        self.keep(owner, life)
                    return True
        return False

    def _place(self, owner: str, wanted: bool) -> int | None:
        slots = self._slots
        if slots is None:
            # The first who asks in this process: what is there already keeps its place.
            slots = self._slots = {
                _owner(self._memory, place): place for place in _used(self._memory)
            }
        place = slots.get(owner)
        if place is not None or not wanted:
            return place
        name = owner.encode()
        if len(name) > OWNER_MOST:
            return None
        taken = set(slots.values())
        for place in range(HEAD, len(self._memory), SLOT):
            if place not in taken:
                self._memory[place + 1 : place + 2 + len(name)] = bytes((len(name),)) + name
                slots[owner] = place
                return place
        return None


def _used(memory: mmap.mmap | bytes) -> list[int]:
    return [place for place in range(HEAD, len(memory), SLOT) if memory[place]]


def _owner(memory: mmap.mmap | bytes, place: int) -> str:
    return memory[place + 2 : place + 2 + memory[place + 1]].decode(errors="replace")


def _records(memory: mmap.mmap | bytes) -> dict[str, bytes]:
    found = {}
    for place in _used(memory):
        start = place + 64 + (memory[place] - 1) * COPY
        found[_owner(memory, place)] = memory[start + 1 : start + 1 + memory[start]]
    return found
