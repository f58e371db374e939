"""HTTP/1.1 with one peer: request heads in, answers out, every wait with a deadline. The parser is h11."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote_to_bytes

import attrs
import h11
import trio

from game_server.throttling import Turns
from game_server.transport.http.responses import HSTS, PLAIN_SECURITY, Headers, Response, refusal
from game_server.transport.peer import Peer

MAX_HEAD_BYTES: Final = 16 * 1024
MAX_HEAD_LINES: Final = 128
"""Browsers and proxies send some 40 at most; the parser takes several milliseconds for the thousands that would fit."""

_FRAMING: Final = (b"content-length", b"transfer-encoding")
_WORDS: Final = {
    HTTPStatus.BAD_REQUEST: "this is no HTTP request that can be understood",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: f"the request head is larger than {MAX_HEAD_BYTES} bytes",
    HTTPStatus.NOT_IMPLEMENTED: "no transfer encoding but chunked is known here",
    HTTPStatus.HTTP_VERSION_NOT_SUPPORTED: "only HTTP/1 is spoken here",
}
"""The text of answers to requests that cannot be read; the parser's own texts are for programmers."""


@attrs.frozen
class Request:
    """A request head that h11 found well-formed.

    Attributes:
        method: as it came, upper case by convention.
        path: the target without its query, percent-decoded; None when that gives no UTF-8 text.
        query: what follows the path's question mark, as it came.
        headers: names in lower case, values as they came: any byte but NUL and line ends.
        http11: whether the peer speaks HTTP/1.1.
        has_body: whether a body follows, or may: which is not read here.
    """

    method: str
    path: str | None
    headers: tuple[tuple[bytes, bytes], ...]
    http11: bool = True
    has_body: bool = False
    query: str = ""

    def values(self, name: bytes) -> list[bytes]:
        """The value of each header line called ``name`` (lower case)."""
        return [value for key, value in self.headers if key == name]

    def text(self, name: bytes) -> str | None:
        """The lines called ``name`` as one, joined by commas; None when there are none or they are not ASCII."""
        joined = b", ".join(self.values(name))
        return joined.decode() if joined and joined.isascii() else None


class _TooManyLines(Exception):
    """A request head has more than `MAX_HEAD_LINES`."""


class HttpConnection:
    """The requests of one peer, one after the other; what a peer sends ahead waits its turn.

    Args:
        peer: the connection.
        head_timeout: seconds for a whole request head, counted from the end of the answer before it.
        turns: limits how many connections parse what has come at once.
        hsts: whether answers make the browser stay with TLS.
        security: headers of every answer.
    """

    def __init__(
        self,
        peer: Peer,
        head_timeout: float,
        turns: Turns,
        *,
        hsts: bool = False,
        security: Headers = PLAIN_SECURITY,
    ) -> None:
        self._peer = peer
        self._turns = turns
        self._more = HSTS if hsts else ()
        self._security = security
        self._head_timeout = head_timeout
        self._asked_for_head = False
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)

    @property
    def rest(self) -> bytes:
        """Bytes that were read but come after the last request head."""
        return self._h11.trailing_data[0]

    async def next_request(self) -> Request | None:
        """The next request; None when the peer has no more to ask, or asked what can only be refused.

        A refusal has then been sent already: 400, 408, 431, 501 or 505.

        Raises:
            trio.BrokenResourceError: the connection is broken.
        """
        received = len(self.rest)
        if received:  # sent ahead: nothing else would make it wait for the others
            await self._turns.take()
        try:
            with trio.move_on_after(self._head_timeout) as scope:
                while (event := self._next_event()) is h11.NEED_DATA:
                    data = await self._peer.receive()
                    await self._turns.take()
                    if not data:
                        return None
                    received += len(data)
                    self._h11.receive_data(data)
            if scope.cancelled_caught:
                await self._turns.take()
                if received:
                    await self.respond(refusal(HTTPStatus.REQUEST_TIMEOUT, close=True))
                return None
            if not isinstance(event, h11.Request):
                return None
            self._asked_for_head = event.method == b"HEAD"
            # h11 bounds a head only while it is incomplete, so the last read may have carried it past the limit.
            if received - len(self.rest) > MAX_HEAD_BYTES:
                await self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
                return None
            if not event.http_version.startswith(b"1."):
                await self._refuse(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
                return None
            framing = [(name, value) for name, value in event.headers if name in _FRAMING]
            if len({name for name, _ in framing}) > 1:
                # The two may differ on where the next request begins, and a proxy may have used the other one: what it
                # passed on as a body would be a request here, without the headers that the proxy adds (RFC 9112
                # section 6.3). So nothing after this is read.
                await self._refuse(
                    HTTPStatus.BAD_REQUEST, "a request has Content-Length or Transfer-Encoding, not both"
                )
                return None
            has_body = any(value != b"0" for _, value in framing)
            self._h11.next_event()
        except h11.RemoteProtocolError as error:
            await self._refuse(HTTPStatus(error.error_status_hint))
            return None
        except _TooManyLines:
            await self._refuse(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"the request head has more than {MAX_HEAD_LINES} lines"
            )
            return None
        return Request(
            method=event.method.decode("ascii"),
            path=_decoded_path(event.target.decode("ascii")),
            headers=tuple(event.headers),
            http11=event.http_version != b"1.0",
            has_body=has_body,
            query=event.target.decode("ascii").partition("?")[2],
        )

    def _next_event(self) -> object:
        """Parse what has come, unless it is a head of too many lines: they are counted before they cost anything."""
        head, whole, _ = self.rest.partition(b"\r\n\r\n")
        if head.count(b"\n") + bool(whole) > MAX_HEAD_LINES:
            raise _TooManyLines
        return self._h11.next_event()

    async def _refuse(self, status: HTTPStatus, text: str = "") -> None:
        """Answer what cannot be read, and nothing that comes after it."""
        await self.respond(refusal(status, text or _WORDS.get(status, ""), close=True))

    async def respond(self, response: Response, pace: Callable[[], Awaitable[object]] | None = None) -> bool:
        """Send ``response``.

        Args:
            pace: awaited before each piece of a file.

        Returns:
            Whether another request may follow on this connection.

        Raises:
            trio.BrokenResourceError: the peer is gone or does not read.
            OSError: a file cannot be read; the answer is cut off, and the connection cannot be used any more.
        """
        head = h11.Response(
            status_code=response.status,
            reason=response.status.phrase.encode("ascii"),
            headers=[*response.all_headers(self._security), *self._more],
        )
        data = self._h11.send(head)
        if response.body and not self._asked_for_head:
            data += self._h11.send(h11.Data(data=response.body))
        if response.part and not self._asked_for_head:
            await self._peer.send(data)
            data = b""
            async for piece in response.part.pieces():
                if pace:
                    await pace()
                await self._peer.send(self._h11.send(h11.Data(data=piece)))
        data += self._h11.send(h11.EndOfMessage())
        if data:
            await self._peer.send(data)
        if self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE:
            return False
        self._h11.start_next_cycle()
        return True


def _decoded_path(target: str) -> str | None:
    path = target.partition("?")[0]
    if not path.startswith("/") and "://" in path:  # the absolute form, which every server must take (RFC 9112, 3.2.2)
        path = "/" + path.partition("://")[2].partition("/")[2]
    try:
        return unquote_to_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        return None
