"""Addresses of clients: the direct peer's, or the one that trusted proxies report in ``X-Forwarded-For``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final, NamedTuple, TypeAlias

from game_server.errors import ConfigError

Networks: TypeAlias = tuple[IPv4Network | IPv6Network, ...]

FORWARDED_FOR: Final = b"x-forwarded-for"
FORWARDING: Final = (FORWARDED_FOR, b"forwarded", b"x-real-ip", b"via")
"""Header names that proxies add."""

_ENTRY: Final = re.compile(
    rb"(?P<v4>[0-9.]{7,15})(?::(?P<port4>[0-9]{1,5}))?"
    rb"|\[(?P<v6>[0-9a-fA-F:.]{2,45})\](?::(?P<port6>[0-9]{1,5}))?"
    rb"|(?P<bare>[0-9a-fA-F:.]{2,45})"
)


class Address(NamedTuple):
    """Where a client is.

    ``host`` is an IP address as `ipaddress` writes it, or empty where there is none to know: at a Unix socket, say.
    ``port`` is None when a proxy did not report it. ``here`` is True for a peer on this very machine.
    """

    host: str
    port: int | None = None
    here: bool = False

    @classmethod
    def of_peer(cls, peer: Any, own: Any) -> Address:
        """Read the addresses of the two ends of a connection, as Python's sockets give them."""
        if not isinstance(peer, tuple):  # a Unix socket's peer has no address
            return UNKNOWN
        host = plain(peer[0])
        # A process that connects to an address of its own machine has, unless it binds another, that same address.
        return cls(host, peer[1], here=is_loopback(host) or host == plain(own[0]))

    def __str__(self) -> str:
        if not self.host:
            return "unknown address"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


UNKNOWN: Final = Address("")


def trusted_networks(texts: Iterable[str]) -> Networks:
    """The `networks` of proxies."""
    return networks(texts, "trusted proxy")


def networks(texts: Iterable[str], what: str) -> Networks:
    """Read ``127.0.0.1``, ``10.0.0.0/8``, ``fd00::/8``.

    Args:
        what: names them in the error: ``trusted proxy``.

    Raises:
        ConfigError: a text is no network.
    """
    return tuple(_network(text, what) for text in texts)


def client_address(direct: Address, forwarded: Sequence[bytes], trusted: Networks) -> Address:
    """The nearest address that is not a trusted proxy's.

    Every proxy appends the address it was called from, so the list is believed from its right end, and no further
    than the first entry that no trusted proxy vouches for: what stands left of that is the client's own invention.
    An entry that is no address ends the walk as well.

    Args:
        direct: the peer of the socket.
        forwarded: the lines of ``X-Forwarded-For`` in the order they came.
        trusted: networks of the proxies; without any, ``forwarded`` is ignored.
    """
    here = direct
    if trusted and forwarded:
        entries = b",".join(forwarded).split(b",")
        while entries and is_in(here, trusted):
            nearer = _read(entries.pop().strip(b" \t"))
            if nearer is None:
                break
            here = nearer
    return here


def plain(host: str) -> str:
    """``host`` in its one way of writing: an IPv4 address that IPv6 maps (``::ffff:1.2.3.4``) is written as IPv4."""
    try:
        return str(_unmapped(ip_address(host)))
    except ValueError:
        return host


def is_loopback(host: str) -> bool:
    """Whether ``host`` is an address that only this machine can call from."""
    return ip_address(host.partition("%")[0]).is_loopback


def may_read(direct: Address, client: Address, names: Iterable[bytes], allowed: Networks) -> bool:
    """Whether a client may read what is for this machine and for ``allowed`` networks.

    Args:
        direct: the peer of the socket.
        client: what `client_address` makes of it.
        names: of the request's headers, in lower case.
        allowed: networks beside this machine.
    """
    if any(name in FORWARDING for name in names):
        return client is not direct and is_in(client, allowed)
    return direct.here or is_in(direct, allowed)


def is_in(address: Address, networks: Networks) -> bool:
    """Whether ``address`` is known, and in one of ``networks``."""
    try:
        ip = ip_address(address.host)
    except ValueError:
        return False
    return any(ip in network for network in networks)


def _read(entry: bytes) -> Address | None:
    match = _ENTRY.fullmatch(entry)
    if match is None:
        return None
    given = match["port4"] or match["port6"]
    port = int(given) if given else None
    if port is not None and not 1 <= port <= 65535:
        return None
    try:
        ip = IPv4Address(match["v4"].decode()) if match["v4"] else IPv6Address((match["v6"] or match["bare"]).decode())
    except ValueError:
        return None
    return Address(str(_unmapped(ip)), port)


def _unmapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    return (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip


def _network(text: str, what: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(text, strict=False)
        address = ip_address(text.partition("/")[0])
    except ValueError as error:
        raise ConfigError(f"{what} {text!r} is not an address: write, for example, 127.0.0.1 or 10.0.0.0/8") from error
    if address != network.network_address:  # a scope, fe80::1%eth0, makes them differ as well
        raise ConfigError(f"{what} {text!r} is not a network: write {network} or {address}")
    if _unmapped(address) is not address:
        raise ConfigError(f"{what} {text!r} is an IPv4 network: write {_unmapped(address)}, with its own bits")
    return network
