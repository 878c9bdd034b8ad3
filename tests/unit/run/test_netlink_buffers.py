"""Receive buffers of netlink sockets, as large as the file says."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from keepalived.config.load import load_text
from keepalived.linux import netlink_socket
from keepalived.run.netlink_buffers import size_netlink_buffers


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(netlink_socket, "_BUFFERS", dict(netlink_socket._BUFFERS))
    yield


def size(groups: int) -> int:
    link = netlink_socket.open_netlink(socket.NETLINK_ROUTE, groups)
    try:
        # The kernel doubles what is asked for, for its own bookkeeping.
        return link.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2
    finally:
        link.close()


@pytest.mark.parametrize(("process", "word"), [("vrrp", "vrrp_netlink"), ("lvs", "lvs_netlink")])
def test_each_use_has_its_own_size(process: str, word: str) -> None:
    usual = size(0), size(1)
    text = f"global_defs {{\n {word}_cmd_rcv_bufs 40000\n {word}_monitor_rcv_bufs 50000\n}}\n"
    size_netlink_buffers(load_text(text).config, process)
    assert (size(0), size(1)) == (40_000, 50_000) != usual


def test_without_a_word_they_stay_as_they_are() -> None:
    usual = size(0), size(1)
    size_netlink_buffers(load_text("global_defs {\n router_id r\n}\n").config, "vrrp")
    size_netlink_buffers(load_text("").config, "vrrp")
    assert (size(0), size(1)) == usual
