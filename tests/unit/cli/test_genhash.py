"""genhash's command line: what it asks, what it prints, how it ends."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.cli.one_answer import answering

from keepalived import VERSION
from keepalived.cli.genhash import BadUsage, main, order_from, parse

REAL = "/usr/bin/genhash"
BODY = b"hello, a page\r\n"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + BODY
ANSWERS = {
    "a page": PAGE,
    "a refusal": b"HTTP/1.1 401 Unauthorized\r\n\r\nno",
    "an empty body": b"HTTP/1.0 200 OK\r\n\r\n",
    "more than Content-Length": b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabcdef",
    "less than Content-Length": b"HTTP/1.0 200 OK\r\nContent-Length: 30\r\n\r\nabcdef",
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "no header at all": b"garbage\r\n\r\nbody",
    "no end of header": b"garbage, and then nothing\r\n",
    "nothing": b"",
}


def usual(port: int, *more: str) -> list[str]:
    return ["-s", "127.0.0.1", "-p", str(port), "-u", "/test", *more]


def test_only_the_digest_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with answering(PAGE) as asked:
        assert main(usual(asked.port)) == 0
    assert capsys.readouterr().out == hashlib.md5(BODY).hexdigest() + "\n"


def test_the_request_is_upstreams_byte_for_byte() -> None:
    with answering(PAGE) as asked:
        main(usual(asked.port))
    host = f"127.0.0.1:{asked.port}"
    expected = f"GET /test HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: {host}\r\n\r\n"
    assert asked.heard == [expected.encode()]


@pytest.mark.parametrize("more", [(), ("-P", "1.1"), ("-P", "1.0c"), ("-V", "www.example")])
def test_the_request_equals_that_of_real_keepalive(more: tuple[str, ...]) -> None:
    need_real_genhash()
    with answering(PAGE, times=2) as asked:
        main(usual(asked.port, *more))
        real(usual(asked.port, *more))
    assert asked.heard[0] == asked.heard[1]


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_output_and_exit_status_equal_those_of_real_genhash(
    answer: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    need_real_genhash()
    with answering(answer, times=2) as asked:
        theirs = real(usual(asked.port, "-P", "1.1"))
        status = main(usual(asked.port, "-P", "1.1"))
    ours = capsys.readouterr()
    assert (ours.out, ours.err, status) == (theirs.stdout, theirs.stderr, theirs.returncode)


def test_verbose_prints_the_guides_dumps(capsys: pytest.CaptureFixture[str]) -> None:
    with answering(PAGE) as asked:
        assert main(usual(asked.port, "-v")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "[HTTP Header Buffer]"
    assert "[HTML Buffer]" in lines
    digest = hashlib.md5(BODY).hexdigest()
    assert f"[HTML MD5 final resulting] MD5 Digest : {digest}" in lines
    assert lines[-1].startswith("Global response time for [/test] = ")


def test_an_ipv6_server_is_asked_with_brackets() -> None:
    with answering(PAGE, family=socket.AF_INET6) as asked:
        assert main(["-s", "::1", "-p", str(asked.port), "-u", "/"]) == 0
    assert f"Host: [::1]:{asked.port}\r\n".encode() in asked.heard[0]


def test_verbose_alone_prints_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-v"]) == 0
    assert capsys.readouterr().out.startswith(f"genhash v{VERSION} ")


def test_help_prints_the_usage_and_ends_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 1
    assert "genhash -S -K priv-key-file" in capsys.readouterr().err


def test_the_password_stands_beside_the_key_and_the_protocol_otherwise() -> None:
    assert parse(["-K", "key.pem", "-P", "secret"])["--use-password"] == "secret"
    assert parse(["-P", "secret", "-K", "key.pem"])["--use-password"] == "secret"
    assert parse(["-P", "1.1"])["--protocol"] == "1.1"
    both = parse(["-K", "key.pem", "-P", "secret", "--protocol", "1.1"])
    assert (both["--use-password"], both["--protocol"]) == ("secret", "1.1")


def test_every_long_form_of_the_guide_means_its_short_one() -> None:
    given = "--use-ssl --server 1.2.3.4 --port 9 --url /x --use-private-key k --use-password p"
    order = order_from(parse([*given.split(), "--use-virtualhost=v", "--use-certificate=c"]))
    assert (order.address, order.port, order.path, order.tls) == ("1.2.3.4", 9, "/x", True)
    assert (order.key_file, order.password, order.certificate_file) == ("k", "p", "c")
    assert order.host == "v"


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ("-s 127.0.0.1 -u /", "-p"),
        ("-s www.example -p 80 -u /", "IP address"),
        ("-s 127.0.0.1 -p 99999 -u /", "1 to 65535"),
        ("-s 127.0.0.1 -p x -u /", "port number"),
        ("-s 127.0.0.1 -p 80 -u / -P 9", "1.0c"),
        ("-s 127.0.0.1 -p 80 -u / -t 0", "timeout"),
        ("-s 127.0.0.1 -p 80 -u / -m -1", "firewall mark"),
        ("-s 127.0.0.1 -p 80 -u / surplus", "surplus"),
        ("-s 127.0.0.1 -p 80 -u / -S -C cert.pem", "-K"),
        ("-s 127.0.0.1 -p 80 -u", "requires argument"),
        ("--nonsense", "nonsense"),
    ],
)
def test_bad_usage_says_what_would_be_right_and_ends_with_one(
    given: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(given.split()) == 1
    error = capsys.readouterr().err
    assert word in error.splitlines()[0]
    assert "Usage:" in error


def test_a_control_character_cannot_smuggle_a_header() -> None:
    with pytest.raises(BadUsage):
        order_from(parse(["-s", "127.0.0.1", "-p", "80", "-u", "/\r\nX: y"]))


def test_a_refused_connection_is_told_and_ends_with_zero(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert main(usual(bound.getsockname()[1])) == 0
    assert capsys.readouterr().out == "Connection failed: Connection refused\n"


def test_a_silent_server_ends_at_the_time_limit(capsys: pytest.CaptureFixture[str]) -> None:
    with answering(None) as asked:
        assert main(usual(asked.port, "-t", "1")) == 0
    assert capsys.readouterr().out == "Timeout WEB read: 0 bytes, then nothing for 1 s\n"


def test_a_mark_needs_no_more_than_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    with answering(PAGE) as asked:
        assert main(usual(asked.port, "-m", "4294967295")) == 0
    said = capsys.readouterr().out
    told = "Cannot set the firewall mark" if os.geteuid() else hashlib.md5(BODY).hexdigest()
    assert said.startswith(told)


def test_garbage_in_place_of_tls_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with answering(b"this is no TLS record\r\n") as asked:
        assert main(usual(asked.port, "-S")) == 0
    assert capsys.readouterr().out.startswith("SSL handshake failed: ")


def test_tls_gives_the_same_digest_with_sni_and_a_key_of_ours(
    certificate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "open.pem")
    context.load_verify_locations(certificate / "cert.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    keys = ["-K", str(certificate / "key.pem"), "-P", "secret"]
    more = [*keys, "-C", str(certificate / "cert.pem"), "-V", "www.example", "-I"]
    with answering(PAGE, tls=context) as asked:
        assert main(usual(asked.port, "-S", *more)) == 0
    assert capsys.readouterr().out == hashlib.md5(BODY).hexdigest() + "\n"
    assert names == ["www.example"]


def test_a_wrong_password_is_told(certificate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = ["-K", str(certificate / "key.pem"), "-P", "wrong", "-C", str(certificate / "cert.pem")]
    with answering(PAGE) as asked:
        assert main(usual(asked.port, "-S", *keys)) == 0
    assert capsys.readouterr().out.startswith("Cannot use ")


def test_the_installed_program_ends_quietly_when_its_reader_leaves() -> None:
    code = "import sys; from keepalived.cli.genhash import main; sys.exit(main())"
    with answering(PAGE) as asked:
        command = [sys.executable, "-c", code, *usual(asked.port, "-v")]
        program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert program.stdout is not None and program.stderr is not None
        program.stdout.close()
        error = program.stderr.read()
        program.stderr.close()
        assert (program.wait(10), error) == (0, b"")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with cert.pem, its key open.pem, and key.pem locked by `secret`."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the package openssl")
    place = tmp_path_factory.mktemp("certificate")
    run = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"]
    run += ["-subj", "/CN=test", "-keyout", "open.pem", "-out", "cert.pem"]
    subprocess.run(run, cwd=place, check=True, capture_output=True)
    lock = ["openssl", "rsa", "-aes256", "-passout", "pass:secret"]
    lock += ["-in", "open.pem", "-out", "key.pem"]
    subprocess.run(lock, cwd=place, check=True, capture_output=True)
    return place


def need_real_genhash() -> None:
    """Skip where keepalived's own genhash is not installed."""
    if not Path(REAL).exists() or Path(REAL).resolve().name != "keepalived":
        pytest.skip("needs the package keepalived (its genhash)")


def real(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run keepalived's own genhash."""
    return subprocess.run([REAL, *arguments], capture_output=True, text=True, timeout=20)
