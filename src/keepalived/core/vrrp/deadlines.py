"""Deadlines of many things, the earliest of which is always at hand.

Rule: one heap. A deadline that moves later costs nothing until its old time comes to the top; that
is the usual case, for every advert heard puts off its backup's deadline.
"""

from __future__ import annotations

from heapq import heappop, heappush, heapreplace


class Deadlines:
    """What is due when, by number."""

    def __init__(self) -> None:
        self._dues: dict[int, int] = {}
        self._looks: dict[int, int] = {}
        """When the heap looks at a number next: never later than it is due."""
        self._heap: list[tuple[int, int]] = []

    def clear(self) -> None:
        """Forget all."""
        self._dues.clear()
        self._looks.clear()
        self._heap.clear()

    def set(self, number: int, due: int | None) -> None:
        """Say when a number is due from now on; None for not at all."""
        if due is None:
            self._dues.pop(number, None)
            return
        self._dues[number] = due
        look = self._looks.get(number)
        if look is None or due < look:
            self._looks[number] = due
            heappush(self._heap, (due, number))

    def next(self) -> int | None:
        """Give the earliest deadline."""
        heap = self._heap
        while heap:
            look, number = heap[0]
            if self._looks.get(number) != look:
                heappop(heap)
                continue
            due = self._dues.get(number)
            if due == look:
                return due
            if due is None:
                del self._looks[number]
                heappop(heap)
            else:
                self._looks[number] = due
                heapreplace(heap, (due, number))
        return None

    def take(self, now: int) -> list[int]:
        """Give the numbers whose deadlines have come, and forget these deadlines."""
        found: list[int] = []
        while (due := self.next()) is not None and due <= now:
            number = heappop(self._heap)[1]
            del self._looks[number], self._dues[number]
            found.append(number)
        return found
