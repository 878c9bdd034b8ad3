"""The load balancer's table in the kernel's IPVS: services and servers, by netlink in batches.

Rule: this plane alters nothing but entries of the services it was told of. "Is there already" and
"is gone already" are not failures: the kernel is then made to agree.
"""

from __future__ import annotations

import _socket as socket
import errno
import os
from collections.abc import Collection, Iterator, Sequence

from keepalived.linux.netlink_socket import Failure, NetlinkSocket, Request
from keepalived.port.events import Refused
from keepalived.port.reactor import Reactor
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
from keepalived.wire.addresses import Address, Family, family_of
from keepalived.wire.netlink import generic, ipvs
from keepalived.wire.netlink.ipvs import IpvsDestination, IpvsService

Key = tuple[object, ...]
Spot = tuple[Address, int]
"""What the kernel calls one destination of a service: address, and the port as it keeps it."""

_FORWARDING = {Forwarding.NAT: ipvs.NAT, Forwarding.DR: ipvs.DIRECT, Forwarding.TUN: ipvs.TUNNEL}
_FORWARDED = {number: forwarding for forwarding, number in _FORWARDING.items()}
_NETLINK_GENERIC = 16
_MODPROBE = ("/usr/sbin/modprobe", "/sbin/modprobe")


Step = tuple[Change, bytes]
"""A change, and the body of a command that serves it; a body's first byte is the command.

A table that is put in or taken out at once has thousands of them: they are kept small.
"""

_INSTEAD = {
    (ipvs.NEW_SERVICE, errno.EEXIST): ipvs.SET_SERVICE,
    (ipvs.NEW_DESTINATION, errno.EEXIST): ipvs.SET_DESTINATION,
    (ipvs.SET_DESTINATION, errno.ENOENT): ipvs.NEW_DESTINATION,
}
"""What brings a kernel that is elsewhere to what is wanted: by the command and its error."""
_FINE = frozenset(
    (
        (ipvs.DEL_SERVICE, errno.ESRCH),
        (ipvs.DEL_DESTINATION, errno.ENOENT),
        (ipvs.DEL_DESTINATION, errno.ESRCH),
    )
)
"""Commands and errors that mean the kernel is as wanted already."""


class _Kept:
    """What the kernel was told of one service: itself, its servers, the bytes that name it."""

    __slots__ = ("named", "naming", "servers", "service")

    def __init__(self, key: ServiceKey) -> None:
        self.naming = ipvs.encode_key(key.family, key.protocol, key.address, key.port, key.mark)
        self.named = ipvs.encode_service_key(self.naming)
        self.service: Service | None = None
        self.servers: dict[Spot, Server] = {}


class IpvsPlane:
    """The table in this network namespace's IPVS."""

    name = "ipvs"

    def __init__(self, reactor: Reactor, namespace: str | None = None) -> None:
        self._reactor = reactor
        self._socket = NetlinkSocket(_NETLINK_GENERIC, namespace)
        self._family = 0
        self._kept: dict[ServiceKey, _Kept] = {}

    def close(self) -> None:
        """Let go of the socket; the table stays as it is."""
        self._socket.close()

    def ready(self) -> bool:
        """Say that nothing is under way: netlink answers before a call returns."""
        return True

    def available(self) -> bool:
        """Say whether this kernel has IPVS, once its module was asked for."""
        return self._resolve() or (_load_module("ip_vs") and self._resolve())

    def apply(self, changes: Sequence[Change]) -> None:
        """Carry the changes out, in order, in as few sends as it takes."""
        if not self._family and not self.available():
            self._refuse_all(changes, "the kernel has no ip_vs: load the module ip_vs")
            return
        steps = list(self._steps(changes))
        again: list[Step] = []
        bereft: dict[ServiceKey, None] = {}
        for failure in self._carry_out(steps):
            change, body = steps[failure.position]
            instead = _INSTEAD.get((body[0], failure.errno))
            if instead is not None:
                again.append((change, ipvs.encode_command(instead, body[4:])))
            elif (body[0], failure.errno) in _FINE:
                continue
            elif failure.errno == errno.ESRCH and self._stands(_service_of(change)):
                bereft[_service_of(change)] = None
            else:
                self._refuse(change, failure)
        again.extend(self._restoration(bereft))
        for failure in self._carry_out(again):
            change, body = again[failure.position]
            # A server may have been put back before its service was found to be gone.
            if (body[0], failure.errno) != (ipvs.NEW_DESTINATION, errno.EEXIST):
                self._refuse(change, failure)

    def found(self, keys: Collection[ServiceKey]) -> list[Service | Server]:
        """Give what the kernel has under these services, and remember what is whose."""
        found: list[Service | Server] = []
        for key, service, destinations in self._dump(keys):
            kept = self._kept_of(key)
            kept.service = _service_resource(key, service)
            found.append(kept.service)
            for destination in destinations:
                server = _server_resource(key, destination)
                if server is not None:
                    kept.servers[(destination.address, destination.port)] = server
                    found.append(server)
        return found

    def statistics(self, keys: Collection[ServiceKey]) -> dict[Key, dict[str, int]]:
        """Read the counters of these services and their servers, by the resources' keys."""
        counts: dict[Key, dict[str, int]] = {}
        for key, service, destinations in self._dump(keys):
            counts[(Service, key)] = service.counters
            servers = self._kept_of(key).servers
            for d in destinations:
                server = servers.get((d.address, d.port))
                counts[server.key if server else (Server, key, d.address, d.port)] = {
                    "active_connections": d.active_connections,
                    "inactive_connections": d.inactive_connections,
                    "persistent_connections": d.persistent_connections,
                    **d.counters,
                }
        return counts

    def _resolve(self) -> bool:
        question = generic.encode_question(ipvs.FAMILY_NAME)
        dump = self._socket.ask(Request(generic.CONTROLLER, question))
        for message in dump.messages:
            self._family = generic.decode_answer(message, ipvs.FAMILY_NAME) or self._family
        return self._family != 0

    def _carry_out(self, steps: Sequence[Step]) -> list[Failure]:
        return self._socket.carry_out(Request(self._family, body) for _, body in steps)

    def _kept_of(self, key: ServiceKey) -> _Kept:
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = _Kept(key)
        return kept

    def _stands(self, key: ServiceKey) -> bool:
        kept = self._kept.get(key)
        return kept is not None and kept.service is not None

    def _steps(self, changes: Sequence[Change]) -> Iterator[Step]:
        last_removal: dict[ServiceKey, int] = {}
        for position, change in enumerate(changes):
            if isinstance(change, Remove) and isinstance(change.resource, Service):
                last_removal[change.resource.service] = position
        key: ServiceKey | None = None
        leaves = -1
        for position, change in enumerate(changes):
            resource = change.new if isinstance(change, Replace) else change.resource
            assert isinstance(resource, Service | Server), f"neither service nor server: {change}"
            # Neighbours are mostly of one service, and hashing its key is dear.
            if resource.service is not key:
                key = resource.service
                kept = self._kept_of(key)
                leaves = last_removal.get(key, -1)
            match change:
                case Install(Server() as server):
                    yield _put_server(kept, change, server, ipvs.NEW_DESTINATION)
                case Install(Service() as service):
                    yield _put_service(kept, change, service, ipvs.NEW_SERVICE)
                case Replace(_, Service() as service):
                    yield _put_service(kept, change, service, ipvs.SET_SERVICE)
                case Remove(Service()):
                    del self._kept[key]
                    key = None
                    yield change, ipvs.encode_command(ipvs.DEL_SERVICE, kept.named)
                case Replace(Server() as old, Server() as new):
                    if _spot(old) != _spot(new):
                        yield from _drop_server(kept, change, old)
                    yield _put_server(kept, change, new, ipvs.SET_DESTINATION)
                case Remove(Server() as server) if leaves < position:
                    yield from _drop_server(kept, change, server)
                case Remove(Server() as server):
                    # Its service goes in the same stroke, and takes it along.
                    kept.servers.pop(_spot(server), None)

    def _restoration(self, bereft: Collection[ServiceKey]) -> Iterator[Step]:
        """Build up services anew, with all their servers: somebody cleared the table."""
        for key in bereft:
            kept = self._kept[key]
            assert kept.service is not None
            change = Install(kept.service)
            yield _put_service(kept, change, kept.service, ipvs.NEW_SERVICE)
            for server in list(kept.servers.values()):
                yield _put_server(kept, Install(server), server, ipvs.NEW_DESTINATION)

    def _dump(
        self, keys: Collection[ServiceKey]
    ) -> Iterator[tuple[ServiceKey, IpvsService, list[IpvsDestination]]]:
        """Read the services of these keys, each with its destinations; others are not looked at."""
        if not keys or (not self._family and not self.available()):
            return
        wanted = set(keys)
        question = Request(self._family, ipvs.encode_command(ipvs.GET_SERVICE))
        for message in self._socket.dump(question).messages:
            service = ipvs.decode_service(message)
            if service is None:
                continue
            key = ServiceKey(
                service.family, service.protocol, service.address, service.port, service.mark
            )
            if key in wanted:
                yield key, service, self._destinations(key)

    def _destinations(self, key: ServiceKey) -> list[IpvsDestination]:
        body = self._kept_of(key).named
        question = Request(self._family, ipvs.encode_command(ipvs.GET_DESTINATION, body))
        read = [
            ipvs.decode_destination(message, key.family)
            for message in self._socket.dump(question).messages
        ]
        return [destination for destination in read if destination is not None]

    def _refuse_all(self, changes: Sequence[Change], why: str) -> None:
        for change in changes:
            self._reactor.post(Refused(change, errno.EPROTONOSUPPORT, why))

    def _refuse(self, change: Change, failure: Failure) -> None:
        if isinstance(change, Install) and isinstance(change.resource, Service):
            self._kept_of(change.resource.service).service = None
        elif isinstance(change, Replace) and isinstance(change.old, Service):
            self._kept_of(change.old.service).service = change.old
        self._reactor.post(Refused(change, failure.errno, _sentence(change, failure)))


def _put_service(kept: _Kept, change: Change, service: Service, command: int) -> Step:
    key = service.service
    kept.service = service
    body = ipvs.encode_service(
        kept.naming,
        key.family,
        service.scheduler,
        service.flags | (ipvs.PERSISTENT if service.persistence_s else 0),
        service.persistence_s,
        service.granularity,
    )
    return change, ipvs.encode_command(command, body)


def _put_server(kept: _Kept, change: Change, server: Server, command: int) -> Step:
    spot = _spot(server)
    kept.servers[spot] = server
    body = kept.named + ipvs.encode_destination(
        family_of(server.address),
        server.address,
        spot[1],
        _FORWARDING[server.forwarding],
        server.weight,
        server.upper_threshold,
        server.lower_threshold,
    )
    return change, ipvs.encode_command(command, body)


def _drop_server(kept: _Kept, change: Change, server: Server) -> Iterator[Step]:
    spot = _spot(server)
    # With DR and TUN two ports of one server are one entry: whoever put it last keeps it.
    if kept.servers.get(spot, server).key != server.key:
        return
    kept.servers.pop(spot, None)
    body = kept.named + ipvs.encode_destination_key(
        family_of(server.address), server.address, spot[1]
    )
    yield change, ipvs.encode_command(ipvs.DEL_DESTINATION, body)


def _service_of(change: Change) -> ServiceKey:
    resource = change.new if isinstance(change, Replace) else change.resource
    assert isinstance(resource, Service | Server)
    return resource.service


def _spot(server: Server) -> Spot:
    """Say where the kernel keeps a server: only NAT can alter the port that a client asked for."""
    port = server.port if server.forwarding is Forwarding.NAT else server.service.port
    return (server.address, port)


def _service_resource(key: ServiceKey, service: IpvsService) -> Service:
    persistent = bool(service.flags & ipvs.PERSISTENT)
    return Service(
        key,
        service.scheduler,
        service.timeout_s if persistent else 0,
        -1 if service.prefix == key.family.bits else service.prefix,
        service.flags & ~ipvs.PERSISTENT,
    )


def _server_resource(key: ServiceKey, destination: IpvsDestination) -> Server | None:
    """Give a destination in our words; None for a kind of forwarding that we have no word for."""
    forwarding = _FORWARDED.get(destination.forwarding)
    if forwarding is None:
        return None
    return Server(
        key,
        destination.address,
        destination.port,
        destination.weight,
        forwarding,
        destination.upper_threshold,
        destination.lower_threshold,
    )


def _load_module(name: str) -> bool:
    """Ask modprobe for a module, where there is a modprobe; say whether it found it."""
    program = next((path for path in _MODPROBE if os.access(path, os.X_OK)), None)
    if program is None:
        return False
    try:
        process = os.posix_spawn(program, [program, "-q", name], os.environ)
        _, status = os.waitpid(process, 0)
    except OSError:
        return False
    return status == 0


def service_text(key: ServiceKey) -> str:
    """Name a service as an operator would."""
    if key.mark:
        return f"fwmark {key.mark}" + (" (IPv6)" if key.family is Family.INET6 else "")
    assert key.address is not None
    host = f"[{key.address}]" if key.family is Family.INET6 else str(key.address)
    protocol = {socket.IPPROTO_TCP: "TCP", socket.IPPROTO_UDP: "UDP"}.get(key.protocol, "")
    return f"{protocol} {host}:{key.port}".strip()


def _sentence(change: Change, failure: Failure) -> str:
    """Say what was refused, why, and what would help."""
    resource = change.new if isinstance(change, Replace) else change.resource
    assert isinstance(resource, Service | Server)
    what = f"service {service_text(resource.service)}"
    is_service = isinstance(resource, Service)
    if isinstance(resource, Server):
        what += f", server {resource.address} port {resource.port}"
    match failure.errno:
        case errno.ENOENT if isinstance(resource, Service):
            name = resource.scheduler
            return f"{what}: the kernel has no scheduler '{name}': load ip_vs_{name}"
        case errno.ENOENT:
            return f"{what}: the kernel does not have this server"
        case errno.ESRCH:
            return f"{what}: the kernel does not have this service"
        case errno.EPERM:
            return f"{what}: not permitted; keepalived needs root or CAP_NET_ADMIN"
        case errno.EAFNOSUPPORT:
            return f"{what}: this kernel's ip_vs has no IPv6"
        case errno.EINVAL if not is_service:
            return f"{what}: the kernel calls it invalid; server and service must be of one family"
        case errno.EINVAL:
            return f"{what}: the kernel calls it invalid ({failure.text or 'no detail given'})"
        case number:
            return f"{what}: {failure.text or os.strerror(number)}"
