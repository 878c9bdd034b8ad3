"""Checks of a real nginx, by our daemon and by the real keepalived at once: the same verdicts."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.lab.directors import start_checker
from tests.lab.hosts import Host, Program, World, missing
from tests.lab.shim import build_shim
from tests.lab.waiting import until

pytestmark = pytest.mark.netns

PAGE = b"<html><body>It works.</body></html>\n" * 400
NAMED = b"This is the named site.\n"
DENIED = b"<html><body>Who are you?</body></html>\n"
REASON = re.compile(r" \([^()]*(\([^()]*\)[^()]*)*\)$")


def md5(body: bytes) -> str:
    return hashlib.md5(body).hexdigest()


@dataclass(frozen=True)
class Case:
    """A real server's check and what should come of it."""

    port: int
    check: str
    good: bool


def get(kind: str, *urls: str, more: str = "") -> str:
    blocks = "\n".join(f"url {{\n{url}\n}}" for url in urls)
    return f"{kind} {{\n{blocks}\nconnect_timeout 2\nretry 1\ndelay_before_retry 1\n{more}\n}}"


def cases(folder: Path) -> dict[str, Case]:
    right = f"path /\ndigest {md5(PAGE)}"
    named = f"path /\ndigest {md5(NAMED)}\nvirtualhost named.example"
    denied = f"path /secret\ndigest {md5(DENIED)}"
    return {
        "127.0.0.1": Case(8080, get("HTTP_GET", right), True),
        "127.0.0.2": Case(8080, get("HTTP_GET", f"path /\ndigest {md5(NAMED)}"), False),
        "127.0.0.3": Case(8443, get("SSL_GET", right), True),
        "127.0.0.4": Case(8443, get("SSL_GET", f"path /\ndigest {'0' * 32}"), False),
        "127.0.0.5": Case(8080, get("HTTP_GET", f"{denied}\nstatus_code 401"), True),
        "127.0.0.6": Case(8080, get("HTTP_GET", denied), False),
        "127.0.0.7": Case(8080, get("HTTP_GET", right, named), True),
        "127.0.0.8": Case(8080, get("HTTP_GET", right, "path /missing"), False),
        "127.0.0.9": Case(8443, get("SSL_GET", right, more="virtualhost named.example"), False),
        "127.0.0.10": Case(8443, get("HTTP_GET", "path /"), False),
        "127.0.0.11": Case(8080, get("SSL_GET", "path /"), False),
        "127.0.0.12": Case(8081, get("HTTP_GET", "path /"), False),
        "127.0.0.13": Case(8080, "TCP_CHECK {\nconnect_timeout 2\n}", True),
        "127.0.0.14": Case(8081, "TCP_CHECK {\nconnect_timeout 2\n}", False),
        "127.0.0.15": Case(80, f'MISC_CHECK {{\nmisc_path "{folder}/good a b"\n}}', True),
        "127.0.0.16": Case(
            80, f'MISC_CHECK {{\nmisc_path "{folder}/hang"\nmisc_timeout 1\n}}', False
        ),
        "127.0.0.17": Case(80, f'MISC_CHECK {{\nmisc_path "{folder}/good a"\n}}', False),
    }


def configuration(folder: Path) -> str:
    lines = ["virtual_server 10.66.0.1 80 {", "delay_loop 1", "lb_algo rr", "lb_kind NAT"]
    lines += ["protocol TCP", "sorry_server 127.0.0.99 80"]
    for address, case in cases(folder).items():
        lines.append(f"real_server {address} {case.port} {{\n{case.check}\n}}")
    return "\n".join([*lines, "}", ""])


def nginx(host: Host, folder: Path) -> Program:
    """Start nginx with a page, a site by name and a page that is denied, plain and by TLS."""
    for name, body in (("page", PAGE), ("named", NAMED), ("denied", DENIED)):
        (folder / name).mkdir()
        (folder / name / "index.html").write_bytes(body)
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=x", "-keyout", str(folder / "key"), "-out", str(folder / "crt")),
        ],
        check=True,
        capture_output=True,
    )
    site = "listen 8080{0}; listen 8443 ssl{0}; ssl_certificate crt; ssl_certificate_key key;"
    temporary = "".join(
        f"{kind}_temp_path {folder}/tmp;"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = f"""
    user root; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
    events {{ }}
    http {{
        access_log {folder}/access.log; {temporary}
        server {{
            {site.format(" default_server")} root {folder}/page;
            location = /secret {{ return 401; }}
            error_page 401 /denied.html;
            location = /denied.html {{ alias {folder}/denied/index.html; }}
        }}
        server {{ {site.format("")} server_name named.example; root {folder}/named; }}
    }}
    """
    (folder / "nginx.conf").write_text(text)
    program = shutil.which("nginx")
    assert program is not None
    return host.start(program, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log"))


@pytest.fixture(scope="module")
def running(shared: Path) -> Iterator[dict[str, Program]]:
    lack = missing("keepalived", "nginx", "openssl", "cc", "nft")
    if lack is not None:
        pytest.skip(f"lacks {lack}")
    with World() as world:
        host, folder = world.host("checks"), world.folder
        for name, text in (("good", '[ "$2" = b ]'), ("hang", "exec sleep 30")):
            (folder / name).write_text(f"#!/bin/sh\n{text}\n")
            (folder / name).chmod(0o755)
        nginx(host, folder)
        curl = ("curl", "-s", "-o", "/dev/null", "http://127.0.0.1:8080/")
        until(lambda: host.run(*curl, "-w", "%{http_code}", check=False) == "200", 10, "nginx")
        file = folder / "checks.conf"
        file.write_text(configuration(folder))
        yield {
            "ours": start_checker(host, "ours", file),
            "real": start_checker(host, "real", file, LD_PRELOAD=str(build_shim(shared, folder))),
        }


def verdicts(program: Program) -> dict[str, bool]:
    """Read from a log which servers' checks came to which end."""
    found = {}
    for line in program.text().splitlines():
        at = re.search(r"\[(127\.0\.0\.\d+)\]:tcp", line)
        if at and re.search(r"success\.|succeed on service|\] succeeded\.", line):
            found[at[1]] = True
        elif at and "Removing service" in line:
            found[at[1]] = False
    return found


@pytest.mark.parametrize("kind", ["ours", "real"])
def test_every_server_of_nginx_is_judged_rightly(running: dict[str, Program], kind: str) -> None:
    program = running[kind]
    wanted = {address: case.good for address, case in cases(Path()).items()}

    def seen() -> bool:
        found = verdicts(program)
        wrong = {a: good for a, good in wanted.items() if found.get(a) is not good}
        assert not wrong, f"not yet {wrong} in {found}"
        return True

    until(seen, 20, f"all verdicts of {kind}")


def lines(program: Program) -> set[str]:
    """Give the log lines about checks and servers, without time and our reasons."""
    said = set()
    for line in program.text().splitlines():
        text = line.split(": ", 1)[-1]
        if "127.0.0." in text and not text.startswith("Command line"):
            said.add(text if "Misc check" in text else REASON.sub("", text))
    return said


def test_log_lines_are_the_real_programs_word_for_word(running: dict[str, Program]) -> None:
    for program in running.values():
        until(lambda p=program: len(verdicts(p)) == 17, 20, "all verdicts")  # type: ignore[misc]
    ours, theirs = (
        {line for line in lines(running[kind]) if "Activating" not in line}
        for kind in ("ours", "real")
    )
    assert ours == theirs
    assert len(ours) >= 17


def test_request_is_the_one_that_the_real_program_sends(running: dict[str, Program]) -> None:
    log = running["ours"].output.parent / "access.log"
    until(lambda: log.exists() and log.read_text().count("\n") > 20, 15, "requests in the log")
    requests = {line.split('"')[1] for line in log.read_text().splitlines() if "KeepAlive" in line}
    assert {"GET / HTTP/1.0", "GET /secret HTTP/1.0", "GET /missing HTTP/1.0"} <= requests


def test_program_that_hangs_leaves_no_process(running: dict[str, Program]) -> None:
    program = running["ours"]
    until(lambda: "timed out with retry disabled" in program.text(), 20, "the time-out")
    assert program.end() == 0
    left = subprocess.run(
        ["ps", "-eo", "args"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    folder = str(program.output.parent)
    theirs = [line for line in left if line.startswith(f"/bin/sh {folder}/hang")]
    assert len(theirs) <= 1, "the real program may have one running"
