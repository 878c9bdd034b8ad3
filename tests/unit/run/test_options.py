"""The command line: read as getopt_long reads it, with nothing silently without effect."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from keepalived.run.options import OPTIONS, Answer, Genhash, Options, control_socket, parse


def options(*words: str) -> Options:
    found = parse(words)
    assert isinstance(found, Options), found
    return found


def answer(*words: str) -> Answer:
    found = parse(words)
    assert isinstance(found, Answer), found
    return found


def test_without_words_the_defaults_are_upstreams() -> None:
    found = options()
    assert found.file == "/etc/keepalived/keepalived.conf"
    assert [str(p) for p in (found.pid, found.vrrp_pid, found.checkers_pid)] == [
        "/run/keepalived.pid",
        "/run/vrrp.pid",
        "/run/checkers.pid",
    ]
    assert found.control == "/run/keepalived.sock"


def test_short_options_can_be_put_together() -> None:
    found = options("-nlDdf", "a.conf")
    assert (found.foreground, found.console, found.detail, found.dump) == (True,) * 4
    assert found.file == "a.conf"


def test_an_argument_may_be_glued_to_its_option() -> None:
    assert options("-fa.conf").file == "a.conf"
    assert options("--use-file=a.conf").file == "a.conf"
    assert options("--use-file", "a.conf").file == "a.conf"


def test_an_optional_argument_must_be_glued() -> None:
    assert options("-t").test and options("-t").test_log == ""
    assert options("-tlog").test_log == "log"
    assert options("--config-test=log").test_log == "log"
    assert options("-t", "log").surplus == ("log",)


def test_a_long_option_may_be_shortened_while_it_is_clear() -> None:
    assert options("--dont-f").foreground
    assert "may be" in answer("--log").text


@pytest.mark.parametrize("words", [("--nonsense",), ("-Z",), ("-f",), ("--pid",), ("-n", "-")])
def test_what_cannot_be_read_is_said_and_exits_with_one(words: tuple[str, ...]) -> None:
    if words == ("-n", "-"):
        assert options(*words).surplus == ("-",)
        return
    found = answer(*words)
    assert found.status == 1 and words[-1] in found.text and not found.on_stdout


def test_p_leaves_the_checker_out_and_c_the_virtual_routers() -> None:
    assert (options("-P").vrrp, options("-P").checker) == (True, False)
    assert (options("-C").vrrp, options("-C").checker) == (False, True)


def test_pid_files_are_absolute_because_the_daemon_leaves_the_directory() -> None:
    found = options("-p", "a.pid", "-r", "b.pid", "-c", "c.pid")
    assert found.pid == os.path.join(os.getcwd(), "a.pid")
    assert os.path.isabs(found.vrrp_pid) and os.path.isabs(found.checkers_pid)


def test_the_control_socket_lies_beside_the_pid_file() -> None:
    assert control_socket("/x/a.pid") == "/x/a.sock"
    assert control_socket("/x/a") == "/x/a.sock"


@pytest.mark.parametrize(
    ("given", "mask"), [("022", 0o022), ("0x1f", 0x1F), ("18", 18), ("0o77", 0o77)]
)
def test_a_umask_is_a_number_as_in_c(given: str, mask: int) -> None:
    assert options("-u", given).umask == mask


@pytest.mark.parametrize("given", ["", "x", "01000", "-1"])
def test_another_umask_is_refused(given: str) -> None:
    assert answer(f"--umask={given}").status == 1


@pytest.mark.parametrize(("given", "number"), [("0", 16), ("local7", 23), ("daemon", 3)])
def test_facilities_go_by_name_and_number(given: str, number: int) -> None:
    assert options("-S", given).facility == number


def test_an_unknown_facility_is_refused() -> None:
    assert "give one of" in answer("-S", "mail").text


def test_the_version_line_has_upstreams_shape() -> None:
    found = answer("-v")
    assert found.status == 0 and not found.on_stdout
    assert found.text.startswith("Keepalived v")


def test_every_option_of_this_version_stands_in_the_usage() -> None:
    text = answer("--help").text
    for option in OPTIONS:
        assert (f"--{option.long}" in text) == bool(option.help)


def test_the_id_of_the_configuration_and_strict_includes_are_taken() -> None:
    given = options("-i", "blue", "-e")
    assert (given.config_id, given.strict_includes) == ("blue", True)
    assert options("--config-id=blue", "--all-config") == given


def test_a_word_of_upstreams_that_is_not_here_is_refused_in_words() -> None:
    assert "not in this version" in answer("--snmp").text
    assert answer("-A", "blue").status == 1


def test_a_network_namespace_and_a_mask_are_only_given_by_who_gives_them() -> None:
    assert (options().namespace, options().umask) == ("", None)
    assert options("-s", "blue").namespace == "blue"


def test_signum_prints_a_number() -> None:
    for name, number in (("STOP", 15), ("RELOAD", 1), ("DATA", 10)):
        found = answer(f"--signum={name}")
        assert (found.status, found.text, found.on_stdout) == (0, f"{number}\n", True)
    assert answer("--signum=DANCE").status == 1


def test_genhash_takes_the_words_behind_it() -> None:
    with pytest.raises(Genhash) as caught:
        parse(["-T", "-s", "::1"])
    assert caught.value.arguments == ("-s", "::1")


def _program(*words: str) -> subprocess.CompletedProcess[str]:
    source = str(Path(__file__).parents[3] / "src")
    return subprocess.run(
        [sys.executable, "-m", "keepalived", *words],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": source},
        timeout=20,
    )


def test_the_program_prints_its_version_on_stderr() -> None:
    done = _program("-v")
    assert done.returncode == 0 and done.stdout == ""
    assert done.stderr.startswith("Keepalived v")


def test_the_program_becomes_genhash() -> None:
    done = _program("-T", "--help")
    assert "genhash" in done.stdout + done.stderr


def test_a_test_of_garbage_gives_messages_and_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "garbage.conf"
    path.write_bytes(bytes((at * 7919) % 256 for at in range(5000)))
    done = _program("-t", "-f", str(path))
    assert done.returncode == 5
    assert "Traceback" not in done.stderr and str(path) in done.stderr


def test_a_test_of_no_file_says_so(tmp_path: Path) -> None:
    done = _program("-t", "-f", str(tmp_path / "none"))
    assert done.returncode == 4 and "none" in done.stderr


def test_a_test_can_write_to_a_file_but_not_through_a_link(tmp_path: Path) -> None:
    path = tmp_path / "odd.conf"
    path.write_text("nonsense 1\n")
    log = tmp_path / "log"
    assert _program(f"-t{log}", "-f", str(path)).returncode == 5
    assert "nonsense" in log.read_text()
    link = tmp_path / "link"
    link.symlink_to(log)
    assert _program(f"-t{link}", "-f", str(path)).returncode == 1
