"""The opening handshake of a WebSocket, checked before anything of it reaches the WebSocket library.

docs/PROTOCOL.md section 1 and RFC 6455 section 4.2.1.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

import attrs
import h11

from game_server.protocol import SUBPROTOCOL, SUBPROTOCOL_PREFIX, WEBSOCKET_PATH
from game_server.transport.http.origins import host_allowed, origin_allowed
from game_server.transport.http.request import Request
from game_server.transport.http.responses import Response, refusal

_OUR_PROTOCOL: Final = re.compile(re.escape(SUBPROTOCOL_PREFIX) + r"[0-9]{1,9}")
_ASCII_HEADERS: Final = (b"connection", b"host", b"upgrade", b"origin")
_UPGRADE: Final = (("Upgrade", "websocket"), ("Connection", "Upgrade"))


@attrs.frozen
class Upgrade:
    """A handshake that may be accepted.

    Attributes:
        key: the client's Sec-WebSocket-Key.
        subprotocol: the one to select; one of another version of the protocol is to be accepted, then closed with 4000.
    """

    key: str
    subprotocol: str

    def head(self) -> bytes:
        """Write the request head for the WebSocket library, with what was checked and nothing else.

        So no other byte of the peer's reaches a second parser, and no extension is ever negotiated.
        """
        request = h11.Request(
            method="GET",
            target=WEBSOCKET_PATH,
            headers=[
                ("Host", "localhost"),
                ("Upgrade", "websocket"),
                ("Connection", "Upgrade"),
                ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", self.key),
                ("Sec-WebSocket-Protocol", self.subprotocol),
            ],
        )
        return h11.Connection(h11.CLIENT).send(request)


def refuse_unknown_host(request: Request, origins: Iterable[str]) -> Response | None:
    """Return a refusal, if ``request`` is for a host whose name this server does not have (`host_allowed`).

    A request without a Host header is no browser's, and is not refused.
    """
    hosts = request.values(b"host")
    if not hosts or host_allowed(request.text(b"host") or "", origins):
        return None
    text = "this server does not go by that name; its host makes it known with --public-url or --origin"
    return refusal(HTTPStatus.MISDIRECTED_REQUEST, text)


def check_upgrade(request: Request, origins: Iterable[str]) -> Upgrade | Response:
    """Check a request for the WebSocket path; the answer is an upgrade or a refusal.

    Args:
        origins: pages allowed beside those of this host.
    """
    if request.method != "GET":
        return refusal(HTTPStatus.METHOD_NOT_ALLOWED, headers=(("Allow", "GET"),))
    for name, value in request.headers:
        if (name in _ASCII_HEADERS or name.startswith(b"sec-websocket-")) and not value.isascii():
            return _bad(f"the header {name.decode()} has bytes that are not ASCII")
    if not (request.http11 and _asks(request, b"upgrade", "websocket") and _asks(request, b"connection", "upgrade")):
        return refusal(HTTPStatus.UPGRADE_REQUIRED, "this path speaks WebSocket", headers=_UPGRADE)
    if request.has_body:
        return _bad("a handshake has no body")
    version = request.text(b"sec-websocket-version")
    if version is None:
        return _bad("the header Sec-WebSocket-Version is missing")
    if version != "13":
        headers = (*_UPGRADE, ("Sec-WebSocket-Version", "13"))
        return refusal(HTTPStatus.UPGRADE_REQUIRED, "only version 13 of WebSocket is spoken here", headers=headers)
    key = request.text(b"sec-websocket-key")
    if key is None or not _is_key(key):
        return _bad("the header Sec-WebSocket-Key must be 16 bytes in base64")
    if misdirected := refuse_unknown_host(request, origins):
        return misdirected
    if not _origin_fits(request, origins):
        return refusal(HTTPStatus.FORBIDDEN, "pages of this origin may not connect here")
    subprotocol = _select(_tokens(request, b"sec-websocket-protocol"))
    if subprotocol is None:
        return _bad(f"the subprotocol {SUBPROTOCOL} was not offered")
    return Upgrade(key, subprotocol)


def _bad(text: str) -> Response:
    return refusal(HTTPStatus.BAD_REQUEST, text)


def _tokens(request: Request, name: bytes) -> list[str]:
    return [token.strip() for token in (request.text(name) or "").split(",")]


def _asks(request: Request, name: bytes, wanted: str) -> bool:
    return wanted in map(str.lower, _tokens(request, name))


def _is_key(text: str) -> bool:
    try:
        # A character that is none of base64's is left out, and too little is left then.
        return len(text) == 24 and len(base64.b64decode(text)) == 16
    except binascii.Error:
        return False


def _origin_fits(request: Request, allowed: Iterable[str]) -> bool:
    lines = request.values(b"origin")
    if not lines:
        return True
    origin, host = request.text(b"origin"), request.text(b"host")
    return len(lines) == 1 and origin is not None and origin_allowed(origin, host or "", allowed)


def _select(offered: list[str]) -> str | None:
    if SUBPROTOCOL in offered:
        return SUBPROTOCOL
    return next((name for name in offered if _OUR_PROTOCOL.fullmatch(name)), None)
