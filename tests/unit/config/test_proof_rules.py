"""Proofs of origin as configured: what does not go together, and keys that cannot be used."""

from __future__ import annotations

import pytest

from keepalived.config.host import Host
from keepalived.config.load import Loaded, load_text
from keepalived.lang.source import Unreadable

KEY = "0123456789abcdef0123456789abcdef"
INSTANCE = (
    "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\n%s\nvirtual_ipaddress {\n%s\n}\n}\n"
)
PASSWORD = "authentication {\nauth_type PASS\nauth_pass x\n}"


def read(words: str, address: str = "10.0.0.1", host: Host | None = None) -> Loaded:
    return load_text(INSTANCE % (words, address), host=host)


def told(loaded: Loaded) -> list[str]:
    """Give what is said of the instance, but that some of its words have no effect yet."""
    said = [fault.what for fault in loaded.faults if fault.what.startswith("A: ")]
    return [what for what in said if "not here yet" not in what]


def signed(*lines: str) -> str:
    return "\n".join(("auth_hmac {", *lines, "}"))


def test_a_key_and_its_number_are_enough() -> None:
    loaded = read(signed(f"key 1 {KEY}", "active_key 1"))
    assert told(loaded) == []


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (["active_key 1"], "A: auth_hmac has no key"),
        ([f"key 1 {KEY}"], "A: auth_hmac has no active_key, which is none of its keys"),
        (
            [f"key 1 {KEY}", "active_key 2"],
            "A: auth_hmac has active_key 2, which is none of its keys",
        ),
    ],
)
def test_who_cannot_sign_as_it_says_keeps_the_file_from_force(lines: list[str], what: str) -> None:
    loaded = read(signed(*lines))
    assert told(loaded) == [what]
    assert [fault.status for fault in loaded.faults if fault.what == what] != [0]


def test_who_only_listens_needs_no_key_to_sign_with() -> None:
    assert told(read(signed(f"key 1 {KEY}", "mode receive-only"))) == []


def test_two_keys_of_one_number_are_told_of() -> None:
    loaded = read(signed(f"key 1 {KEY}", f"key 1 x{KEY}", "active_key 1"))
    assert told(loaded) == ["A: key 1 is there more than once; the last one counts"]


def test_a_window_without_a_clock_is_told_of() -> None:
    words = signed(f"key 1 {KEY}", "active_key 1", "anti_replay monotonic", "time_window 9")
    assert told(read(words)) == ["A: time_window does nothing with anti_replay monotonic"]


@pytest.mark.parametrize(
    ("words", "address", "why"),
    [
        (
            PASSWORD + "\n" + signed(f"key 1 {KEY}", "active_key 1"),
            "10.0.0.1",
            "authentication does not go with auth_hmac; it is left out",
        ),
        (
            "version 2\n" + PASSWORD,
            "fe80::1",
            "IPv6 has no authentication but auth_hmac; it is left out",
        ),
        (
            "version 3\n" + PASSWORD,
            "10.0.0.1",
            "VRRP version 3 has no authentication; it is left out",
        ),
        (
            "authentication {\nauth_type PASS\n}",
            "10.0.0.1",
            "authentication without auth_pass is left out",
        ),
    ],
)
def test_authentication_without_a_place_is_left_out(words: str, address: str, why: str) -> None:
    loaded = read(words, address)
    assert told(loaded) == [f"A: {why}"]
    assert loaded.config.instances[0].authentication is None


@pytest.mark.parametrize(
    ("held", "why"),
    [
        (Unreadable("group or others may use it (mode 644)"), "group or others may use it"),
        ("short", "the key has 5 bytes; 32 to 64 are needed"),
        ("hex:0", "the key is not made of pairs of hex digits"),
    ],
)
def test_a_key_file_that_cannot_be_used_keeps_the_file_from_force(
    held: str | Unreadable, why: str
) -> None:
    host = Host((), secret=lambda path: held)
    loaded = read(signed("key 1 file:/etc/key", "active_key 1"), host=host)
    found = [what for what in told(loaded) if what.startswith("A: key 1 in /etc/key: ")]
    assert len(found) == 1
    assert why in found[0]


def test_a_key_file_of_the_right_size_is_taken() -> None:
    host = Host((), secret=lambda path: KEY)
    loaded = read(signed("key 1 file:/etc/key", "active_key 1"), host=host)
    assert not [what for what in told(loaded) if "key" in what]
