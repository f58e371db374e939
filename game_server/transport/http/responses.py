"""Answers to HTTP requests, and the headers that every one of them bears."""

from __future__ import annotations

import json
import math
from email.utils import formatdate
from http import HTTPStatus
from typing import Final, TypeAlias

import attrs

Headers: TypeAlias = tuple[tuple[str, str], ...]

# `connect-src 'self'` covers ws: and wss: to this very host and port (CSP level 3), whatever name it goes by.
_CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_SECURITY_HEADERS: Final[Headers] = (
    ("Content-Security-Policy", _CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)


# A month: a host that takes TLS away again locks earlier visitors out for no longer than that.
HSTS: Final[Headers] = (("Strict-Transport-Security", "max-age=2592000"),)
"""For answers over TLS alone (RFC 6797 section 7.2): the browser then never tries plain HTTP."""


@attrs.frozen
class Response:
    """A whole answer.

    Attributes:
        status: of HTTP.
        headers: beside those that every answer bears.
        body: left out on the wire where HTTP wants none, with its length still told for HEAD.
        close: end the connection after it.
    """

    status: HTTPStatus
    headers: Headers = ()
    body: bytes = b""
    close: bool = False

    def all_headers(self) -> list[tuple[str, str]]:
        """Every header line, with the length of the body where there can be one."""
        headers = [("Date", formatdate(usegmt=True)), *self.headers, *_SECURITY_HEADERS]
        if self.status is not HTTPStatus.NOT_MODIFIED:
            headers.append(("Content-Length", str(len(self.body))))
        if self.close:
            headers.append(("Connection", "close"))
        return headers


def refusal(status: HTTPStatus, text: str = "", *, headers: Headers = (), close: bool = False) -> Response:
    """An answer that says no, in a line of plain text; by default the status's own phrase."""
    body = f"{text or status.phrase}\n".encode()
    plain = (("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store"))
    return Response(status, plain + headers, body, close)


def too_many(what: str, wait: float) -> Response:
    """An answer that says no to one whose address has used up a budget, and ends the connection.

    Args:
        what: there was too much of.
        wait: seconds after which it is worth asking again.
    """
    seconds = max(1, math.ceil(wait))
    text = f"too many {what} from your address; try again in {seconds} s"
    return refusal(HTTPStatus.TOO_MANY_REQUESTS, text, headers=(("Retry-After", str(seconds)),), close=True)


def json_response(value: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """``value`` as JSON, never to be stored.

    Raises:
        TypeError, ValueError: it has no form in JSON.
    """
    body = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return Response(status, (("Content-Type", "application/json"), ("Cache-Control", "no-store")), body)


def text_response(body: bytes, content_type: str) -> Response:
    """``body`` as it is, never to be stored."""
    return Response(HTTPStatus.OK, (("Content-Type", content_type), ("Cache-Control", "no-store")), body)
