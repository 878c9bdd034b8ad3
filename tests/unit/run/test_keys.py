"""Keys in files of their own: who may read them, and how the routers get them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from keepalived.core.vrrp.advert_words import AuthHmac
from keepalived.core.vrrp.auth import lacks_key
from keepalived.core.vrrp.config import RouterConfig, VrrpInstance
from keepalived.core.vrrp.lines import Key
from keepalived.lang.source import Unreadable
from keepalived.run.keys import read_key, with_keys

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    made = tmp_path / "key"
    made.write_text(KEY + "\n")
    made.chmod(0o600)
    return made


def why(path: Path) -> str:
    held = read_key(str(path))
    assert isinstance(held, Unreadable)
    return held.why


def test_a_key_is_read_without_its_end_of_line(place: Path) -> None:
    assert read_key(str(place)) == KEY


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610])
def test_a_key_that_others_may_use_is_unfit(place: Path, mode: int) -> None:
    place.chmod(mode)
    assert why(place) == f"group or others may use it (mode {mode:o})"


def test_what_is_no_file_is_unfit(place: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert why(tmp_path / "pipe") == "it is not a regular file"
    assert why(tmp_path) == "it is not a regular file"
    assert why(tmp_path / "none") == "No such file or directory"


def routers(*keys: Key) -> RouterConfig:
    block = AuthHmac(keys=keys, active_key=1)
    return RouterConfig("LVS", (VrrpInstance(name="A", auth_hmac=block),))


def test_the_routers_get_what_the_files_hold(place: Path) -> None:
    config = with_keys(routers(Key(1, f"file:{place}"), Key(2, KEY)))
    block = config.instances[0].auth_hmac
    assert block is not None
    assert block.keys == (Key(1, KEY), Key(2, KEY))


def test_routers_without_such_files_are_left_as_they_are() -> None:
    config = routers(Key(1, KEY))
    assert with_keys(config) is config


def test_an_unfit_key_is_left_out_and_then_there_is_none_to_sign_with(place: Path) -> None:
    place.write_text("short\n")
    block = with_keys(routers(Key(1, f"file:{place}"), Key(2, KEY))).instances[0].auth_hmac
    assert block is not None
    assert block.keys == (Key(2, KEY),)
    assert lacks_key(block)
