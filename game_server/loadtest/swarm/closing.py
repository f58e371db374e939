"""How the clients of the swarm take their leave."""

from __future__ import annotations

import select
import time
from typing import Final

import attrs

from game_server.loadtest.swarm.connecting import RawConnection, closing_frame

PATIENCE: Final = 5.0
"""Seconds for the server to end the connection, before it is cut."""
_CHUNK: Final = 65536


@attrs.define
class _ClosingConnection:
    connection: RawConnection
    unsent: bytes
    until: float


class ClosingConnections:
    """Says farewell for each client, and hears the server out.

    A socket that is closed while there are bytes to read resets its connection. A server that is in the middle of a
    tick would find it broken, before it has read the farewell, and keep the seat for somebody who is lost.
    """

    def __init__(self) -> None:
        self._leavers: dict[int, _ClosingConnection] = {}
        self._poll = select.epoll()

    def __len__(self) -> int:
        """How many the server has not let go yet."""
        return len(self._leavers)

    def go(self, connection: RawConnection, unsent: bytes = b"") -> None:
        """Let a client leave; ``unsent`` is what is left of a frame that its socket took in part."""
        fd = connection.socket.fileno()
        self._leavers[fd] = _ClosingConnection(connection, unsent + closing_frame(), time.monotonic() + PATIENCE)
        self._poll.register(fd, select.EPOLLIN | select.EPOLLOUT)
        self._go_on(fd, select.EPOLLOUT)

    def step(self, wait: float = 0.0) -> None:
        """Go on with everybody's leave; wait so long for somebody's to go on, in seconds."""
        if not self._leavers:
            return
        for fd, event in self._poll.poll(wait):
            self._go_on(fd, event)
        now = time.monotonic()
        for fd, leaver in list(self._leavers.items()):
            if now < leaver.until:
                break  # They stand in the order in which they began.
            self._end(fd)

    def close(self) -> None:
        """Wait until everybody has left, for `PATIENCE` at most."""
        while self._leavers:
            self.step(0.05)
        self._poll.close()

    def _go_on(self, fd: int, event: int) -> None:
        leaver = self._leavers[fd]
        try:
            if leaver.unsent and event & select.EPOLLOUT:
                leaver.unsent = leaver.unsent[leaver.connection.socket.send(leaver.unsent) :]
                if not leaver.unsent:
                    self._poll.modify(fd, select.EPOLLIN)
            if event & ~select.EPOLLOUT and not leaver.connection.socket.recv(_CHUNK):
                self._end(fd)
        except BlockingIOError:
            pass
        except OSError:
            self._end(fd)

    def _end(self, fd: int) -> None:
        self._poll.unregister(fd)
        self._leavers.pop(fd).connection.close()
