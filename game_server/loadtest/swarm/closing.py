"""The closing handshakes of clients that leave."""

from __future__ import annotations

import select
import time
from typing import Final

import attrs

from game_server.loadtest.swarm.client_frames import CLOSE, masked_frame
from game_server.loadtest.swarm.connecting import RawConnection
from game_server.protocol import CloseCode

PATIENCE: Final = 5.0
"""Seconds for the server to close the connection, before the client does."""
_CHUNK: Final = 65536


@attrs.define
class _ClosingConnection:
    connection: RawConnection
    unsent: bytes
    until: float


class ClosingConnections:
    """Sends a close frame for each client, and reads on until the server closes the connection.

    Closing a socket with unread bytes resets the connection. A server in the middle of a tick would find it reset
    before it has read the close frame, and hold the seat as for a lost connection.
    """

    def __init__(self) -> None:
        self._connections: dict[int, _ClosingConnection] = {}
        self._poll = select.epoll()

    def __len__(self) -> int:
        """Return how many connections the server has not closed yet."""
        return len(self._connections)

    def go(self, connection: RawConnection, unsent: bytes = b"") -> None:
        """Let a client leave; ``unsent`` is the rest of a frame that its socket took in part."""
        fd = connection.socket.fileno()
        self._connections[fd] = _ClosingConnection(connection, unsent + closing_frame(), time.monotonic() + PATIENCE)
        self._poll.register(fd, select.EPOLLIN | select.EPOLLOUT)
        self._go_on(fd, select.EPOLLOUT)

    def step(self, wait: float = 0.0) -> None:
        """Go on with all connections; wait up to ``wait`` seconds until one can go on."""
        if not self._connections:
            return
        for fd, event in self._poll.poll(wait):
            self._go_on(fd, event)
        now = time.monotonic()
        for fd, closing in list(self._connections.items()):
            if now < closing.until:
                break  # They are in the order in which they began.
            self._end(fd)

    def close(self) -> None:
        """Wait until all connections are closed, for `PATIENCE` at most."""
        while self._connections:
            self.step(0.05)
        self._poll.close()

    def _go_on(self, fd: int, event: int) -> None:
        closing = self._connections[fd]
        try:
            if closing.unsent and event & select.EPOLLOUT:
                closing.unsent = closing.unsent[closing.connection.socket.send(closing.unsent) :]
                if not closing.unsent:
                    self._poll.modify(fd, select.EPOLLIN)
            if event & ~select.EPOLLOUT and not closing.connection.socket.recv(_CHUNK):
                self._end(fd)
        except BlockingIOError:
            pass
        except OSError:
            self._end(fd)

    def _end(self, fd: int) -> None:
        self._poll.unregister(fd)
        self._connections.pop(fd).connection.close()


def closing_frame() -> bytes:
    """Return the close frame of a client that leaves."""
    return masked_frame(CLOSE, int(CloseCode.NORMAL).to_bytes(2, "big"))
