"""The other end of a connection: bytes in and out, with a deadline on every wait for it."""

from __future__ import annotations

from typing import Final

import trio

READ_BYTES: Final = 4096
WRITE_BYTES: Final = 4096
"""Progress is measured in steps of this size: a peer that takes 4 KiB in `slow_timeout` is slow, but alive."""
LINGER_BYTES: Final = 1 << 20
"""Most bytes that `Peer.linger` reads and throws away."""
_LINGER_READ: Final = 64 * 1024
"""Bytes of them at once."""
LAST_WORDS_SECONDS: Final = 1.0
"""After that, a peer that still writes has this long to read our last words before the connection is reset."""


class Peer:
    """A stream with deadlines. It does not own the stream, which its acceptor closes.

    Args:
        stream: any trio stream.
        address: of the other end; taken before wrapping, since a wrapped stream does not know it.
        slow_timeout: seconds in which 4 KiB must have been taken.
        host: `address` without its port; empty when there is none.

    Attributes:
        stalled: the peer did not read; the connection is of no use any more.
        torn: a write was cut short, so nothing may be written after it.
        heard_at: when something last came from the peer, on trio's clock.
    """

    __slots__ = ("_slow_timeout", "address", "heard_at", "host", "stalled", "stream", "torn")

    def __init__(self, stream: trio.abc.Stream, address: str, slow_timeout: float, host: str = "") -> None:
        self.stream = stream
        self.address = address
        self.host = host
        self.stalled = False
        self.torn = False
        self.heard_at = trio.current_time()
        self._slow_timeout = slow_timeout

    async def receive(self, max_bytes: int = READ_BYTES) -> bytes:
        """Bytes from the peer, empty at the end. Cancelled, it loses nothing."""
        data = await self.stream.receive_some(max_bytes)
        self.heard_at = trio.current_time()
        # A copy: to cut the buffer, which is of `max_bytes`, to what came would leave a hole in the heap behind it.
        return bytes(memoryview(data))

    async def send(self, data: bytes | bytearray | memoryview) -> None:
        """Write all of ``data``. Cancelled or failed, part of it may be out: the peer is then ``torn``.

        Raises:
            trio.BrokenResourceError: the peer is gone, or stalled.
        """
        if self.torn:
            raise trio.BrokenResourceError("an earlier write was cut short")
        self.torn = True
        view = memoryview(data)
        for start in range(0, len(view), WRITE_BYTES):
            with trio.move_on_after(self._slow_timeout) as scope:
                await self.stream.send_all(view[start : start + WRITE_BYTES])
            if scope.cancelled_caught:
                self.stalled = True
                raise trio.BrokenResourceError(f"nothing was read for {self._slow_timeout} s")
        self.torn = False

    async def linger(self, seconds: float = float("inf")) -> None:
        """End our direction and throw away what still comes, until the peer ends its own.

        A socket that is closed with unread bytes resets the connection, and the peer may lose our last words. TLS has
        no way to end one direction, so what lies below it is ended, as with HTTPS: a peer that waits for our end need
        not wait until we give up.
        """
        stream = self.stream.transport_stream if isinstance(self.stream, trio.SSLStream) else self.stream
        try:
            with trio.move_on_after(seconds):
                if isinstance(stream, trio.abc.HalfCloseableStream):
                    await stream.send_eof()
                left = LINGER_BYTES
                while left > 0 and (data := await stream.receive_some(_LINGER_READ)):
                    left -= len(data)
                if left <= 0:
                    await trio.sleep(LAST_WORDS_SECONDS)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass
