"""Opens, empties and speaks through the sockets that adverts need, for either family.

Rule: one function a kind of socket. To a group: bound to a link, hop limit 255, nothing comes back
to us. To peers: bound to our source address, which need not be there yet; routed as any packet is.
"""

from __future__ import annotations

import _socket as socket
import struct
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from keepalived.port.effects import Send
from keepalived.port.events import DatagramHeard
from keepalived.port.reactor import Reactor
from keepalived.port.resources import Endpoint, VrrpEndpoint

CLASS_CS6 = 0xC0
"""The type of service of network control, in which adverts travel."""

_IP_FREEBIND = 15
_IP_MULTICAST_ALL = 49
_IPV6_CHECKSUM = 7
_IPV6_MULTICAST_ALL = 29
_IPV6_FREEBIND = 78
_SO_RCVBUFFORCE = 33
_SO_ATTACH_FILTER = 26
_GROUP_REQUEST = struct.Struct("=4s4si")
_GROUP_REQUEST_6 = struct.Struct("=16si")
_PACKET_INFO_6 = _GROUP_REQUEST_6
_HOP_LIMIT = struct.Struct("=i")
_CHECKSUM_OFFSET = 6
_VRRP = 112
_RETURN_NOTHING = struct.pack("=HBBI", 6, 0, 0, 0)
"""A socket filter of one instruction: keep 0 bytes of any packet."""
_ADVERT_HOPS = 255
_DATAGRAM_BYTES = 65535
_NOTE_BYTES = socket.CMSG_SPACE(_HOP_LIMIT.size) + socket.CMSG_SPACE(_PACKET_INFO_6.size)
_READS_AT_ONCE = 1024
"""So many, then the loop looks at its other sockets: a flood must not stop the clock."""

Pair = tuple[socket.socket, socket.socket]
"""The socket that says, and the one that hears."""


def open_pair(endpoint: VrrpEndpoint, index: int) -> Pair:
    """Open both sockets on the link of this number (0: on none); OSError where it cannot be."""
    made: list[socket.socket] = []
    try:
        if endpoint.group.version == 4:
            made.append(_say_4(endpoint, index))
            made.append(_hear_4(endpoint, index))
        else:
            made.append(_say_6(endpoint, index))
            made.append(_hear_6(endpoint, index))
    except OSError:
        for each in made:
            each.close()
        raise
    return made[0], made[1]


def drain(reactor: Reactor, endpoint: Endpoint, hear: socket.socket) -> None:
    """Post everything that waits in a socket of IPv4."""
    for _ in range(_READS_AT_ONCE):
        try:
            data = hear.recv(_DATAGRAM_BYTES)
        except OSError:
            return  # nothing waits, or the link is going: the monitor tells
        if len(data) >= 20:
            reactor.post(DatagramHeard(endpoint, _address_4(data[12:16]), data))


def drain_6(reactor: Reactor, endpoint: Endpoint, hear: socket.socket) -> None:
    """Post everything that waits in a socket of IPv6."""
    for _ in range(_READS_AT_ONCE):
        try:
            data, notes, _flags, sender = hear.recvmsg(_DATAGRAM_BYTES, _NOTE_BYTES)
        except OSError:
            return  # as above
        hops, target = None, None
        for level, kind, value in notes:
            if level != socket.IPPROTO_IPV6:
                continue
            if kind == socket.IPV6_HOPLIMIT:
                (hops,) = _HOP_LIMIT.unpack(value[:4])
            elif kind == socket.IPV6_PKTINFO:
                target = _address_6(value[:16])
        source = _sender_6(sender[0])
        reactor.post(DatagramHeard(endpoint, source, data, hops, target))


# The same few routers speak all day, and reading an address costs more than judging its advert.
_address_4 = lru_cache(256)(IPv4Address)
_address_6 = lru_cache(256)(IPv6Address)


@lru_cache(256)
def _sender_6(text: str) -> IPv6Address:
    return IPv6Address(text.partition("%")[0])


def say(speaker: socket.socket, send: Send, index: int) -> None:
    """Send one datagram; OSError where the kernel refuses."""
    target = send.target
    if target is None:
        speaker.send(send.data)
    elif target.version == 4:
        speaker.sendto(send.data, (str(target), 0))
    else:
        notes: list[tuple[int, int, bytes]] = []
        if send.source is not None:
            info = _PACKET_INFO_6.pack(send.source.packed, index)
            notes.append((socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, info))
        if send.hop_limit is not None:
            hops = _HOP_LIMIT.pack(send.hop_limit)
            notes.append((socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT, hops))
        speaker.sendmsg([send.data], notes, 0, (str(target), 0, 0, index))


def _say_4(endpoint: VrrpEndpoint, index: int) -> socket.socket:
    # IPPROTO_RAW: we write the IP header, and nothing is ever queued on this socket to be read.
    with _opened(socket.AF_INET, socket.IPPROTO_RAW, endpoint) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, CLASS_CS6)
        if endpoint.group.is_multicast:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
            here = _GROUP_REQUEST.pack(b"\0" * 4, b"\0" * 4, index)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, here)
    return made


def _hear_4(endpoint: VrrpEndpoint, index: int) -> socket.socket:
    group = endpoint.group
    with _opened(socket.AF_INET, endpoint.protocol, endpoint) as made:
        _widen(made, endpoint.receive_bytes)
        made.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
        if not group.is_multicast:
            made.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
        made.bind((str(group), 0))
        if group.is_multicast:
            join = _GROUP_REQUEST.pack(group.packed, b"\0" * 4, index)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, join)
    return made


def _say_6(endpoint: VrrpEndpoint, index: int) -> socket.socket:
    level = socket.IPPROTO_IPV6
    with _opened(socket.AF_INET6, endpoint.protocol, endpoint) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
        _sum_up(made, endpoint)
        made.setsockopt(level, _IPV6_FREEBIND, 1)
        made.setsockopt(level, socket.IPV6_TCLASS, CLASS_CS6)
        if endpoint.group.is_multicast:
            made.setsockopt(level, socket.IPV6_MULTICAST_HOPS, _ADVERT_HOPS)
            made.setsockopt(level, socket.IPV6_MULTICAST_LOOP, 0)
            made.setsockopt(level, socket.IPV6_MULTICAST_IF, index)
        _hear_nothing(made)
    return made


def _hear_6(endpoint: VrrpEndpoint, index: int) -> socket.socket:
    level, group = socket.IPPROTO_IPV6, endpoint.group
    with _opened(socket.AF_INET6, endpoint.protocol, endpoint) as made:
        _widen(made, endpoint.receive_bytes)
        made.setsockopt(level, _IPV6_MULTICAST_ALL, 0)
        _sum_up(made, endpoint)
        made.setsockopt(level, socket.IPV6_RECVHOPLIMIT, 1)
        made.setsockopt(level, socket.IPV6_RECVPKTINFO, 1)
        made.setsockopt(level, _IPV6_FREEBIND, 1)
        made.bind((str(group), 0, 0, index))
        if group.is_multicast:
            join = _GROUP_REQUEST_6.pack(group.packed, index)
            made.setsockopt(level, socket.IPV6_JOIN_GROUP, join)
    return made


def _sum_up(made: socket.socket, endpoint: VrrpEndpoint) -> None:
    """Let the kernel write and check the checksum of IPv6, which it alone knows all parts of."""
    if endpoint.protocol == _VRRP:
        made.setsockopt(socket.IPPROTO_IPV6, _IPV6_CHECKSUM, _CHECKSUM_OFFSET)


def _widen(made: socket.socket, receive_bytes: int) -> None:
    """Give a receive buffer its size, beyond the system's limit where we may."""
    if receive_bytes:
        try:
            made.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, receive_bytes)
        except OSError:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)


def _hear_nothing(made: socket.socket) -> None:
    """Drop all that arrives: this socket shares its protocol with the one that hears."""
    program = array("B", _RETURN_NOTHING)
    place, _length = program.buffer_info()
    made.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", 1, place))


@contextmanager
def _opened(family: int, protocol: int, endpoint: VrrpEndpoint) -> Iterator[socket.socket]:
    """Open a raw socket on the endpoint's link, if it has one; closed again if an option fails."""
    flags = socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
    made = socket.socket(family, socket.SOCK_RAW | flags, protocol)
    try:
        device = endpoint.link or endpoint.vrf
        if device:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode() + b"\0")
        yield made
    except OSError:
        made.close()
        raise
