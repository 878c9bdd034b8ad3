"""The words between the rooms are spoken and heard: verbs, resources, events."""

from __future__ import annotations

import ast
import re
from typing import get_args

from tests.house.source import ROOT, modules, report, under

from keepalived.port import effects, events, resources


def _names(union: object) -> list[str]:
    return [each.__name__ for each in get_args(union)]


def matched_in(*rooms: str) -> set[str]:
    """Give the classes that the rooms tell apart, by `match` or by isinstance."""
    found = set()
    for module in modules():
        if under(module.name, rooms):
            for node in ast.walk(module.tree):
                if isinstance(node, ast.MatchClass):
                    found.add(ast.unparse(node.cls))
                elif isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance":
                    found |= set(re.findall(r"\w+", ast.unparse(node.args[1])))
    return found


def made_in(*rooms: str) -> set[str]:
    """Give the names that the rooms call."""
    return {
        ast.unparse(node.func)
        for module in modules()
        if under(module.name, rooms)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
    }


def test_both_worlds_carry_out_every_verb() -> None:
    verbs = _names(effects.Operation)
    findings = [f"linux: {verb}" for verb in verbs if verb not in matched_in("linux")]
    findings += [f"sim: {verb}" for verb in verbs if verb not in matched_in("sim")]
    report(findings, "above the verbs nothing knows which world it is in")


def test_linux_holds_every_resource_and_somebody_wants_it() -> None:
    # A machine makes it, or the configuration does, as a field of what a machine runs on.
    wanted = made_in("core", "config")
    findings = [
        name
        for name in _names(resources.Resource)
        if name not in matched_in("linux") or name not in wanted
    ]
    report(findings, "what can be held can be wanted")


LATER = {"Told"}
"""A sister process's word to a brain: so far only the parent is told anything (mail)."""


def test_every_event_is_told_and_taken() -> None:
    told = made_in("linux", "run", "core.host")
    taken = matched_in("core")
    names = [name for name in _names(events.Event) if name not in LATER]
    findings = [f"nobody tells {name}" for name in names if name not in told]
    findings += [f"nobody takes {name}" for name in names if name not in taken]
    report(findings, "a word that is only defined is a promise that is not kept")


def test_every_package_that_a_test_needs_is_installed_by_the_setup() -> None:
    listed = set(re.findall(r"[a-z0-9.-]+", (ROOT / "scripts" / "setup").read_text()))
    findings = [
        f"{path.relative_to(ROOT)}: {package}"
        for folder in ("tests", "demo", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        for package in re.findall(r"needs the package ([a-z0-9-]+)", path.read_text())
        if package not in listed
    ]
    report(findings, "as root nothing may be skipped")
