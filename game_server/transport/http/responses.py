"""Answers to HTTP requests: the headers that all of them have, parts of files, refusals, and compressed bodies."""

from __future__ import annotations

import gzip
import json
import math
import re
from collections.abc import AsyncIterator
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from typing import Final, TypeAlias

import attrs
import trio

Headers: TypeAlias = tuple[tuple[str, str], ...]

# Games have pictures, sounds, fonts, workers and WebAssembly of their own; what they draw or load themselves has blob:
# and data: addresses. Nothing may come from elsewhere, and no text becomes a script.
_NOBODY: Final = "'none'"
_CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)


def security_headers(frame_ancestors: tuple[str, ...] = (), *, elsewhere: bool = False) -> Headers:
    """The headers that keep foreign pages and scripts out.

    Args:
        frame_ancestors: pages that may show this server's page in a frame, as ``https://club.example``.
        elsewhere: whether the page may open WebSockets to other addresses: servers come and go while it is shown.
    """
    # 'self' covers ws: and wss: to this very host and port (CSP level 3), whatever name it goes by.
    connects = "'self' ws: wss:" if elsewhere else "'self'"
    return (
        (
            "Content-Security-Policy",
            f"{_CONTENT_SECURITY_POLICY}; connect-src {connects}; "
            f"frame-ancestors {' '.join(frame_ancestors) or _NOBODY}",
        ),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    )


PLAIN_SECURITY: Final = security_headers()

_WEIGHT: Final = re.compile(r"[01](?:\.\d{0,3})?")
_LEAST_BYTES: Final = 256
"""Of a shorter body, gzip saves less than its header line costs."""
_WORTH: Final = 0.95
"""A compressed body is kept when it is smaller than this part of the plain one."""

# A month: a host that takes TLS away again locks earlier visitors out for no longer than that.
HSTS: Final[Headers] = (("Strict-Transport-Security", "max-age=2592000"),)
"""For answers over TLS alone (RFC 6797 section 7.2): the browser then never tries plain HTTP."""
PIECE: Final = 64 * 1024
"""Bytes of a file that are read at once, by a thread."""


@attrs.frozen
class FilePart:
    """``length`` bytes of the file ``path`` from ``offset`` on, however many: little of them is in memory."""

    path: Path
    offset: int
    length: int

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the bytes, `PIECE` at a time.

        Raises:
            OSError: the file cannot be read, or has become shorter.
        """
        async with await trio.open_file(self.path, "rb") as file:
            await file.seek(self.offset)
            left = self.length
            while left:
                piece = await file.read(min(PIECE, left))
                if not piece:
                    raise OSError(f"{self.path} ends {left} bytes early")
                left -= len(piece)
                yield piece


@attrs.frozen
class Response:
    """A whole answer.

    Attributes:
        status: of HTTP.
        headers: beside those that every answer has.
        body: left out on the wire where HTTP wants none; an answer to HEAD still has its length.
        part: of a file, in place of a body.
        close: end the connection after it.
    """

    status: HTTPStatus
    headers: Headers = ()
    body: bytes = b""
    close: bool = False
    part: FilePart | None = None

    def all_headers(self, security: Headers = PLAIN_SECURITY) -> list[tuple[str, str]]:
        """Every header line, those of `security_headers` among them, and the length of the body if there can be one."""
        headers = [("Date", formatdate(usegmt=True)), *self.headers, *security]
        if self.status is not HTTPStatus.NOT_MODIFIED:
            headers.append(("Content-Length", str(self.part.length if self.part else len(self.body))))
        if self.close:
            headers.append(("Connection", "close"))
        return headers


def refusal(status: HTTPStatus, text: str = "", *, headers: Headers = (), close: bool = False) -> Response:
    """An answer that refuses, in a line of plain text; by default the phrase of ``status``."""
    body = f"{text or status.phrase}\n".encode()
    plain = (("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store"))
    return Response(status, plain + headers, body, close)


def too_many(what: str, wait: float) -> Response:
    """An answer to a client whose address has used up a budget; it ends the connection.

    Args:
        what: names what there was too much of: ``requests``.
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


def compressed(body: bytes) -> bytes | None:
    """``body`` by gzip, always the same bytes for the same body; None when it hardly gets smaller."""
    if len(body) < _LEAST_BYTES:
        return None
    smaller = gzip.compress(body, compresslevel=9, mtime=0)
    return smaller if len(smaller) < len(body) * _WORTH else None


def takes_gzip(accept_encoding: str | None) -> bool:
    """Whether a client prefers gzip to a plain body, or likes both the same (RFC 9110 section 12.5.3).

    Args:
        accept_encoding: the header's value, None without one. A member with a malformed weight does not count.
    """
    weights: dict[str, float] = {}
    for member in (accept_encoding or "").split(","):
        name, *parameters = (part.strip().lower() for part in member.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                weight = float(value) if _WEIGHT.fullmatch(value.strip()) else 0.0
        weights.setdefault("gzip" if name == "x-gzip" else name, weight)
    gzip_weight = weights.get("gzip", weights.get("*", 0.0))
    return gzip_weight > 0 and gzip_weight >= weights.get("identity", 0.0)
