"""The load balancer's table in the kernel's IPVS: services and servers, by netlink in batches.

Rule: this plane alters nothing but entries of the services it was told of. "Is there already" and
"is gone already" are not failures: the kernel is then made to agree.
"""

from __future__ import annotations

import errno
import os
import socket
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
from keepalived.records import dataclass
from keepalived.wire.addresses import Address, Family, family_of
from keepalived.wire.netlink import generic, ipvs
from keepalived.wire.netlink.ipvs import IpvsDestination, IpvsService

Key = tuple[object, ...]
Spot = tuple[ServiceKey, Address, int]
"""What the kernel calls one destination: service, address, and the port as it keeps it."""

_FORWARDING = {Forwarding.NAT: ipvs.NAT, Forwarding.DR: ipvs.DIRECT, Forwarding.TUN: ipvs.TUNNEL}
_FORWARDED = {number: forwarding for forwarding, number in _FORWARDING.items()}
_NETLINK_GENERIC = 16
_MODPROBE = ("/usr/sbin/modprobe", "/sbin/modprobe")


@dataclass(frozen=True, slots=True)
class _Step:
    """One command, the change it serves, and what to do if it meets a kernel that is elsewhere."""

    change: Change
    command: int
    body: bytes
    fine: tuple[int, ...] = ()
    """Errors that mean the kernel is as wanted already."""
    instead: tuple[int, int] | None = None
    """An error, and the command that after it brings the kernel to what is wanted."""


class IpvsPlane:
    """The table in this network namespace's IPVS."""

    name = "ipvs"

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self._socket = NetlinkSocket(_NETLINK_GENERIC)
        self._family = 0
        self._service_keys: dict[ServiceKey, bytes] = {}
        self._services: dict[ServiceKey, Service] = {}
        self._spots: dict[Spot, Server] = {}

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
        again: list[_Step] = []
        bereft: dict[ServiceKey, None] = {}
        for position, failure in self._carry_out(steps):
            step = steps[position]
            if step.instead is not None and step.instead[0] == failure.errno:
                again.append(_Step(step.change, step.instead[1], step.body))
            elif failure.errno in step.fine:
                continue
            elif failure.errno == errno.ESRCH and _service_of(step.change) in self._services:
                bereft[_service_of(step.change)] = None
            else:
                self._refuse(step.change, failure)
        again.extend(self._restoration(bereft))
        for position, failure in self._carry_out(again):
            if failure.errno not in again[position].fine:
                self._refuse(again[position].change, failure)

    def found(self, keys: Collection[ServiceKey]) -> list[Service | Server]:
        """Give what the kernel has under these services, and remember what is whose."""
        found: list[Service | Server] = []
        for key, service, destinations in self._dump(keys):
            self._services[key] = _service_resource(key, service)
            found.append(self._services[key])
            for destination in destinations:
                server = _server_resource(key, destination)
                if server is not None:
                    self._spots[(key, destination.address, destination.port)] = server
                    found.append(server)
        return found

    def statistics(self, keys: Collection[ServiceKey]) -> dict[Key, dict[str, int]]:
        """Read the counters of these services and their servers, by the resources' keys."""
        counts: dict[Key, dict[str, int]] = {}
        for key, service, destinations in self._dump(keys):
            counts[(Service, key)] = service.counters
            for d in destinations:
                server = self._spots.get((key, d.address, d.port))
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

    def _carry_out(self, steps: Sequence[_Step]) -> Iterator[tuple[int, Failure]]:
        family = self._family
        requests = [Request(family, ipvs.encode_command(s.command, s.body)) for s in steps]
        for failure in self._socket.carry_out(requests):
            yield failure.position, failure

    def _steps(self, changes: Sequence[Change]) -> Iterator[_Step]:
        last_removal: dict[ServiceKey, int] = {}
        for position, change in enumerate(changes):
            if isinstance(change, Remove) and isinstance(change.resource, Service):
                last_removal[change.resource.service] = position
        for position, change in enumerate(changes):
            match change:
                case Install(Service() as service):
                    yield self._put_service(change, service, ipvs.NEW_SERVICE)
                case Replace(_, Service() as service):
                    yield self._put_service(change, service, ipvs.SET_SERVICE)
                case Remove(Service() as service):
                    yield self._drop_service(change, service)
                case Install(Server() as server):
                    yield self._put_server(change, server, ipvs.NEW_DESTINATION)
                case Replace(Server() as old, Server() as new):
                    if _spot(old) != _spot(new):
                        yield from self._drop_server(change, old)
                    yield self._put_server(change, new, ipvs.SET_DESTINATION)
                case Remove(Server() as server):
                    dropped = list(self._drop_server(change, server))
                    # Unless its service goes in the same stroke, and takes it along.
                    if last_removal.get(server.service, -1) < position:
                        yield from dropped
                case _:
                    raise AssertionError(f"neither service nor server: {change}")

    def _put_service(self, change: Change, service: Service, command: int) -> _Step:
        key = service.service
        self._services[key] = service
        body = ipvs.encode_service(
            self._key_bytes(key),
            key.family,
            service.scheduler,
            service.flags | (ipvs.PERSISTENT if service.persistence_s else 0),
            service.persistence_s,
            service.granularity,
        )
        if command == ipvs.NEW_SERVICE:
            return _Step(change, command, body, instead=(errno.EEXIST, ipvs.SET_SERVICE))
        return _Step(change, command, body)

    def _drop_service(self, change: Change, service: Service) -> _Step:
        key = service.service
        body = ipvs.encode_service_key(self._key_bytes(key))
        self._service_keys.pop(key, None)
        self._services.pop(key, None)
        return _Step(change, ipvs.DEL_SERVICE, body, (errno.ESRCH,))

    def _put_server(self, change: Change, server: Server, command: int) -> _Step:
        spot = _spot(server)
        self._spots[spot] = server
        body = ipvs.encode_service_key(self._key_bytes(server.service)) + ipvs.encode_destination(
            family_of(server.address),
            server.address,
            spot[2],
            _FORWARDING[server.forwarding],
            server.weight,
            server.upper_threshold,
            server.lower_threshold,
        )
        if command == ipvs.NEW_DESTINATION:
            return _Step(change, command, body, instead=(errno.EEXIST, ipvs.SET_DESTINATION))
        return _Step(change, command, body, instead=(errno.ENOENT, ipvs.NEW_DESTINATION))

    def _drop_server(self, change: Change, server: Server) -> Iterator[_Step]:
        spot = _spot(server)
        # With DR and TUN two ports of one server are one entry: whoever put it last keeps it.
        if self._spots.get(spot, server).key != server.key:
            return
        self._spots.pop(spot, None)
        body = ipvs.encode_service_key(
            self._key_bytes(server.service)
        ) + ipvs.encode_destination_key(family_of(server.address), server.address, spot[2])
        yield _Step(change, ipvs.DEL_DESTINATION, body, (errno.ENOENT, errno.ESRCH))

    def _restoration(self, bereft: Collection[ServiceKey]) -> Iterator[_Step]:
        """Build up services anew, with all their servers: somebody cleared the table."""
        for key in bereft:
            service = self._services[key]
            yield self._put_service(Install(service), service, ipvs.NEW_SERVICE)
        for spot, server in list(self._spots.items()) if bereft else ():
            if spot[0] in bereft:
                step = self._put_server(Install(server), server, ipvs.NEW_DESTINATION)
                yield _Step(step.change, step.command, step.body, (errno.EEXIST,))

    def _key_bytes(self, key: ServiceKey) -> bytes:
        known = self._service_keys.get(key)
        if known is None:
            known = ipvs.encode_key(key.family, key.protocol, key.address, key.port, key.mark)
            self._service_keys[key] = known
        return known

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
        body = ipvs.encode_service_key(self._key_bytes(key))
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
            self._services.pop(change.resource.service, None)
        elif isinstance(change, Replace) and isinstance(change.old, Service):
            self._services[change.old.service] = change.old
        self._reactor.post(Refused(change, failure.errno, _sentence(change, failure)))


def _service_of(change: Change) -> ServiceKey:
    resource = change.new if isinstance(change, Replace) else change.resource
    assert isinstance(resource, Service | Server)
    return resource.service


def _spot(server: Server) -> Spot:
    """Say where the kernel keeps a server: only NAT can alter the port that a client asked for."""
    port = server.port if server.forwarding is Forwarding.NAT else server.service.port
    return (server.service, server.address, port)


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
