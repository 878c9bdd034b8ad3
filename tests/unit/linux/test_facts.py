"""What the host is, as far as it can be told from its own words."""

from __future__ import annotations

import pytest

from keepalived.linux.facts import kernel_marks


@pytest.mark.parametrize(
    ("release", "marks"),
    [
        ("5.14.0-503.el9.x86_64", False),
        ("5.18-rc1", True),
        ("5.10.0-28-amd64", False),
        ("6.1.0-18-amd64", True),
        ("4.18.0", False),
        ("strange", True),
    ],
)
def test_kernels_mark_addresses_from_5_18_on(release: str, marks: bool) -> None:
    assert kernel_marks(release) is marks
