"""Records against the standard module: what is written once is made by both and compared."""

from __future__ import annotations

import dataclasses
import inspect
from types import ModuleType
from typing import Any

import pytest

from keepalived import records


def _classes(maker: Any) -> tuple[Any, ...]:
    @maker.dataclass(frozen=True, slots=True)
    class Link:
        """A value."""

        name: str
        index: int = 1

        def title(self) -> str:
            return f"{self.name}:{self.index}"

    @maker.dataclass(frozen=True, slots=True)
    class Bridge(Link):
        ports: tuple[str, ...] = ()

    @maker.dataclass(slots=True)
    class Pool:
        members: list[int] = maker.field(default_factory=list)
        weight: int = 1

    @maker.dataclass(frozen=True, slots=True, kw_only=True)
    class Words:
        first: int = 3
        second: int
        place: int = maker.field(default=9, compare=False, repr=False)

    @maker.dataclass(eq=False)
    class Child:
        names: list[str] = maker.field(default_factory=list)
        pid: int = 0

    @maker.dataclass(frozen=True, slots=True)
    class Mark:
        pass

    return Link, Bridge, Pool, Words, Child, Mark


@pytest.fixture(params=[dataclasses, records], ids=["standard", "ours"])
def made(request: pytest.FixtureRequest) -> tuple[Any, ...]:
    maker: ModuleType = request.param
    return _classes(maker)


def test_a_record_shows_compares_and_hashes_by_its_fields(made: tuple[Any, ...]) -> None:
    link, bridge, pool, words, child, mark = made
    assert repr(link("eth0")).endswith("Link(name='eth0', index=1)")
    assert repr(words(second=2, place=4)).endswith("Words(first=3, second=2)")
    assert link("eth0") == link("eth0", 1) != link("eth0", 2)
    assert link("eth0") != bridge("eth0")
    assert {link("eth0"): 5}[link("eth0")] == 5
    assert hash(words(second=2)) == hash(words(second=2, place=1))
    assert words(second=2) == words(second=2, place=1) != words(second=3)
    assert mark() == mark() and hash(mark()) == hash(mark())
    assert child() != child() and hash(child())
    with pytest.raises(TypeError):
        hash(pool())


def test_defaults_factories_and_inheritance_hold(made: tuple[Any, ...]) -> None:
    link, bridge, pool, words, child, _ = made
    one, other = pool(), pool()
    one.members.append(1)
    one.weight = 7
    assert (one.members, one.weight, other.members) == ([1], 7, [])
    assert bridge("br0", 2, ("eth0",)).ports == ("eth0",)
    assert bridge("br0").title() == "br0:1"
    assert words(second=1).first == 3
    assert (link.__match_args__, words.__match_args__) == (("name", "index"), ())
    assert child.pid == 0 and child(["a"]).names == ["a"]
    assert not hasattr(link("eth0"), "__dict__")
    assert list(inspect.signature(link).parameters) == ["name", "index"]


def test_a_frozen_record_does_not_change(made: tuple[Any, ...]) -> None:
    thing = made[0]("eth0")
    with pytest.raises(dataclasses.FrozenInstanceError):
        thing.name = "eth1"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del thing.name
    assert thing.name == "eth0"


@pytest.mark.parametrize(
    ("which", "given", "named"),
    [
        (0, (), {}),
        (0, ("a", 1, 2), {}),
        (0, ("a",), {"colour": 1}),
        (3, (1,), {}),
        (3, (), {"first": 1}),
    ],
)
def test_wrong_arguments_are_refused(
    made: tuple[Any, ...], which: int, given: tuple[object, ...], named: dict[str, object]
) -> None:
    with pytest.raises(TypeError):
        made[which](*given, **named)


def test_the_standard_functions_take_records_and_ours_do_the_same() -> None:
    link, *_, words, _, _ = _classes(records)
    for module in (dataclasses, records):
        assert [each.name for each in module.fields(link)] == ["name", "index"]
        assert module.replace(link("eth0"), index=7) == link("eth0", 7)
        assert module.replace(words(second=2, place=5), second=3).place == 5
    assert dataclasses.asdict(link("eth0")) == {"name": "eth0", "index": 1}
    assert records.fields(words)[1].default is records.MISSING


def test_fields_by_name_may_stand_before_those_by_place() -> None:
    @records.dataclass(frozen=True, slots=True, kw_only=True)
    class Named:
        place: int = 0

    @records.dataclass(frozen=True, slots=True)
    class Both(Named):
        name: str
        size: int = 2

    both = Both("eth0", place=4)
    assert (both.name, both.size, both.place) == ("eth0", 2, 4)
