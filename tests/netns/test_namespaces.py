"""Network namespaces entered for a while: sockets and programs of one process in another."""

from __future__ import annotations

import _socket as socket
import os
import subprocess
from collections.abc import Iterator

import pytest

from keepalived.linux import namespaces
from keepalived.linux.netlink_socket import NetlinkSocket, Request
from keepalived.linux.nft_process import NftProcess, find_nft
from keepalived.run.loop import Loop
from keepalived.wire.netlink import links

pytestmark = pytest.mark.netns
LINK = "only-there"


@pytest.fixture
def there() -> Iterator[str]:
    name = f"pk-within-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    subprocess.run(["ip", "-n", name, "link", "add", LINK, "type", "bridge"], check=True)
    try:
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


def seen(namespace: str | None) -> set[str]:
    questions = NetlinkSocket(socket.NETLINK_ROUTE, namespace)
    dump = questions.dump(Request(links.ASK, links.encode_dump()))
    questions.close()
    return {each.name for each in map(links.decode, dump.messages) if each is not None}


def test_a_socket_asks_the_other_namespace_and_the_process_stays_here(there: str) -> None:
    before = os.readlink("/proc/self/ns/net")
    assert LINK in seen(there)
    assert LINK not in seen(None)
    assert os.readlink("/proc/self/ns/net") == before


def test_no_name_is_the_hosts_first_namespace(there: str) -> None:
    try:
        first = os.readlink("/proc/1/ns/net")
    except PermissionError:
        # Where even root must not look at the first process, there is a sentence about it.
        with pytest.raises(OSError, match="of the host"), namespaces.within(""):
            pass
        return
    with namespaces.within(there), namespaces.within(""):
        assert os.readlink("/proc/self/ns/net") == first


def test_one_that_is_not_there_is_an_error_with_a_remedy() -> None:
    with pytest.raises(OSError, match="ip netns add"), namespaces.within("no-such"):
        pass
    assert "no-such" in namespaces.enter("no-such")


def test_nft_runs_in_the_other_namespace(there: str) -> None:
    if find_nft() is None:
        pytest.skip("needs nft")
    loop, ends = Loop(), list[str | None]()
    process = NftProcess(loop, None, there)
    process.start("add table ip pk_within\n", ends.append)
    while not ends:
        loop.turn()
    assert ends == [None]
    shown = subprocess.run(
        ["ip", "netns", "exec", there, "nft", "list", "tables"], capture_output=True, text=True
    ).stdout
    assert "pk_within" in shown
    loop.close()
