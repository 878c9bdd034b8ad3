"""Tables of attributes: which number carries which field, and in which shape.

Rule: one table serves both ways. A table reads any bytes, taking only what it knows and what has
the right size; a layout made from it writes its fields in a fixed order, in one `struct` call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from struct import Struct

from keepalived.records import dataclass
from keepalived.wire.netlink.frame import attributes

Value = int | bytes | str
NESTED = 0x8000
_HEADER = Struct("=HH")


class Shape(Enum):
    """How a value is written; the enum's value is its `struct` letters."""

    U8 = "B"
    U16 = "H"
    U32 = "I"
    U64 = "Q"
    PORT = "2s"
    """A port: two bytes in network order; an int in our hands."""
    IN6 = "16s"
    """An address in 16 bytes; an IPv4 one in the first four."""
    PAIR = "8s"
    """Two u32 of which the first counts: flags, and the mask of those that are meant."""
    BYTES = ""
    TEXT = "s"


_NUMBERS = {
    shape: Struct("=" + shape.value) for shape in (Shape.U8, Shape.U16, Shape.U32, Shape.U64)
}
_ALL_BITS = Struct("=II")


@dataclass(frozen=True, slots=True)
class Row:
    """One attribute: its number, the field's name, the value's shape."""

    number: int
    name: str
    shape: Shape


class Table:
    """The attributes of one kind of netlink object."""

    def __init__(self, *rows: Row) -> None:
        self._by_number = {row.number: row for row in rows}
        self._by_name = {row.name: row for row in rows}

    def decode(self, data: bytes) -> dict[str, Value]:
        """Read what is known and well formed; the rest is passed over."""
        values: dict[str, Value] = {}
        for number, raw in attributes(data):
            row = self._by_number.get(number)
            if row is not None:
                value = _read(row.shape, raw)
                if value is not None:
                    values[row.name] = value
        return values

    def layout(self, names: Sequence[str], nest: int | None = None) -> Callable[..., bytes]:
        """Make the writer of these fixed-size fields, in order; with `nest`, inside that one.

        The writer takes the values as positional arguments, ports and pairs as they are on the
        wire (`port_bytes`, `flag_bytes`).
        """
        rows = [self._by_name[name] for name in names]
        sizes = [Struct("=" + row.shape.value).size for row in rows]
        headers = [
            _HEADER.pack(4 + size, row.number) for row, size in zip(rows, sizes, strict=True)
        ]
        total = sum(4 + ((size + 3) & ~3) for size in sizes)
        if nest is not None:
            headers[0] = _HEADER.pack(4 + total, nest | NESTED) + headers[0]
        shape = "=" + "".join(
            f"{len(header)}s{row.shape.value}{-size % 4}x"
            for header, row, size in zip(headers, rows, sizes, strict=True)
        )
        slots: list[Value] = [part for header in headers for part in (header, 0)]
        pack = Struct(shape).pack

        def write(*values: Value) -> bytes:
            filled = slots.copy()
            filled[1::2] = values
            return pack(*filled)

        return write


def _read(shape: Shape, raw: bytes) -> Value | None:
    number = _NUMBERS.get(shape)
    if number is not None:
        return number.unpack(raw)[0] if len(raw) == number.size else None
    match shape:
        case Shape.PORT:
            return int.from_bytes(raw, "big") if len(raw) == 2 else None
        case Shape.IN6:
            return raw if len(raw) == 16 else None
        case Shape.PAIR:
            return _ALL_BITS.unpack(raw)[0] if len(raw) == 8 else None
        case Shape.TEXT:
            return raw.partition(b"\0")[0].decode("utf-8", "replace")
        case _:
            return raw


def port_bytes(port: int) -> bytes:
    """Write a port as the wire has it."""
    return port.to_bytes(2, "big")


def flag_bytes(flags: int) -> bytes:
    """Write flags with a mask that means all of them."""
    return _ALL_BITS.pack(flags, 0xFFFFFFFF)


def number(values: dict[str, Value], name: str, default: int = 0) -> int:
    """Give a field that is a number; the default where it did not come."""
    value = values.get(name)
    return value if isinstance(value, int) else default


def text(values: dict[str, Value], name: str) -> str:
    """Give a field that is a text; empty where it did not come."""
    value = values.get(name)
    return value if isinstance(value, str) else ""


def raw(values: dict[str, Value], name: str) -> bytes:
    """Give a field that is bytes; empty where it did not come."""
    value = values.get(name)
    return value if isinstance(value, bytes) else b""
