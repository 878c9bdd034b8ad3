"""One page, three readers: genhash, keepalived's own genhash and the check give one digest."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path

import pytest

from keepalived.cli.digest import body_digest
from keepalived.cli.fetch import Order, Page, fetch
from keepalived.core.checks.page import PageTalk, Wanted, request_bytes

REAL = Path("/usr/bin/genhash")
PAGES = {
    "/small": b"one line\n",
    "/empty": b"",
    "/large": bytes(range(256)) * 1200,
}
CONFIG = """
daemon off;
master_process off;
pid {place}/nginx.pid;
error_log {place}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {place}/t1;
    proxy_temp_path {place}/t2;
    fastcgi_temp_path {place}/t3;
    uwsgi_temp_path {place}/t4;
    scgi_temp_path {place}/t5;
    server {{
        listen 127.0.0.1:{plain};
        listen 127.0.0.1:{tls} ssl;
        ssl_certificate {place}/cert.pem;
        ssl_certificate_key {place}/key.pem;
        root {place}/www;
        location /chunked {{ ssi on; ssi_types *; alias {place}/www/small; }}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Site:
    """A real nginx, by HTTP and by TLS."""

    plain: int
    tls: int


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run nginx on the loopback with some pages."""
    for program, package in (("nginx", "nginx-light"), ("openssl", "openssl")):
        if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin") is None:
            pytest.skip(f"needs the package {package}")
    place = tmp_path_factory.mktemp("site")
    place.chmod(0o755)
    (place / "www").mkdir()
    for name, body in PAGES.items():
        (place / "www" / name[1:]).write_bytes(body)
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=site"]
    make += ["-keyout", str(place / "key.pem"), "-out", str(place / "cert.pem")]
    subprocess.run(make, check=True, capture_output=True)
    found = Site(_free_port(), _free_port())
    config = place / "nginx.conf"
    config.write_text(CONFIG.format(place=place, plain=found.plain, tls=found.tls))
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
    with subprocess.Popen([nginx, "-p", str(place), "-c", str(config)]) as server:
        try:
            _wait_for(found.tls)
            yield found
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(10)


def _wait_for(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    pytest.fail("nginx does not listen")


def _ours(site: Site, path: str, tls: bool, protocol: str = "1.0") -> str:
    port = site.tls if tls else site.plain
    page = fetch(Order("127.0.0.1", port, path, 5.0, tls=tls, protocol=protocol))
    assert isinstance(page, Page), page
    return body_digest(page.body)


def _theirs(site: Site, path: str, tls: bool, protocol: str = "1.0") -> str:
    if not REAL.exists() or REAL.resolve().name != "keepalived":
        pytest.skip("needs the package keepalived (its genhash)")
    port = str(site.tls if tls else site.plain)
    command = [str(REAL), "-s", "127.0.0.1", "-p", port, "-u", path, "-P", protocol]
    command += ["-S"] if tls else []
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    return done.stdout.strip()


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("path", [*PAGES, "/missing"])
def test_genhash_and_keepalived_agree_on_a_page_of_nginx(site: Site, path: str, tls: bool) -> None:
    digest = _ours(site, path, tls)
    assert digest == _theirs(site, path, tls)
    if path in PAGES:
        assert digest == md5(PAGES[path]).hexdigest()


def test_both_digest_chunks_as_they_came(site: Site) -> None:
    digest = _ours(site, "/chunked", False, "1.1")
    assert digest == _theirs(site, "/chunked", False, "1.1")
    assert digest != md5(PAGES["/small"]).hexdigest()


@pytest.mark.parametrize("path", [*PAGES])
def test_the_check_accepts_what_genhash_printed(site: Site, path: str) -> None:
    host = f"127.0.0.1:{site.plain}"
    talk = PageTalk(Wanted(path, request_bytes(path, host), None, _ours(site, path, False)))
    wrong = PageTalk(Wanted(path, request_bytes(path, host), None, "0" * 32))
    with socket.create_connection(("127.0.0.1", site.plain), 5) as stream:
        talk.opened()
        wrong.opened()
        stream.sendall(request_bytes(path, host))
        while data := stream.recv(1000):
            talk.heard(data)
            wrong.heard(data)
    assert talk.hung_up().good
    assert not wrong.hung_up().good
