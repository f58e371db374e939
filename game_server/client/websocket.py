"""A WebSocket to a server, or why there is none."""

from __future__ import annotations

from typing import Final

import attrs
import h11
import trio
import trio_websocket
from trio_websocket import ConnectionClosed, HandshakeError, WebSocketConnection
from wsproto.utilities import ProtocolError as WsprotoError

from game_server.client.connect_error import NotLetIn
from game_server.client.connection import CONNECT_TIMEOUT, Stream
from game_server.client.target import Target
from game_server.client.upgrade import check_head, key_in, split_head
from game_server.errors import ProtocolError
from game_server.protocol.closes import CloseCode
from game_server.protocol.limits import MAX_SERVER_MESSAGE_BYTES, SUBPROTOCOL

BROKEN_FRAMES: Final = (WsprotoError, h11.ProtocolError)
"""What the libraries raise about bytes that are none of theirs."""
ENDS: Final = (
    NotLetIn,
    ConnectionClosed,
    ProtocolError,
    *BROKEN_FRAMES,
    trio.TooSlowError,
    HandshakeError,
    OSError,
    trio.BrokenResourceError,
)
"""What may end a connection; `why_ended` says it in words."""


async def open_websocket(nursery: trio.Nursery, stream: Stream, target: Target, queue: int = 1) -> WebSocketConnection:
    """Shake hands; what goes wrong with that is raised by ``nursery``, and is one of `ENDS`.

    Args:
        nursery: in which the library reads.
        queue: messages that wait to be taken before the library reads no further.
    """
    return await trio_websocket.wrap_client_stream(
        nursery,
        _Answering(stream),  # type: ignore[arg-type]  # the library asks no more of it
        target.authority,
        target.resource,
        subprotocols=[SUBPROTOCOL],
        max_message_size=MAX_SERVER_MESSAGE_BYTES,
        message_queue_size=queue,
    )


def why_ended(error: BaseException) -> NotLetIn:
    """One of `ENDS` in words."""
    if isinstance(error, NotLetIn):
        return error
    if isinstance(error, ConnectionClosed):
        return NotLetIn.closed(error.reason.code, error.reason.reason) if error.reason else NotLetIn.closed(None)
    if isinstance(error, ProtocolError):
        return NotLetIn(f"the server broke the protocol: {error}", code=int(CloseCode.BAD_MESSAGE))
    if isinstance(error, BROKEN_FRAMES):
        return NotLetIn(f"the server broke the protocol: {error}", code=int(CloseCode.PROTOCOL_ERROR))
    if isinstance(error, trio.TooSlowError):
        return NotLetIn(f"no answer within {CONNECT_TIMEOUT:g} s")
    return NotLetIn.because(error)


@attrs.define(eq=False)
class _Answering(trio.abc.Stream):
    """Looks at the answer to the request before the library does, which waits for ever when that is none."""

    stream: Stream
    _key: str = ""
    _answer: bytes | None = b""

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        if self._answer is None:
            await self.stream.send_all(data)
            return
        self._key = self._key or key_in(bytes(data))
        try:
            await self.stream.send_all(data)
        except trio.BrokenResourceError as error:
            raise NotLetIn.because(error) from error

    async def wait_send_all_might_not_block(self) -> None:
        await self.stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        if self._answer is None:
            return await self.stream.receive_some(max_bytes)
        while True:
            try:
                data = await self.stream.receive_some(max_bytes)
            except trio.BrokenResourceError as error:
                raise NotLetIn.because(error) from error
            if not data:
                raise NotLetIn.closed(None)
            self._answer += data
            cut = split_head(self._answer)
            if cut:
                check_head(cut[0], self._key, SUBPROTOCOL)
                whole, self._answer = self._answer, None
                return whole

    async def aclose(self) -> None:
        await self.stream.aclose()
