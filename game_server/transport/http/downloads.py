"""Answers with a file that may be large: in ranges, and with what a cache needs (RFC 9110 section 14)."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path
from typing import Final

import attrs

from game_server.transport.http.request import Request
from game_server.transport.http.responses import FilePart, Headers, Response, refusal

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_KEEP: Final = "max-age=31536000, immutable"
_ASK: Final = "no-cache"


@attrs.frozen
class Download:
    """A file to be sent.

    Attributes:
        path: of the file.
        size: its bytes, or those of them that are sent.
        etag: other bytes have another one.
        name: under which a browser saves it.
        final: whether its bytes stay as they are.
        secret: whether caches that several people share must not keep it.
    """

    path: Path
    size: int
    etag: str
    name: str
    final: bool
    secret: bool

    def answer(self, request: Request) -> Response:
        """The whole file, the one range that ``request`` asks for, or 304 when the client has it."""
        etag = f'"{self.etag}"'
        kept = f"{'private' if self.secret else 'public'}, {_KEEP if self.final else _ASK}"
        known: Headers = (("ETag", etag), ("Cache-Control", kept))
        if etag in [tag.strip() for tag in (request.text(b"if-none-match") or "").split(",")]:
            return Response(HTTPStatus.NOT_MODIFIED, known)
        headers: Headers = (
            *known,
            ("Content-Type", "application/octet-stream"),
            ("Content-Disposition", f'attachment; filename="{self.name}"'),
            ("Accept-Ranges", "bytes"),
        )
        # A range of what has changed since would not fit what the client has.
        asked = None if (request.text(b"if-range") or etag) != etag else _asked(request.text(b"range"), self.size)
        if asked is None:
            return Response(HTTPStatus.OK, headers, part=FilePart(self.path, 0, self.size))
        first, past = asked
        if first >= past:
            outside = (("Content-Range", f"bytes */{self.size}"),)
            return refusal(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=outside)
        headers = (*headers, ("Content-Range", f"bytes {first}-{past - 1}/{self.size}"))
        return Response(HTTPStatus.PARTIAL_CONTENT, headers, part=FilePart(self.path, first, past - first))


def _asked(text: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last that a Range header asks for; None for the whole, as for what it cannot be.

    ``bytes=100-199`` gives 100 and 200, ``bytes=100-`` all from 100 on, and ``bytes=-100`` the last 100.
    """
    found = _RANGE.fullmatch(text or "")
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size
