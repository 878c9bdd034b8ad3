"""How long a new master takes to hold 255 addresses and 100 routes, and a released one to let go.

Rule: told by the kernel: from the first to the last message about an address or route of the
instance, heard on a netlink socket in the same namespace; both programs in turn.
"""

from __future__ import annotations

import select
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, print_figures
from benchmarks.lanes import PROGRAMS, alone, run
from keepalived.wire.netlink import addresses, frame, routes

ADDRESSES, ROUTES = 255, 100
ROUNDS = 10
GOAL = 1.0
KINDS = {
    "hold": (addresses.NEW, routes.NEW),
    "let go": (addresses.GONE, routes.GONE),
}


def configuration() -> str:
    """Write one instance that leads as soon as nobody speaks."""
    own = "\n".join(f"10.40.0.{n}/32" for n in range(1, ADDRESSES)) + "\n10.40.1.1/32"
    ways = "\n".join(f"10.60.{n}.0/24 via 10.20.0.9 dev lane0" for n in range(ROUTES))
    return (
        "vrrp_instance VI_1 {\ninterface lane0\nvirtual_router_id 51\nversion 3\n"
        f"advert_int 0.1\npriority 254\nvirtual_ipaddress {{\n{own}\n}}\n"
        f"virtual_routes {{\n{ways}\n}}\n}}\n"
    )


class Ear:
    """Hears of addresses and routes, and when."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._socket.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
        self._socket.bind((0, addresses.GROUP_IPV4 | routes.GROUP_IPV4))

    def span_ms(self, what: str, bound_s: float = 10.0) -> float:
        """Give the time from the first to the last message of a kind; 0 where some are missing."""
        heard: dict[int, list[float]] = {kind: [] for kind in KINDS[what]}
        end = time.monotonic() + bound_s
        wanted = (ADDRESSES, ROUTES)
        while time.monotonic() < end:
            if not select.select([self._socket], [], [], 0.5)[0]:
                continue
            data, at = self._socket.recv(1 << 16), time.monotonic()
            for message in frame.split(data):
                if self._counts(message) and message.kind in heard:
                    heard[message.kind].append(at)
            if all(len(heard[kind]) >= n for kind, n in zip(heard, wanted, strict=True)):
                every = [at for some in heard.values() for at in some]
                return (max(every) - min(every)) * 1000
        return 0.0

    def _counts(self, message: frame.Message) -> bool:
        """Tell an address or route of the instance from the kernel's own routes to it."""
        address = addresses.decode(message)
        if address is not None:
            return str(address.address).startswith("10.40.")
        route = routes.decode(message)
        return route is not None and str(route.destination[0]).startswith("10.60.")


def sample(program: str, folder: Path) -> tuple[float, float]:
    """Let a program lead and stop; give milliseconds of both."""
    file = folder / "claims.conf"
    file.write_text(configuration())
    pids = ("-p", str(folder / "k.pid"), "-r", str(folder / "v.pid"))
    ear = Ear()
    with (folder / f"{program}.log").open("wb") as log:
        process = subprocess.Popen(
            [PROGRAMS[program], "-P", "-n", "-l", "-f", str(file), *pids],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        held = ear.span_ms("hold")
        time.sleep(0.5)
        ear = Ear()
        process.terminate()
        freed = ear.span_ms("let go")
    finally:
        process.terminate()
        process.wait(timeout=30)
    return held, freed


def main() -> bool:
    """Measure in turn and print; say whether the goal was met."""
    alone()
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "lane0", "type", "veth", "peer", "name", "far0")
    for name in ("lane0", "far0"):
        run("ip", "link", "set", name, "up")
    run("ip", "addr", "add", "10.20.0.1/24", "dev", "lane0")
    found: dict[str, list[tuple[float, float]]] = {"ours": [], "keepalived": []}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(ROUNDS):
            for program, samples in found.items():
                samples.append(sample(program, Path(folder)))
    figures = []
    for place, what in enumerate(("held: first to last", "let go: first to last")):
        ours = tuple(each[place] for each in found["ours"])
        theirs = tuple(each[place] for each in found["keepalived"])
        met = min(*ours, *theirs) > 0 and median(ours) <= GOAL * median(theirs)
        figures.append(Figure(what, "ms", ours, theirs, "at most a tenth more", met))
    print_figures(f"{ADDRESSES} addresses and {ROUTES} routes of one instance", figures)
    return all(each.met for each in figures)


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
