"""What a brain may ask of the world, in the imperative.

Rule: carrying out an effect never waits; what takes time is started, and its end is an event.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum

from keepalived.annotations import Protocol
from keepalived.port.resources import Change, Endpoint, Resource
from keepalived.port.talk import Talk, Target
from keepalived.port.words import Word
from keepalived.records import dataclass
from keepalived.wire.addresses import Address


class Severity(IntEnum):
    """How loud a note is: syslog's numbers."""

    CRITICAL = 2
    ERROR = 3
    WARNING = 4
    NOTICE = 5
    INFO = 6
    DEBUG = 7


class Noteworthy(Protocol):
    """A log line as a value: a frozen dataclass with its severity and one place for its text."""

    @property
    def severity(self) -> Severity:
        """How loud."""

    def text(self) -> str:
        """Write the line, without time and process."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Say everything that this owner wants to be in the kernel from now on."""

    owner: str
    resources: Collection[Resource]


@dataclass(frozen=True, slots=True)
class Send:
    """Send one datagram through an endpoint that is held. Frames have no target.

    IPv4 data begins with its header; IPv6 gets `source` and `hop_limit` from here.
    """

    endpoint: Endpoint
    target: Address | None
    data: bytes
    source: Address | None = None
    hop_limit: int | None = None


@dataclass(frozen=True, slots=True)
class StartTalk:
    """Begin a conversation; it ends in a TalkEnded of the same number."""

    talk: int
    speaker: Talk
    target: Target


@dataclass(frozen=True, slots=True)
class DropTalk:
    """Break a conversation off; no TalkEnded follows."""

    talk: int


@dataclass(frozen=True, slots=True)
class RunScript:
    """Start a program in a session of its own; it ends in a ScriptEnded of the same name.

    Scripts of one `queue` run one after the other, in the order asked for; those of the queue ""
    run at once.
    """

    name: str
    argv: tuple[str, ...]
    timeout_us: int | None = None
    """After this the process group gets SIGTERM, two seconds later SIGKILL."""
    queue: str = ""
    user: str = ""
    """Whom to run it as; empty is the default user of scripts."""
    group: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    """Variables that it gets beside the usual ones."""
    sole: tuple[str, str] | None = None
    """One more of them, for a program that must not run twice: a session that was started with it
    by a former process, and outlived that one, is ended first."""


@dataclass(frozen=True, slots=True)
class KillScript:
    """End a running script's process group; its ScriptEnded still comes."""

    name: str


@dataclass(frozen=True, slots=True)
class MakeFile:
    """Write a file that is to be there; one that is there already is left unless `overwrite`."""

    path: str
    text: str
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class WritePipes:
    """Write a line into every pipe that is held; where nobody reads, it is lost."""

    line: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Say a word to the parent process."""

    word: Word


@dataclass(frozen=True, slots=True)
class Keep:
    """Remember this about an owner beyond the death of the process; nothing is to forget it.

    It comes back as `Kept` to the process that is started in the place of this one.
    """

    owner: str
    """At most 62 bytes."""
    life: bytes
    """At most 95."""


@dataclass(frozen=True, slots=True)
class Note:
    """Write a line in the log."""

    line: Noteworthy


Effect = (
    Hold
    | Send
    | StartTalk
    | DropTalk
    | RunScript
    | KillScript
    | MakeFile
    | WritePipes
    | Tell
    | Keep
    | Note
)

Operation = (
    Change
    | Send
    | StartTalk
    | DropTalk
    | RunScript
    | KillScript
    | MakeFile
    | WritePipes
    | Tell
    | Keep
    | Note
)
"""What reaches an adapter: every effect but Hold, which the ledger turned into changes."""
