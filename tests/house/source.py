"""The package's source as the laws read it: modules, their trees, their imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
PACKAGE = "keepalived"


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module, where, and how."""

    target: str
    """`keepalived.port.events`, or `socket`."""
    line: int
    typing_only: bool
    inside_function: bool


@dataclass(frozen=True, slots=True)
class Module:
    """One file of the package."""

    path: Path
    name: str
    """Without the package: `core.vrrp.admit`; the package itself is empty."""
    text: str
    tree: ast.Module

    @property
    def shown(self) -> str:
        """Give the path from the root, as a finding names it."""
        return str(self.path.relative_to(ROOT))

    @property
    def is_room(self) -> bool:
        """Tell whether this is a folder's own `__init__.py`."""
        return self.path.name == "__init__.py"

    def imports(self) -> Iterator[Import]:
        """Give every import, those inside functions and for the type checker included."""
        yield from _imports_of(self.path)


@cache
def _imports_of(path: Path) -> tuple[Import, ...]:
    tree = next(module.tree for module in modules() if module.path == path)
    return tuple(_imports(tree, typing_only=False, inside=False))


def _imports(node: ast.AST, typing_only: bool, inside: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, typing_only, inside)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"line {child.lineno}: imports name the package in full"
            yield from _imported_from(child, typing_only, inside)
        elif isinstance(child, ast.If) and _is_typing(child.test):
            for each in child.body:
                yield from _imports(ast.Module([each], []), True, inside)
            for each in child.orelse:
                yield from _imports(ast.Module([each], []), typing_only, inside)
        else:
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, typing_only, inside or function)


def _is_typing(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def _imported_from(node: ast.ImportFrom, typing_only: bool, inside: bool) -> Iterator[Import]:
    assert node.module is not None
    for alias in node.names:
        whole = f"{node.module}.{alias.name}"
        # `from keepalived.core import ledger` imports a module, most other imports a name in one.
        target = whole if _is_module(whole) else node.module
        yield Import(target, node.lineno, typing_only, inside)


@cache
def _is_module(name: str) -> bool:
    if name.split(".")[0] != PACKAGE:
        return False
    place = SOURCE.joinpath(*name.split("."))
    return place.with_suffix(".py").exists() or (place / "__init__.py").exists()


@cache
def modules() -> tuple[Module, ...]:
    """Read all modules, in the order of their names."""
    found = []
    for path in sorted((SOURCE / PACKAGE).rglob("*.py")):
        parts = path.relative_to(SOURCE / PACKAGE).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        text = path.read_text()
        found.append(Module(path, ".".join(parts), text, ast.parse(text)))
    return tuple(found)


@cache
def room_of(name: str) -> str:
    """Give the room of a module: `core.vrrp` for `core.vrrp.admit`, `linux` for `linux.port`."""
    parts = name.split(".")
    if parts[0] == "core" and len(parts) > 1:
        inner = ".".join(parts[:2])
        return inner if (SOURCE / PACKAGE / "core" / parts[1]).is_dir() else "core"
    return parts[0]


def under(name: str, rooms: tuple[str, ...]) -> bool:
    """Tell whether a module is one of these, or in one of these."""
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def report(findings: list[str], reason: str) -> None:
    """Fail with every offender and the reason for the law; pass where there is none."""
    assert not findings, "\n".join(["", *findings, f"({reason})"])
