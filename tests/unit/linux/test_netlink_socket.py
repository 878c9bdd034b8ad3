"""The netlink socket against a scripted kernel: batches, numbers, lost answers, no way to raise."""

from __future__ import annotations

import errno
import struct

import pytest

from keepalived.linux import netlink_socket
from keepalived.linux.netlink_socket import BATCH_REQUESTS, NetlinkSocket, Request
from keepalived.wire.netlink import frame
from keepalived.wire.netlink.frame import Message


class ScriptedKernel:
    """Answers as the kernel does: an error at once, an acknowledgement where one is asked for."""

    def __init__(self) -> None:
        self.refuses: dict[bytes, int] = {}
        self.answers: list[bytes] = []
        self.sends: list[list[Message]] = []
        self.lose_answers_beyond = 10_000
        self.closed = 0

    def setsockopt(self, *_: object) -> None:
        """Take any option."""

    def close(self) -> None:
        """Count."""
        self.closed += 1

    def send(self, data: bytes) -> int:
        """Work the requests off before returning."""
        messages = list(frame.split(data))
        self.sends.append(messages)
        for message in messages:
            code = self.refuses.get(message.body, 0)
            if code or message.flags & frame.ACKNOWLEDGE:
                body = struct.pack("=i", -code) + frame.HEADER.pack(16, message.kind, 0, 0, 0)
                self.answers.append(frame.encode(frame.ERROR, frame.CAPPED, message.sequence, body))
        return len(data)

    def recv(self, _: int) -> bytes:
        """Give one answer; lose them all if there are too many."""
        if len(self.answers) > self.lose_answers_beyond:
            self.answers.clear()
            raise OSError(errno.ENOBUFS, "no buffer space")
        if not self.answers:
            raise BlockingIOError(errno.EAGAIN, "silence")
        return self.answers.pop(0)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> ScriptedKernel:
    scripted = ScriptedKernel()
    monkeypatch.setattr(netlink_socket, "open_netlink", lambda *_: scripted)
    return scripted


def request(number: int, size: int = 4) -> Request:
    return Request(20, struct.pack("=I", number) + b"\0" * (size - 4))


def test_only_the_last_of_a_batch_asks_for_an_acknowledgement(kernel: ScriptedKernel) -> None:
    assert NetlinkSocket(0).carry_out([request(n) for n in range(10)]) == []
    (batch,) = kernel.sends
    assert [bool(m.flags & frame.ACKNOWLEDGE) for m in batch] == [False] * 9 + [True]


def test_batches_are_bounded_in_number_and_in_bytes(kernel: ScriptedKernel) -> None:
    assert NetlinkSocket(0).carry_out([request(n) for n in range(1000)]) == []
    assert [len(batch) for batch in kernel.sends] == [BATCH_REQUESTS] * 3 + [232]
    kernel.sends.clear()
    assert NetlinkSocket(0).carry_out([request(n, 5000) for n in range(7)]) == []
    assert [len(batch) for batch in kernel.sends] == [3, 3, 1]


def test_a_failure_names_its_request_by_sequence_number(kernel: ScriptedKernel) -> None:
    for number, code in ((3, errno.EEXIST), (700, errno.ESRCH), (999, errno.ENOENT)):
        kernel.refuses[request(number).body] = code
    talk = NetlinkSocket(0)
    for _ in range(2):  # numbers go on, positions start anew
        failures = talk.carry_out([request(n) for n in range(1000)])
        assert [(f.position, f.errno) for f in failures] == [
            (3, errno.EEXIST),
            (700, errno.ESRCH),
            (999, errno.ENOENT),
        ]


def test_lost_answers_make_it_ask_again_one_by_one(kernel: ScriptedKernel) -> None:
    kernel.lose_answers_beyond = 5
    for number in range(10):
        kernel.refuses[request(number).body] = errno.ENOENT
    failures = NetlinkSocket(0).carry_out([request(n) for n in range(12)])
    assert [(f.position, f.errno) for f in failures] == [(n, errno.ENOENT) for n in range(10)]
    assert [len(batch) for batch in kernel.sends] == [12] + [1] * 12


def test_a_kernel_that_stays_silent_fails_the_batch(kernel: ScriptedKernel) -> None:
    kernel.send = lambda data: len(data)  # type: ignore[method-assign]
    failures = NetlinkSocket(0).carry_out([request(1), request(2)])
    assert [(f.position, f.errno) for f in failures] == [(0, errno.EAGAIN), (1, errno.EAGAIN)]
    assert kernel.closed == 1


def test_a_socket_that_cannot_be_opened_fails_every_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(netlink_socket, "open_netlink", refuse)
    talk = NetlinkSocket(0)
    assert [f.errno for f in talk.carry_out([request(1), request(2)])] == [errno.EMFILE] * 2
    assert talk.dump(request(1)).errno == errno.EMFILE


def test_a_dump_that_was_interrupted_is_asked_for_again(kernel: ScriptedKernel) -> None:
    sends = 0

    def send(data: bytes) -> int:
        nonlocal sends
        sends += 1
        (asked,) = frame.split(data)
        torn = frame.DUMP_INTERRUPTED if sends < 3 else 0
        part = frame.encode(16, frame.MULTI | torn, asked.sequence, b"abcd")
        stale = frame.encode(16, frame.MULTI, asked.sequence - 1, b"old!")
        done = frame.encode(frame.DONE, frame.MULTI, asked.sequence, struct.pack("=i", 0))
        kernel.answers += [stale, part + part, done]
        return len(data)

    kernel.send = send  # type: ignore[method-assign]
    dump = NetlinkSocket(0).dump(request(1))
    assert sends == 3 and dump.errno == 0
    assert [m.body for m in dump.messages] == [b"abcd", b"abcd"]
