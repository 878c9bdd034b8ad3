"""Delivers the daemon's mail, in short-lived processes of their own.

Rule: a mail never holds anything up. The queue is bounded; a failure costs one line in the log.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Sequence

from keepalived.core.notify.config import MailConfig
from keepalived.port.reactor import Reactor, Timer
from keepalived.port.words import Mail
from keepalived.records import dataclass

QUEUE_MOST = 1000
AT_ONCE = 4
"""Processes that deliver at the same time; a silent server must not stop the next mail's."""
GATHER_US = 50_000
"""Mails of one moment share a conversation."""
POSTPONED_US = 10_000_000
"""How long mails wait where there is no process to be had for them."""
STEPS = 8
"""Steps of a conversation, each with the time limit; after that its process ends."""


@dataclass(slots=True)
class _Delivery:
    pid: int
    exit: int
    """A pidfd: readable when the process is over."""
    report: int
    """The pipe on which it says what went wrong."""
    count: int


class Mailer:
    """The parent's mail room."""

    def __init__(self, reactor: Reactor, complain: Callable[[str], None]) -> None:
        """`complain` takes the log line of a failure."""
        self.config: MailConfig | None = None
        self._reactor = reactor
        self._complain = complain
        self._queue: deque[tuple[str, Mail]] = deque()
        self._running: dict[int, _Delivery] = {}
        self._gathering: Timer | None = None
        self._dropped = 0

    def take(self, mail: Mail) -> None:
        """Accept a mail for delivery; it is dropped where nobody is to get mail."""
        if self.config is None:
            return
        if len(self._queue) >= QUEUE_MOST:
            self._dropped += 1
            if self._dropped == 1:
                self._complain(f"{QUEUE_MOST} mails are waiting: newer ones are dropped")
            return
        self._queue.append((date_line(time.time()), mail))
        if self._gathering is None:
            when = self._reactor.now() + GATHER_US
            self._gathering = self._reactor.call_at(when, self._gathered)

    def finish(self) -> None:
        """Send off what waits, without waiting for it: its process outlives the daemon."""
        if self._gathering is not None:
            self._gathering.cancel()
        self._start(at_once=AT_ONCE + 1)

    def snapshot(self) -> dict[str, object]:
        """Show how many mails wait, are under way and were dropped."""
        under_way = sum(each.count for each in self._running.values())
        return {"waiting": len(self._queue), "under_way": under_way, "dropped": self._dropped}

    def _gathered(self) -> None:
        self._gathering = None
        self._start()

    def _start(self, at_once: int = AT_ONCE) -> None:
        if self.config is None or not self._queue or len(self._running) >= at_once:
            return
        mails = tuple(self._queue)
        try:
            reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            self._postpone(error)
            return
        try:
            pid = os.fork()
            if pid == 0:
                _be_courier(self.config, mails, writing)
        except OSError as error:
            os.close(reading)
            self._postpone(error)
            return
        finally:
            os.close(writing)
        self._queue.clear()
        self._dropped = 0
        delivery = _Delivery(pid, os.pidfd_open(pid), reading, len(mails))
        self._running[pid] = delivery
        self._reactor.watch(delivery.exit, lambda: self._ended(delivery))

    def _postpone(self, error: OSError) -> None:
        """No process is to be had now: the mails wait."""
        self._complain(f"mail has to wait: {error.strerror}")
        if self._gathering is None:
            when = self._reactor.now() + POSTPONED_US
            self._gathering = self._reactor.call_at(when, self._gathered)

    def _ended(self, delivery: _Delivery) -> None:
        self._reactor.unwatch(delivery.exit)
        os.waitpid(delivery.pid, 0)
        try:
            report = os.read(delivery.report, 4096).decode(errors="replace")
        except BlockingIOError:
            report = ""
        os.close(delivery.exit)
        os.close(delivery.report)
        del self._running[delivery.pid]
        if report != "ok" and self.config is not None:
            server, port = self.config.server, self.config.port
            lost = "a mail" if delivery.count == 1 else f"{delivery.count} mails"
            why = report or "it took too long"
            self._complain(f"SMTP server {server}:{port}: {why}; {lost} lost")
        if self._queue and self._gathering is None:
            self._start()


def date_line(seconds: float) -> str:
    """Write a time of day as mails do (RFC 5322 section 3.3), in local time, always in English."""
    local = time.localtime(seconds)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[local.tm_wday]
    month = "JanFebMarAprMayJunJulAugSepOctNovDec"[local.tm_mon * 3 - 3 : local.tm_mon * 3]
    clock = time.strftime("%Y %H:%M:%S %z", local)
    return f"{day}, {local.tm_mday:02} {month} {clock}"


def message(config: MailConfig, date: str, mail: Mail) -> bytes:
    """Write a mail: headers in upstream's order, an empty line, the body."""
    headers = (
        f"Date: {date}",
        f"From: {config.sender}",
        f"Subject: {mail.subject}",
        "X-Mailer: Keepalived",
        f"To: {', '.join(config.recipients)}",
    )
    # A line break in a name from the file must not begin a header of its own.
    head = "\r\n".join(" ".join(each.split("\n")).replace("\r", " ") for each in headers)
    body = "\r\n".join(mail.body.splitlines())
    return f"{head}\r\n\r\n{body}\r\n".encode(errors="replace")


def deliver(config: MailConfig, mails: Sequence[tuple[str, Mail]]) -> str:
    """Talk to the mail server; give "ok", or what went wrong. It may take its time."""
    import smtplib

    limit = max(config.timeout_us, 1_000_000) / 1e6
    name = config.greeting or os.uname().nodename
    try:
        server = smtplib.SMTP(config.server, config.port, name, timeout=limit)
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        return _words(error)
    try:
        for date, mail in mails:
            refused = server.sendmail(
                config.sender, list(config.recipients), message(config, date, mail)
            )
            if refused:
                return f"recipients refused: {', '.join(refused)}"
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        return _words(error)
    finally:
        # What the server says to the goodbye changes nothing about what it has accepted.
        with contextlib.suppress(OSError, smtplib.SMTPException):
            server.quit()
    return "ok"


def _words(error: Exception) -> str:
    reason = isinstance(error, OSError) and error.strerror
    return str(reason or error).replace("\n", " ") or type(error).__name__


def _be_courier(config: MailConfig, mails: Sequence[tuple[str, Mail]], writing: int) -> None:
    """Deliver in this forked process and end it; nothing of the parent's stays open here."""
    report = "the mailer failed"
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        # It may outlive the daemon, so its end is its own business.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(STEPS * max(config.timeout_us, 1_000_000) // 1_000_000)
        keep = os.dup2(writing, 3) if writing != 3 else 3
        os.closerange(keep + 1, 65536)
        report = deliver(config, mails)
    finally:
        # When the parent is gone nobody reads; this copy must not go on as the parent then.
        with contextlib.suppress(OSError):
            os.write(3, report.encode(errors="replace")[:4096])
        os._exit(0)
