"""Runs nft beside the loop: a script in, nothing or nft's own words out, without ever waiting.

Rule: the script and the answer lie in memory files, so that only the process's end is watched.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable

from keepalived.linux.namespaces import within
from keepalived.port.reactor import Reactor, Timer

NFT_MISSING = "nft was not found: install the package nftables"
TIME_LIMIT_US = 300_000_000
"""10,000 servers with persistence take a quarter of a minute; what takes this long hangs."""
_MOST_QUOTED = 160


def find_nft() -> str | None:
    """Give the path of the nft program; None where it is not installed."""
    places = [*os.environ.get("PATH", "").split(":"), "/usr/sbin", "/sbin", "/usr/bin"]
    for place in places:
        path = f"{place}/nft"
        if place and os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    return None


class NftProcess:
    """At most one nft at a time."""

    def __init__(
        self, reactor: Reactor, nft: str | None = None, namespace: str | None = None
    ) -> None:
        self._reactor = reactor
        self._namespace = namespace
        self._nft = nft
        self._pid = 0
        self._pidfd = -1
        self._words = -1
        self._timer: Timer | None = None
        self._done: Callable[[str | None], None] | None = None

    @property
    def running(self) -> bool:
        """Say whether a script is under way."""
        return self._done is not None

    def start(self, script: str, done: Callable[[str | None], None]) -> None:
        """Carry a script out as one transaction; `done` gets None, or why nothing was changed.

        `done` is called later from the loop, never from within `start`.
        """
        assert not self.running
        self._done = done
        try:
            self._spawn(script)
        except OSError as error:
            why = NFT_MISSING if self._nft is None else f"{self._nft}: {error.strerror}"
            self._timer = self._reactor.call_at(self._reactor.now(), lambda: self._end(why))

    def _spawn(self, script: str) -> None:
        self._nft = self._nft or find_nft()
        if self._nft is None:
            raise FileNotFoundError
        given = os.memfd_create("nft-script")
        self._words = os.memfd_create("nft-words")
        try:
            with open(given, "wb", closefd=False) as file:
                file.write(script.encode())
            os.lseek(given, 0, os.SEEK_SET)
            with within(self._namespace):
                self._pid = os.posix_spawn(
                    self._nft,
                    ("nft", "-f", "-"),
                    {"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
                    file_actions=[
                        (os.POSIX_SPAWN_DUP2, given, 0),
                        (os.POSIX_SPAWN_DUP2, self._words, 1),
                        (os.POSIX_SPAWN_DUP2, self._words, 2),
                    ],
                    setpgroup=0,
                    setsigmask=(),
                    setsigdef=(signal.SIGPIPE, signal.SIGTERM, signal.SIGINT, signal.SIGHUP),
                )
        except OSError:
            os.close(self._words)
            self._words = -1
            raise
        finally:
            os.close(given)
        self._pidfd = os.pidfd_open(self._pid)
        self._reactor.watch(self._pidfd, self._ended)
        self._timer = self._reactor.call_at(self._reactor.now() + TIME_LIMIT_US, self.kill)

    def kill(self) -> None:
        """End what runs; `done` is called all the same. The kernel has all of it or nothing."""
        if self._pidfd >= 0:
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def _ended(self) -> None:
        status = self._reap()
        words = _read_all(self._words)
        if status == 0:
            self._end(None)
        else:
            self._end(first_words(words) or f"nft ended with status {status}")

    def _reap(self) -> int:
        self._reactor.unwatch(self._pidfd)
        os.close(self._pidfd)
        self._pidfd = -1
        _, status = os.waitpid(self._pid, 0)
        return os.waitstatus_to_exitcode(status)

    def _end(self, why: str | None) -> None:
        done = self._done
        self._let_go()
        assert done is not None
        done(why)

    def _let_go(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._words >= 0:
            os.close(self._words)
        self._timer, self._words, self._done = None, -1, None

    def close(self) -> None:
        """End what runs; `done` is not called any more."""
        if self._pidfd >= 0:
            self.kill()
            self._reap()
        self._let_go()


def first_words(words: str) -> str:
    """Give nft's first complaint in one line, with the line of the script that it quotes."""
    lines = [line.strip() for line in words.splitlines()]
    for number, line in enumerate(lines):
        _, error, complaint = line.partition("Error: ")
        if error:
            quoted = lines[number + 1] if number + 1 < len(lines) else ""
            return f"{complaint} in '{quoted[:_MOST_QUOTED]}'" if quoted else complaint
    return lines[0][:_MOST_QUOTED] if lines else ""


def _read_all(descriptor: int) -> str:
    size = min(os.fstat(descriptor).st_size, 65536)
    return os.pread(descriptor, size, 0).decode("utf-8", "replace")


def errno_in(words: str) -> int:
    """Give the error number that nft's words name; EIO where they name none that we know."""
    for number in (errno.EPERM, errno.ENOENT, errno.EOPNOTSUPP, errno.ENOMEM, errno.EINVAL):
        if os.strerror(number) in words:
            return number
    return errno.ENOENT if words == NFT_MISSING else errno.EIO
