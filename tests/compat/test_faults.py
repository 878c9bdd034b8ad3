"""A file with a mistake of every kind: one fault a mistake, at the right line.

Each case is `faults/NAME.conf` with `faults/NAME.faults`: line, severity, a piece of the text.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from keepalived.config.load import load_text

CASES = sorted(Path(__file__).parent.glob("faults/*.conf"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_each_mistake_is_one_fault_at_its_line(case: Path) -> None:
    loaded = load_text(case.read_text(), case.name)
    expected = case.with_suffix(".faults").read_text().splitlines()
    found = [
        f"{fault.place.line} {fault.severity.name.lower()} {fault.what}" for fault in loaded.faults
    ]
    listing = "\n".join(found)
    for line in expected:
        number, severity, piece = line.split(" ", 2)
        start = f"{number} {severity} "
        matches = [each for each in found if each.startswith(start) and piece in each]
        assert matches, f"missing: {line}\n{listing}"
        found.remove(matches[0])
    assert not found, f"too many: {found}\n{listing}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_fault_names_file_column_and_what_would_be_right(case: Path) -> None:
    text = case.read_text()
    for fault in load_text(text, case.name).faults:
        source = text.splitlines()[fault.place.line - 1]
        assert fault.place.file == case.name
        assert fault.source == source
        assert 1 <= fault.place.column <= len(source) + 1
        assert fault.remedy or any(sign in fault.what for sign in ("..", "|", "hex")), fault.what
        message, shown, caret = fault.shown().split("\n")[:3]
        assert message.startswith(f"{case.name}:{fault.place.line}:{fault.place.column}: ")
        assert shown.strip() == source.strip() and caret.strip() == "^"
        assert fault.classic().startswith(f"({case.name}: Line {fault.place.line}) ")
