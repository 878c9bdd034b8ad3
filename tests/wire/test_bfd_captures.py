"""BFD packets that keepalived 2.2.7 and FRR put on a link, and what our session makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from itertools import groupby

import pytest
from tests.unit.bfd.sessions import Desk, words
from tests.wire.pcap_file import frames

from keepalived.wire.bfd import ControlPacket, SessionState, decode_control, encode_control
from keepalived.wire.cursor import Malformed
from keepalived.wire.ip import decode_ipv4

OURS = IPv4Address("10.20.0.1")
Heard = tuple[int, IPv4Address, bytes]


def datagrams(name: str) -> Iterator[Heard]:
    """Give time, sender and payload of a capture's BFD packets."""
    for frame in frames(name):
        if frame.ethertype != 0x0800 or frame.data[23] != 17:
            continue
        opened = decode_ipv4(frame.packet)
        assert not isinstance(opened, Malformed)
        header, segment = opened
        assert int.from_bytes(segment[2:4], "big") == 3784
        yield frame.at, header.source, segment[8:]


def read(data: bytes) -> ControlPacket:
    packet = decode_control(data)
    assert isinstance(packet, ControlPacket)
    return packet


def conduct(said: Iterator[ControlPacket]) -> list[tuple[str, int]]:
    """Give the sequence of states with their diagnostics, each once."""
    return [key for key, _ in groupby((each.state.name, each.diagnostic) for each in said)]


@pytest.mark.parametrize("name", ["bfd-up-expire", "interop-frr-bfd"])
def test_every_captured_packet_is_written_back_byte_for_byte(name: str) -> None:
    captured = list(datagrams(name))
    assert len(captured) > 200
    for _, _, data in captured:
        assert encode_control(read(data)) == data


def replay(name: str, peer: IPv4Address) -> tuple[Desk, list[tuple[str, int]]]:
    """Let our session hear what the capture's router heard; give what the router itself did."""
    desk = Desk(words(neighbour=peer, source=OURS), part=50).start()
    captured = list(datagrams(name))
    begin = captured[0][0]
    numbers: dict[int, int] = {}
    for at, source, data in captured:
        desk.pass_time(at - begin - desk.now)
        packet = read(data)
        if source == peer:
            if packet.your_discriminator:
                numbers[packet.your_discriminator] = desk.number
                packet = replace(packet, your_discriminator=desk.number)
            desk.hear(packet, source=peer, target=OURS)
    desk.pass_time(1_000_000)
    return desk, conduct(read(data) for _, source, data in captured if source == OURS)


def ours(desk: Desk) -> list[tuple[str, int]]:
    return conduct(read(send.data) for _, send in desk.sent)


def test_our_session_lives_through_the_states_of_the_one_that_was_recorded() -> None:
    desk, theirs = replay("bfd-up-expire", IPv4Address("10.20.0.2"))
    assert theirs == [("DOWN", 0), ("UP", 0), ("DOWN", 1)]
    # What 2.2.7 leaves unsaid until its next beat we say at once: INIT.
    assert [each for each in ours(desk) if each[0] != "INIT"] == theirs
    assert [word.up for word in desk.told] == [False, True, False]
    expired = next(at for at, send in desk.sent if read(send.data).diagnostic == 1)
    up = [at for at, source, data in datagrams("bfd-up-expire") if source != OURS]
    begin = next(datagrams("bfd-up-expire"))[0]
    assert expired - (up[-1] - begin) == 200_000


def test_frr_is_followed_to_up_and_its_admin_down_is_heard_where_2_2_7_was_deaf() -> None:
    desk, theirs = replay("interop-frr-bfd", IPv4Address("10.20.0.9"))
    assert theirs == [("DOWN", 0), ("UP", 0), ("DOWN", 3)]
    assert ours(desk) == theirs
    assert [word.up for word in desk.told] == [False, True, False]
    assert desk.told[-1].because == "the neighbour has taken the session down"


def test_the_poll_of_the_recording_is_answered_with_a_final_at_once() -> None:
    desk, _ = replay("interop-frr-bfd", IPv4Address("10.20.0.9"))
    finals = [read(send.data) for _, send in desk.sent if read(send.data).final]
    polls = [d for _, s, d in datagrams("interop-frr-bfd") if s != OURS and read(d).poll]
    assert len(finals) == len(polls) > 0
    assert all(each.state is SessionState.UP and not each.poll for each in finals)
