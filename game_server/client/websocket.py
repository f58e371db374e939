"""Streams and WebSockets to a server, and the reasons why they fail or end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import attrs
import h11
import trio
import trio_websocket
from trio_websocket import ConnectionClosed, HandshakeError, WebSocketConnection
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
BROKEN_FRAMES: Final = (WsprotoError, h11.ProtocolError)
"""What the libraries raise for bytes that are not WebSocket frames, or not HTTP."""
ENDS: Final = (
    ConnectError,
    ConnectionClosed,
    ProtocolError,
    *BROKEN_FRAMES,
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
    return await trio_websocket.wrap_client_stream(
        nursery,
        _HandshakeGuard(stream),  # type: ignore[arg-type]  # the library uses no other methods of it
        target.authority,
        target.resource,
        subprotocols=[SUBPROTOCOL],
        max_message_size=MAX_SERVER_MESSAGE_BYTES,
        message_queue_size=queue,
    )


def why_ended(error: BaseException) -> ConnectError:
    """Put one of `ENDS` into words."""
    if isinstance(error, ConnectError):
        return error
    if isinstance(error, ConnectionClosed):
        reason = error.reason
        return ConnectError.closed(reason.code, reason.reason) if reason else ConnectError.closed(None)
    if isinstance(error, ProtocolError):
        return ConnectError(f"the server broke the protocol: {error}", code=int(CloseCode.BAD_MESSAGE))
    if isinstance(error, BROKEN_FRAMES):
        return ConnectError(f"the server broke the protocol: {error}", code=int(CloseCode.PROTOCOL_ERROR))
    if isinstance(error, trio.TooSlowError):
        return ConnectError(f"no answer within {CONNECT_TIMEOUT:g} s")
    return ConnectError.because(error)


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
