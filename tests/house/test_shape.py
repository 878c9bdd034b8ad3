"""Sizes, first sentences and names: what makes a file readable on one screen."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.source import ROOT, Module, modules, report, under

MODULE_LINES = 400
FUNCTION_LINES = 50
COLUMNS = 100
PRAGMA = re.compile(r"\s+# (type: ignore|noqa).*$")
"""A word to a tool at a line's end is not read along with it."""
DRAWERS = frozenset({"utils", "util", "common", "helpers", "helper", "misc_utils", "base"})
PYTHON_FOLDERS = ("src", "tests", "scripts", "demo", "benchmarks", "packaging")


def python_files() -> Iterator[Path]:
    """Give every Python file of the tree, tests included."""
    for folder in PYTHON_FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_a_module_has_at_most_400_lines() -> None:
    findings = []
    for path in python_files():
        count = len(path.read_text().splitlines())
        if count > MODULE_LINES:
            findings.append(f"{path.relative_to(ROOT)}: {count} lines")
    report(findings, "a module that wants more is two modules")


def test_a_line_has_at_most_100_columns() -> None:
    findings = [
        f"{path.relative_to(ROOT)}:{number}: {len(line)} columns"
        for path in python_files()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(PRAGMA.sub("", line)) > COLUMNS
    ]
    report(findings, "two files stand side by side on one screen")


def test_a_function_has_at_most_50_lines() -> None:
    findings = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    where = f"{path.relative_to(ROOT)}:{node.lineno}"
                    findings.append(f"{where}: {node.name} has {length} lines")
    report(findings, "a function is read without scrolling")


def test_no_drawer_without_a_subject() -> None:
    findings = [
        str(path.relative_to(ROOT))
        for path in python_files()
        if DRAWERS & {path.stem, *path.relative_to(ROOT).parts}
    ]
    report(findings, "what has no name of its own belongs to whoever uses it")


def test_a_module_opens_with_one_sentence() -> None:
    findings = []
    for module in modules():
        doc = ast.get_docstring(module.tree) or ""
        first = doc.split("\n", 1)[0]
        if not first.endswith("."):
            findings.append(f"{module.shown}: {first!r}")
    report(findings, "the first line is a whole sentence; ARCHITECTURE.md is drawn from it")


def test_a_module_states_its_rule() -> None:
    findings = [
        module.shown
        for module in modules()
        if not module.is_room
        and module.name != "__main__"
        and "\nRule:" not in (ast.get_docstring(module.tree) or "")
    ]
    report(findings, "the rule says what may not happen in the file; reviewers lean on it")


def test_public_things_say_what_they_are() -> None:
    findings = [
        f"{module.shown}:{node.lineno}: {node.name}"
        for module in modules()
        for node in _public(module)
        if not ast.get_docstring(node)
    ]
    report(findings, "shape, units and errors stand where the thing is")


def _public(module: Module) -> Iterator[ast.ClassDef | ast.FunctionDef]:
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                        yield inner


def _annotations(module: Module) -> Iterator[tuple[str, str, int]]:
    """Give name, annotation and line of every annotated field and argument."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, ast.unparse(node.annotation), node.lineno
        elif isinstance(node, ast.arg) and node.annotation is not None:
            yield node.arg, ast.unparse(node.annotation), node.lineno


TIMES = ("timeout", "interval", "deadline", "delay", "elapsed", "duration", "period", "skew")
UNITS = ("_us", "_s", "_ms", "_ns", "_cs")


def test_durations_and_instants_carry_their_unit() -> None:
    findings = [
        f"{module.shown}:{line}: {name}: {kind}"
        for module in modules()
        for name, kind, line in _annotations(module)
        if kind.split(" | ")[0] in ("int", "float")
        and name.rsplit("_", 1)[-1] in TIMES
        and not name.endswith(UNITS)
    ]
    report(findings, "a number without its unit is read wrongly once and paid for for years")


def test_core_knows_no_any() -> None:
    findings = [
        f"{module.shown}: imports Any"
        for module in modules()
        if under(module.name, ("core",))
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "typing"
        and any(alias.name == "Any" for alias in node.names)
    ]
    report(findings, "the type checker must see through every machine")


def test_dataclasses_of_core_and_port_are_frozen_with_slots() -> None:
    findings = []
    for module in modules():
        if not under(module.name, ("core", "port")):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                for decorator in node.decorator_list:
                    said = ast.unparse(decorator)
                    if said.startswith("dataclass") and not _frozen(said):
                        findings.append(f"{module.shown}:{node.lineno}: {node.name} is @{said}")
    report(findings, "a value that changes under its reader is no value")


def _frozen(decorator: str) -> bool:
    return "frozen=True" in decorator and "slots=True" in decorator
