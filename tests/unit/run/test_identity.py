"""What a daemon is called: pid files, the log's name, titles, masks, dumps."""

from __future__ import annotations

import pytest

from keepalived.config.load import load_text
from keepalived.config.root import Config
from keepalived.run import identity
from keepalived.run.options import Options


def config(text: str) -> Config:
    return load_text(text).config


def test_pid_files_lie_where_they_always_did_unless_the_file_says_more() -> None:
    options = Options()
    assert identity.settled(options, config("")) == options


@pytest.mark.parametrize(
    ("text", "pid", "vrrp"),
    [
        ("use_pid_dir", "/run/keepalived/keepalived.pid", "/run/keepalived/vrrp.pid"),
        ("instance i", "/run/keepalived/keepalived_i.pid", "/run/keepalived/vrrp_i.pid"),
        ("net_namespace n", "/run/keepalived/n/keepalived.pid", "/run/keepalived/n/vrrp.pid"),
        (
            "net_namespace n\ninstance i",
            "/run/keepalived/n/keepalived_i.pid",
            "/run/keepalived/n/vrrp_i.pid",
        ),
    ],
)
def test_a_daemon_beside_others_has_pid_files_of_its_own(text: str, pid: str, vrrp: str) -> None:
    found = identity.settled(Options(), config(text))
    assert (found.pid, found.vrrp_pid) == (pid, vrrp)


def test_a_pid_file_of_the_command_line_stays_and_its_namespace_counts() -> None:
    found = identity.settled(Options(pid="/a/b.pid", namespace="m"), config("net_namespace n"))
    assert found.pid == "/a/b.pid"
    assert found.vrrp_pid == "/run/keepalived/m/vrrp.pid"
    assert found.namespace == "m"


def test_the_name_in_the_log_ends_in_the_namespace_and_the_instance() -> None:
    given = config("net_namespace n\ninstance i")
    assert identity.suffix(Options(), given) == "_n_i"
    assert identity.suffix(Options(namespace="m"), given) == "_m_i"
    assert identity.suffix(Options(), config("")) == ""


def test_titles_are_told_apart_when_that_is_asked_for() -> None:
    each = ["", "vrrp", "checker", "bfd"]
    assert {identity.title(config(""), name) for name in each} == {"keepalived"}
    told = config("global_defs {\n process_names\n vrrp_process_name a_very_long_name\n}")
    titles = [identity.title(told, name) for name in each]
    assert titles == ["keepalived", "a_very_long_nam", "keepalived_lvs", "keepalived_bfd"]


@pytest.mark.parametrize(
    ("given", "mask"),
    [("022", 0o22), ("18", 18), ("0x3f", 0x3F), ("IRGRP|IWOTH", 0o042), ("IRWXG|IXUSR", 0o170)],
)
def test_the_mask_is_read_in_every_form_and_the_command_line_wins(given: str, mask: int) -> None:
    told = config(f"global_defs {{\n umask {given}\n}}")
    assert identity.mask(Options(), told) == mask
    assert identity.mask(Options(umask=0o7), told) == 0o7
    assert identity.mask(Options(), config("")) == 0o177


def test_dumps_are_named_after_the_instance_when_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)
    plain = config("instance i")
    assert identity.dump_name(Options(), plain, ".data") == "/tmp/keepalived.data"
    named = config("instance i\nglobal_defs {\n data_use_instance\n}")
    assert identity.dump_name(Options(), named, "_check.data") == "/tmp/keepalived_i_check.data"
    monkeypatch.setenv("TMPDIR", "/var/x")
    assert identity.dump_name(Options(), plain, ".data") == "/var/x/keepalived.data"


def test_dumps_lie_where_the_file_says() -> None:
    folder = config("global_defs {\n state_dump_file /d/\n}")
    assert identity.dump_name(Options(), folder, "_bfd.data") == "/d/keepalived_bfd.data"
    file = config("global_defs {\n state_dump_file /d/k.txt\n}")
    assert identity.dump_name(Options(), file, ".data") == "/d/k.txt"
    assert identity.dump_name(Options(), file, "_check.data") == "/d/k_check.txt"
