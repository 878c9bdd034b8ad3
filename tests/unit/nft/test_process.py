"""Running a program beside the loop: its end, its words, its absence, its hanging."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.netns.nft_world import Loop, key, server

from keepalived.linux import nft_process
from keepalived.linux.masquerade import Masquerading
from keepalived.linux.nft_process import NFT_MISSING, NftProcess, find_nft
from keepalived.linux.nftables import NftPlane
from keepalived.port.events import Refused
from keepalived.port.resources import Forwarding, Install, Service


def _program(place: Path, text: str) -> str:
    path = place / "nft"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def _run(nft: str | None, script: str = "") -> tuple[list[str | None], Loop]:
    loop = Loop()
    process = NftProcess(loop, nft)
    told: list[str | None] = []
    process.start(script, told.append)
    assert told == []
    loop.until(lambda: bool(told))
    assert not process.running
    assert not loop.is_watching
    return told, loop


def test_the_script_is_given_whole_however_long(tmp_path: Path) -> None:
    script = "add rule x\n" * 100_000
    nft = _program(tmp_path, f"cat /dev/stdin > {tmp_path}/given; test \"$*\" = '-f -'")
    assert _run(nft, script)[0] == [None]
    assert (tmp_path / "given").read_text() == script


def test_a_failure_comes_with_the_programs_own_words(tmp_path: Path) -> None:
    nft = _program(tmp_path, "echo '/dev/stdin:1:1-2: Error: Operation not permitted' >&2; exit 1")
    assert _run(nft)[0] == ["Operation not permitted"]
    assert _run(_program(tmp_path, "exit 3"))[0] == ["nft ended with status 3"]


def test_a_program_that_is_not_there_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _run(str(tmp_path / "nft"))[0] == [f"{tmp_path}/nft: No such file or directory"]
    monkeypatch.setattr(nft_process, "find_nft", lambda: None)
    assert _run(None)[0] == [NFT_MISSING]


def test_nft_is_looked_for_on_the_path_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"/nowhere:{tmp_path}")
    (tmp_path / "nft").mkdir()
    assert find_nft() != f"{tmp_path}/nft"
    (tmp_path / "nft").rmdir()
    there = _program(tmp_path, "exit 0")
    assert find_nft() == there


def test_a_program_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nft_process, "TIME_LIMIT_US", 100_000)
    assert _run(_program(tmp_path, "exec sleep 30"))[0] == ["nft ended with status -9"]


def test_closing_ends_what_runs_and_tells_nobody(tmp_path: Path) -> None:
    loop = Loop()
    process = NftProcess(loop, _program(tmp_path, "exec sleep 30"))
    told: list[str | None] = []
    process.start("", told.append)
    process.close()
    loop.turn(10)
    assert (told, loop.is_watching, process.running) == ([], False, False)


def test_closing_an_adapter_drops_what_waits(tmp_path: Path) -> None:
    loop = Loop()
    nft = _program(tmp_path, "exec sleep 30")
    plane, masquerading = NftPlane(loop, nft=nft), Masquerading(loop, nft=nft)
    masquerading.tidy()
    for scheduler in ("rr", "wrr"):
        plane.apply([Install(Service(key(), scheduler))])
    assert not plane.ready()
    plane.close()
    masquerading.close()
    assert plane.ready()
    assert not loop.is_watching
    assert all(call.gone for _, _, call, _ in loop.calls)


def test_what_the_plane_cannot_do_is_refused_without_a_run(tmp_path: Path) -> None:
    loop = Loop()
    plane = NftPlane(loop, nft=_program(tmp_path, "exit 1"))
    bad = Service(key(), "sed")
    orphan = server(key(), "10.1.0.1")
    direct = type(orphan)(key(), orphan.address, 80, 1, Forwarding.DR)
    plane.apply([Install(bad), Install(direct), Install(orphan)])
    assert plane.found([key()]) == []
    loop.until(plane.ready)
    assert [(e.errno, e.change) for e in loop.events if isinstance(e, Refused)] == [
        (95, Install(bad)),
        (95, Install(direct)),
        (2, Install(orphan)),
    ]
