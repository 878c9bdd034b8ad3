"""The words of the standard `typing` that stand in code that runs, without loading it.

Rule: to a type checker the standard module itself; at run time placeholders that do nothing. That
module brings regular expressions along, a megabyte and ten milliseconds that no process here needs.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, Generic, Protocol, TypeVar, assert_never, dataclass_transform
else:
    from types import GenericAlias

    class Any:
        """Stands for every type."""

    class ClassVar:
        """Marks what is no field."""

        __class_getitem__ = classmethod(GenericAlias)

    class Generic:
        """Takes type arguments."""

        __slots__ = ()
        __class_getitem__ = classmethod(GenericAlias)

    class Protocol(Generic):
        """Says what a thing must be able to do."""

        __slots__ = ()

    class TypeVar:
        """Stands for a type to be named."""

        def __init__(self, name, *_, **__):
            self.__name__ = name

    def assert_never(thing):
        raise AssertionError(f"unexpected: {thing!r}")

    def dataclass_transform(**_):
        return lambda decorator: decorator


__all__ = (
    "TYPE_CHECKING",
    "Any",
    "ClassVar",
    "Generic",
    "Protocol",
    "TypeVar",
    "assert_never",
    "dataclass_transform",
)
