"""Streams and WebSockets to a server, and the reasons why they fail or end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import attrs
import h11
import trio
from trio_websocket import ConnectionClosed, HandshakeError, WebSocketConnection
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import Ping
from wsproto.utilities import ProtocolError as WsprotoError

from game_server.client.connect_error import ConnectError
from game_server.client.target import Target
from game_server.client.trust import TlsError, why_no_tls
from game_server.client.upgrade import check_head, key_in, split_head
from game_server.errors import ProtocolError
from game_server.protocol import MAX_SERVER_MESSAGE_BYTES, SUBPROTOCOL, CloseCode

Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]
Wrap = Callable[[trio.SocketStream], AbstractAsyncContextManager[trio.SocketStream]]
"""Puts something between a client and its socket; a load test puts a simulated network there."""

CONNECT_TIMEOUT: Final = 10.0
"""Seconds for each of: the TCP connection, the TLS handshake, the WebSocket handshake."""
_BROKEN_FRAMES: Final = (WsprotoError, h11.ProtocolError)
"""What the libraries raise for bytes that are not WebSocket frames, or not HTTP."""
ENDS: Final = (
    ConnectError,
    ConnectionClosed,
    ProtocolError,
    *_BROKEN_FRAMES,
    trio.TooSlowError,
    HandshakeError,
    OSError,
    trio.BrokenResourceError,
)
"""Everything that may end a connection; `why_ended` puts each into words."""


@asynccontextmanager
async def open_stream(target: Target, wrap: Wrap | None = None) -> AsyncIterator[Stream]:
    """Open a TCP stream to ``target``, or a TLS stream if the target says so, and close it at the end.

    The WebSocket library leaves a socket open that the server closed first; this does not.

    Args:
        wrap: put between the socket and TLS; nothing if None.

    Raises:
        OSError: the connection failed; `TlsError` if TLS did.
        trio.TooSlowError: it took more than `CONNECT_TIMEOUT`.
    """
    with trio.fail_after(CONNECT_TIMEOUT):
        socket = await trio.open_tcp_stream(target.host, target.port)
    async with wrap(socket) if wrap else socket as stream:
        context = target.context()
        if context is None:
            yield stream
            return
        tls = trio.SSLStream(stream, context, server_hostname=target.host, https_compatible=True)
        try:
            with trio.fail_after(CONNECT_TIMEOUT):
                await tls.do_handshake()
        except trio.BrokenResourceError as error:
            raise TlsError(why_no_tls(error.__cause__)) from error
        async with tls:
            yield tls


async def open_websocket(nursery: trio.Nursery, stream: Stream, target: Target, queue: int = 1) -> WebSocketConnection:
    """Shake hands over ``stream``. What goes wrong is raised by ``nursery`` and is one of `ENDS`.

    Has no deadline of its own: run it under `trio.fail_after`.

    Args:
        nursery: runs the library's reader.
        queue: messages that may wait to be taken before the library stops reading.
    """
    # As `trio_websocket.wrap_client_stream`, which makes no class but its own.
    connection = _Connection(
        _HandshakeGuard(stream),
        WSConnection(ConnectionType.CLIENT),
        host=target.authority,
        path=target.resource,
        client_subprotocols=[SUBPROTOCOL],
        max_message_size=MAX_SERVER_MESSAGE_BYTES,
        message_queue_size=queue,
    )
    nursery.start_soon(connection._reader_task)
    await connection._open_handshake.wait()
    return connection


def why_ended(error: BaseException) -> ConnectError:
    """Put one of `ENDS` into words."""
    if isinstance(error, ConnectError):
        return error
    if isinstance(error, ConnectionClosed):
        reason = error.reason
        return ConnectError.closed(reason.code, reason.reason) if reason else ConnectError.closed(None)
    if isinstance(error, ProtocolError):
        return ConnectError(f"the server broke the protocol: {error}", code=int(CloseCode.BAD_MESSAGE))
    if isinstance(error, _BROKEN_FRAMES):
        return ConnectError(f"the server broke the protocol: {error}", code=int(CloseCode.PROTOCOL_ERROR))
    if isinstance(error, trio.TooSlowError):
        return ConnectError(f"no answer within {CONNECT_TIMEOUT:g} s")
    return ConnectError.because(error)


class _Connection(WebSocketConnection):
    """A connection that may be closed at any moment."""

    async def _handle_ping_event(self, event: Ping) -> None:
        # A ping that crosses our close frame is owed no answer (RFC 6455 section 5.5.1): the library would send one,
        # and raise, since nothing may follow that frame.
        if self._wsproto.state is ConnectionState.OPEN:
            await super()._handle_ping_event(event)


@attrs.define(eq=False)
class _HandshakeGuard(trio.abc.Stream):
    """A stream that checks the server's handshake before the library sees it.

    trio-websocket waits forever for an answer that is no handshake, and reports a refusal without its reason.
    """

    stream: Stream
    _key: str = ""
    _answer: bytes | None = b""
    """What has come of the head; None once it has been checked."""

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        if self._answer is None:
            await self.stream.send_all(data)
            return
        self._key = self._key or key_in(bytes(data))
        try:
            await self.stream.send_all(data)
        except trio.BrokenResourceError as error:
            raise ConnectError.because(error) from error

    async def wait_send_all_might_not_block(self) -> None:
        await self.stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        if self._answer is None:
            return await self.stream.receive_some(max_bytes)
        while True:
            try:
                data = await self.stream.receive_some(max_bytes)
            except trio.BrokenResourceError as error:
                raise ConnectError.because(error) from error
            if not data:
                raise ConnectError.closed(None)
            self._answer += data
            parts = split_head(self._answer)
            if parts:
                check_head(parts[0], self._key, SUBPROTOCOL)
                whole, self._answer = self._answer, None
                return whole

    async def aclose(self) -> None:
        await self.stream.aclose()
