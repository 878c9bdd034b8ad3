"""The command line of `keepalived`: upstream's options, read the way getopt_long reads them.

Rule: what cannot be given is refused or said; no option is silently without effect. No argparse:
it would cost more start time than everything else that `-v` and `-t` do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from enum import Enum

from keepalived.records import dataclass, replace

CONFIGURATION = "/etc/keepalived/keepalived.conf"
RUNTIME = "/run"
UMASK = 0o177
"""Of files that are made, where nobody says otherwise."""


class Takes(Enum):
    """Whether an option has an argument."""

    NOTHING = 0
    ARGUMENT = 1
    PERHAPS = 2
    """Only glued to it: `-tFILE`, `--config-test=FILE`."""


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the table."""

    short: str
    long: str
    takes: Takes
    shape: str
    help: str


_NO, _ARG, _MAY = Takes.NOTHING, Takes.ARGUMENT, Takes.PERHAPS
OPTIONS = (
    Option("f", "use-file", _ARG, "FILE", f"the configuration; otherwise {CONFIGURATION}"),
    Option("P", "vrrp", _NO, "", "virtual routers only, no checks"),
    Option("C", "check", _NO, "", "checks and load balancing only, no virtual routers"),
    Option("B", "no_bfd", _NO, "", "no BFD sessions"),
    Option("", "all", _NO, "", "start all children, configured or not"),
    Option("l", "log-console", _NO, "", "log to the console too"),
    Option("D", "log-detail", _NO, "", "log details"),
    Option("S", "log-facility", _ARG, "NAME", "syslog facility: 0-7, local0-7, user, daemon"),
    Option("G", "no-syslog", _NO, "", "do not log to syslog"),
    Option("u", "umask", _ARG, "MASK", "umask for the files that are made"),
    Option("X", "release-vips", _NO, "", "addresses go on every transition (always so here)"),
    Option("V", "dont-release-vrrp", _NO, "", "leave the virtual addresses at a stop"),
    Option("I", "dont-release-ipvs", _NO, "", "leave the load balancer's table at a stop"),
    Option("R", "dont-respawn", _NO, "", "end when a child dies instead of starting it anew"),
    Option("n", "dont-fork", _NO, "", "stay in the foreground"),
    Option("d", "dump-conf", _NO, "", "log the configuration as it was understood"),
    Option("p", "pid", _ARG, "FILE", f"pid file; otherwise {RUNTIME}/keepalived.pid"),
    Option("r", "vrrp_pid", _ARG, "FILE", f"of the vrrp child; otherwise {RUNTIME}/vrrp.pid"),
    Option("c", "checkers_pid", _ARG, "FILE", f"of the checker; otherwise {RUNTIME}/checkers.pid"),
    Option("b", "bfd_pid", _ARG, "FILE", f"of the BFD child; otherwise {RUNTIME}/bfd.pid"),
    Option("T", "genhash", _NO, "", "be genhash; give it first"),
    Option("m", "core-dump", _NO, "", "lift the limit on core files"),
    Option("t", "config-test", _MAY, "FILE", "check the configuration; messages to stderr or FILE"),
    Option("", "signum", _ARG, "NAME", "print the number of a signal: STOP, RELOAD, DATA"),
    Option("", "ignore-sigint", _NO, "", "leave SIGINT to a debugger"),
    Option("v", "version", _NO, "", "print the version"),
    Option("h", "help", _NO, "", "print this"),
    Option("i", "config-id", _ARG, "ID", "what lines that begin with @ID ask for; else the host"),
    Option("e", "all-config", _NO, "", "includes that name nothing make the configuration unfit"),
    Option("s", "namespace", _ARG, "NAME", "run in that network namespace"),
    # Upstream's, not in this version: refused in words of their own.
    Option("a", "address-monitoring", _NO, "", ""),
    Option("g", "log-file", _MAY, "", ""),
    Option("", "flush-log-file", _NO, "", ""),
    Option("x", "snmp", _NO, "", ""),
    Option("A", "snmp-agent-socket", _ARG, "", ""),
    Option("M", "core-dump-pattern", _MAY, "", ""),
    Option("", "debug", _MAY, "", ""),
)
"""A row without help is a word of upstream's that this version does not have."""

FACILITIES = {"user": 1, "daemon": 3} | {f"local{n}": 16 + n for n in range(8)}
FACILITIES |= {str(n): 16 + n for n in range(8)}
SIGNALS = {"STOP": 15, "RELOAD": 1, "DATA": 10}


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for."""

    file: str = CONFIGURATION
    config_id: str = ""
    strict_includes: bool = False
    vrrp: bool = True
    checker: bool = True
    bfd: bool = True
    all_children: bool = False
    console: bool = False
    detail: bool = False
    facility: int = FACILITIES["daemon"]
    syslog: bool = True
    umask: int | None = None
    """None where the file, or else `UMASK`, is to say."""
    namespace: str = ""
    keep_addresses: bool = False
    keep_table: bool = False
    respawn: bool = True
    foreground: bool = False
    dump: bool = False
    pid: str = f"{RUNTIME}/keepalived.pid"
    vrrp_pid: str = f"{RUNTIME}/vrrp.pid"
    checkers_pid: str = f"{RUNTIME}/checkers.pid"
    bfd_pid: str = f"{RUNTIME}/bfd.pid"
    core_dump: bool = False
    ignore_sigint: bool = False
    test: bool = False
    test_log: str = ""
    surplus: tuple[str, ...] = ()

    @property
    def control(self) -> str:
        """Where the control socket is."""
        return control_socket(self.pid)


def control_socket(pid_file: str) -> str:
    """Give the control socket of the daemon with this pid file: it lies beside it."""
    return pid_file.removesuffix(".pid") + ".sock"


@dataclass(frozen=True, slots=True)
class Answer:
    """The program is not to run but to say this and to end."""

    status: int
    text: str
    on_stdout: bool = False


class Genhash(Exception):
    """The program is to be genhash, with the arguments after the option."""

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__("genhash")
        self.arguments = tuple(arguments)


class _Refused(Exception):
    """The command line cannot be read; the text says why."""


def parse(arguments: Sequence[str]) -> Options | Answer:
    """Read the words behind the program's name. Raises Genhash where -T stands."""
    options = Options()
    try:
        for option, value, rest in _split(arguments):
            if option is None:
                options = replace(options, surplus=tuple(rest))
                break
            if option.long == "genhash":
                raise Genhash(rest)
            given = _answer(option, value)
            if given is not None:
                return given
            options = _take(options, option, value)
    except _Refused as refused:
        return Answer(1, f"{refused}\n")
    return options


def _split(arguments: Sequence[str]) -> Iterator[tuple[Option | None, str, Sequence[str]]]:
    """Give each option with its argument and what is left; at last None with the plain words."""
    words = list(arguments)
    plain: list[str] = []
    while words:
        word = words.pop(0)
        if word == "--":
            plain += words
            break
        if word.startswith("--"):
            option, equals, value = _find_long(word[2:])
            if option.takes is Takes.NOTHING and equals:
                raise _Refused(f"Option --{option.long} takes no argument")
            if option.takes is Takes.ARGUMENT and not equals:
                value = _next(words, f"--{option.long}")
            yield option, value, words
        elif word.startswith("-") and word != "-":
            yield from _cluster(word[1:], words)
        else:
            plain.append(word)
    if plain:
        yield None, "", plain


def _cluster(letters: str, words: list[str]) -> Iterator[tuple[Option, str, Sequence[str]]]:
    while letters:
        letter, letters = letters[0], letters[1:]
        option = next((each for each in OPTIONS if each.short == letter), None)
        if option is None:
            raise _Refused(f"Unknown option -{letter}")
        value = ""
        if option.takes is not Takes.NOTHING:
            value, letters = letters, ""
            if option.takes is Takes.ARGUMENT and not value:
                value = _next(words, f"-{letter}")
        yield option, value, words


def _next(words: list[str], name: str) -> str:
    if not words:
        raise _Refused(f"Missing parameter for option {name}")
    return words.pop(0)


def _find_long(word: str) -> tuple[Option, str, str]:
    name, equals, value = word.partition("=")
    exact = [each for each in OPTIONS if each.long == name]
    near = exact or [each for each in OPTIONS if each.long.startswith(name)]
    if not near or not name:
        raise _Refused(f"Unknown option --{name}")
    if len(near) > 1:
        raise _Refused(f"Option --{name} may be {', '.join('--' + each.long for each in near)}")
    return near[0], equals, value


def _answer(option: Option, value: str) -> Answer | None:
    """Give what an option says instead of running, if it is one of those."""
    from keepalived.run import texts

    match option.long:
        case "version":
            return Answer(0, texts.version())
        case "help":
            return Answer(0, texts.usage(OPTIONS))
        case "signum":
            if value in SIGNALS:
                return Answer(0, f"{SIGNALS[value]}\n", on_stdout=True)
            return Answer(1, f"Unknown signal {value}: give one of {', '.join(SIGNALS)}\n")
    if not option.help:
        return Answer(1, f"Option --{option.long} is not in this version of pykeepalived\n")
    return None


_SWITCHES: dict[str, dict[str, bool]] = {
    "vrrp": {"checker": False},
    "check": {"vrrp": False},
    "all": {"all_children": True},
    "log-console": {"console": True},
    "log-detail": {"detail": True},
    "no-syslog": {"syslog": False},
    "dont-release-vrrp": {"keep_addresses": True},
    "dont-release-ipvs": {"keep_table": True},
    "dont-respawn": {"respawn": False},
    "dont-fork": {"foreground": True},
    "dump-conf": {"dump": True},
    "core-dump": {"core_dump": True},
    "all-config": {"strict_includes": True},
    "ignore-sigint": {"ignore_sigint": True},
    "no_bfd": {"bfd": False},
    "release-vips": {},
}


def _take(options: Options, option: Option, value: str) -> Options:
    match option.long:
        case "use-file":
            return replace(options, file=value)
        case "namespace":
            return replace(options, namespace=value)
        case "config-id":
            return replace(options, config_id=value)
        case "pid":
            return replace(options, pid=_absolute(value))
        case "vrrp_pid":
            return replace(options, vrrp_pid=_absolute(value))
        case "checkers_pid":
            return replace(options, checkers_pid=_absolute(value))
        case "bfd_pid":
            return replace(options, bfd_pid=_absolute(value))
        case "config-test":
            return replace(options, test=True, test_log=value)
        case "log-facility":
            if value not in FACILITIES:
                raise _Refused(f"Unknown facility {value}: give one of {', '.join(FACILITIES)}")
            return replace(options, facility=FACILITIES[value])
        case "umask":
            return replace(options, umask=_mask(value))
    return replace(options, **_SWITCHES[option.long])  # type: ignore[arg-type]


def _absolute(path: str) -> str:
    return os.path.join(os.getcwd(), path)


def _mask(value: str) -> int:
    try:
        # As in C: 0x… is hexadecimal, 0… is octal.
        octal = value.startswith("0") and value[1:].isdigit()
        mask = int(value, 8) if octal else int(value, 0)
    except ValueError:
        mask = -1
    if not 0 <= mask <= 0o777:
        raise _Refused(f"A umask is a number from 0 to 0777, not {value}")
    return mask
