"""Keys of addresses, by which every budget, limit, ban and kick of an address goes."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias

IPV6_PREFIX: Final = 64
"""Bits of the network that one subscriber has; the others of an address are theirs to choose (RFC 4291)."""
IPV6_SITE_PREFIX: Final = 48
"""Bits of the largest network that one end site is given (RFC 6177): its owner has 65,536 times a /64."""

_KNOWN: Final = 4096
"""Addresses whose keys are remembered: as many as there may be connections."""

Keys: TypeAlias = tuple[str, ...]
"""Networks that something is charged to, the narrowest first; empty where nothing is charged."""


@lru_cache(_KNOWN)
def address_key(host: str) -> str:
    """The key that ``host`` shares with the other addresses of the same subscriber.

    An IPv4 address is its own key, also where IPv6 maps it, and so is an IPv6 address of this machine or of the local
    link; any other goes by its network, ``2001:db8::/64``. What is no address at all, such as the
    empty one of a Unix socket, is its own key, too.
    """
    address = _read(host)
    if address is None:
        return host
    if isinstance(address, IPv4Address) or address.is_loopback or address.is_link_local:
        return str(address)
    return str(IPv6Network((int(address), IPV6_PREFIX), strict=False))


@lru_cache(_KNOWN)
def address_keys(host: str) -> Keys:
    """The `address_key`, and behind it the network of the whole site where the subscriber may have one."""
    key, address = address_key(host), _read(host)
    if not isinstance(address, IPv6Address) or address.is_loopback or address.is_link_local:
        return (key,)
    return key, str(IPv6Network((int(address), IPV6_SITE_PREFIX), strict=False))


def is_within(host: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    """Whether ``host`` is an address in one of ``networks``."""
    address = _read(host)
    return address is not None and any(address in network for network in networks)


def _read(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
