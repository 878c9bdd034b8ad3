"""The demo's stage: the network, the two directors, the ears and the table of who is master.

Rule: what is asked here is answered from outside the daemons: adverts on the wire, `ip addr`,
answers that clients got, mails that came, the kernel's own tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.lab.client import Impatient, ask_from_all, tally
from tests.lab.directors import run_keepalived
from tests.lab.hosts import World
from tests.lab.mastership import Mastership
from tests.lab.network import CLIENTS, DIRECTORS, HOME, HTTP_VIP, SSL_VIP, Network
from tests.lab.postbox import Letter
from tests.lab.wiretap import Wiretap

from demo import configuration


@dataclass(slots=True)
class Stage:
    """Everything a chapter of the story may use."""

    world: World
    network: Network
    wire: Wiretap
    rule: Mastership
    kinds: dict[str, str]
    """director → `ours` or `real`."""
    patience: float
    """How many times longer than on the host a bound is: the second kernel is slow."""
    texts: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    """service → the latest answers, in words."""
    _used: int = 0

    def new_clients(self, count: int = 30) -> tuple[str, ...]:
        """Client addresses that asked nothing before: no persistence holds them yet."""
        self._used += count
        assert self._used <= len(CLIENTS), "the story has used up its client addresses"
        return CLIENTS[self._used - count : self._used]

    def ask(self, clients: tuple[str, ...], service: str = "HTTP") -> dict[str, str]:
        """One request from every client address to a service; client → who answered."""
        target, port = (HTTP_VIP, 80) if service == "HTTP" else (SSL_VIP, 443)
        found = ask_from_all(self.network.host("client"), clients, target, port, port == 443)
        self.answers[service] = words(found)
        return found

    def impatient(self, every_ms: int) -> Impatient:
        """A client that asks the HTTP service every few milliseconds from now on."""
        clients = self.new_clients(4)
        host = self.network.host("client")
        return Impatient(host, clients, HTTP_VIP, 80, every_ms * 1000).start()

    def start(self, director: str) -> None:
        """Start the director's daemon with the demo's configuration."""
        host, kind = self.network.host(director), self.kinds[director]
        self.rule.daemons[director] = run_keepalived(kind, host, self.texts[director])

    def wait_for(self, wanted: dict[str, str], bound_s: float) -> None:
        """Wait until wire and `ip addr` show a distribution."""
        self.rule.wait_for(wanted, bound_s * self.patience)

    def mails(self, mark: int, *parts: str) -> list[Letter]:
        """The mails from number `mark` on whose subject has all these parts."""
        return [m for m in self.network.letters()[mark:] if all(p in m.subject for p in parts)]

    def pool(self, director: str) -> list[str]:
        """The director's table as the kernel shows it: IPVS entries, else nftables' rules."""
        host = self.network.host(director)
        table = host.run("ipvsadm", "-Ln", check=False).splitlines()[3:]
        if table:
            return table
        return host.run("nft", "list", "ruleset", check=False).splitlines()

    def plane(self, director: str) -> str:
        """What the director forwards with."""
        table = self.pool(director)
        if not table:
            return "nothing"
        return "IPVS" if table[0].startswith(("TCP", "UDP", "FWM")) else "nftables"

    def rows(self) -> list[str]:
        """The table: masters as heard on the wire, and the latest answers."""
        masters = self.rule.masters()
        names = {name: m.replace("director", "director ") for name, m in masters.items()}
        lines = [
            "┌──────────────┬──────────────┬──────────────┬──────────────┐",
            "│ VI_1 VIP1,2  │ VI_2 DIP1    │ VI_3 VIP3,4  │ VI_4 DIP2    │",
            "│ " + " │ ".join(f"{names[n]:<12}" for n in HOME) + " │",
            "├──────────────┴──────────────┴──────────────┴──────────────┤",
        ]
        for service, target in (("HTTP", f"{HTTP_VIP}:80"), ("SSL", f"{SSL_VIP}:443")):
            latest = self.answers.get(service, "not asked yet")
            lines.append(f"│ {f'{service} {target}  {latest}':<57.57} │")
        came = f"mails: {len(self.network.letters())}"
        lines.append(f"│ {came:<57} │")
        return [*lines, "└───────────────────────────────────────────────────────────┘"]


def words(answers: dict[str, str]) -> str:
    """Answers as one reads them: `20 by web1, 10 by web2`."""
    return ", ".join(f"{count} by {name}" for name, count in tally(answers).items())


def prepare(stage: Stage, genhash: str) -> list[str]:
    """Fit the guide's files to the stage's pages; gives what changed, director 1's file."""
    pages = configuration.digests(genhash, stage.network.host("director1"))
    changed: list[str] = []
    for director in DIRECTORS:
        old = configuration.guide_file(director).read_text()
        stage.texts[director] = configuration.shortened(old, pages)
        changed = changed or configuration.difference(old, stage.texts[director])
    return changed
