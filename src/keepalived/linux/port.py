"""The verbs for real: hands each operation of a step to the adapter that knows it.

Rule: the order of a step is kept, but that its lines are logged last. Neighbouring changes for one
adapter go to it together, so that it can make one batch of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from keepalived.annotations import Protocol, assert_never
from keepalived.port.conflict import ConflictWatch
from keepalived.port.effects import (
    DropTalk,
    Keep,
    KillScript,
    MakeFile,
    Note,
    Operation,
    RunScript,
    Send,
    Severity,
    StartTalk,
    Tell,
    WritePipes,
)
from keepalived.port.pipe import Pipe
from keepalived.port.resources import (
    Barrier,
    BfdEndpoint,
    BfdListener,
    Change,
    Detour,
    Endpoint,
    FileWatch,
    FrameEndpoint,
    HeldAddress,
    HeldLink,
    Install,
    Masquerade,
    ProcessWatch,
    Remove,
    Replace,
    Server,
    Service,
    Setting,
    VrrpEndpoint,
)
from keepalived.port.routing import HeldRoute, HeldRule
from keepalived.port.sync import SyncDaemon
from keepalived.port.words import Word


class Holder(Protocol):
    """An adapter that keeps resources in the kernel."""

    def apply(self, changes: Sequence[Change]) -> None:
        """Carry out changes in their order; refusals come back as events."""


class Sender(Holder, Protocol):
    """The adapter of endpoints, which can also send."""

    def send(self, send: Send) -> str:
        """Send one datagram; give the reason where it did not go out, else nothing."""


class Keeper(Protocol):
    """The adapter of the memory that outlives the process."""

    def keep(self, owner: str, life: bytes) -> None:
        """Write an owner's record."""


class Talker(Protocol):
    """The adapter that runs conversations."""

    def start(self, ask: StartTalk) -> None:
        """Begin one."""

    def drop(self, talk: int) -> None:
        """Break one off."""


class Runner(Protocol):
    """The adapter that runs programs."""

    def run(self, ask: RunScript) -> None:
        """Start one."""

    def kill(self, name: str) -> None:
        """End one."""


class Piper(Holder, Protocol):
    """The adapter of pipes."""

    def write(self, line: str) -> None:
        """Write a line into each of them."""


class Watcher(Holder, Protocol):
    """The adapter that watches files and processes."""

    def make(self, ask: MakeFile) -> None:
        """Write a file that is to be watched."""


Log = Callable[[Severity, str], None]


class LinuxWorld:
    """The world of one process: the adapters that its brain needs, and no others."""

    def __init__(
        self,
        *,
        log: Log,
        tell: Callable[[Word], None],
        addresses: Holder | None = None,
        settings: Holder | None = None,
        barriers: Holder | None = None,
        endpoints: Sender | None = None,
        plane: Holder | None = None,
        masquerading: Holder | None = None,
        talks: Talker | None = None,
        scripts: Runner | None = None,
        lives: Keeper | None = None,
        watches: Watcher | None = None,
        pipes: Piper | None = None,
        syncing: Holder | None = None,
        conflicts: Holder | None = None,
    ) -> None:
        self._log = log
        self._tell = tell
        self._addresses = addresses
        self._settings = settings
        self._barriers = barriers
        self._endpoints = endpoints
        self._plane = plane
        self._masquerading = masquerading
        self._talks = talks
        self._scripts = scripts
        self._lives = lives
        self._watches = watches
        self._pipes = pipes
        self._syncing = syncing
        self._conflicts = conflicts
        self._unsendable: dict[Endpoint, str] = {}
        self.kept_at_stop: tuple[type, ...] = ()
        """Kinds of resources that a stop leaves where they are."""
        self._stopping = False

    def apply(self, operations: Sequence[Operation]) -> None:
        """Carry out one step's operations in their order; refusals come back as events."""
        batch: list[Change] = []
        holder: Holder | None = None
        notes: list[Note] = []
        for operation in operations:
            if isinstance(operation, Send):
                # Ahead of all other questions, for a step may have thousands of them.
                if batch:
                    _flush(holder, batch)
                    holder, batch = None, []
                self._send(operation)
                continue
            if isinstance(operation, StartTalk):
                # First, for a step may have hundreds of them.
                assert self._talks is not None
                if batch:
                    _flush(holder, batch)
                    holder, batch = None, []
                self._talks.start(operation)
                continue
            if isinstance(operation, (Install, Remove, Replace)):
                if self._is_spared(operation):
                    continue
                now = self._holder_of(operation)
                if now is not holder:
                    _flush(holder, batch)
                    holder, batch = now, []
                batch.append(operation)
                continue
            if isinstance(operation, Note):
                # Written last: an advert must not wait for the log, nor a line split a batch.
                notes.append(operation)
                continue
            _flush(holder, batch)
            holder, batch = None, []
            self._do(operation)
        _flush(holder, batch)
        if notes:
            self._write(notes)

    def _write(self, notes: Sequence[Note]) -> None:
        """Log lines in their order, neighbours of one severity in one go."""
        texts: list[str] = []
        severity = notes[0].line.severity
        for note in notes:
            if note.line.severity is not severity:
                self._log(severity, "\n".join(texts))
                severity, texts = note.line.severity, []
            texts.append(note.line.text())
        self._log(severity, "\n".join(texts))

    def stopping(self) -> None:
        """Hear that everything that comes from now on belongs to an orderly stop."""
        self._stopping = True

    def _is_spared(self, change: Change) -> bool:
        return (
            self._stopping
            and isinstance(change, Remove)
            and isinstance(change.resource, self.kept_at_stop)
        )

    def _holder_of(self, change: Change) -> Holder:
        resource = change.new if isinstance(change, Replace) else change.resource
        found: Holder | None
        match resource:
            case HeldAddress() | HeldLink() | HeldRoute() | HeldRule():
                found = self._addresses
            case Setting():
                found = self._settings
            case Barrier() | Detour():
                found = self._barriers
            case VrrpEndpoint() | FrameEndpoint() | BfdListener() | BfdEndpoint():
                found = self._endpoints
            case Service() | Server():
                found = self._plane
            case Masquerade():
                found = self._masquerading
            case FileWatch() | ProcessWatch():
                found = self._watches
            case Pipe():
                found = self._pipes
            case SyncDaemon():
                found = self._syncing
            case ConflictWatch():
                found = self._conflicts
            case _:
                assert_never(resource)
        assert found is not None, f"this process does not hold {type(resource).__name__}"
        return found

    def _do(
        self,
        operation: DropTalk | RunScript | KillScript | MakeFile | WritePipes | Tell | Keep,
    ) -> None:
        match operation:
            case DropTalk(talk):
                assert self._talks is not None
                self._talks.drop(talk)
            case RunScript():
                assert self._scripts is not None
                self._scripts.run(operation)
            case KillScript(name):
                assert self._scripts is not None
                self._scripts.kill(name)
            case MakeFile():
                assert self._watches is not None
                self._watches.make(operation)
            case WritePipes(line):
                if self._pipes is not None:
                    self._pipes.write(line)
            case Keep(owner, life):
                assert self._lives is not None
                self._lives.keep(owner, life)
            case Tell(word):
                self._tell(word)
            case _:
                assert_never(operation)

    def _send(self, send: Send) -> None:
        assert self._endpoints is not None
        why = self._endpoints.send(send)
        if not why and not self._unsendable:
            return
        before = self._unsendable.get(send.endpoint, "")
        if why == before:
            return
        # Adverts go out every second: say when it begins and when it ends, not each time.
        where = _place(send)
        if why:
            self._unsendable[send.endpoint] = why
            self._log(Severity.ERROR, f"Cannot send on {where}: {why}")
        else:
            del self._unsendable[send.endpoint]
            self._log(Severity.NOTICE, f"Sending on {where} works again")


def _place(send: Send) -> str:
    """Name where a datagram was to go out."""
    endpoint = send.endpoint
    if isinstance(endpoint, (BfdListener, BfdEndpoint)):
        return f"the BFD session with {send.target}"
    return endpoint.link or str(send.source)


def _flush(holder: Holder | None, batch: list[Change]) -> None:
    if holder is not None and batch:
        holder.apply(batch)
