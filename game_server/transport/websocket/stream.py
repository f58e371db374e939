"""The stream that trio-websocket works on, between its frames and the peer's bytes."""

from __future__ import annotations

from typing import Final

import trio
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import CloseConnection

from game_server.protocol import FRAME_FAULTS, CloseCode
from game_server.throttling import Turns
from game_server.transport.options import TransportOptions
from game_server.transport.peer import Peer
from game_server.transport.websocket.frame_budget import FrameBudget
from game_server.transport.websocket.frame_splitter import FrameSplitter
from game_server.transport.websocket.link import ChannelSet, Link, TickChannel
from game_server.transport.websocket.waiting import Bell, Flag

_CLOSE_FRAME: Final = b"\x88"
"""The first byte of a close frame: FIN, opcode 8."""


class WebSocketStream(trio.abc.Stream):
    """The request head first, then what follows it on the wire.

    Bytes after the head are held until the library has written its answer: until then it feeds what it reads to its
    HTTP parser, where frames would be lost.

    Between `hand_over` and `take_back` it does not touch the socket: a `TickSocket` does.

    Args:
        peer: the connection.
        head: the request head, as the library is to see it.
        rest: bytes that were read together with the head but come after it.
        link: its traffic is counted; it is closed with 4005 when what comes exceeds its budget.
        budget: what the peer may send.
        turns: limits how many connections pass bytes to the library at once.
    """

    __slots__ = (
        "_answered",
        "_budget",
        "_channel",
        "_close_sent",
        "_head",
        "_let_go",
        "_link",
        "_passed",
        "_peer",
        "_reading",
        "_released",
        "_splitter",
        "_turns",
        "_unsent",
        "_writing",
    )

    def __init__(self, peer: Peer, head: bytes, rest: bytes, link: Link, budget: FrameBudget, turns: Turns) -> None:
        self._peer = peer
        self._head = head
        self._link = link
        self._budget = budget
        self._turns = turns
        self._splitter = FrameSplitter()
        self._answered = Flag()
        self._writing = trio.Lock()
        self._reading: trio.CancelScope | None = None
        self._let_go = Bell()
        self._channel: TickChannel | None = None
        self._passed = self._counted(rest)
        self._unsent = b""
        self._released = False
        self._close_sent = False

    @property
    def socket(self) -> trio.socket.SocketType | None:
        """The socket below, None when there is none (a memory stream, in tests)."""
        stream = self._peer.stream
        if isinstance(stream, trio.SSLStream):
            stream = stream.transport_stream
        return stream.socket if isinstance(stream, trio.SocketStream) else None

    @property
    def can_hand_over(self) -> bool:
        """Whether the tick could read and write the socket: its bytes are its frames, and none does already."""
        return isinstance(self._peer.stream, trio.SocketStream) and self._channel is None

    async def hand_over(self, sockets: ChannelSet, options: TransportOptions) -> TickChannel | None:
        """Let go of the socket: a channel of ``sockets`` gives the library its bytes and takes those it writes.

        Whatever was being read or written is finished first. Cancelled, `take_back` undoes what has been done.

        Returns:
            None when the connection came to its end meanwhile.
        """
        async with self._writing:
            if self._unsent:  # another `TickSocket` has just left it
                unsent, self._unsent = self._unsent, b""
                try:
                    await self._send(unsent)
                except trio.BrokenResourceError:
                    return None
            if self.socket is None or self._link.closed or self._close_sent or self._released:
                return None
            channel = sockets.open(self.socket.fileno(), self._link, self._peer, self._splitter, self._budget, options)
            self._channel = channel
            if self._reading is not None:
                # The reader may just have been woken with bytes, so wait until it has taken or left them.
                self._reading.cancel()
                await self._let_go.wait()
            return None if channel.released else channel

    def take_back(self) -> None:
        """Take the socket back, with what its `TickSocket` has for the library and for the peer."""
        if self._channel:
            passed, self._unsent = self._channel.release()
            self._passed += passed  # behind what waits for its turn
            self._channel = None

    def delivered(self) -> None:
        """Note that a message has come out of the library."""
        self._splitter.delivered()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """The head whole, then the wire's bytes. Cancelled, it loses nothing."""
        if self._released:
            raise trio.ClosedResourceError
        if self._head:
            await trio.lowlevel.checkpoint()
            head, self._head = self._head, b""
            return head
        await self._answered.wait()
        while True:
            if self._passed:
                data, self._passed = self._passed, b""
                return data
            read = await (self._channel.receive() if self._channel else self._read(max_bytes))
            if read is not None:
                self._passed = read
                await self._turns.take()
                read, self._passed = self._passed, b""
                return read

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Write a frame, or the answer to the handshake. Cancelled, it leaves what `Peer.send` does."""
        if self._released:
            raise trio.ClosedResourceError
        self._answered.set()
        await self._write(_with_our_reason(data))

    async def finish(self) -> None:
        """Write what a `TickSocket` left unsent.

        Raises:
            trio.BrokenResourceError: the peer is gone, or does not read.
        """
        await self._write(b"")

    async def close(self, code: int, reason: str) -> None:
        """Write a close frame, unless one is out already. Nothing follows it: the library's frames vanish.

        So the library does not learn that we are closing. It goes on to read, answers (in vain) the pings that
        cross our close frame, where wsproto would raise at an answer, and ends at the peer's close frame.

        Raises:
            trio.BrokenResourceError: the peer is gone, or does not read.
        """
        await self._write(_close_frame(code, reason))

    async def _read(self, max_bytes: int | None) -> bytes | None:
        """Read the socket; None when it was handed over meanwhile."""
        try:
            with trio.CancelScope() as self._reading:
                data = await (self._peer.receive() if max_bytes is None else self._peer.receive(max_bytes))
                return self._counted(data)
        finally:
            self._reading = None
            self._let_go.ring()
        return None

    def _counted(self, data: bytes) -> bytes:
        self._link.bytes_in += len(data)
        frames, plays = self._splitter.count(data), self._link.inbox.is_listened_to
        if much := self._budget.exceeded(frames, len(data), trio.current_time(), plays=plays):
            self._link.close(CloseCode.FLOODING, much)
        return data

    async def _write(self, data: bytes | bytearray | memoryview) -> None:
        try:
            self._writing.acquire_nowait()  # which, unlike acquire, costs no turn of the scheduler
        except trio.WouldBlock:
            await self._writing.acquire()
        try:
            await trio.lowlevel.checkpoint_if_cancelled()  # rather than begin what cannot be finished
            if self._unsent:
                unsent, self._unsent = self._unsent, b""
                await self._send(unsent)
            if self._close_sent:
                return
            self._close_sent = data[:1] == _CLOSE_FRAME
            if self._channel:
                await self._channel.write(data, last=self._close_sent)
            else:
                await self._send(data)
        finally:
            self._writing.release()

    async def _send(self, data: bytes | bytearray | memoryview) -> None:
        await self._peer.send(data)
        self._link.bytes_out += len(data)

    async def wait_send_all_might_not_block(self) -> None:
        """As the stream below."""
        await self._peer.stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        """Let the library go. The connection stays open: `Connection` ends it."""
        self._released = True
        await trio.lowlevel.checkpoint()


def _close_frame(code: int, reason: str) -> bytes:
    return Connection(ConnectionType.SERVER).send(CloseConnection(code=code, reason=reason or None))


def _with_our_reason(data: bytes | bytearray | memoryview) -> bytes | bytearray | memoryview:
    """Give a close frame of the library about broken frames the reason that docs/PROTOCOL.md has for it."""
    if data[:1] != _CLOSE_FRAME:
        return data
    code = int.from_bytes(data[2:4], "big")
    return _close_frame(code, FRAME_FAULTS[CloseCode(code)]) if code in FRAME_FAULTS else data
