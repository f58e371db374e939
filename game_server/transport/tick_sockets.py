"""The sockets of a match's seated links, read and written at its ticks."""

from __future__ import annotations

import heapq
import math
import os
import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Final

import trio

from game_server.protocol.closes import CloseCode
from game_server.transport.frames import INPUT_FRAME_SIZES, unmask_alike
from game_server.transport.link import Link
from game_server.transport.tick_socket import TICK_READ_BYTES, TickSocket

MANY: Final = 16
"""Frames of one size from which on it is quicker to unmask them together."""


class TickSockets:
    """An epoll set of sockets. Nothing here waits but `seat`.

    Its two loops are flat for what nearly every socket has at nearly every tick, one whole input and one snapshot:
    a method call on the way of each would cost a tenth of all that is spent in Python.

    A link that is not over a plain TCP or Unix socket, or where there is no epoll, keeps its tasks; `seat` does
    nothing to it, and the match cannot tell.
    """

    def __init__(self) -> None:
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        self._sockets: dict[int, TickSocket] = {}
        self._looks: list[tuple[float, int, TickSocket]] = []
        self._turn = count()

    def __len__(self) -> int:
        """Sockets in the set."""
        return len(self._sockets)

    @asynccontextmanager
    async def seat(self, link: Link) -> AsyncIterator[None]:
        """Read and write the socket of ``link`` at the tick inside the ``async with``.

        Entering waits until what was sent before is written, within ``slow_timeout``.
        """
        try:
            if link.seating and self._epoll:
                await link.seating.begin(self)
            yield
        finally:
            if link.seating:
                link.seating.end()

    def receive(self) -> None:
        """Read each socket that has bytes once: inputs go to the inboxes, all else to the library's tasks."""
        if self._epoll is None or not self._sockets:
            return
        now = trio.current_time()
        sockets, read = self._sockets, os.read
        alike: dict[int, tuple[list[TickSocket], list[bytes]]] = {}
        for fd, _ in self._epoll.poll(0, len(sockets)):
            socket = sockets[fd]
            plain = socket.sieve.plain
            if (socket.passed or not plain) and socket.held:
                continue
            try:
                data = read(fd, TICK_READ_BYTES)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
                socket.broke()
            if not data:
                socket.end()
                self._epoll.unregister(fd)
            elif plain:
                size = len(data)
                if size not in alike:
                    alike[size] = [], []
                owners, reads = alike[size]
                owners.append(socket)
                reads.append(data)
            else:
                socket.take(data, now)
        for owners, reads in alike.values():
            _take_alike(owners, reads, now)

    def flush(self) -> None:
        """Write what waits, with one system call a socket, and look after peers that are silent or slow."""
        if not self._sockets:
            return
        now = trio.current_time()
        looks = self._looks
        while looks and looks[0][0] <= now:
            socket = heapq.heappop(looks)[2]
            if not socket.released:
                self._look_at(socket, socket.look(now))
        write = os.write
        for socket in self._sockets.values():
            frame = socket.alone
            if not frame:
                socket.push(now)
                continue
            try:
                sent = write(socket.fd, frame)
            except OSError as error:
                socket.refused(error, now)
                continue
            if sent == len(frame):
                socket.alone = b""
                socket.link.bytes_out += sent
            else:
                socket.wrote(sent, now)

    def add(self, socket: TickSocket) -> None:
        """Take ``socket`` into the set."""
        assert self._epoll is not None
        self._epoll.register(socket.fd, select.EPOLLIN)
        self._sockets[socket.fd] = socket
        self._look_at(socket, trio.current_time())

    def remove(self, socket: TickSocket) -> None:
        """Take ``socket`` out again, if it is in; its descriptor must still be open."""
        if self._epoll and self._sockets.get(socket.fd) is socket:
            del self._sockets[socket.fd]
            try:
                self._epoll.unregister(socket.fd)
            except FileNotFoundError:
                pass  # it had ended

    def _look_at(self, socket: TickSocket, due: float) -> None:
        if due < math.inf:
            heapq.heappush(self._looks, (due, next(self._turn), socket))


def _take_alike(sockets: list[TickSocket], reads: list[bytes], now: float) -> None:
    """`TickSocket.take` for each of ``sockets``, whose sieves are plain and whose ``reads`` are of one size."""
    size = len(reads[0])
    together = len(reads) >= MANY and size in INPUT_FRAME_SIZES
    messages = unmask_alike(reads) if together else [None] * len(reads)
    for socket, data, message in zip(sockets, reads, messages, strict=True):
        if message is None:
            socket.take(data, now)
            continue
        socket.heard_at = now
        link = socket.link
        link.bytes_in += size
        if not socket.budget.take(1, now):
            link.close(CloseCode.FLOODING, "too many messages")
        elif not link.inbox.put_input(message):
            link.close(CloseCode.FLOODING, "too many messages wait to be used")
