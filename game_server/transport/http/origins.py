"""Origins and names of hosts: the rules of docs/PROTOCOL.md section 1 on which pages may open a WebSocket."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from game_server.errors import ConfigError

ANY_ORIGIN: Final = "*"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST_NAME: Final = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*|[0-9a-f:.]*:[0-9a-f:.]*")
_AUTHORITY: Final = re.compile(r"(?:\[[^\[\]]*\]|[^\[\]:]*)(?::[0-9]*)?")
"""A host and a port (RFC 3986 section 3.2); `urlsplit` takes ``[::1].evil.example`` for ``::1``."""
_NEVER_IN_A_HOST: Final = frozenset("/\\?#@ <>^|")
"""Forbidden host code points of the WHATWG's URL standard, but for those of `_AUTHORITY`: no browser sends them."""
_PORT: Final = re.compile(r":[0-9]*$")
_NUMERIC: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")
"""Hosts that browsers take for IPv4 addresses (WHATWG URL, "ends in a number checker")."""
_DEVIATIONS: Final = frozenset("ßς\u200c\u200d")
"""Characters that browsers keep, and that Python's codec, which is of IDNA 2003, replaces (UTS 46)."""


class Origin(NamedTuple):
    """Scheme, host and port of a page (RFC 6454); the port is never left out."""

    scheme: str
    host: str
    port: int


def parse_origin(text: str) -> Origin | None:
    """Read ``https://play.example:8443``; None for what is no origin of a web page, ``null`` included."""
    scheme, separator, authority = text.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in _DEFAULT_PORTS:
        return None
    address = _parse_authority(authority, _DEFAULT_PORTS[scheme])
    return None if address is None else Origin(scheme, *address)


def public_url(text: str) -> str:
    """Write the address of a proxy as the origin of its pages: ``https://play.example:8443``, without a default port.

    Raises:
        ConfigError: it has a path, or is no such address at all.
    """
    return _canonical(text, "public URL")


def page_origin(text: str) -> str:
    """Write the origin ``text``, as a person typed it, in the way of browsers; `ANY_ORIGIN` stays.

    Raises:
        ConfigError: it has a path, or is no origin at all.
    """
    return text if text == ANY_ORIGIN else _canonical(text, "origin")


def _canonical(text: str, what: str) -> str:
    ascii_text = _in_ascii(text.removesuffix("/"))
    origin = None if ascii_text is None else parse_origin(ascii_text)
    if origin is None or origin.port == 0 or not _HOST_NAME.fullmatch(origin.host):
        raise ConfigError(
            f"{what} {text!r} cannot be used: write it as the browser's address bar has it, "
            "https://play.example or https://play.example:8443, without a path"
        )
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    port = "" if origin.port == _DEFAULT_PORTS[origin.scheme] else f":{origin.port}"
    return f"{origin.scheme}://{host}{port}"


def _in_ascii(text: str) -> str | None:
    """``text`` with the letters of its host as browsers send them, ``xn--...``; None where Python cannot know those."""
    if text.isascii():
        return text
    scheme, separator, authority = text.partition("://")
    port = _PORT.search(authority)
    host = authority[: port.start()] if port else authority
    if _DEVIATIONS & set(host):
        return None
    try:
        return f"{scheme}{separator}{host.encode('idna').decode()}{port[0] if port else ''}"
    except UnicodeError:
        return None


def origin_allowed(origin: str, host: str, allowed: Iterable[str]) -> bool:
    """Whether a page at ``origin`` may connect to the server that it calls ``host`` (the Host header).

    A Host without a port means the default port of the page's own scheme: behind a proxy that ends TLS
    the page is https while this server sees plain HTTP.
    """
    allowed = tuple(allowed)
    if ANY_ORIGIN in allowed:
        return True
    page = parse_origin(origin)
    if page is None:
        return False
    if _parse_authority(host, _DEFAULT_PORTS[page.scheme]) == (page.host, page.port):
        return True
    return page in map(parse_origin, allowed)


def sharing(origins: Sequence[bytes], allowed: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The headers of a file that let pages of ``allowed`` origins import it (CORS, of the WHATWG's Fetch standard).

    These are the pages that may open a WebSocket. To any other, the files say nothing of a server in a network that it
    cannot reach by itself.

    Args:
        origins: lines of the request's Origin header.
    """
    allowed = tuple(allowed)
    if ANY_ORIGIN in allowed:
        return (("Access-Control-Allow-Origin", ANY_ORIGIN),)
    if not allowed:
        return ()
    differs = ("Vary", "Origin")
    text = origins[0].decode("latin-1") if len(origins) == 1 else ""
    page = parse_origin(text)
    if page is None or page not in map(parse_origin, allowed):
        return (differs,)
    return (("Access-Control-Allow-Origin", text), differs)


def host_allowed(host: str, allowed: Iterable[str]) -> bool:
    """Whether ``host``, the Host header of a browser's request, is a name of this server.

    A stranger's page can make its own name resolve to this server, and has the same origin as its answers then (DNS
    rebinding). It cannot do that with an address, nor with a name that no public name server knows: ``localhost``, one
    without a dot, or one of the local link (RFC 6761, RFC 6762). Any other has to be in an origin that is ``allowed``.
    """
    allowed = tuple(allowed)
    if ANY_ORIGIN in allowed:
        return True
    authority = _parse_authority(host, _DEFAULT_PORTS["http"])
    if authority is None:
        return False
    name = authority[0].removesuffix(".")
    if _is_address(name) or "." not in name or name.endswith((".localhost", ".local")):
        return True
    return any(origin.host == name for origin in map(parse_origin, allowed) if origin)


def _is_address(name: str) -> bool:
    try:
        ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


def _parse_authority(text: str, default_port: int) -> tuple[str, int] | None:
    if not text.isascii() or not text.isprintable() or _NEVER_IN_A_HOST & set(text):
        return None
    if not _AUTHORITY.fullmatch(text):
        return None
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    host = _plain_host(host or "")
    return (host, default_port if port is None else port) if host else None


def _plain_host(host: str) -> str | None:
    """``host`` in one way of writing it: an address has many; None for an IPv4 address with parts left out."""
    if ":" not in host and not _NUMERIC.fullmatch(host):
        return host
    try:
        return host if "%" in host else str(ip_address(host))
    except ValueError:
        return None
