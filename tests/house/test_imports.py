"""Who may walk where: the import table of ARCHITECTURE.md, read from the source."""

from __future__ import annotations

import re
import sys

from tests.house.source import PACKAGE, modules, report, room_of, under

WORDS = (
    *("lang.words", "lang.values", "lang.net_values", "lang.place"),
    *("lang.option_values", "lang.pieces"),
)
"""What a feature needs to say its keywords; the rest of `lang` is the grammar's own."""
GROUND = ("port", "wire", *WORDS)
CONFIGS = ("core.*.config", "core.*.lines", "core.checks", "core.claims")

MAY = {
    "": (),
    "__main__": ("run.main",),
    "annotations": (),
    "records": (),
    "wire": ("wire",),
    "lang": ("lang", "wire.addresses"),
    "port": ("port", "wire"),
    "core": (*GROUND, "core.ledger", "core.host"),
    "core.checks": (*GROUND, "core.checks", "core.notify.config"),
    "core.notify": (*GROUND, "core.notify"),
    "core.track": (*GROUND, "core.track", "core.notify.config"),
    "core.claims": (*GROUND, "core.claims"),
    "core.bfd": (*GROUND, "core.bfd"),
    "core.vrrp": (*GROUND, "core.vrrp", "core.notify", "core.track", "core.claims"),
    "core.lvs": (*GROUND, "core.lvs", "core.checks", "core.notify", "core.track"),
    "config": (
        *("config", "lang", "wire.addresses", "port", *CONFIGS, "core.notify.pipes"),
        *("core.vrrp.dialect", "core.vrrp.own_links", "core.vrrp.pacing"),
        *("core.vrrp.debounce", "core.vrrp.timing"),
    ),
    "status": (
        *("status", "config", "port", "wire.addresses", *WORDS, "core.*.status", *CONFIGS),
        "core.vrrp.dialect",
    ),
    "linux": ("linux", "port", "wire"),
    "sim": ("sim", "port", "wire", "core", "config", "status", "lang"),
    "run": ("run", "linux", "status", "config", "core", "lang", "port", "wire"),
    "cli": ("cli", "run", "sim", "status", "config", "lang", "wire.addresses", "core.checks"),
}
GIVEN = ("annotations", "records")
"""Everybody may import these, and read the version from the package itself."""
LIGHT = {"dataclasses": "records", "typing": "annotations"}
"""What half of a start's time would go into, and the module of ours that stands in its place."""

PURE = ("wire", "lang", "port", "core", "config", "status")
IMPURE = {
    *("asyncio", "concurrent", "ctypes", "fcntl", "http", "logging", "mmap", "multiprocessing"),
    *("os", "pathlib", "random", "sched", "secrets", "select", "selectors", "shutil", "signal"),
    *("smtplib", "socket", "socketserver", "ssl", "subprocess", "tempfile", "threading", "time"),
    *("urllib",),
}
FOREIGN = {"httptools": ("core.checks",)}
"""The libraries that we install, and who may import each, inside a function."""


def _allowed(target: str, patterns: tuple[str, ...]) -> bool:
    for pattern in patterns:
        shape = re.escape(pattern).replace(r"\*", "[a-z_]+")
        if re.fullmatch(rf"{shape}(\..+)?", target):
            return True
    return False


def test_imports_go_down_and_never_sideways() -> None:
    findings = []
    for module in modules():
        room = room_of(module.name)
        for each in module.imports():
            if not under(each.target, (PACKAGE,)):
                continue
            target = each.target[len(PACKAGE) + 1 :]
            if target and not _allowed(target, (*MAY[room], *GIVEN)):
                findings.append(f"{module.shown}:{each.line}: {room} imports {target}")
    report(findings, "so that each room can be read, tested and simulated without those above it")


def test_every_room_stands_in_the_table() -> None:
    rooms = {room_of(module.name) for module in modules()}
    report(sorted(rooms - MAY.keys()), "a new room gets its line in MAY and in ARCHITECTURE.md")


def test_pure_rooms_import_nothing_that_touches_the_world() -> None:
    findings = [
        f"{module.shown}:{each.line}: imports {each.target}"
        for module in modules()
        if under(module.name, PURE)
        for each in module.imports()
        if not each.typing_only and each.target.split(".")[0] in IMPURE
    ]
    report(findings, "time, chance and the kernel come in as arguments, so that they can be played")


def test_foreign_libraries_are_imported_where_they_are_used() -> None:
    findings = []
    for module in modules():
        for each in module.imports():
            top = each.target.split(".")[0]
            if top in sys.stdlib_module_names or top == PACKAGE or each.typing_only:
                continue
            if not each.inside_function or not under(module.name, FOREIGN.get(top, ())):
                findings.append(f"{module.shown}:{each.line}: imports {each.target}")
    report(findings, "only the checker's process pays for a library, and only where it is used")


def test_what_is_slow_to_load_has_a_light_module_of_ours() -> None:
    findings = [
        f"{module.shown}:{each.line}: imports {each.target}; keepalived.{LIGHT[top]} has it"
        for module in modules()
        for each in module.imports()
        if (top := each.target.split(".")[0]) in LIGHT
        if not each.typing_only and not (each.inside_function and module.name == LIGHT[top])
    ]
    report(findings, "memory and the time of a start are goals")


def test_the_daemon_has_no_asyncio() -> None:
    findings = [
        f"{module.shown}:{each.line}: imports asyncio"
        for module in modules()
        if under(module.name, ("run", "linux"))
        for each in module.imports()
        if each.target.split(".")[0] == "asyncio"
    ]
    report(findings, "it costs 5-11 MiB, 70 ms a start, and its timers are a millisecond coarse")
