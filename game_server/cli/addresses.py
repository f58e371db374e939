"""The addresses at which other machines reach this one, the best first."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Final, Literal, TypeAlias

import attrs

Ip: TypeAlias = IPv4Address | IPv6Address
Version: TypeAlias = Literal[4, 6]

_HOMES: Final[tuple[IPv4Network | IPv6Network, ...]] = (
    IPv4Network("192.168.0.0/16"),
    IPv4Network("10.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv6Network("fc00::/7"),
)
"""Private networks (RFC 1918, RFC 4193), the likeliest first."""
_IFF_UP: Final = 0x1
_IFF_POINTOPOINT: Final = 0x10
_HAS_LENGTH: Final = not sys.platform.startswith("linux")
"""Whether a ``struct sockaddr`` begins with its length, as on the BSDs and macOS."""
_FAMILIES: Final[dict[Version, int]] = {4: socket.AF_INET, 6: socket.AF_INET6}
_ELSEWHERE: Final[dict[Version, str]] = {4: "192.0.2.1", 6: "2001:db8::1"}
"""Addresses that no machine has (RFC 5737, RFC 3849), for finding the default route."""


@attrs.frozen
class Found:
    """An address of this machine.

    Attributes:
        ip: the address.
        bridge: whether its interface joins virtual machines or containers of this machine.
        tunnel: whether its interface leads to one other machine, as that of a VPN does.
    """

    ip: Ip
    bridge: bool = False
    tunnel: bool = False


def wildcard(host: str) -> Version | None:
    """Return the IP version if ``host`` means every address of this machine, as 0.0.0.0 does; otherwise None."""
    with suppress(OSError, UnicodeError):
        for _, _, _, _, name in socket.getaddrinfo(host, 0, flags=socket.AI_NUMERICHOST):
            if (ip := ip_address(name[0])).is_unspecified:
                return 4 if ip.version == 4 else 6
    return None


def reachable(found: Iterable[Found], routed: Ip | None, version: Version) -> list[Ip]:
    """Return the addresses that a phone in the same network can open, the best first.

    Without loopback addresses, link-local IPv6 addresses, which no browser opens, and bridges inside this machine.

    Args:
        found: all addresses of this machine.
        routed: the address of the default route: most likely in the phone's network, unless it is a tunnel's.
        version: of the addresses to return.
    """
    tunnels = {item.ip: item.tunnel for item in found if not item.bridge}
    if routed:
        tunnels.setdefault(routed, False)
    ips = [ip for ip in tunnels if ip.version == version and _opens(ip)]
    return sorted(ips, key=lambda ip: (tunnels[ip], *_rank(ip, routed)))


def reachable_here(version: Version) -> list[Ip]:
    """Return the addresses of this machine that others can open, the best first; sends nothing."""
    return reachable(read_addresses(), routed_address(version), version)


def _opens(ip: Ip) -> bool:
    link_local = ip.version == 6 and ip.is_link_local
    return not (ip.is_loopback or ip.is_unspecified or ip.is_multicast or link_local)


def _rank(ip: Ip, routed: Ip | None) -> tuple[int, bool, int]:
    """Order addresses: private, then public, then link-local, which a machine assigns itself without a DHCP server."""
    home = next((place for place, network in enumerate(_HOMES) if ip in network), len(_HOMES))
    private = home < len(_HOMES)
    return (0 if private else 2 if ip.is_link_local else 1, ip != routed, home << 128 | int(ip))


def routed_address(version: Version) -> Ip | None:
    """Return the address from which this machine reaches other networks; None if it does not.

    Connecting a UDP socket chooses its address, and sends nothing.
    """
    with suppress(OSError), socket.socket(_FAMILIES[version], socket.SOCK_DGRAM) as probe:
        probe.connect((_ELSEWHERE[version], 9))
        return ip_address(probe.getsockname()[0])
    return None


class _Interface(ctypes.Structure):
    """The beginning of ``struct ifaddrs``, which Linux, macOS and the BSDs share."""


_Interface._fields_ = [
    ("next", ctypes.POINTER(_Interface)),
    ("name", ctypes.c_char_p),
    ("flags", ctypes.c_uint),
    ("address", ctypes.c_void_p),
]


def read_addresses() -> list[Found]:
    """Return the addresses of all interfaces that are up, by ``getifaddrs(3)``; empty if the system lacks it."""
    try:
        libc = ctypes.CDLL(None)
        getifaddrs, freeifaddrs = libc.getifaddrs, libc.freeifaddrs
    except (OSError, AttributeError, TypeError):
        return []
    freeifaddrs.argtypes = [ctypes.POINTER(_Interface)]
    freeifaddrs.restype = None
    first = ctypes.POINTER(_Interface)()
    if getifaddrs(ctypes.byref(first)) != 0:
        return []
    try:
        return [
            Found(ip, bridge=_is_bridge(item.name), tunnel=bool(item.flags & _IFF_POINTOPOINT))
            for item in _walk(first)
            if item.flags & _IFF_UP and (ip := _ip(item.address))
        ]
    finally:
        freeifaddrs(first)


def _walk(item: ctypes._Pointer[_Interface]) -> Iterator[_Interface]:
    while item:  # type: ignore[truthy-bool]  # a null pointer is false
        yield item.contents
        item = item.contents.next


def _is_bridge(interface: bytes) -> bool:
    """Return whether Linux says that it is a bridge; False on other systems."""
    return Path("/sys/class/net", os.fsdecode(interface), "bridge").exists()


def _ip(address: int | None) -> Ip | None:
    """Read a ``struct sockaddr``: two bytes of family, or one byte of length and one of family (`_HAS_LENGTH`)."""
    if not address:
        return None
    head = ctypes.string_at(address, 2)
    family = head[1] if _HAS_LENGTH else int.from_bytes(head, sys.byteorder)
    if family == socket.AF_INET:
        return IPv4Address(ctypes.string_at(address + 4, 4))
    if family == socket.AF_INET6:
        return IPv6Address(ctypes.string_at(address + 8, 16))
    return None
