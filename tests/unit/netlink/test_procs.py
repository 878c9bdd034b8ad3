"""Process events in bytes, as Linux 6.18 sent them."""

from __future__ import annotations

from keepalived.wire.netlink import frame, procs
from keepalived.wire.netlink.procs import ProcessEvent, What

CONNECTOR = "010000000100000000000000000000002800 0000"
READY = "0000000000000000d469675e290b00000000000000000000"
FORKED = "0100000000000000c56d6a5e290b0000a4340000a4340000d0340000d0340000"
EXECUTED = "020000000000000043646e5e290b0000d0340000d0340000"
EXITED = "0000008000000000f0e57e5e290b0000d0340000d03400000000000011000000"
THREAD = "0100000001000000fd265761290b00009734000097340000d1340000ae340000"


def read(event: str) -> ProcessEvent | None:
    body = bytes.fromhex(CONNECTOR.replace(" ", "")) + bytes.fromhex(event)
    return procs.decode(frame.Message(frame.DONE, 0, 0, 0, body))


def test_forks_execs_and_exits_are_read() -> None:
    assert read(READY) == ProcessEvent(What.READY, 0)
    assert read(FORKED) == ProcessEvent(What.FORKED, 0x34D0, 0x34A4)
    assert read(EXECUTED) == ProcessEvent(What.EXECUTED, 0x34D0)
    assert read(EXITED) == ProcessEvent(What.EXITED, 0x34D0)


def test_a_threads_event_is_nothing() -> None:
    assert read(THREAD) is None


def test_no_cut_event_is_read_as_a_whole_one() -> None:
    whole = bytes.fromhex(CONNECTOR.replace(" ", "") + FORKED)
    for end in range(len(whole)):
        assert procs.decode(frame.Message(frame.DONE, 0, 0, 0, whole[:end])) is None


def test_a_message_of_another_connector_is_nothing() -> None:
    body = bytes.fromhex("02" + CONNECTOR.replace(" ", "")[2:] + FORKED)
    assert procs.decode(frame.Message(frame.DONE, 0, 0, 0, body)) is None


def test_to_listen_is_asked_as_the_kernel_reads_it() -> None:
    (message,) = frame.split(procs.encode_listen(True))
    assert message.body.hex() == "0100000001000000" + "00" * 8 + "04000000" + "01000000"
    (message,) = frame.split(procs.encode_listen(False))
    assert message.body[-4:].hex() == "02000000"
