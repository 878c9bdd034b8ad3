"""Files that the parent leaves behind: around a reload, and as dumps."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepalived.config.load import load_text
from keepalived.config.root import Config
from keepalived.lang.fault import unplaced
from keepalived.run import traces
from keepalived.run.logbook import Logbook
from keepalived.run.options import Options
from keepalived.run.sources import Chance


def config(words: str) -> Config:
    return load_text(f"global_defs {{\n {words}\n}}").config


@pytest.fixture
def log() -> Logbook:
    return Logbook("test", syslog=False)


def test_the_reload_file_is_there_while_the_file_is_read(tmp_path: Path, log: Logbook) -> None:
    path = tmp_path / "reading"
    with traces.reading(config(f"reload_file {path}"), Options(), log):
        assert path.exists()
    assert not path.exists()


def test_without_a_name_it_lies_beside_the_pid_file(tmp_path: Path, log: Logbook) -> None:
    options = Options(pid=f"{tmp_path}/k.pid")
    with traces.reading(config("reload_file"), options, log):
        assert (tmp_path / "keepalived.reload").exists()
    with traces.reading(config(""), options, log):
        assert list(tmp_path.iterdir()) == []


def test_what_a_reload_found_is_written_where_the_file_says(tmp_path: Path, log: Logbook) -> None:
    path = tmp_path / "log"
    traces.tested(config(f"reload_check_config {path}"), [unplaced("this is wrong")], log)
    assert "this is wrong" in path.read_text()
    traces.tested(config("reload_check_config"), [unplaced("that too")], log)
    assert [each.name for each in tmp_path.iterdir()] == ["log"]


def test_a_configuration_in_force_is_kept(tmp_path: Path, log: Logbook) -> None:
    folder = tmp_path / "kept"
    traces.save(config(f"config_save_dir {folder}\n router_id r"), log)
    (file,) = folder.iterdir()
    again = load_text(file.read_text()).config
    assert again.globals is not None
    assert again.globals.router_id == "r"


def test_a_dump_is_a_file_for_each_process(tmp_path: Path, log: Logbook) -> None:
    text = f"""global_defs {{
 state_dump_file {tmp_path}/
}}
vrrp_instance A {{
 interface eth0
 virtual_router_id 1
 virtual_ipaddress {{
  10.0.0.1
 }}
}}
bfd_instance B {{
 neighbor_ip 10.0.0.2
}}
"""
    traces.dump(load_text(text).config, Options(), log)
    found = {each.name for each in tmp_path.iterdir()}
    assert found == {"keepalived.data", "keepalived_bfd.data"}
    assert " VRRP Instance = A" in (tmp_path / "keepalived.data").read_text().splitlines()


def test_random_numbers_follow_from_their_seed() -> None:
    def drawn(seed: int) -> list[int]:
        chance = Chance()
        chance.sow(seed)
        return [chance.draw(1, 6) for _ in range(50)]

    assert drawn(7) == drawn(7) != drawn(8)
    assert set(drawn(7)) == {1, 2, 3, 4, 5, 6}
    assert all(5 <= Chance().draw(5, 9) <= 9 for _ in range(50))
