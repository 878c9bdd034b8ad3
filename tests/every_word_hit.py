"""Whether every Note, every Why and every Refusal was hit by some test of the run.

Rule: asked for with --every-word-hit by the run that has the whole fast part; it listens at the
notes' constructors, at the functions that give a Refusal, and where one is counted.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import inspect
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

CORE = Path(__file__).resolve().parent.parent / "src" / "keepalived" / "core"
ENUMS = ("Why", "Refusal")


def _rooms_modules(stem: str) -> Iterator[ModuleType]:
    for path in sorted(CORE.glob(f"*/{stem}.py")):
        yield importlib.import_module(f"keepalived.core.{path.parent.name}.{stem}")


class Hits:
    """Collects the words that were hit, here and in the workers of a parallel run."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.words: set[str] = set()
        self.hit: set[str] = set()
        self._watch_enums()
        self._watch_notes()

    def _watch_enums(self) -> None:
        for stem in ("admit", "state"):
            for module in _rooms_modules(stem):
                for name in ENUMS:
                    kind = getattr(module, name, None)
                    if isinstance(kind, type) and issubclass(kind, Enum):
                        self.words |= {str(member) for member in kind}
                        self._watch_counting(kind)
                for name, value in list(vars(module).items()):
                    if inspect.isfunction(value) and value.__module__ == module.__name__:
                        setattr(module, name, self._listening(value))

    def _watch_counting(self, kind: type[Enum]) -> None:
        """Hear a member used as a key: a refusal that is counted is hit."""
        plain = kind.__hash__

        def heard(member: Enum) -> int:
            self._heard(member)
            return plain(member)

        type.__setattr__(kind, "__hash__", heard)

    def _listening(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def listened(*given: Any, **named: Any) -> Any:
            result = function(*given, **named)
            self._heard(result)
            return result

        return listened

    def _watch_notes(self) -> None:
        for module in _rooms_modules("notes"):
            for kind in list(vars(module).values()):
                own = inspect.isclass(kind) and kind.__module__ == module.__name__
                if own and "__dataclass_fields__" in vars(kind) and hasattr(kind, "text"):
                    self._watch_note(kind)

    def _watch_note(self, kind: type) -> None:
        name = f"{kind.__module__.removeprefix('keepalived.')}.{kind.__name__}"
        self.words.add(name)
        made = kind.__init__  # type: ignore[misc]

        @functools.wraps(made)
        def heard(note: Any, *given: Any, **named: Any) -> None:
            made(note, *given, **named)
            self.hit.add(name)
            for field in dataclasses.fields(note):
                self._heard(getattr(note, field.name))

        kind.__init__ = heard  # type: ignore[misc]

    def _heard(self, value: object) -> None:
        if isinstance(value, Enum) and str(value) in self.words:
            self.hit.add(str(value))

    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker of a parallel run hit."""
        self.hit |= set(getattr(node, "workeroutput", {}).get("hit_words", ()))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand over to the controller, or judge."""
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["hit_words"] = sorted(self.hit)
        elif self.words - self.hit and session.exitstatus == 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name what no test hit."""
        missed = sorted(self.words - self.hit)
        met = len(self.words) - len(missed)
        terminalreporter.write_line(f"notes, reasons and refusals hit by tests: {met}")
        for word in missed:
            terminalreporter.write_line(f"no test hits {word}: this run has failed")
