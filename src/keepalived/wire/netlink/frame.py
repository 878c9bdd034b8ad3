"""Netlink messages: the header they all share, acknowledgements, and many in one buffer.

Rule: numbers are in the host's order, as the kernel writes them; foreign bytes never raise, a
buffer that stops making sense just ends there.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from keepalived.records import dataclass

HEADER = Struct("=IHHII")
"""Length, type, flags, sequence number, port number."""

REQUEST = 0x1
MULTI = 0x2
ACKNOWLEDGE = 0x4
DUMP_INTERRUPTED = 0x10
CAPPED = 0x100
REPLACE = 0x100
EXCLUSIVE = 0x200
ACKNOWLEDGE_ATTRIBUTES = 0x200
DUMP = 0x300
CREATE = 0x400

ERROR = 2
DONE = 3
OVERRUN = 4

_ERROR_MESSAGE = 1
_ERRNO = Struct("=i")
_ATTRIBUTE = Struct("=HH")
_ATTRIBUTE_TYPE = 0x3FFF


@dataclass(frozen=True, slots=True)
class Message:
    """One netlink message: its header's fields and what follows the header."""

    kind: int
    flags: int
    sequence: int
    port: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """The kernel's verdict on the request of this number; errno 0 is an acknowledgement."""

    sequence: int
    errno: int
    text: str = ""
    """What the kernel says about it in words, where it does."""


def encode(kind: int, flags: int, sequence: int, body: bytes) -> bytes:
    """Write one message, padded to 4 bytes; the port is left to the kernel."""
    length = 16 + len(body)
    padding = b"\0" * (-length % 4)
    return HEADER.pack(length, kind, flags, sequence, 0) + body + padding


def split(data: bytes) -> Iterator[Message]:
    """Give the messages of a buffer one by one; a length that cannot be right ends it."""
    offset, end = 0, len(data)
    while end - offset >= 16:
        length, kind, flags, sequence, port = HEADER.unpack_from(data, offset)
        if length < 16 or length > end - offset:
            return
        yield Message(kind, flags, sequence, port, data[offset + 16 : offset + length])
        offset += (length + 3) & ~3


def read_answer(message: Message) -> Answer | None:
    """Read an ERROR message (an acknowledgement is error 0); None for any other or a short one."""
    body = message.body
    if message.kind != ERROR or len(body) < 20:
        return None
    (code,) = _ERRNO.unpack_from(body)
    length = HEADER.unpack_from(body, 4)[0]
    text = ""
    if message.flags & ACKNOWLEDGE_ATTRIBUTES:
        start = 20 if message.flags & CAPPED else 4 + ((max(length, 16) + 3) & ~3)
        said = dict(attributes(body[start:])).get(_ERROR_MESSAGE, b"")
        text = said.rstrip(b"\0").decode("utf-8", "replace")
    return Answer(message.sequence, -code, text)


def dump_error(message: Message) -> int:
    """Give the errno that a DONE message carries; 0 where the dump ended well."""
    return -_ERRNO.unpack_from(message.body)[0] if len(message.body) >= 4 else 0


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the attributes of a buffer: number without its flag bits, and value."""
    offset, end = 0, len(data)
    while end - offset >= 4:
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        if length < 4 or length > end - offset:
            return
        yield kind & _ATTRIBUTE_TYPE, data[offset + 4 : offset + length]
        offset += (length + 3) & ~3


def attribute(kind: int, value: bytes) -> bytes:
    """Write one attribute, padded to 4 bytes."""
    return _ATTRIBUTE.pack(4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def text_attribute(kind: int, value: str) -> bytes:
    """Write one attribute that is a text, with the NUL that ends it."""
    return attribute(kind, value.encode() + b"\0")
