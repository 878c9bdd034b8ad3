"""`python -m demo`: builds the stage, tells the story, takes everything down again.

Rule: the exit status is 0 only if every chapter came true. Environment: KERNEL=uml tells it inside
User-Mode Linux; there PEER=keepalived puts real keepalived on director 2.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from tests.lab import hosts, uml
from tests.lab.directors import PROGRAMS
from tests.lab.mastership import Mastership
from tests.lab.network import PYTHON, ROOT, Network
from tests.lab.wiretap import Wiretap

from demo.sabotage import SABOTAGE
from demo.screen import Screen
from demo.stage import Stage
from demo.story import CHAPTERS

UML_PATIENCE = 3.0
UML_LIMIT_S = 240.0
NEEDED = ("nft", "openssl")
NO_ROOT = """The demo makes network namespaces, and this machine gives none to ordinary users
({why}). As root: sudo make demo
(no part of it touches the network of this machine: all its hosts are namespaces)."""
KINDS = ("--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--mount-proc")
OWN_NAMESPACES = ("unshare", *KINDS)


def main(argv: Sequence[str] | None = None) -> int:
    """Read the options, choose the kernel, tell the story; gives the exit status."""
    options = read_options(argv)
    if options.kernel == "uml" and not options.inside:
        return in_second_kernel(options)
    if os.geteuid() != 0:
        return as_ordinary_user(sys.argv[1:] if argv is None else argv)
    if options.peer == "keepalived" and not os.path.exists("/proc/net/ip_vs"):
        print(
            "Without ip_vs real keepalived gives up altogether, so it cannot be director 2 here:"
            "\n  make demo KERNEL=uml PEER=keepalived",
            file=sys.stderr,
        )
        return 2
    lack = hosts.missing(*NEEDED)
    if lack is not None:
        print(f"The demo lacks {lack}; `make setup` as root installs it.", file=sys.stderr)
        return 77
    hosts.end_on_signals()
    if options.inside:
        swallow_syslog()
    try:
        return tell(options)
    except KeyboardInterrupt:
        print("\ninterrupted; everything is taken down", file=sys.stderr)
        return 130


def read_options(argv: Sequence[str] | None) -> argparse.Namespace:
    """Options; the environment's KERNEL and PEER are their defaults, as `make` passes them."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--kernel", choices=("host", "uml"), default=_given("KERNEL", "host"))
    parser.add_argument("--peer", choices=("ours", "keepalived"), default=_given("PEER", "ours"))
    parser.add_argument(
        "--director1", choices=tuple(PROGRAMS), default="ours", help="whose daemon director 1 runs"
    )
    parser.add_argument(
        "--break",
        dest="sabotage",
        choices=tuple(SABOTAGE),
        help="break one part by hand and see the demo say so",
    )
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def _given(name: str, default: str) -> str:
    return os.environ.get(name) or default


def as_ordinary_user(argv: Sequence[str]) -> int:
    """Become root of a user namespace with a network of its own; says how if that may not be."""
    if shutil.which("unshare") is None:
        print(NO_ROOT.format(why="the program unshare is missing"), file=sys.stderr)
        return 77
    probe = subprocess.run([*OWN_NAMESPACES, "true"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        print(NO_ROOT.format(why=probe.stderr.strip()), file=sys.stderr)
        return 77
    print("No root: the demo becomes root of a user namespace of its own.", flush=True)
    again = shlex.join([str(PYTHON), "-m", "demo", *argv])
    # Whatever ends the outermost process, all of it goes: processes, namespaces and /run.
    script = f"mount -t tmpfs tmpfs /run && mkdir /run/netns /run/tmp && TMPDIR=/run/tmp {again}"
    hosts.end_on_signals()
    try:
        command = [*OWN_NAMESPACES, "--kill-child", "sh", "-c", script]
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return 130


def in_second_kernel(options: argparse.Namespace) -> int:
    """Boot User-Mode Linux and tell the same story there; gives its exit status."""
    lack = uml.missing()
    if lack is not None:
        how = "sudo make demo KERNEL=uml" if lack == "root" else "`make setup` as root installs it"
        print(f"KERNEL=uml lacks {lack}: {how}.", file=sys.stderr)
        return 77
    words = [str(PYTHON), "-m", "demo", "--kernel", "uml", "--inside", "--peer", options.peer]
    words += ["--director1", options.director1]
    words += ["--break", options.sabotage] if options.sabotage else []
    print("Booting a second kernel (User-Mode Linux) that has ip_vs …", flush=True)
    script = f"cd {shlex.quote(str(ROOT))} && exec {shlex.join(words)}"
    result = uml.run_in_uml(script, UML_LIMIT_S, live=True)
    if result.exit_status == uml.TIMED_OUT:
        print(f"the story did not end within {UML_LIMIT_S:g} s", file=sys.stderr)
    return result.exit_status


def swallow_syslog() -> None:
    """Take what is sent to syslog, which without a listener would go to the second kernel's console
    and so into the story; the daemons' lines are in their own files as well."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with contextlib.suppress(FileNotFoundError):
        os.unlink("/dev/log")
    listener.bind("/dev/log")

    def take() -> None:
        while True:
            listener.recv(65536)

    threading.Thread(target=take, daemon=True).start()


def tell(options: argparse.Namespace) -> int:
    """Build the stage, go through the chapters; 0 if all came true, 1 with the one that did not."""
    second = "real" if options.peer == "keepalived" else "ours"
    kinds = {"director1": options.director1, "director2": second}
    screen = Screen(live=sys.stdout.isatty() and not options.inside)
    begin = time.monotonic()
    with hosts.World() as world:
        network = Network(world)
        network.start_servers()
        wire = Wiretap(network.switch)
        patience = UML_PATIENCE if options.kernel == "uml" else 1.0
        stage = Stage(world, network, wire, Mastership(network, wire), kinds, patience)
        screen.tell(
            f"{len(world.hosts)} hosts stand, built in {(time.monotonic() - begin) * 1000:.0f} ms"
            f" (their namespaces: ip netns list | grep {world.prefix})"
        )
        try:
            return _tell_chapters(stage, screen, options.sabotage)
        finally:
            screen.close()
            wire.close()


def _tell_chapters(stage: Stage, screen: Screen, sabotage: str | None) -> int:
    screen.look = stage.rows
    screen.begin()
    for number, (name, chapter) in enumerate(CHAPTERS.items(), 1):
        title = (chapter.__doc__ or name).strip()
        screen.chapter(f"{number}. {title}")
        if sabotage is not None and SABOTAGE[sabotage].before == name:
            screen.tell(f"broken by hand: {SABOTAGE[sabotage].what}", "✗")
            SABOTAGE[sabotage].act(stage)
        try:
            chapter(stage, screen)
        except (AssertionError, RuntimeError, OSError) as why:
            screen.tell(f"step {number} ({name}: {title}) did not come true: {why}", "✗")
            for director, daemon in stage.rule.daemons.items():
                screen.show([f"the last lines of {director}:", *daemon.log().splitlines()[-12:]])
            return 1
        screen.table()
    screen.tell(f"the whole of case study XI came true in {screen.now_ms() / 1000:.1f} s", "✓")
    return 0


if __name__ == "__main__":
    sys.exit(main())
