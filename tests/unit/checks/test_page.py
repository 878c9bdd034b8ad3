"""A page's talk, by scripted bytes, to its last branch."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepalived.core.checks.page import HEADER_MOST, PageTalk, Wanted, request_bytes
from keepalived.port.talk import LISTEN, Say, Verdict

BODY = b"<html>hello</html>\n"
DIGEST = hashlib.md5(BODY).hexdigest()


def hear(wanted: Wanted, *pieces: bytes) -> Verdict:
    talk = PageTalk(wanted)
    assert talk.opened() == Say(wanted.request)
    for piece in pieces:
        turn = talk.heard(piece)
        if isinstance(turn, Verdict):
            return turn
        assert turn is LISTEN
    return talk.hung_up()


def reply(status: bytes = b"200 OK", body: bytes = BODY, *fields: bytes) -> bytes:
    return b"\r\n".join((b"HTTP/1.1 " + status, b"Server: x", *fields, b"", body))


def test_request_has_the_bytes_that_upstream_sends() -> None:
    assert request_bytes("/one", "127.0.0.1:8101") == (
        b"GET /one HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 127.0.0.1:8101\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("status", "wanted", "good"),
    [
        (b"200 OK", None, True),
        (b"204 No Content", None, True),
        (b"299 Odd", None, True),
        (b"301 Moved", None, False),
        (b"404 Not Found", None, False),
        (b"401 Unauthorized", 401, True),
        (b"200 OK", 401, False),
    ],
)
def test_status_decides(status: bytes, wanted: int | None, good: bool) -> None:
    verdict = hear(Wanted("/", b"x", wanted), reply(status))
    assert verdict.good is good
    assert verdict.status == int(status[:3])


def test_right_digest_is_good_and_wrong_one_names_both() -> None:
    assert hear(Wanted("/", b"x", None, DIGEST), reply()).good
    bad = hear(Wanted("/p", b"x", None, "0" * 32), reply())
    assert not bad.good
    assert DIGEST in bad.because and "0" * 32 in bad.because and "/p" in bad.because


def test_digest_without_status_code_still_wants_a_status_in_the_two_hundreds() -> None:
    assert not hear(Wanted("/", b"x", None, DIGEST), reply(b"401 Unauthorized")).good
    assert hear(Wanted("/", b"x", 401, DIGEST), reply(b"401 Unauthorized")).good


def test_digest_ends_at_content_length() -> None:
    length = b"Content-Length: %d" % len(BODY)
    assert hear(Wanted("/", b"x", None, DIGEST), reply(b"200 OK", BODY + b"more", length)).good


def test_body_shorter_than_content_length_is_judged_as_it_is() -> None:
    assert hear(Wanted("/", b"x", None, DIGEST), reply(b"200 OK", BODY, b"Content-Length: 99")).good


def test_chunks_are_digested_undecoded() -> None:
    raw = b"3\r\nabc\r\n0\r\n\r\n"
    wanted = Wanted("/", b"x", None, hashlib.md5(raw).hexdigest())
    assert hear(wanted, reply(b"200 OK", raw, b"Transfer-Encoding: chunked")).good
    both = (b"Transfer-Encoding: chunked", b"Content-Length: 999")
    assert hear(wanted, reply(b"200 OK", raw, *both)).good


def test_upgrade_is_judged_by_its_status() -> None:
    fields = (b"Upgrade: x", b"Connection: upgrade")
    assert hear(Wanted("/", b"x", 101), reply(b"101 Switching", b"", *fields)).good


@pytest.mark.parametrize(
    ("pieces", "because"),
    [
        ((), "no reply"),
        ((b"HTTP/1.0 200 OK\r\nContent-Le",), "header is cut off"),
        ((b"SSH-2.0-OpenSSH\r\n\r\n",), "no HTTP reply"),
        ((b"HTTP/1.0 200 OK\r\n", b"a" * HEADER_MOST), "never ends"),
    ],
)
def test_what_is_no_reply_is_bad_and_says_why(pieces: tuple[bytes, ...], because: str) -> None:
    verdict = hear(Wanted("/", b"x"), *pieces)
    assert not verdict.good
    assert because in verdict.because


@given(st.data())
def test_pieces_do_not_matter(data: st.DataObject) -> None:
    whole = reply(b"200 OK", BODY, b"Content-Length: %d" % len(BODY))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole) - 1), max_size=8)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert hear(Wanted("/", b"x", None, DIGEST), *pieces).good


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_no_bytes_whatever_break_it(pieces: list[bytes]) -> None:
    assert isinstance(hear(Wanted("/", b"x", None, DIGEST), *pieces), Verdict)


@given(st.lists(st.binary(max_size=80), max_size=4))
def test_no_header_whatever_breaks_it(pieces: list[bytes]) -> None:
    verdict = hear(Wanted("/", b"x", None, DIGEST), b"HTTP/1.1 200 OK\r\n", *pieces, b"\r\n\r\n")
    assert isinstance(verdict, Verdict)
