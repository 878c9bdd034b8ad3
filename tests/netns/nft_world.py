"""A client, a director and three servers in network namespaces, and a loop to drive a plane with.

Rule: sockets are made inside the namespace and used from here; nothing is left behind.
"""

from __future__ import annotations

import contextlib
import heapq
import json
import os
import selectors
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from tests.netns.kernel_bench import Call, RecordingReactor, inside

from keepalived.linux.nftables import NftPlane
from keepalived.port.events import Refused
from keepalived.port.resources import Change, Forwarding, Install, Server, Service, ServiceKey
from keepalived.wire.addresses import Family, family_of

VIP, VIP6 = "10.7.0.100", "fd07::100"
SERVERS = ("10.1.0.1", "10.1.0.2", "10.1.0.3")
SERVERS6 = ("fd01::1", "fd01::2", "fd01::3")
CLIENTS = tuple(f"10.9.0.{n}" for n in range(1, 21)) + tuple(f"10.9.1.{n}" for n in range(1, 4))
CLIENTS6 = ("fd09::1", "fd09::2", "fd09::3")
OUTSIDE = "10.9.0.1"
DIRECTOR_OUTSIDE = "10.9.0.254"
PORTS = (80, 8081)

_serial = iter(range(1_000_000))


class Loop(RecordingReactor):
    """The reactor that a plane sees, in its smallest form: with timers."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[int, int, Call, Callable[[], None]]] = []

    def call_at(self, when: int, call: Callable[[], None]) -> Call:
        """Call once."""
        made = Call()
        heapq.heappush(self.calls, (when, next(_serial), made, call))
        return made

    def turn(self, timeout_s: float = 0.05) -> None:
        """Wait a little and make what calls are due."""
        if self.calls:
            left_us = self.calls[0][0] - self.now()
            timeout_s = max(0.0, min(timeout_s, left_us / 1_000_000))
        super().turn(timeout_s)
        while self.calls and self.calls[0][0] <= self.now():
            _, _, made, call = heapq.heappop(self.calls)
            if not made.gone:
                call()

    def until(self, done: Callable[[], bool], seconds: float = 20) -> None:
        """Turn until something holds."""
        assert self.run_until(done, seconds), "waited too long"


class Servers:
    """TCP and UDP servers that answer `name client-address port`, in one thread for all."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.asked: Counter[str] = Counter()
        self._bell, self._rope = socket.socketpair()
        self.selector.register(self._bell, selectors.EVENT_READ, None)
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def listen(self, name: str, port: int) -> None:
        """Open a TCP and a UDP socket in the namespace that the caller is in."""
        tcp = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.bind(("::", port))
        tcp.listen(512)
        self.selector.register(tcp, selectors.EVENT_READ, ("accept", name, port))
        udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        # Answers must come from the address that was asked, so one socket for each address.
        udp.bind(("::", port))
        self.selector.register(udp, selectors.EVENT_READ, ("datagram", name, port))

    def _serve(self) -> None:
        while True:
            for key, _ in self.selector.select():
                if key.data is None:
                    return
                with contextlib.suppress(OSError):
                    self._take(key)

    def _take(self, key: selectors.SelectorKey) -> None:
        what, name, port = key.data
        sock = key.fileobj
        assert isinstance(sock, socket.socket)
        if what == "accept":
            made, _ = sock.accept()
            self.selector.register(made, selectors.EVENT_READ, ("talk", name, port))
        elif what == "datagram":
            _, peer = sock.recvfrom(2048)
            sock.sendto(_answer(name, peer[0], port), peer)
        else:
            data = sock.recv(2048)
            if not data:
                self.selector.unregister(sock)
                sock.close()
                return
            self.asked[name] += 1
            sock.sendall(_answer(name, sock.getpeername()[0], port))

    def close(self) -> None:
        """End the thread and close every socket."""
        self._rope.send(b"x")
        self.thread.join(5)
        for key in list(self.selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._rope.close()
        self.selector.close()


def _answer(name: str, peer: str, port: int) -> bytes:
    return f"{name} {peer.removeprefix('::ffff:')} {port}".encode()


class World:
    """The namespaces with their links, and the servers in them."""

    def __init__(self) -> None:
        self.prefix = f"nft{os.getpid()}"
        self.client, self.director = f"{self.prefix}-c", f"{self.prefix}-d"
        self.pools = [f"{self.prefix}-s{n}" for n in (1, 2, 3)]
        self.servers = Servers()

    def build(self) -> None:
        """Make everything."""
        for name in (self.client, self.director, *self.pools):
            run(f"ip netns add {name}")
            run(f"ip -n {name} link set lo up")
            with inside(name):
                for what in ("all", "default"):
                    Path(f"/proc/sys/net/ipv6/conf/{what}/accept_dad").write_text("0")
                Path("/proc/sys/net/ipv4/ip_forward").write_text(
                    "1" if name == self.director else "0"
                )
                Path("/proc/sys/net/ipv6/conf/all/forwarding").write_text(
                    "1" if name == self.director else "0"
                )
        d, c = self.director, self.client
        run(f"ip -n {d} link add out type veth peer name eth0 netns {c}")
        run(f"ip -n {d} link add in type bridge")
        self._addresses(d, "out", f"{DIRECTOR_OUTSIDE}/16", "fd09::254/64", f"{VIP}/32")
        self._addresses(d, "out", f"{VIP6}/128")
        self._addresses(d, "in", "10.1.0.254/24", "fd01::254/64")
        self._addresses(c, "eth0", *[f"{a}/16" for a in CLIENTS], *[f"{a}/64" for a in CLIENTS6])
        run(f"ip -n {c} route add default via {DIRECTOR_OUTSIDE}")
        run(f"ip -n {c} -6 route add default via fd09::254")
        for number, name in enumerate(self.pools):
            run(f"ip -n {d} link add in{number} type veth peer name eth0 netns {name}")
            run(f"ip -n {d} link set in{number} up master in")
            self._addresses(name, "eth0", f"{SERVERS[number]}/24", f"{SERVERS6[number]}/64")
            run(f"ip -n {name} route add default via 10.1.0.254")
            run(f"ip -n {name} -6 route add default via fd01::254")
            with inside(name):
                for port in PORTS:
                    self.servers.listen(f"s{number + 1}", port)
        with inside(c):
            self.servers.listen("outside", 9000)
        self.servers.thread.start()
        self._wait_for_links()

    def _addresses(self, name: str, link: str, *addresses: str) -> None:
        run(f"ip -n {name} link set {link} up")
        for address in addresses:
            run(f"ip -n {name} addr add {address} dev {link}" + " nodad" * (":" in address))

    def _wait_for_links(self) -> None:
        """Wait until the director reaches each server in both families (the bridge learns)."""
        end = time.monotonic() + 10
        for address in (*SERVERS, *SERVERS6):
            while True:
                with contextlib.suppress(OSError):
                    ask(self.director, address, 80)
                    break
                assert time.monotonic() < end, f"{address} is not reached"
                time.sleep(0.05)

    def remove(self) -> None:
        """Take everything away."""
        self.servers.close()
        for name in (self.client, self.director, *self.pools):
            subprocess.run(["ip", "netns", "del", name], check=False)


def run(command: str, given: str | None = None) -> str:
    """Run a command that must succeed."""
    done = subprocess.run(command.split(), input=given, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def connect(namespace: str, host: str, port: int, source: str = "") -> socket.socket:
    """Open a TCP connection from a namespace."""
    with inside(namespace):
        bound = (source, 0) if source else None
        return socket.create_connection((host, port), timeout=2, source_address=bound)


def say(connection: socket.socket) -> tuple[str, str, int]:
    """Ask once over an open connection: the server's name, the client's address that it saw."""
    connection.sendall(b"who\n")
    return read_answer(connection.recv(2048))


def read_answer(data: bytes) -> tuple[str, str, int]:
    """Take an answer apart."""
    assert data, "the connection was closed"
    name, peer, port = data.decode().split()
    return name, peer, int(port)


def ask(namespace: str, host: str, port: int, source: str = "") -> tuple[str, str, int]:
    """Ask once over a new connection."""
    with connect(namespace, host, port, source) as connection:
        return say(connection)


def ask_udp(namespace: str, host: str, port: int, sock: socket.socket | None = None) -> str:
    """Ask once by a datagram; give the server's name."""
    with contextlib.ExitStack() as stack:
        if sock is None:
            sock = stack.enter_context(udp_socket(namespace, ":" in host))
        sock.sendto(b"who\n", (host, port))
        return read_answer(sock.recv(2048))[0]


def udp_socket(namespace: str, six: bool = False) -> socket.socket:
    """Make a UDP socket in a namespace."""
    with inside(namespace):
        sock = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(1)
    return sock


def key(address: str = VIP, port: int = 80, protocol: int = 6) -> ServiceKey:
    """Make the key of a service by address."""
    at = ip_address(address)
    return ServiceKey(family_of(at), protocol, at, port)


def mark_key(mark: int, family: Family = Family.INET) -> ServiceKey:
    """Make the key of a service by mark."""
    return ServiceKey(family, mark=mark)


def server(of: ServiceKey, address: str, port: int = 80, weight: int = 1) -> Server:
    """Make a server behind a service."""
    return Server(of, ip_address(address), port, weight, Forwarding.NAT)


def installs(service: Service, *servers: Server) -> list[Change]:
    """Say to install them."""
    return [Install(service), *[Install(each) for each in servers]]


def tables(namespace: str) -> list[str]:
    """Name the nftables tables that there are."""
    shown = json.loads(run(f"ip netns exec {namespace} nft -j list tables"))
    return [each["table"]["name"] for each in shown["nftables"] if "table" in each]


def ruleset(namespace: str) -> list[dict[str, Any]]:
    """Read back the whole ruleset as nft tells it."""
    shown = json.loads(run(f"ip netns exec {namespace} nft -j list ruleset"))
    found: list[dict[str, Any]] = shown["nftables"]
    return found


def counts(namespace: str, host: str, times: int, clients: Sequence[str] = ("",)) -> Counter[str]:
    """Ask port 80 many times, each time over a new connection; count who answered."""
    return Counter(ask(namespace, host, 80, clients[n % len(clients)])[0] for n in range(times))


class Driven:
    """A plane in the director's namespace and the loop that it runs in."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.loop = Loop()
        self.plane = NftPlane(self.loop)

    def apply(self, *changes: Change) -> None:
        """Carry them out, to the end."""
        with inside(self.world.director):
            self.plane.apply(changes)
            self.loop.until(self.plane.ready)

    @property
    def refused(self) -> list[Refused]:
        """Give what was refused so far."""
        return [event for event in self.loop.events if isinstance(event, Refused)]
