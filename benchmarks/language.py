"""How long reading a configuration takes, and what it costs: `-t` from its start to its exit.

Rule: both programs read the same files, in turn, in one run; medians of at least five. Ours is
installed for it: what starts is what starts on a director. Neither waits for anything, so that the
processor's time is taken, which other work on the machine disturbs less than the clock's.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, print_figures
from benchmarks.lanes import ROOT
from benchmarks.table import installed

REAL = "/usr/sbin/keepalived"
TIMES = 7
SERVICES, SERVERS = 2_277, 37_210
INSTANCES = 1_000


def large() -> str:
    """Write the file of a large site: every server with a TCP_CHECK, 274,000 lines."""
    return "".join(_service(number) for number in range(SERVICES))


def _service(number: int) -> str:
    first, last = (SERVERS * each // SERVICES for each in (number, number + 1))
    servers = "".join(_server(each) for each in range(first, last))
    address = f"10.{100 + number // 65536}.{number // 256 % 256}.{number % 256}"
    return (
        f"virtual_server {address} 443 {{\n    delay_loop 10\n    lb_algo wlc\n    lb_kind NAT\n"
        f"    protocol TCP\n{servers}}}\n"
    )


def _server(number: int) -> str:
    address = f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"
    return (
        f"    real_server {address} 443 {{\n        weight 1\n        TCP_CHECK {{\n"
        "            connect_port 443\n            connect_timeout 3\n        }\n    }\n"
    )


def instances() -> str:
    """Write a thousand virtual routers, on links and with numbers that differ."""
    return "".join(
        f"vrrp_instance VI_{number} {{\n    state BACKUP\n    interface lo\n"
        f"    virtual_router_id {number % 255 + 1}\n    priority {100 + number % 100}\n"
        f"    advert_int 1\n    virtual_ipaddress {{\n"
        f"        10.0.{number // 256}.{number % 256} dev lo\n    }}\n}}\n"
        for number in range(INSTANCES)
    )


Programs = dict[str, list[str]]
"""The two programs' commands, without the file."""


def run(command: list[str]) -> tuple[float, float]:
    """Run a command; give its milliseconds, and the MiB that it had resident at most."""
    pid = os.posix_spawn(
        command[0],
        command,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, number, "/dev/null", os.O_WRONLY, 0o600) for number in (1, 2)
        ],
    )
    _, _, used = os.wait4(pid, 0)
    return (used.ru_utime + used.ru_stime) * 1000, used.ru_maxrss / 1024


def measure(
    programs: Programs, file: Path
) -> dict[str, tuple[tuple[float, ...], tuple[float, ...]]]:
    """Let both read a file, in turn; give the times and the memory of each."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for _ in range(TIMES):
        for name, command in programs.items():
            found[name].append(run([*command, str(file)]))
    return {
        name: (tuple(time for time, _ in each), tuple(memory for _, memory in each))
        for name, each in found.items()
    }


def main() -> bool:
    """Measure and print; say whether the goals were met."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        ours = [installed(folder), "-t", "-f"]
        programs = {"ours": ours, "keepalived": [REAL, "-t", "-f"]}
        file = Path(folder) / "large.conf"
        file.write_text(large())
        found = measure(programs, file)
        (ours_ms, ours_mib), (their_ms, their_mib) = found["ours"], found["keepalived"]
        quick = median(ours_ms) <= median(their_ms)
        slim = median(ours_mib) <= 4 * median(their_mib)
        title = f"-t, {SERVERS} servers"
        figures.append(Figure(title, "ms", ours_ms, their_ms, "at most keepalived's", quick))
        figures.append(Figure(title, "MiB", ours_mib, their_mib, "at most 4 times", slim))
        file.write_text(instances())
        found = measure(programs, file)
        (ours_ms, ours_mib), (their_ms, their_mib) = found["ours"], found["keepalived"]
        quick = median(ours_ms) <= 200
        title = f"-t, {INSTANCES} vrrp_instances"
        figures.append(Figure(title, "ms", ours_ms, their_ms, "at most 200 ms", quick))
        figures.append(Figure(title, "MiB", ours_mib, their_mib, "report"))
        found = measure(programs, ROOT / "examples/case-xi-director1.conf")
        ours_ms, their_ms = found["ours"][0], found["keepalived"][0]
        quick = median(ours_ms) <= 80
        figures.append(Figure("-t, case XI", "ms", ours_ms, their_ms, "at most 80 ms", quick))
    print_figures("Reading a configuration", figures)
    return all(each.met is not False for each in figures)


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
