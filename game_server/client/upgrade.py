"""Whether the answer to a request for a WebSocket is one, sans-I/O."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Final

from game_server.client.connect_error import NotLetIn
from game_server.client.connection import NO_ROOM, REDIRECTS

_BEGINNING: Final = b"HTTP/1."
_END: Final = b"\r\n\r\n"
_MOST: Final = 65_536
"""Bytes of a head that is no end of one."""
_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, section 1.3."""
_QUESTION: Final = "is that a game server?"


def split_head(data: bytes) -> tuple[bytes, bytes] | None:
    """The head of an HTTP answer, and what follows it; None while more has to come.

    Raises:
        NotLetIn: it is no HTTP, or has no end.
    """
    if not data.startswith(_BEGINNING[: len(data)]):
        raise NotLetIn(f"could not connect: an answer that is no HTTP; {_QUESTION}")
    head, end, rest = data.partition(_END)
    if end:
        return head, rest
    if len(data) > _MOST:
        raise NotLetIn(f"could not connect: an answer without end; {_QUESTION}")
    return None


def check_head(head: bytes, key: str, subprotocol: str = "") -> None:
    """Whether it agrees to the upgrade.

    Args:
        key: the Sec-WebSocket-Key of the request; empty for any.
        subprotocol: that it has to choose; empty for any.

    Raises:
        NotLetIn: it does not.
    """
    status, *lines = head.decode("latin-1").split("\r\n")
    found = re.match(r"HTTP/1\.\d (\d{3})", status)
    number = int(found[1]) if found else 0
    if number in NO_ROOM:
        raise NotLetIn(f"turned away with {status[:60]!a} instead of a WebSocket", turned_away=True)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if number in REDIRECTS and headers.get("location", "").startswith("https://"):
        raise NotLetIn("could not connect: it speaks TLS: write https:// instead of http://")
    if number != 101:
        raise NotLetIn(f"could not connect: {status[:60]!a} instead of a WebSocket; {_QUESTION}")
    if subprotocol and headers.get("sec-websocket-protocol") != subprotocol:
        raise NotLetIn(f"could not connect: the server does not speak {subprotocol}; {_QUESTION}")
    if key and headers.get("sec-websocket-accept") != accept_of(key):
        raise NotLetIn(f"could not connect: the answer is to another request than ours; {_QUESTION}")


def accept_of(key: str) -> str:
    """The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key."""
    return base64.b64encode(hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest()).decode()


def key_in(request: bytes) -> str:
    """The Sec-WebSocket-Key of a request."""
    found = re.search(rb"\r\nsec-websocket-key: *(\S+)", request, re.IGNORECASE)
    return found[1].decode("latin-1") if found else ""
