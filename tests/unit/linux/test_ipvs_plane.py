"""What the IPVS plane asks of the kernel, seen where the requests leave."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from ipaddress import ip_address

import pytest

from keepalived.linux.ipvs import IpvsPlane
from keepalived.linux.netlink_socket import Dump, Failure, Request
from keepalived.port.events import Event, Refused
from keepalived.port.resources import (
    Change,
    Forwarding,
    Install,
    Remove,
    Replace,
    Server,
    Service,
    ServiceKey,
)
from keepalived.wire.addresses import Family
from keepalived.wire.netlink import frame, generic, ipvs
from keepalived.wire.netlink.frame import Message

WEB = ServiceKey(Family.INET, 6, ip_address("10.0.0.1"), 80)
SERVICE = Service(WEB, "rr")
SERVERS = [Server(WEB, ip_address(f"10.0.1.{n}"), 8080) for n in range(3)]
NAMES = {
    ipvs.NEW_SERVICE: "new service",
    ipvs.SET_SERVICE: "set service",
    ipvs.DEL_SERVICE: "del service",
    ipvs.NEW_DESTINATION: "new server",
    ipvs.SET_DESTINATION: "set server",
    ipvs.DEL_DESTINATION: "del server",
}


class Talk:
    """Stands in for the netlink socket: writes the commands down, fails those it is told to."""

    def __init__(self, has_ipvs: bool = True) -> None:
        self.batches: list[list[str]] = []
        self.fails: list[dict[int, int]] = []
        self.has_ipvs = has_ipvs

    def ask(self, request: Request) -> Dump:
        """Answer the controller's question."""
        if not self.has_ipvs:
            return Dump((), errno.ENOENT)
        body = bytes([1, 2, 0, 0]) + frame.attribute(1, b"\x1c\0") + frame.text_attribute(2, "IPVS")
        return Dump((Message(generic.CONTROLLER, 0, 1, 0, body),))

    def carry_out(self, requests: Iterable[Request]) -> list[Failure]:
        """Take a batch."""
        names = [NAMES[request.body[0]] for request in requests]
        if not names:
            return []
        self.batches.append(names)
        fails = self.fails.pop(0) if self.fails else {}
        return [Failure(position, number, "") for position, number in fails.items()]


class Posted:
    """A reactor of which only `post` is needed."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def post(self, event: Event) -> None:
        """Keep it."""
        self.events.append(event)


def plane(talk: Talk) -> tuple[IpvsPlane, Posted]:
    posted = Posted()
    made = IpvsPlane(posted)  # type: ignore[arg-type]
    made._socket = talk  # type: ignore[assignment]
    return made, posted


def test_a_stop_deletes_services_and_never_servers_one_by_one() -> None:
    talk = Talk()
    made, _ = plane(talk)
    made.apply([Install(SERVICE), *(Install(server) for server in SERVERS)])
    made.apply([*(Remove(server) for server in SERVERS), Remove(SERVICE)])
    assert talk.batches == [["new service", *["new server"] * 3], ["del service"]]


def test_a_server_that_leaves_alone_is_deleted() -> None:
    talk = Talk()
    made, _ = plane(talk)
    made.apply([Remove(SERVICE), Install(SERVICE), Remove(SERVERS[0])])
    assert talk.batches == [["del service", "new service", "del server"]]


@pytest.mark.parametrize(
    ("change", "number", "then"),
    [
        (Install(SERVICE), errno.EEXIST, ["set service"]),
        (Replace(SERVICE, Service(WEB, "wrr")), errno.ESRCH, ["new service"]),
        (Install(SERVERS[0]), errno.EEXIST, ["set server"]),
        (Replace(SERVERS[0], SERVERS[0]), errno.ENOENT, ["new server"]),
    ],
)
def test_where_the_kernel_is_elsewhere_it_is_made_to_agree(
    change: Change, number: int, then: list[str]
) -> None:
    talk = Talk()
    talk.fails = [{0: number}]
    made, posted = plane(talk)
    made.apply([change])
    assert talk.batches[1] == then and posted.events == []


@pytest.mark.parametrize("number", [errno.ESRCH, errno.ENOENT])
def test_gone_already_is_success(number: int) -> None:
    talk = Talk()
    talk.fails = [{0: number}]
    made, posted = plane(talk)
    made.apply([Remove(SERVERS[0])])
    assert posted.events == []


def test_another_forwarding_moves_the_entry_to_its_other_port() -> None:
    direct = Server(WEB, SERVERS[0].address, 8080, forwarding=Forwarding.DR)
    talk = Talk()
    made, _ = plane(talk)
    made.apply([Install(SERVERS[0])])
    talk.fails = [{1: errno.ENOENT}]
    made.apply([Replace(SERVERS[0], direct)])
    assert talk.batches[1:] == [["del server", "set server"], ["new server"]]


def test_a_kernel_without_ipvs_refuses_everything_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("keepalived.linux.ipvs._load_module", lambda name: False)
    made, posted = plane(Talk(has_ipvs=False))
    made.apply([Install(SERVICE), Install(SERVERS[0])])
    assert [type(event) for event in posted.events] == [Refused, Refused]
    first = posted.events[0]
    assert isinstance(first, Refused) and "load the module ip_vs" in first.why


@pytest.mark.parametrize(
    ("change", "number", "words"),
    [
        (Install(Service(WEB, "xyz")), errno.ENOENT, "no scheduler 'xyz': load ip_vs_xyz"),
        (Install(SERVERS[0]), errno.ESRCH, "does not have this service"),
        (Install(SERVERS[0]), errno.EINVAL, "one family"),
        (Install(SERVICE), errno.EPERM, "CAP_NET_ADMIN"),
        (Install(SERVICE), errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_a_refusal_is_a_sentence_about_its_change(change: Change, number: int, words: str) -> None:
    talk = Talk()
    talk.fails = [{0: number}]
    made, posted = plane(talk)
    made.apply([change])
    (refused,) = posted.events
    assert isinstance(refused, Refused)
    assert (refused.change, refused.errno) == (change, number)
    assert refused.why.startswith("service TCP 10.0.0.1:80") and words in refused.why
