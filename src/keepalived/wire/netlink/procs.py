"""Process events over netlink: the kernel tells of every fork, exec, rename and exit.

Rule: only what concerns whole processes is given; a thread's event is None like foreign bytes.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct

from keepalived.records import dataclass
from keepalived.wire.netlink import frame
from keepalived.wire.netlink.frame import Message

PROTOCOL = 11
"""The connector's netlink protocol."""
GROUP = 1
"""Its index and its value in a connector header, and the group that hears it."""

_CONNECTOR = Struct("=IIIIHH")
"""Index, value, sequence, acknowledgement, length, flags."""
_OPERATION = Struct("=I")
_EVENT = Struct("=IIQ")
"""What happened, on which processor, when."""
_TWO = Struct("=II")
_FOUR = Struct("=IIII")
_LISTEN, _IGNORE = 1, 2


class What(IntEnum):
    """What happened to a process."""

    READY = 0
    """The kernel answers that it will tell, or refuses with an error number as `process`."""
    FORKED = 0x1
    EXECUTED = 0x2
    RENAMED = 0x200
    EXITED = 0x80000000


_KINDS = {int(each): each for each in What}


@dataclass(frozen=True, slots=True)
class ProcessEvent:
    """One event: the process that it is about, and for a fork its parent."""

    what: What
    process: int
    parent: int = 0


def encode_listen(listening: bool) -> bytes:
    """Write the message that asks the kernel to tell of events, or to stop that."""
    operation = _OPERATION.pack(_LISTEN if listening else _IGNORE)
    head = _CONNECTOR.pack(GROUP, GROUP, 0, 0, len(operation), 0)
    return frame.encode(frame.DONE, 0, 0, head + operation)


def decode(message: Message) -> ProcessEvent | None:
    """Read one message; None for what is not about a whole process."""
    body = message.body
    start = _CONNECTOR.size
    if len(body) < start + _EVENT.size or _CONNECTOR.unpack_from(body)[:2] != (GROUP, GROUP):
        return None
    what = _KINDS.get(_EVENT.unpack_from(body, start)[0])
    rest = body[start + _EVENT.size :]
    if what is What.READY:
        return ProcessEvent(what, _OPERATION.unpack_from(rest)[0]) if len(rest) >= 4 else None
    if what is What.FORKED:
        if len(rest) < _FOUR.size:
            return None
        _, parent, thread, process = _FOUR.unpack_from(rest)
        return ProcessEvent(what, process, parent) if thread == process else None
    if what is None or len(rest) < _TWO.size:
        return None
    thread, process = _TWO.unpack_from(rest)
    return ProcessEvent(what, process) if thread == process else None
