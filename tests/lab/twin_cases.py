"""The configurations of the twin runs: the guide's cases IX and XI, and more in the guide's words.

Rule: every case uses words that keepalived 2.2.7 reads or that `for_real` translates; times are
short, so that an event is settled within seconds. `DIR` is a folder where a file named ADDRESS-PORT
stands for a server that works: the script of MISC_CHECK looks for it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tests.lab.fitting import fitted
from tests.lab.network import ROOT
from tests.lab.web import PATHS, page

DELAY_LOOP_S, RETRIES, RETRY_DELAY_S, CONNECT_S = 2, 1, 1, 2


def digest(address: str, port: str, path: str) -> str:
    """The digest of what a laboratory server gives; its name is its address."""
    return hashlib.md5(page(address, path)).hexdigest()


@dataclass(frozen=True, slots=True)
class Case:
    """One configuration and the addresses of its servers, in the order of their failing."""

    name: str
    text: str
    servers: tuple[str, ...]
    sorry: str = ""


def example(name: str) -> str:
    """A file of `examples/`, fitted to the laboratory."""
    text = (ROOT / "examples" / f"{name}.conf").read_text()
    return fitted(text, digest, DELAY_LOOP_S, RETRIES, RETRY_DELAY_S)


def checker(kind: str, address: str, port: int) -> str:
    """The checker block of a server."""
    retry = f"nb_get_retry {RETRIES}\n delay_before_retry {RETRY_DELAY_S}\n"
    timeout = f"connect_timeout {CONNECT_S}\n"
    if kind == "TCP":
        return f"TCP_CHECK {{\n {timeout} }}\n"
    if kind.startswith("TCP:"):
        return f"TCP_CHECK {{\n connect_port {kind[4:]}\n {timeout} }}\n"
    if kind == "MISC":
        return f'MISC_CHECK {{\n misc_path "/usr/bin/test -e DIR/{address}-{port}"\n }}\n'
    urls = "".join(
        f"url {{\n path {path}\n digest {digest(address, str(port), path)}\n }}\n" for path in PATHS
    )
    return f"{kind}_GET {{\n {urls} {timeout} {retry} }}\n"


def service(
    key: str, port: int, words: str, check: str, servers: dict[str, int], sorry: str = ""
) -> str:
    """A virtual_server block; `servers` is address → weight, all at one port."""
    lines = [f"virtual_server {key} {{", f"delay_loop {DELAY_LOOP_S}", words]
    if sorry:
        lines.append(f"sorry_server {sorry} {port}")
    for address, weight in servers.items():
        lines += [f"real_server {address} {port} {{", f"weight {weight}"]
        lines += [checker(check, address, port), "}"]
    return "\n".join([*lines, "}", ""])


A, B, C, SORRY = "192.168.100.2", "192.168.100.3", "192.168.100.4", "192.168.100.100"
A6, B6, SORRY6 = "fd00:100::2", "fd00:100::3", "fd00:100::100"
VIP, VIP6 = "192.168.200.15", "fd00:200::15"

WEIGHED = {A: 1, B: 2}

CASES = (
    Case("case IX", example("case-ix"), (A, B, C, "192.168.100.5"), SORRY),
    Case("case IX, SSL_GET", example("case-ix-ssl-get"), (A, B)),
    Case("case XI", example("case-xi-director1"), (A, B), SORRY),
    Case(
        "lc, direct routing, three servers",
        service(
            f"{VIP} 80", 80, "lb_algo lc\nlb_kind DR\nprotocol TCP", "TCP", {A: 1, B: 5, C: 10}
        ),
        (A, B, C),
    ),
    Case(
        "wlc, tunnel, persistence by networks of clients",
        service(
            f"{VIP} 80",
            80,
            "lb_algo wlc\nlb_kind TUN\nprotocol TCP\npersistence_timeout 300\n"
            "persistence_granularity 255.255.255.0",
            "HTTP",
            {A: 3, B: 1},
        ),
        (A, B),
    ),
    Case(
        "UDP, rr, judged by a script",
        service(
            f"{VIP} 53", 53, "lb_algo rr\nlb_kind NAT\nprotocol UDP", "MISC", {A: 1, B: 1}, SORRY
        ),
        (A, B),
        SORRY,
    ),
    Case(
        "firewall mark, wrr, persistent",
        service(
            "fwmark 7",
            80,
            "lb_algo wrr\nlb_kind NAT\nprotocol TCP\npersistence_timeout 60",
            "TCP",
            {A: 4, B: 2},
        ),
        (A, B),
    ),
    Case(
        "firewall mark, direct routing, sh, sorry server",
        service(
            "fwmark 9", 80, "lb_algo sh\nlb_kind DR\nprotocol TCP", "HTTP", {A: 1, B: 1}, SORRY
        ),
        (A, B),
        SORRY,
    ),
    Case(
        "dh and lblc on one pool, another port probed",
        service(f"{VIP} 80", 80, "lb_algo dh\nlb_kind NAT\nprotocol TCP", "TCP:443", {A: 1, B: 2})
        + service(
            f"{VIP} 81", 80, "lb_algo lblc\nlb_kind DR\nprotocol TCP", "TCP:443", {A: 1, B: 2}
        ),
        (A, B),
    ),
    Case(
        "IPv6, wrr, NAT, sorry server",
        service(
            f"{VIP6} 80",
            80,
            "lb_algo wrr\nlb_kind NAT\nprotocol TCP",
            "TCP",
            {A6: 2, B6: 1},
            SORRY6,
        ),
        (A6, B6),
        SORRY6,
    ),
    Case(
        "IPv6, persistent by /64, direct routing, pages",
        service(
            f"{VIP6} 80",
            80,
            "lb_algo rr\nlb_kind DR\nprotocol TCP\npersistence_timeout 120\n"
            "persistence_granularity 64",
            "HTTP",
            {A6: 1, B6: 1},
        ),
        (A6, B6),
    ),
    Case(
        "pages by TLS, wlc, sorry server",
        service(
            f"{VIP} 443", 443, "lb_algo wlc\nlb_kind NAT\nprotocol TCP", "SSL", {A: 1, B: 7}, SORRY
        ),
        (A, B),
        SORRY,
    ),
    Case(
        "TCP and UDP on one port, a weight of 0, masquerading as the guide says it",
        service(
            f"{VIP} 53",
            53,
            "lb_algo wrr\nlb_kind NAT\nnat_mask 255.255.255.0\nprotocol UDP",
            "MISC",
            {A: 0, B: 3},
        )
        + service(f"{VIP} 53", 53, "lb_algo wlc\nlb_kind NAT\nprotocol TCP", "TCP", {A: 1, B: 0}),
        (A, B),
    ),
)
