"""The client's side of the WebSocket handshake (RFC 6455, section 4.1), sans-I/O."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import Final

from game_server.client.connect_error import ConnectError

_HEAD_START: Final = b"HTTP/1."
_HEAD_END: Final = b"\r\n\r\n"
_MAX_HEAD_BYTES: Final = 65_536
"""No server of ours sends a longer head; without a limit a stranger's endless answer would fill the memory."""
_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, section 1.3."""
_NO_ROOM: Final = (429, 503)
"""HTTP statuses of a server that has no room for another connection."""
_REDIRECTS: Final = (301, 302, 307, 308)
_HINT: Final = "is that a game server?"


def upgrade_request(authority: str, path: str, key: str, subprotocol: str = "") -> bytes:
    """Return the request for a WebSocket.

    Args:
        authority: host and port, for the Host header.
        key: the Sec-WebSocket-Key, from `new_key`.
        subprotocol: to ask for; empty for none.
    """
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {authority}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
    ]
    if subprotocol:
        lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    return "\r\n".join((*lines, "", "")).encode()


def split_head(data: bytes) -> tuple[bytes, bytes] | None:
    """Split an HTTP response into its head and what follows; None if more bytes are needed.

    Raises:
        ConnectError: it is not HTTP, or the head is longer than 64 KiB.
    """
    if not data.startswith(_HEAD_START[: len(data)]):
        raise ConnectError(f"could not connect: the answer is not HTTP; {_HINT}")
    head, end, rest = data.partition(_HEAD_END)
    if end:
        return head, rest
    if len(data) > _MAX_HEAD_BYTES:
        raise ConnectError(f"could not connect: the answer does not end; {_HINT}")
    return None


def check_head(head: bytes, key: str, subprotocol: str = "") -> None:
    """Check that the head of a response accepts the upgrade.

    Args:
        key: the Sec-WebSocket-Key of the request; empty to accept any.
        subprotocol: that the server must have chosen; empty to accept any.

    Raises:
        ConnectError: it does not accept it.
    """
    status, *lines = head.decode("latin-1").split("\r\n")
    found = re.match(r"HTTP/1\.\d (\d{3})", status)
    number = int(found[1]) if found else 0
    if number in _NO_ROOM:
        raise ConnectError(f"turned away with {status[:60]!a} instead of a WebSocket", turned_away=True)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if number in _REDIRECTS and headers.get("location", "").startswith("https://"):
        raise ConnectError("could not connect: it speaks TLS: write https:// instead of http://")
    if number != 101:
        raise ConnectError(f"could not connect: {status[:60]!a} instead of a WebSocket; {_HINT}")
    if subprotocol and headers.get("sec-websocket-protocol") != subprotocol:
        raise ConnectError(f"could not connect: the server does not speak {subprotocol}; {_HINT}")
    if key and headers.get("sec-websocket-accept") != accept_of(key):
        raise ConnectError(f"could not connect: the answer belongs to another request; {_HINT}")


def new_key() -> str:
    """Return a fresh Sec-WebSocket-Key: 16 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(16)).decode()


def accept_of(key: str) -> str:
    """Return the Sec-WebSocket-Accept that answers a Sec-WebSocket-Key."""
    return base64.b64encode(hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest()).decode()


def key_in(request: bytes) -> str:
    """Return the Sec-WebSocket-Key of a request; empty if it has none."""
    found = re.search(rb"\r\nsec-websocket-key: *(\S+)", request, re.IGNORECASE)
    return found[1].decode("latin-1") if found else ""
