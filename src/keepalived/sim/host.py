"""A simulated host: the real brain and ledger on a simulated kernel.

Rule: nothing here decides about VRRP. It hears before it judges: what arrived during a stall is
taken in before the clock is looked at, as the real loop does it.
"""

from __future__ import annotations

from keepalived.annotations import TYPE_CHECKING
from keepalived.core.host import Host
from keepalived.core.vrrp.config import RouterConfig
from keepalived.core.vrrp.router import Router
from keepalived.core.vrrp.timing import SECOND_US
from keepalived.port.effects import (
    DropTalk,
    Keep,
    KillScript,
    MakeFile,
    Note,
    Operation,
    RunScript,
    Send,
    StartTalk,
    Tell,
    WritePipes,
)
from keepalived.port.events import (
    AddressGone,
    AddressSeen,
    ClockSeen,
    DatagramHeard,
    Ending,
    Event,
    Kept,
    LinkGone,
    LinkSeen,
    Reconfigured,
    ScriptEnded,
    Started,
    Stopping,
    WatchSaw,
    Woken,
)
from keepalived.port.facts import Link, LinkAddress
from keepalived.port.resources import (
    Change,
    FileWatch,
    HeldAddress,
    HeldLink,
    Install,
    ProcessWatch,
    Remove,
    VrrpEndpoint,
    Watch,
)
from keepalived.records import replace
from keepalived.sim.kernel import Kernel
from keepalived.sim.network import PER_MILLION, Packet
from keepalived.wire.addresses import address_from_bytes

if TYPE_CHECKING:
    from keepalived.sim.sister import BfdProcess
    from keepalived.sim.world import World

EPOCH_US = 1_795_000_000_000_000
"""The universal time at which a simulated world begins: in November 2026."""


class SimHost:
    """One director of the simulated world."""

    def __init__(self, world: World, name: str, config: RouterConfig) -> None:
        self.world = world
        self.name = name
        self.config = config
        self.kernel = Kernel()
        self.plugs: dict[str, str] = {}
        """Which segment each link is plugged into."""
        self.running = False
        self.stalled = False
        self.drift_ppm = 0
        """How much its clock runs ahead of the world's, in microseconds a second."""
        self.utc_offset_us = EPOCH_US
        """What its wall clock shows when the world's begins."""
        self.changes = 0
        """Counts what happened to it, and everything that it did but send."""
        self.scripts: list[RunScript] = []
        self.mails: list[Tell] = []
        self.piped: list[str] = []
        self.statuses: dict[str, int] = {}
        """What the programs of this path exit with; those not named succeed."""
        self.files: dict[str, str] = {}
        self.processes: list[tuple[str, ...]] = []
        """The command lines that run here."""
        self.sent: list[tuple[int, Send]] = []
        self.lives: dict[str, bytes] = {}
        self.sisters: list[BfdProcess] = []
        self._inbox: list[Event] = []
        self._pure = Host(Router(config))
        self._life = 0
        self._leaving = False
        self._alarm: int | None = None
        self._refusing = False
        self._trusted_at = 0

    # What its owner does with it

    def plug(self, link: Link, segment: str, *addresses: LinkAddress) -> None:
        """Give it a link, on a segment, with addresses."""
        self.kernel.links[link.name] = link
        self.plugs[link.name] = segment
        for each in addresses:
            self.kernel.addresses[(each.link, each.address, each.prefix)] = each

    def start(self) -> None:
        """Start the daemon: what exists is told first, what a previous life left is adopted."""
        assert not self.running
        found = [r for r in self.kernel.held.values() if isinstance(r, HeldAddress)]
        self.kernel.held = {r.key: r for r in found}
        self._pure = Host(Router(self.config), found)
        self.running, self.stalled, self._leaving, self._inbox = True, False, False, []
        self._life += 1
        self._stir()
        self._alarm = None
        self.say("starts")
        self.give(ClockSeen(self.utc_offset_us))
        for link in list(self.kernel.links.values()):
            self.give(LinkSeen(link))
        for address in list(self.kernel.addresses.values()):
            self.give(AddressSeen(address))
        self.give(Kept({owner: life for owner, life in self.lives.items() if life}))
        for sister in self.sisters:
            sister.remind()
        self.give(Started())
        for sister in self.sisters:
            sister.start()

    def set_clock(self, utc_offset_us: int) -> None:
        """Set its wall clock."""
        self.utc_offset_us = utc_offset_us
        self.say("has its clock set")
        if self.running:
            self.give(ClockSeen(utc_offset_us))

    def stop(self) -> None:
        """Stop the daemon properly."""
        self.say("is stopped")
        self.resume()
        for sister in self.sisters:
            sister.stop()
        self._leaving = True
        self.give(Stopping())

    def crash(self, parent_lives: bool = False) -> None:
        """Let the daemon vanish; what it held in the kernel stays, its sockets do not.

        What it kept is known to a parent that lives, and lost with one that does not.
        """
        self.say("crashes")
        if not parent_lives:
            self.lives.clear()
            for sister in self.sisters:
                sister.crash(parent_lives)
        self.running = self.stalled = False
        self.kernel.held = {k: r for k, r in self.kernel.held.items() if isinstance(r, HeldAddress)}

    def reconfigure(self, config: RouterConfig) -> None:
        """Give the running daemon another configuration."""
        self.say("rereads its configuration")
        self.config = config
        self.give(Reconfigured(config))

    def set_link(self, name: str, running: bool) -> None:
        """Pull a link's plug, or put it back; links upon it follow."""
        self.say(f"{name} {'up' if running else 'down'}")
        self.world.disturb(self.plugs[name])
        for each in (name, *self.kernel.upon(name)):
            changed = replace(self.kernel.links[each], running=running)
            self.kernel.links[each] = changed
            self.give(LinkSeen(changed))

    def remove_link(self, name: str) -> None:
        """Take a link out of the host."""
        self.say(f"{name} removed")
        self.world.disturb(self.plugs[name])
        for each in (*self.kernel.upon(name), name):
            for gone in self.kernel.forget_link(each):
                self.give(AddressGone(gone))
            self.give(LinkGone(each))

    def return_link(self, link: Link, *addresses: LinkAddress) -> None:
        """Put a link back into the host, with its addresses."""
        self.kernel.links[link.name] = link
        self.say(f"{link.name} returned")
        self.world.disturb(self.plugs[link.name])
        self.give(LinkSeen(link))
        for each in addresses:
            self.kernel.addresses[(each.link, each.address, each.prefix)] = each
            self.give(AddressSeen(each))

    def take_address(self, resource: HeldAddress) -> None:
        """Delete one of the daemon's addresses by hand."""
        gone = self.kernel.take_away(resource)
        if gone is not None:
            self.say(f"somebody deletes {resource.address}")
            self.give(AddressGone(gone))

    def set_script(self, path: str, status: int) -> None:
        """Let a program exit with this status from its next run on."""
        self.say(f"{path} exits with {status} from now on")
        self.statuses[path] = status

    def set_file(self, path: str, text: str | None) -> None:
        """Write a file, or remove it."""
        self.say(f"{path} removed" if text is None else f"{path} says {text}")
        if text is None:
            self.files.pop(path, None)
        else:
            self.files[path] = text
        self._look(FileWatch)

    def set_processes(self, *argv: tuple[str, ...]) -> None:
        """Let these processes run and no others."""
        self.say(f"{len(argv)} processes run")
        self.processes = list(argv)
        self._look(ProcessWatch)

    def stall(self, for_us: int) -> None:
        """Let it do nothing for a while; what arrives waits."""
        self.stalled = True
        self.say(f"stalls for {for_us / 1_000_000:.3f} s")
        for segment in self.plugs.values():
            self.world.disturb(segment)
        self.world.at(self.world.now + for_us, self.resume)

    def resume(self) -> None:
        """Let it go on; what arrived meanwhile is heard before the clock is looked at."""
        if not self.stalled:
            return
        self.stalled = False
        for segment in self.plugs.values():
            self.world.disturb(segment)
        waiting, self._inbox = self._inbox, []
        for event in waiting:
            self.give(event)
        self._wake()
        for sister in self.sisters:
            sister.resume()

    @property
    def refusing(self) -> bool:
        """Say whether its kernel refuses addresses, or did so until a moment ago."""
        return self._refusing or self.world.now < self._trusted_at

    def refuse(self, refusing: bool) -> None:
        """Let the kernel refuse addresses, or no longer."""
        self._refusing = refusing
        self.say(f"its kernel {'refuses' if refusing else 'takes'} addresses")
        self.kernel.refuses = lambda r: refusing and isinstance(r, HeldAddress)
        self._trusted_at = self.world.now + 2 * SECOND_US

    # What the world does to it

    def give(self, event: Event) -> None:
        """Let the daemon take an event in, or let it wait there."""
        if not self.running:
            return
        if self.stalled:
            self._inbox.append(event)
            return
        for operation in self._pure.step(self.now, event):
            if not isinstance(operation, Send | Keep):
                self._stir()
            self._carry_out(operation)
        if self._leaving and self._pure.ended:
            self.running = self._leaving = False
        self._set_alarm()

    def hear(self, port: str, packet: Packet) -> None:
        """Let a packet arrive at a link; every socket that it concerns gets it."""
        link = self.kernel.links.get(port)
        if link is None or not link.up:
            return
        for sister in self.sisters:
            sister.hear(packet)
        v6 = packet.source.version == 6
        for endpoint in tuple(self.kernel.ears(packet.target, packet.protocol)):
            if endpoint.link in ("", port) or endpoint.link in self.kernel.upon(port):
                hops, target = (packet.hop_limit, packet.target) if v6 else (None, None)
                self.give(DatagramHeard(endpoint, packet.source, packet.data, hops, target))

    def snapshot(self) -> dict[str, object]:
        """Show what an operator would see."""
        return self._pure.snapshot(self.now)

    def say(self, text: str) -> None:
        """Write a line into the timeline."""
        self._stir()
        self.world.timeline.write(self.world.now, self.name, text)

    def _stir(self) -> None:
        self.changes += 1
        self.world.changes += 1

    @property
    def now(self) -> int:
        """Read its own clock."""
        return self.world.now + self.world.now * self.drift_ppm // PER_MILLION

    def _set_alarm(self) -> None:
        due = self._pure.deadline()
        if due is None or due == self._alarm:
            return
        self._alarm = due
        life = self._life
        # The first moment of the world at which its own clock has come so far.
        then = -(-due * PER_MILLION // (PER_MILLION + self.drift_ppm)) if self.drift_ppm else due
        self.world.at(max(then, self.world.now), lambda: self._wake(life))

    def _wake(self, life: int | None = None) -> None:
        due = self._pure.deadline()
        ours = life in (None, self._life) and self.running and not self.stalled
        if ours and due is not None and due <= self.now:
            self._alarm = None
            self.give(Woken())

    def _carry_out(self, operation: Operation) -> None:
        match operation:
            case Note():
                self.say(operation.line.text())
            case Send():
                self._send(operation)
            case RunScript():
                self.scripts.append(operation)
                status = self.statuses.get(operation.argv[0], 0)
                done = ScriptEnded(operation.name, Ending.EXITED, status)
                self.world.at(self.world.now + 1000, lambda: self.give(done))
            case Tell():
                self.mails.append(operation)
            case WritePipes(line):
                self.piped.append(line)
            case Keep(owner, life):
                self.lives[owner] = life
            case MakeFile():
                if operation.overwrite or operation.path not in self.files:
                    self.set_file(operation.path, operation.text)
            case KillScript():
                pass  # It ends within a millisecond anyway.
            case StartTalk() | DropTalk():
                raise AssertionError("the VRRP half does not ask for this")
            case Install(FileWatch() | ProcessWatch() as watch):
                self.kernel.change(operation)
                self._see(watch)
            case _:
                refused = self.kernel.change(operation)
                if refused is None:
                    self._tell_of_link(operation)
                else:
                    self.world.at(self.world.now, lambda: self.give(refused))

    def _look(self, kind: type[Watch]) -> None:
        for held in list(self.kernel.held.values()):
            if isinstance(held, kind):
                self._see(held)

    def _see(self, watch: Watch) -> None:
        """Tell soon what is to be seen: within a step nothing new is told."""
        self.world.at(self.world.now, lambda: self.give(WatchSaw(watch, self._fact(watch))))

    def _fact(self, watch: Watch) -> str | int | None:
        if isinstance(watch, FileWatch):
            return self.files.get(watch.path)
        return sum(watch.fits(argv[0].split("/")[-1][:15], argv) for argv in self.processes)

    def _tell_of_link(self, change: Change) -> None:
        """Let the daemon see the links that it made and unmade."""
        if isinstance(change, Install) and isinstance(change.resource, HeldLink):
            seen = LinkSeen(self.kernel.links[change.resource.link])
            self.world.at(self.world.now, lambda: self.give(seen))
        elif isinstance(change, Remove) and isinstance(change.resource, HeldLink):
            gone = LinkGone(change.resource.link)
            self.world.at(self.world.now, lambda: self.give(gone))

    def _send(self, send: Send) -> None:
        endpoint = send.endpoint
        name = endpoint.link or next(iter(self.plugs))
        link = self.kernel.links.get(name)
        if link is None or not link.up or endpoint.key not in self.kernel.held:
            return
        self.sent.append((self.world.now, send))
        if not isinstance(endpoint, VrrpEndpoint):
            return
        source = send.source or address_from_bytes(send.data[12:16])
        assert source is not None and send.target is not None
        hops = 255 if send.hop_limit is None else send.hop_limit
        packet = Packet(endpoint.protocol, source, send.target, send.data, hops)
        wire = self.plugs.get(name) or self.plugs[self.kernel.base(name)]
        self.world.spread(self, wire, packet)
