"""TLS at the port: a listener that speaks it, its handshake, and a redirect for links that begin with ``http``."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from http import HTTPStatus

import h11
import trio

from game_server.throttling import Turns
from game_server.transport.http.origins import parse_origin
from game_server.transport.http.request import MAX_HEAD_BYTES


def secured(listener: trio.SocketListener, context: Callable[[], ssl.SSLContext]) -> trio.abc.Listener[trio.abc.Stream]:
    """Return ``listener`` with TLS; `serve` gives a peer ``head_timeout`` for the handshake, as for a request head.

    Args:
        listener: where connections come from.
        context: called for each connection, so that those that come after a renewal get the new certificate.
    """
    return _SecuredListener(listener, context)


class _SecuredListener(trio.abc.Listener[trio.abc.Stream]):
    def __init__(self, listener: trio.SocketListener, context: Callable[[], ssl.SSLContext]) -> None:
        self._listener = listener
        self._context = context

    async def accept(self) -> trio.abc.Stream:
        """The next connection, before its handshake."""
        stream = await self._listener.accept()
        return trio.SSLStream(stream, self._context(), server_side=True, https_compatible=True)

    async def aclose(self) -> None:
        """Close the listener."""
        await self._listener.aclose()


async def begin_tls(stream: trio.abc.Stream, turns: Turns) -> bool:
    """Shake hands, if ``stream`` has TLS; False when the peer speaks plain HTTP, and was redirected to ``https``.

    Args:
        turns: when what has come from the peer may be dealt with.
    """
    if isinstance(stream, trio.SSLStream):
        below = stream.transport_stream
        if isinstance(below, trio.SocketStream) and await _speaks_http(below):
            await _redirect(_InTurns(below, turns))
            return False
        # Only now: who has shaken hands takes turns where the messages are read.
        stream.transport_stream = _InTurns(below, turns)
        try:
            await stream.do_handshake()
        finally:
            stream.transport_stream = below
    return True


class _InTurns(trio.abc.Stream):
    """A stream on which what has come waits its turn."""

    def __init__(self, below: trio.abc.Stream, turns: Turns) -> None:
        self._below = below
        self._turns = turns

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """What has come."""
        data = await self._below.receive_some(max_bytes)
        await self._turns.take()
        return bytes(data)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send ``data``."""
        await self._below.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """Wait for room."""
        await self._below.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        """Close the stream below."""
        await self._below.aclose()


async def _speaks_http(stream: trio.SocketStream) -> bool:
    """Whether the first byte of the peer, which stays to be read, begins the name of an HTTP method.

    A TLS handshake begins with 22 (RFC 8446 section 5.1).
    """
    first = await stream.socket.recv(1, socket.MSG_PEEK)
    return b"A" <= first <= b"Z"


async def _redirect(stream: _InTurns) -> None:
    """Read one request head of at most `MAX_HEAD_BYTES`, and answer with a redirect; the caller bounds the time.

    What is no such request gets no answer. The redirect is a temporary one: browsers remember the other kind even when
    there is no TLS any more.
    """
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
    try:
        while (event := connection.next_event()) is h11.NEED_DATA:
            connection.receive_data(await stream.receive_some())
    except h11.RemoteProtocolError:
        return
    if not isinstance(event, h11.Request) or not event.target.startswith(b"/"):
        return
    named = [value.decode("latin-1") for name, value in event.headers if name == b"host"]
    page = parse_origin(f"http://{named[0]}") if named else None
    if page is None:
        return
    # The port is the one that the browser knows, which need not be the one at which this listens.
    link = f"https://{f'[{page.host}]' if ':' in page.host else page.host}:{page.port}{event.target.decode()}"
    status = HTTPStatus.TEMPORARY_REDIRECT
    body = f"This port speaks https: {link}\n".encode()
    headers = [
        ("Location", link),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
    ]
    answer = connection.send(h11.Response(status_code=status, headers=headers, reason=status.phrase)) or b""
    if event.method != b"HEAD":
        answer += connection.send(h11.Data(data=body)) or b""
    await stream.send_all(answer)
