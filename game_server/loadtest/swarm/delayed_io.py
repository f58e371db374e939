"""Connections of the swarm with a simulated network in between, which delays both directions.

The network model is that of the relay, without the relay's tasks and second socket: bytes are held here until the model
says that they arrive. Such a client costs the tester about three times as much as one without a network.
"""

from __future__ import annotations

import heapq
import os
import select
from itertools import count
from typing import Final

from game_server.loadtest.network.model import DelayLine, Impairments, Network

CHUNK_BYTES: Final = 4096
"""Bytes that travel together, at most."""
HELD_BYTES: Final = 2**18
"""Bytes that may be on their way in one direction; beyond, nothing is taken, as when a TCP window is full."""
_BATCH: Final = 256
_CUT: Final = b""


class DelayedLink:
    """One connection; nothing else reads or writes its descriptor.

    Attributes:
        heard: bytes that have arrived at the client and were not taken yet.
        ended: whether the end of the stream has arrived, after all of ``heard``.
        unsent: bytes that have arrived at the server's side and that the socket has not taken.
        going, coming: number of bytes on their way to the server, and from it.
        read: whether the socket is in the epoll set.
    """

    __slots__ = (
        "_delayed_io",
        "coming",
        "down",
        "ended",
        "fd",
        "going",
        "heard",
        "impairments",
        "read",
        "unsent",
        "up",
    )

    def __init__(self, delayed_io: DelayedIO, fd: int, network: Network, seed: int, now: float) -> None:
        self._delayed_io = delayed_io
        self.fd = fd
        self.impairments = Impairments(network, seed, now)
        self.up = DelayLine(self.impairments, f"up {seed}")
        self.down = DelayLine(self.impairments, f"down {seed}")
        self.heard = b""
        self.ended = False
        self.unsent = b""
        self.going = self.coming = 0
        self.read = False

    def send(self, data: bytes, now: float) -> bool:
        """Send ``data`` on its way; returns False, and drops it, if too much is on its way already."""
        if self.going + len(data) > HELD_BYTES:
            return False
        self.going += len(data)
        self._delayed_io.set_out(self.up.arrival(now, len(data)), self, data)
        return True

    def take(self) -> bytes:
        """Return what has arrived since the last call."""
        heard, self.heard = self.heard, b""
        return heard


class DelayedIO:
    """All delayed connections of a process. Times are in seconds of one steady clock and never go back."""

    def __init__(self) -> None:
        self._links: dict[int, DelayedLink] = {}
        self._poll = select.epoll()
        self._under_way: list[tuple[float, int, DelayedLink, bytes, bool]] = []
        self._turn = count()
        self._full: set[DelayedLink] = set()
        self._blocked: set[DelayedLink] = set()

    def __len__(self) -> int:
        """Return the number of connections."""
        return len(self._links)

    def open(self, fd: int, network: Network, seed: int, now: float) -> DelayedLink:
        """Put a connection behind ``network``.

        Args:
            fd: of a connected, non-blocking socket.
            seed: of this connection's random numbers.
        """
        link = self._links[fd] = DelayedLink(self, fd, network, seed, now)
        self._look_at(link, True)
        if link.impairments.cut_at < float("inf"):
            heapq.heappush(self._under_way, (link.impairments.cut_at, next(self._turn), link, _CUT, False))
        return link

    def release(self, link: DelayedLink) -> bytes:
        """Forget a connection, before it is closed; what is on its way is lost.

        Returns:
            The rest of what the socket has taken in part.
        """
        if self._links.get(link.fd) is link:
            del self._links[link.fd]
            self._look_at(link, False)
            self._full.discard(link)
            self._blocked.discard(link)
        return link.unsent

    def set_out(self, arrives: float, link: DelayedLink, data: bytes) -> None:
        """Let ``data`` arrive at the server's end of ``link`` at ``arrives``."""
        heapq.heappush(self._under_way, (arrives, next(self._turn), link, data, True))

    def step(self, now: float) -> list[DelayedLink]:
        """Read what the server has sent, and deliver what has arrived by ``now`` in either direction.

        Returns:
            The connections at whose client's end something has arrived.
        """
        self._read(now)
        hearing: dict[DelayedLink, None] = {}
        under_way, links = self._under_way, self._links
        for link in list(self._blocked):
            self._write(link, b"")
        while under_way and under_way[0][0] <= now:
            _, _, link, data, upwards = heapq.heappop(under_way)
            if links.get(link.fd) is not link:
                continue
            if upwards:
                link.going -= len(data)
                self._write(link, data)
                continue
            link.coming -= len(data)
            link.heard += data
            if not data:
                link.ended = True
                self._look_at(link, False)
            elif link in self._full and link.coming <= HELD_BYTES // 2:
                self._full.discard(link)
                self._look_at(link, True)
            hearing[link] = None
        return list(hearing)

    def close(self) -> None:
        """Close the epoll set."""
        self._poll.close()

    def _read(self, now: float) -> None:
        events = self._poll.poll(0, _BATCH)
        while events:
            for fd, _ in events:
                link = self._links[fd]
                try:
                    data = os.read(fd, CHUNK_BYTES)
                except BlockingIOError:
                    continue
                except OSError:
                    data = _CUT
                link.coming += len(data)
                arrives = link.down.arrival(now, len(data))
                heapq.heappush(self._under_way, (arrives, next(self._turn), link, data, False))
                if link.coming > HELD_BYTES:
                    self._full.add(link)
                if not data or link in self._full:
                    self._look_at(link, False)
            events = self._poll.poll(0, _BATCH) if len(events) == _BATCH else []

    def _write(self, link: DelayedLink, data: bytes) -> None:
        data = link.unsent + data
        try:
            link.unsent = data[os.write(link.fd, data) :]
        except BlockingIOError:
            link.unsent = data
        except OSError:
            link.unsent = b""  # the connection is lost, as the next read will show
        if link.unsent:
            self._blocked.add(link)
        else:
            self._blocked.discard(link)

    def _look_at(self, link: DelayedLink, wanted: bool) -> None:
        if wanted and not link.read:
            self._poll.register(link.fd, select.EPOLLIN)
        elif link.read and not wanted:
            self._poll.unregister(link.fd)
        link.read = wanted
