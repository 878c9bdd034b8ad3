"""Decoding every capture gives its meaning: what an unrelated dissector wrote down beside them.

`index.json` was made by tshark; its verdict on checksums is left aside, for it takes four kinds of
right ones for wrong.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.lab.replay import AH, is_announcement, open_frame
from tests.wire.pcap_file import CAPTURES, Frame, frames

from keepalived.wire.addresses import Family
from keepalived.wire.ah import decode_ah
from keepalived.wire.arp import decode_gratuitous_arp
from keepalived.wire.cursor import Malformed
from keepalived.wire.hmac_trailer import TRAILER_LENGTH, decode_trailer
from keepalived.wire.ndisc import decode_neighbour_advert
from keepalived.wire.vrrp import decode

INDEX: dict[str, Any] = json.loads((CAPTURES / "index.json").read_text())


def meaning(frame: Frame, begin: int, trailer: bool) -> dict[str, Any] | None:
    """An advert in the words of the index; None where the frame is none."""
    opened = open_frame(frame.data)
    if opened is None:
        return None
    family, protocol, source, target, hops, data = opened
    found: dict[str, Any] = {
        "t": round((frame.at - begin) / 1e6, 6),
        "eth": frame.data[6:12].hex(":"),
        "src": str(source),
        "dst": str(target),
        "ttl": hops,
    }
    message = data[20:] if family == 4 else data
    if protocol == AH:
        proof = decode_ah(message)
        assert not isinstance(proof, Malformed)
        header, message = proof
        assert header.spi == source.packed and header.next_header == 112
        found["ah_seq"] = header.sequence
    if trailer:
        message, tail = message[:-TRAILER_LENGTH], message[-TRAILER_LENGTH:]
        signed = decode_trailer(tail)
        assert not isinstance(signed, Malformed) and signed.key_id in (1, 2)
        # The seconds of the moment signed are those of the capture.
        assert abs((signed.moment >> 32) - frame.at // 1_000_000) <= 1
    advert = decode(message, Family.INET if family == 4 else Family.INET6)
    assert not isinstance(advert, Malformed)
    found |= {
        "version": advert.version,
        "vrid": advert.router_id,
        "prio": advert.priority,
        "count": len(advert.addresses),
    }
    if advert.version == 2:
        found |= {"auth": int(advert.auth_type), "adver_s": advert.interval_us // 1_000_000}
    else:
        found["adver_cs"] = advert.interval_us // 10_000
    return found


@pytest.mark.parametrize("name", INDEX)
def test_every_advert_of_a_capture_means_what_the_dissector_says(name: str) -> None:
    all_frames = list(frames(name))
    trailer = name.startswith("v243-hmac")
    read = [meaning(each, all_frames[0].at, trailer) for each in all_frames]
    said = [
        {key: value for key, value in each.items() if key != "csum_ok"}
        for each in INDEX[name]["adverts"]
    ]
    found = [each for each in read if each is not None]
    assert len(found) == len(said)
    for ours, theirs in zip(found, said, strict=True):
        shared = {key: ours.get(key) for key in theirs}
        assert shared == theirs


@pytest.mark.parametrize("name", INDEX)
def test_every_announcement_of_a_capture_means_what_the_dissector_says(name: str) -> None:
    all_frames = list(frames(name))
    found: dict[str, list[dict[str, Any]]] = {"garp": [], "na": []}
    for each in all_frames:
        if not is_announcement(each.data):
            continue
        arp = each.ethertype == 0x0806
        read = decode_gratuitous_arp(each.data) if arp else decode_neighbour_advert(each.data)
        assert not isinstance(read, Malformed)
        line = {"ip": str(read.address), "mac": read.mac.hex(":")}
        found["garp" if arp else "na"].append(
            line | {"t": round((each.at - all_frames[0].at) / 1e6, 6)}
        )
    # The index lists the answer to a neighbour's question too, which is no announcement.
    expected = {k: [e for e in INDEX[name][k] if e["ip"] != "fd00:20::2"] for k in found}
    assert found == expected
