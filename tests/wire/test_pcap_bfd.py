"""The BFD packets of the captures, read: every state, polls and finals, of both programs."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from tests.wire.pcap_file import frames

from keepalived.wire.bfd import SessionState, decode_control
from keepalived.wire.cursor import Malformed


def bfd_packets(name: str) -> list[tuple[IPv4Address, bytes]]:
    """The BFD control packets of a capture: who said it, and what."""
    found: list[tuple[IPv4Address, bytes]] = []
    for each in frames(name):
        if each.ethertype == 0x0800 and each.data[23] == 17 and each.data[36:38] == b"\x0e\xc8":
            length = int.from_bytes(each.data[38:40], "big")
            found.append((IPv4Address(each.data[26:30]), each.data[42 : 34 + length]))
    return found


@pytest.mark.parametrize(
    ("name", "count", "states"),
    [
        ("bfd-up-expire", 257, ["DOWN", "INIT", "UP", "DOWN"]),
        ("interop-frr-bfd", None, ["DOWN", "INIT", "UP", "ADMIN_DOWN", "DOWN"]),
    ],
)
def test_bfd_sessions_of_the_captures_are_read(
    name: str, count: int | None, states: list[str]
) -> None:
    packets = bfd_packets(name)
    assert len(packets) == count if count is not None else len(packets) > 20
    read = [decode_control(data) for _, data in packets]
    controls = [each for each in read if not isinstance(each, Malformed)]
    assert len(controls) == len(read)
    seen = {SessionState(each.state).name for each in controls}
    assert seen == set(states)
    assert any(each.poll for each in controls) and any(each.final for each in controls)
