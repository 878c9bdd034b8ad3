"""The verbs' dispatch: each to its adapter, neighbours together, the order of a step kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

import pytest

from keepalived.linux.port import LinuxWorld
from keepalived.port.effects import KillScript, Note, RunScript, Send, Severity, Tell
from keepalived.port.resources import (
    Change,
    FrameEndpoint,
    HeldAddress,
    Install,
    Remove,
    Replace,
    Server,
    ServiceKey,
)
from keepalived.port.words import Mail
from keepalived.wire.addresses import Family

VIP = HeldAddress("eth0", IPv4Address("10.0.0.1"), 24)
OTHER = HeldAddress("eth0", IPv4Address("10.0.0.2"), 24)
FRAMES = FrameEndpoint("eth0")
KEY = ServiceKey(Family.INET, 6, IPv4Address("10.0.0.1"), 80)
SERVER = Server(KEY, IPv4Address("10.0.0.9"), 80)


@dataclass(frozen=True, slots=True)
class Line:
    severity: Severity = Severity.INFO

    def text(self) -> str:
        return "a line"


class Adapter:
    """Writes down what reaches it."""

    def __init__(self, name: str, diary: list[object]) -> None:
        self.name = name
        self.diary = diary
        self.broken = ""

    def apply(self, changes: Sequence[Change]) -> None:
        self.diary.append((self.name, list(changes)))

    def send(self, send: Send) -> str:
        self.diary.append((self.name, send.data))
        return self.broken

    def run(self, script: RunScript) -> None:
        self.diary.append(script)

    def kill(self, name: str) -> None:
        self.diary.append(name)


class Scene:
    """A world of adapters that write into one diary."""

    def __init__(self) -> None:
        self.diary: list[object] = []
        self.lines: list[tuple[Severity, str]] = []
        self.endpoints = Adapter("endpoints", self.diary)
        self.world = LinuxWorld(
            log=lambda severity, text: self.lines.append((severity, text)),
            tell=self.diary.append,
            addresses=Adapter("addresses", self.diary),
            endpoints=self.endpoints,
            plane=Adapter("plane", self.diary),
            scripts=Adapter("scripts", self.diary),
        )


def test_neighbouring_changes_of_one_adapter_are_one_batch() -> None:
    scene = Scene()
    scene.world.apply([Install(FRAMES), Install(VIP), Install(OTHER), Install(SERVER)])
    assert scene.diary == [
        ("endpoints", [Install(FRAMES)]),
        ("addresses", [Install(VIP), Install(OTHER)]),
        ("plane", [Install(SERVER)]),
    ]


def test_a_send_between_two_changes_goes_out_between_them() -> None:
    scene = Scene()
    scene.world.apply([Install(VIP), Send(FRAMES, None, b"arp"), Install(OTHER)])
    assert scene.diary == [
        ("addresses", [Install(VIP)]),
        ("endpoints", b"arp"),
        ("addresses", [Install(OTHER)]),
    ]


def test_a_note_does_not_split_a_batch() -> None:
    scene = Scene()
    scene.world.apply([Remove(VIP), Note(Line()), Remove(OTHER)])
    assert scene.diary == [("addresses", [Remove(VIP), Remove(OTHER)])]
    assert scene.lines == [(Severity.INFO, "a line")]


def test_scripts_and_words_go_their_ways() -> None:
    scene = Scene()
    script = RunScript("a", ("/bin/true",))
    scene.world.apply([script, KillScript("a"), Tell(Mail("s", "b"))])
    assert scene.diary == [script, "a", Mail("s", "b")]


def test_what_cannot_be_sent_is_said_once_and_its_return_too() -> None:
    scene = Scene()
    send = Send(FRAMES, None, b"x")
    scene.endpoints.broken = "network is down"
    scene.world.apply([send, send, send])
    scene.endpoints.broken = ""
    scene.world.apply([send, send])
    assert [text for _, text in scene.lines] == [
        "Cannot send on eth0: network is down",
        "Sending on eth0 works again",
    ]


def test_what_is_to_stay_at_a_stop_is_removed_before_it_and_not_in_it() -> None:
    scene = Scene()
    scene.world.kept_at_stop = (HeldAddress,)
    scene.world.apply([Remove(VIP)])
    scene.world.stopping()
    scene.world.apply([Remove(VIP), Replace(VIP, VIP), Remove(FRAMES)])
    assert scene.diary == [
        ("addresses", [Remove(VIP)]),
        ("addresses", [Replace(VIP, VIP)]),
        ("endpoints", [Remove(FRAMES)]),
    ]


def test_a_resource_without_an_adapter_is_our_own_mistake() -> None:
    world = LinuxWorld(log=lambda severity, text: None, tell=lambda word: None)
    with pytest.raises(AssertionError, match="does not hold HeldAddress"):
        world.apply([Install(VIP)])


def test_lines_of_one_severity_are_logged_in_one_go_and_in_their_order() -> None:
    said: list[tuple[Severity, str]] = []
    world = LinuxWorld(log=lambda *line: said.append(line), tell=lambda word: None)
    world.apply([Note(Line()), Note(Line()), Note(Line(Severity.ERROR)), Note(Line())])
    assert said == [
        (Severity.INFO, "a line\na line"),
        (Severity.ERROR, "a line"),
        (Severity.INFO, "a line"),
    ]
