"""A director on a stage: its clock, its questions, what it holds and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address

from keepalived.core.checks.tcp import TcpCheck
from keepalived.core.lvs.config import DirectorConfig, RealServer, VirtualServer
from keepalived.core.lvs.director import Director
from keepalived.lang.net_values import ServiceHead, SocketAddress
from keepalived.port.effects import (
    Effect,
    Hold,
    Note,
    RunScript,
    StartTalk,
)
from keepalived.port.events import (
    Ending,
    Event,
    ScriptEnded,
    Started,
    TalkEnded,
    Woken,
)
from keepalived.port.resources import Server
from keepalived.port.talk import Verdict

GOOD = Verdict(True, "connected")
BAD = Verdict(False, "connection refused")
A, B = IPv4Address("192.168.1.1"), IPv4Address("192.168.1.2")
TCP = TcpCheck()
SORRY = SocketAddress(IPv4Address("192.168.1.9"), 80)
SECOND = 1_000_000


class FixedDice:
    """Always the same chance."""

    def __init__(self, number: int = 0) -> None:
        self.number = number

    def below(self, limit: int) -> int:
        """Give it."""
        return min(self.number, limit - 1)


def server(address: IPv4Address, *checks: object, weight: int = 1) -> RealServer:
    return RealServer(at=SocketAddress(address, 80), weight=weight, checks=checks)  # type: ignore[arg-type]


def service(*servers: RealServer, port: int = 80, **words: object) -> VirtualServer:
    given: dict[str, object] = {
        "head": ServiceHead(IPv4Address("10.0.0.1"), port),
        "protocol": "TCP",
        "delay_loop_us": 6 * SECOND,
        "servers": servers,
        **words,
    }
    return VirtualServer(**given)  # type: ignore[arg-type]


class Stage:
    """A director with its clock, and what it asked for last."""

    def __init__(self, *services: VirtualServer, chance: int = 0, mail: bool = False) -> None:
        self.config = DirectorConfig("LVS", services, mail)
        self.director = Director(self.config, FixedDice(chance))
        self.now = 0
        self.effects: list[Effect] = []
        self.running: list[StartTalk | RunScript] = []
        self.held: dict[str, list[object]] = {}
        self.tell(Started())

    def tell(self, event: Event) -> list[Effect]:
        self.effects = list(self.director.step(self.now, event))
        for effect in self.effects:
            if isinstance(effect, Hold):
                self.held[effect.owner] = list(effect.resources)
            if isinstance(effect, StartTalk | RunScript):
                self.running.append(effect)
        return self.effects

    def wake(self) -> list[StartTalk | RunScript]:
        """Go on to the deadline; give what is running then."""
        due = self.director.deadline()
        assert due is not None
        self.now = max(due, self.now)
        self.tell(Woken())
        return self.running

    def answer(self, verdict: Verdict, place: int = 0) -> list[Effect]:
        """Answer one of the questions that are open."""
        asked = self.running.pop(place)
        if isinstance(asked, StartTalk):
            return self.tell(TalkEnded(asked.talk, verdict))
        ending = Ending.EXITED
        return self.tell(ScriptEnded(asked.name, ending, 0 if verdict.good else 1))

    def round(self, *verdicts: Verdict) -> list[str]:
        """Wake and answer; give the log lines of the answers."""
        self.wake()
        said: list[str] = []
        for verdict in verdicts:
            said += texts(self.answer(verdict))
        return said

    def servers(self) -> list[str]:
        """Give the addresses in the table."""
        return [
            str(r.address) for held in self.held.values() for r in held if isinstance(r, Server)
        ]


def texts(effects: Sequence[Effect]) -> list[str]:
    return [effect.line.text() for effect in effects if isinstance(effect, Note)]
