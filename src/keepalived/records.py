"""The standard `dataclass` in a tenth of its time and memory: what every value here is made with.

Rule: a subset with the same meaning, and to a type checker the standard module itself. That one
loads the whole of `inspect` and compiles half a dozen functions a class, which for 150 classes is
half of a start. Here classes share their methods, and those with equally many fields one
compilation of `__init__`, with their names put in. `copier` is what the standard module lacks.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import MISSING, Field, dataclass, field, fields, replace
    from typing import TypeVar

    T = TypeVar("T")

    def copier(thing: T, *names: str) -> Callable[..., T]:
        """Give what makes more of a frozen thing, in a fifth of the time that `replace` takes.

        The copies have these fields, in this order, as they are given; the others as it has them.
        """
        raise NotImplementedError

else:
    from operator import attrgetter
    from types import FunctionType

    class MISSING:
        """Stands where a field has no default."""

    class Field:
        """One field of a class."""

        __slots__ = ("compare", "default", "default_factory", "kw_only", "metadata", "name", "repr")
        init = True
        hash = None

        def __init__(self, default, default_factory, compare, repr, metadata):
            self.name = ""
            self.default = default
            self.default_factory = default_factory
            self.compare = compare
            self.repr = repr
            self.metadata = metadata
            self.kw_only = False

        @property
        def _field_type(self):
            """What the standard functions look at, so that tests may use them on our classes."""
            from dataclasses import _FIELD

            return _FIELD

    _NO_METADATA = {}

    def field(
        *, default=MISSING, default_factory=MISSING, compare=True, repr=True, metadata=_NO_METADATA
    ):
        return Field(default, default_factory, compare, repr, metadata)

    def fields(thing):
        return tuple(thing.__dataclass_fields__.values())

    def replace(thing, **changes):
        for name in thing.__dataclass_fields__:
            if name not in changes:
                changes[name] = getattr(thing, name)
        return type(thing)(**changes)

    _COPIERS = {}

    def copier(thing, *names):
        made = type(thing)
        known = _COPIERS.get((made, names))
        if known is None:
            known = _COPIERS[made, names] = _compile_copier(made, names)
        shared, surround = known
        return surround(*[getattr(thing, name) for name in shared])

    def _compile_copier(made, names):
        # What is frozen is made of its twin that is not: the fields of that are set at full speed.
        slots = [slot for each in made.__mro__ for slot in each.__dict__.get("__slots__", ())]
        soft = type(made.__name__, made.__bases__, {"__slots__": made.__dict__["__slots__"]})
        shared = [name for name in slots if name not in names]
        lines = [f"def surround({', '.join(shared)}):", f" def copy({', '.join(names)}):"]
        lines += ["  thing = new(soft)", *[f"  thing.{name} = {name}" for name in slots]]
        lines += ["  put(thing, '__class__', made)", "  return thing", " return copy"]
        found = {"new": object.__new__, "put": object.__setattr__, "soft": soft, "made": made}
        exec("\n".join(lines), found)
        return shared, found["surround"]

    def dataclass(*, frozen=False, slots=False, eq=True, kw_only=False):
        return lambda made: _finish(made, frozen, slots, eq, kw_only)

    def _finish(made, frozen, slots, eq, kw_only):
        known = {}
        for parent in made.__mro__[:0:-1]:
            known.update(parent.__dict__.get("__dataclass_fields__", ()))
        own = _own_fields(made, kw_only)
        known.update(own)
        words = {name: value for name, value in made.__dict__.items() if name not in own}
        words["__dataclass_fields__"] = known
        words["__match_args__"] = tuple(each.name for each in known.values() if not each.kw_only)
        words["__init__"] = _init(made, tuple(known.values()))
        words.setdefault("__repr__", _repr)
        if eq:
            compared = [each.name for each in known.values() if each.compare]
            words["_compared"] = attrgetter(*compared or ("__class__",))
            hashable = words.get("__hash__") is not None
            words.setdefault("__eq__", _eq)
            if not hashable:
                words["__hash__"] = _hash if frozen else None
        if frozen:
            words["__setattr__"] = _refuse_change
            words["__delattr__"] = _refuse_change
        if not slots:
            for name in own:
                if name in made.__dict__:
                    delattr(made, name)
            for name, value in words.items():
                if made.__dict__.get(name) is not value:
                    setattr(made, name, value)
            for each in own.values():
                if each.default is not MISSING:
                    setattr(made, each.name, each.default)
            return made
        words["__slots__"] = tuple(name for name in own if not _has_slot(made, name))
        words.pop("__dict__", None)
        words.pop("__weakref__", None)
        again = type(made)(made.__name__, made.__bases__, words)
        again.__qualname__ = made.__qualname__
        return again

    def _own_fields(made, kw_only):
        own = {}
        for name, kind in vars(made).get("__annotations__", {}).items():
            # Annotations are text in every module here.
            if kind.startswith("ClassVar"):
                continue
            default = made.__dict__.get(name, MISSING)
            each = default if isinstance(default, Field) else field(default=default)
            each.name = name
            each.kw_only = kw_only
            own[name] = each
        return own

    def _has_slot(made, name):
        return any(name in parent.__dict__.get("__slots__", ()) for parent in made.__mro__[1:])

    _CODES = {}
    _SHARED = {"put": object.__setattr__}

    def _init(made, all_fields):
        positional = [each for each in all_fields if not each.kw_only]
        ordered = [*positional, *[each for each in all_fields if each.kw_only]]
        factories = tuple(
            place for place, each in enumerate(ordered) if each.default_factory is not MISSING
        )
        code = _CODES.get((len(ordered), factories))
        if code is None:
            code = _CODES[len(ordered), factories] = _compile(len(ordered), factories)
        named = {f"field{place}": each.name for place, each in enumerate(ordered)}
        code = code.replace(
            co_argcount=1 + len(positional),
            co_kwonlyargcount=len(ordered) - len(positional),
            co_varnames=("self", *named.values()),
            co_consts=tuple(named.get(constant, constant) for constant in code.co_consts),
        )
        surroundings = _SHARED
        if factories:
            makers = {f"make{place}": ordered[place].default_factory for place in factories}
            surroundings = {**_SHARED, "absent": MISSING, **makers}
        defaults = [_default(each) for each in positional]
        begun = [each for each in defaults if each is not None]
        assert None not in defaults[len(defaults) - len(begun) :], f"{made}: a default too early"
        init = FunctionType(code, surroundings, "__init__", tuple(each[0] for each in begun))
        init.__qualname__ = f"{made.__qualname__}.__init__"
        init.__kwdefaults__ = {
            each.name: found[0] for each in all_fields if each.kw_only and (found := _default(each))
        } or None
        return init

    def _default(each):
        if each.default_factory is not MISSING:
            return (MISSING,)
        return None if each.default is MISSING else (each.default,)

    def _compile(count, factories):
        names = [f"field{place}" for place in range(count)]
        text = f"def __init__({', '.join(['self', *names])}):\n pass\n"
        for place, name in enumerate(names):
            value = f"make{place}() if {name} is absent else {name}" if place in factories else name
            text += f" put(self, '{name}', {value})\n"
        # Not compile(): that makes all the types of syntax trees first, a quarter of a megabyte.
        made = {}
        exec(text, made)
        return made["__init__"].__code__

    # The methods that all classes share.

    def _eq(self, other):
        if other.__class__ is self.__class__:
            get = self._compared
            return get(self) == get(other)
        return NotImplemented

    def _hash(self):
        return hash(self._compared(self))

    def _repr(self):
        shown = [
            f"{name}={getattr(self, name)!r}"
            for name, each in self.__dataclass_fields__.items()
            if each.repr
        ]
        return f"{self.__class__.__qualname__}({', '.join(shown)})"

    def _refuse_change(self, name, *_):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"{type(self).__name__}.{name} does not change")


__all__ = ("MISSING", "Field", "copier", "dataclass", "field", "fields", "replace")
