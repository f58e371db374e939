"""Whom an address stands for: the key of every limit, ban and kick that goes by address."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Final

IPV6_PREFIX: Final = 64
"""Bits of an IPv6 address that one subscriber has; the rest anybody may choose anew for each connection (RFC 4291)."""


@lru_cache(maxsize=4096)
def address_key(host: str) -> str:
    """What ``host`` shares with whatever else the same subscriber connects from.

    An IPv4 address is its own key, also where IPv6 maps it, and so is an IPv6 address of this machine or of the local
    link; any other goes by its network, ``2001:db8::/64``. What is no address at all, the empty one of a connection
    that does not tell, is its own key, too.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    if address.is_loopback or address.is_link_local:
        return str(address)
    return str(IPv6Network((int(address), IPV6_PREFIX), strict=False))
