"""`kactl check`, `explain` and `fmt`, as an operator calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from keepalived.cli.main import main

GOOD = """\
vrrp_instance VI_1 {
    interface lo-none
    virtual_router_id 51
    virtual_ipaddress {
        10.0.0.1
    }
}
"""


def written(folder: Path, text: str, name: str = "a.conf") -> str:
    """Put a text in a file; give its name."""
    (folder / name).write_text(text)
    return str(folder / name)


def test_a_mistake_is_shown_with_place_caret_and_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, "global_defs {\n    router_idd x\n}\n")
    assert main(["check", file]) == 5
    out = capsys.readouterr().out
    assert f"{file}:2:5: error: unknown keyword 'router_idd'" in out
    assert "\n        router_idd x\n        ^\n" in out and "did you mean router_id?" in out
    assert out.endswith("1 error; keepalived -t would exit with 5\n")


def test_the_answer_as_json_has_every_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, "global_defs {\n    lvs_id x\n}\n")
    assert main(["check", "--json", file]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["status"], answer["files"], answer["release"]) == (0, [file], "")
    (fault,) = answer["faults"]
    assert fault["file"] == file and (fault["line"], fault["column"]) == (2, 5)
    assert fault["severity"] == "remark" and fault["source"] == "    lvs_id x"


def test_an_older_release_knows_fewer_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, "global_defs {\n    lvs_id x\n    lvs_plane auto\n}\n")
    assert main(["check", file]) == 0
    assert main(["check", "--for", "2.2.7", file]) == 5
    out = capsys.readouterr().out
    assert "unknown keyword 'lvs_id'" in out and "unknown keyword 'lvs_plane'" in out
    assert main(["check", "--for=yesterday", file]) == 2


def test_remarks_can_be_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, "global_defs {\n    lvs_id x\n}\n")
    assert main(["check", "-q", file]) == 0
    assert capsys.readouterr().out == "no faults; keepalived -t would exit with 0\n"


def test_the_files_of_a_pair_are_held_beside_one_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = written(tmp_path, GOOD.replace("lo-none", "eth0"))
    other = written(tmp_path, GOOD.replace("lo-none", "eth0").replace("51", "52"), "b.conf")
    assert main(["check", one, other]) == 5
    assert f"virtual_router_id is 51 here and 52 at {other}:3" in capsys.readouterr().out


def test_no_file_and_no_such_file_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check"]) == 2
    assert main(["check", str(tmp_path / "none")]) == 4
    assert "there is no configuration file" in capsys.readouterr().out


def test_explain_prints_the_entry_of_each_block(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "virtualhost"]) == 0
    out = capsys.readouterr().out
    assert "in virtual_server\n" in out and "in HTTP_GET\n" in out
    assert main(["explain", "HTTP_GET.virtualhost"]) == 0
    assert "in virtual_server\n" not in capsys.readouterr().out


def test_explain_knows_blocks_older_spellings_and_near_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["explain", "lvs_id"]) == 0
    assert capsys.readouterr().out.startswith("router_id NAME\n")
    assert main(["explain", "real_server"]) == 0
    assert "in virtual_server" in capsys.readouterr().out
    assert main(["explain", "prioritty"]) == 1
    assert "did you mean priority?" in capsys.readouterr().err


UNTIDY = "global_defs{ router_id   x # mine\n}\n\n\n\nvrrp_sync_group  G\n{\n group { A\n B }\n}\n"
TIDY = """\
global_defs {
    router_id x  # mine
}

vrrp_sync_group G {
    group {
        A
        B
    }
}
"""


def test_fmt_prints_checks_and_writes_the_tidy_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, UNTIDY)
    assert main(["fmt", file]) == 0
    assert capsys.readouterr().out == TIDY
    assert main(["fmt", "--check", file]) == 1
    (tmp_path / "a.conf").chmod(0o640)
    assert main(["fmt", "-w", file]) == 0
    assert Path(file).read_text() == TIDY and Path(file).stat().st_mode & 0o777 == 0o640
    assert main(["fmt", "--check", file]) == 0
    assert main(["fmt", str(tmp_path / "none")]) == 1


def test_fmt_leaves_nothing_but_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, UNTIDY)
    assert main(["fmt", "--write", file]) == 0
    assert [each.name for each in tmp_path.iterdir()] == ["a.conf"]


@pytest.mark.parametrize("command", ["status", "plane", "check", "plan", "fmt", "explain"])
def test_every_command_has_its_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    out = capsys.readouterr().out
    assert command in out and "Exit status" in out


def test_one_file_for_both_directors_is_compared_with_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = "global_defs {\n    dynamic_interfaces\n}\n" + GOOD.replace(
        "51\n", "51\n    @one priority 150\n    @two priority 100\n"
    )
    fit = written(tmp_path, both)
    assert main(["check", "--quiet", "--config-id=one,two", fit]) == 0
    same = written(tmp_path, both.replace("priority 100", "priority 150"), "b.conf")
    assert main(["check", "--quiet", "--config-id=one,two", same]) == 5
    assert "priority is 150" in capsys.readouterr().out
    assert main(["check", "--quiet", "--config-id=one,two", fit, same]) == 5
    assert main(["check", "--quiet", "--config-id=one,two", fit, fit, fit]) == 2
