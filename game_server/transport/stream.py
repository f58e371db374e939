"""The stream that trio-websocket works on, between its frames and the peer's bytes."""

from __future__ import annotations

from typing import Final

import trio
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import CloseConnection

from game_server.protocol.closes import CloseCode
from game_server.transport.budget import TokenBucket
from game_server.transport.frames import FrameCounter
from game_server.transport.link import Link
from game_server.transport.peer import Peer

_CLOSE_FRAME: Final = b"\x88"
"""The first byte of a close frame: FIN, opcode 8."""


class WebSocketStream(trio.abc.Stream):
    """Gives back the request head first, and then what follows it on the wire.

    Bytes after the head are held until the library has written its answer: while it still waits for
    the verdict on the handshake, it feeds what it reads to its HTTP parser, where frames would be lost.

    Args:
        peer: the connection.
        head: the request head, as the library shall see it.
        rest: bytes that were read together with the head but come after it.
        link: its traffic is counted; it is closed with 4005 when frames exceed the budget.
        budget: the frames that the peer may send.
    """

    def __init__(self, peer: Peer, head: bytes, rest: bytes, link: Link, budget: TokenBucket) -> None:
        self._peer = peer
        self._head = head
        self._rest = rest
        self._link = link
        self._budget = budget
        self._frames = FrameCounter()
        self._answered = trio.Event()
        self._writing = trio.Lock()
        self._released = False
        self._close_sent = False

    @property
    def socket(self) -> trio.socket.SocketType | None:
        """The socket below, None when there is none (a memory stream, in tests)."""
        return getattr(self._peer.stream, "socket", None)

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """The head whole, then the wire's bytes. Cancelled, it loses nothing."""
        if self._released:
            raise trio.ClosedResourceError
        if self._head:
            await trio.lowlevel.checkpoint()
            head, self._head = self._head, b""
            return head
        await self._answered.wait()
        if self._rest:
            data, self._rest = self._rest, b""
        else:
            data = await (self._peer.receive() if max_bytes is None else self._peer.receive(max_bytes))
        self._link.bytes_in += len(data)
        if not self._budget.take(self._frames.feed(data), trio.current_time()):
            self._link.close(CloseCode.FLOODING, "too many messages")
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Write a frame, or the answer to the handshake; `Peer.send` says what a cancellation leaves."""
        if self._released:
            raise trio.ClosedResourceError
        self._answered.set()
        await self._write(data)

    async def close(self, code: int, reason: str) -> None:
        """Write a close frame, unless one is out already. Nothing follows it: the library's frames vanish.

        So the library does not learn that we are closing. It goes on to read, answers (in vain) the pings that
        cross our close frame, where wsproto would raise at an answer, and ends at the peer's close frame.

        Raises:
            trio.BrokenResourceError: the peer is gone, or does not read.
        """
        await self._write(Connection(ConnectionType.SERVER).send(CloseConnection(code=code, reason=reason or None)))

    async def _write(self, data: bytes | bytearray | memoryview) -> None:
        try:
            self._writing.acquire_nowait()  # which, unlike acquire, costs no turn of the scheduler
        except trio.WouldBlock:
            await self._writing.acquire()
        try:
            if self._close_sent:
                return
            await self._peer.send(data)
            self._link.bytes_out += len(data)
            self._close_sent = data[:1] == _CLOSE_FRAME
        finally:
            self._writing.release()

    async def wait_send_all_might_not_block(self) -> None:
        """As the stream below."""
        await self._peer.stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        """The library is done. The connection stays open, for its owner to end it with due care."""
        self._released = True
        await trio.lowlevel.checkpoint()
