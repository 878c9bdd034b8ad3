"""The network of the guide's case studies X and XI: clients, two directors, servers, two switches.

Rule: the guide's addresses, its interface names, and nothing configured that it does not speak of
but what the servers need: replies from port 80 leave by way of DIP1 and from port 443 by way of
DIP2, while the networks on the link stay direct.
"""

from __future__ import annotations

from pathlib import Path

from tests.lab.hosts import Host, Program, World
from tests.lab.postbox import Letter, letters
from tests.lab.waiting import until
from tests.lab.web import make_certificate

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv" / "bin" / "python"

HTTP_VIP, SSL_VIP = "192.168.200.10", "192.168.200.12"
HOME = {  # who should own what when both directors are well
    "VI_1": ("director1", "eth0", ("192.168.200.10", "192.168.200.11")),
    "VI_2": ("director1", "eth1", ("192.168.100.10",)),
    "VI_3": ("director2", "eth0", ("192.168.200.12", "192.168.200.13")),
    "VI_4": ("director2", "eth1", ("192.168.100.11",)),
}
ROUTER_IDS = {51: "VI_1", 52: "VI_2", 53: "VI_3", 54: "VI_4"}
DIRECTORS = {"director1": 5, "director2": 6}
SERVERS = {"web1": "192.168.100.2", "web2": "192.168.100.3", "sorry": "192.168.100.100"}
MAIL_SERVER = "192.168.200.20"
CLIENTS = tuple(f"192.168.200.{last}" for last in range(50, 250))


def mac(director: str, lan: int) -> str:
    """The hardware address of a director's device; it is the same after a reboot."""
    return f"02:00:00:00:{lan % 99:02x}:{DIRECTORS[director]:02x}"


class Network:
    """Everything around the two directors, who come without a daemon."""

    def __init__(self, world: World, servers: bool = True) -> None:
        """Lay the cables; with `servers`, also the web servers, the mail server, the clients."""
        self.world = world
        self.switch = world.host("switch")
        for lan in ("lan200", "lan100"):
            self.switch.ip(f"link add {lan} type bridge forward_delay 0", f"link set {lan} up")
        self.programs: dict[str, Program] = {}
        for name in DIRECTORS:
            self.add_director(name)
        self.mailbox = world.folder / "mail"
        self.mailbox.mkdir()
        if servers:
            self.certificate = make_certificate(world.folder)
            self._add_servers()

    def host(self, name: str) -> Host:
        return self.world.hosts[name]

    def add_director(self, name: str) -> Host:
        """A director as it is after its boot: two addresses, forwarding on, nothing else."""
        number = DIRECTORS[name]
        director = self.world.host(name)
        for lan, device in ((200, "eth0"), (100, "eth1")):
            self._connect(director, device, lan, f"192.168.{lan}.{number}", mac(name, lan))
        director.setting("net/ipv4/ip_forward", "1")
        director.setting("net/ipv6/conf/all/forwarding", "1")
        return director

    def _connect(self, host: Host, device: str, lan: int, address: str, mac: str = "") -> None:
        port = f"{host.name}-{lan}"
        self.world.cable(host, device, self.switch, port, mac)
        host.ip(f"address add {address}/24 brd + dev {device}")
        self.switch.ip(f"link set {port} master lan{lan}")

    def _add_servers(self) -> None:
        clients = self.world.host("client")
        self._connect(clients, "eth0", 200, CLIENTS[0])
        clients.ip(*(f"address add {address}/24 dev eth0" for address in CLIENTS[1:]))
        self._connect(self.world.host("mail"), "eth0", 200, MAIL_SERVER)
        for name, address in SERVERS.items():
            server = self.world.host(name)
            self._connect(server, "eth0", 100, address)
            server.ip(
                "rule add pref 100 lookup main suppress_prefixlength 0",
                "rule add pref 110 ipproto 6 sport 80 lookup 80",
                "rule add pref 120 ipproto 6 sport 443 lookup 443",
                "route add default via 192.168.100.10 table 80",
                "route add default via 192.168.100.11 table 443",
            )

    def start_servers(self) -> None:
        """Start the mail server and every web server; wait until all listen."""
        self._start("mail", "tests.lab.postbox", MAIL_SERVER, str(self.mailbox))
        for name in SERVERS:
            self.start_web(name, wait=False)
        for name, program in self.programs.items():
            until(lambda p=program: "ready" in p.text(), 20, f"{name} listens")  # type: ignore[misc]

    def start_web(self, name: str, wait: bool = True) -> None:
        """Start (again) one web server's program."""
        address = SERVERS[name]
        places = [f"{address}:80"]
        if name != "sorry":
            places.append(f"{address}:443:{self.certificate}")
        program = self._start(name, "tests.lab.web", name, *places)
        if wait:
            until(lambda: program.text().count("ready") > 0, 20, f"{name} listens")

    def _start(self, name: str, module: str, *words: str) -> Program:
        host = self.host(name)
        (self.world.folder / f"{name}-server.log").unlink(missing_ok=True)
        self.programs[name] = program = host.start(
            str(PYTHON), "-m", module, *words, label="server", PYTHONPATH=str(ROOT)
        )
        return program

    def kill_web(self, name: str) -> None:
        """A web server dies: its program is killed, its host stays."""
        self.programs.pop(name).end(9)

    def letters(self) -> list[Letter]:
        """The mails that came so far."""
        return letters(self.mailbox)

    def unplug(self, director: str) -> None:
        """The director's ports leave the bridges; it still sees a carrier: for all a host gone."""
        self.switch.ip(*(f"link set {director}-{lan} nomaster" for lan in (200, 100)))

    def plug(self, director: str) -> None:
        """The director's ports are back on the bridges."""
        self.switch.ip(*(f"link set {director}-{lan} master lan{lan}" for lan in (200, 100)))

    def pull(self, director: str, lan: int) -> None:
        """The cable of one of the director's devices is pulled: no carrier."""
        self.switch.ip(f"link set {director}-{lan} down")

    def push(self, director: str, lan: int) -> None:
        """The cable is back in its place."""
        self.switch.ip(f"link set {director}-{lan} up")

    def crash(self, director: str) -> int:
        """The director is gone from one moment to the next; gives how many processes died."""
        killed = self.host(director).kill_all()
        self.unplug(director)
        return killed

    def reboot(self, director: str) -> Host:
        """The director comes back as after a boot: nothing left of what it held."""
        self.host(director).remove()
        self.switch.run("ip", "link", "del", f"{director}-200", check=False)
        self.switch.run("ip", "link", "del", f"{director}-100", check=False)
        return self.add_director(director)

    def holders(self, address: str, device: str) -> list[str]:
        """The directors whose `ip addr` shows an address (of a living daemon or not)."""
        return [
            name
            for name in DIRECTORS
            if address in [shown.split("/")[0] for shown in self.host(name).addresses(device)]
        ]
