"""The exit status of a configuration test beside `keepalived -t` of 2.2.7."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.compat.upstream import Namespace, skip_without_upstream

from keepalived.config.host import Host
from keepalived.config.load import exit_class, load_text
from keepalived.lang.fault import Severity

pytestmark = pytest.mark.netns

SMALL = sorted((Path(__file__).parent / "verdicts").glob("*.conf"))
GUIDES_WORDS = ("lvs_id", "nb_get_retry", "auth_type AH", "vrrp_sync_group VG1 {\n    VI_1")
"""What 2.2.7 complains about in the guide's own files, and we only remark on."""


@pytest.fixture(scope="module")
def namespace() -> Iterator[Namespace]:
    skip_without_upstream()
    with Namespace(f"pk-test-{os.getpid()}") as made:
        yield made


def ours(text: str, namespace: Namespace) -> int:
    """Give our exit status on that namespace's links."""
    host = Host(namespace.surroundings().links, lambda path: os.access(path, os.X_OK))
    return exit_class(load_text(text, "keepalived.conf", host).faults)


@pytest.mark.parametrize("file", SMALL, ids=lambda file: file.stem)
def test_the_exit_status_is_that_of_2_2_7(file: Path, namespace: Namespace) -> None:
    assert ours(file.read_text(), namespace) == namespace.test(file)


def test_the_guides_files_pass_with_remarks_where_2_2_7_complains(
    namespace: Namespace, shared: Path
) -> None:
    files = sorted((shared / "seed").glob("case-*.conf"))
    assert len(files) == 6
    for file in files:
        text = file.read_text()
        assert ours(text, namespace) == 0
        assert load_text(text).worst is Severity.REMARK
        theirs = namespace.test(file)
        assert theirs == (5 if any(word in text for word in GUIDES_WORDS) else 0), file
