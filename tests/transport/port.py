"""A port without sockets: what listens, who owns its links, and a clock that jumps over every wait."""

from __future__ import annotations

import itertools
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import trio
import trio.abc
import trio.testing

from game_server.errors import LinkClosed
from game_server.transport import Link, OnLink, SeatedSockets
from tests.transport.clients import Dial
from tests.waiting import bounded

TICK = 1 / 30
"""Seconds."""

Start = Callable[..., Awaitable[Dial]]
PairMaker = Callable[[], tuple[trio.abc.Stream, trio.abc.Stream]]


class MemoryListener(trio.abc.Listener[trio.abc.Stream]):
    """Accepts what `dial` opens. Its streams never fill up, or take one write at a time when made in ``lockstep``."""

    def __init__(self, *, lockstep: bool = False) -> None:
        make: PairMaker = trio.testing.lockstep_stream_pair if lockstep else trio.testing.memory_stream_pair
        self._make_pair = make
        self._send, self._receive = trio.open_memory_channel[trio.abc.Stream](math.inf)

    async def dial(self) -> trio.abc.Stream:
        """The client's end of a fresh connection."""
        ours, theirs = self._make_pair()
        await self._send.send(theirs)
        return ours

    async def accept(self) -> trio.abc.Stream:
        return await self._receive.receive()

    async def aclose(self) -> None:
        await self._receive.aclose()


class SocketListener(MemoryListener):
    """The same over Unix sockets. The caller calls `close` at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._dialed: list[trio.SocketStream] = []

    async def dial(self) -> trio.SocketStream:
        """The client's end of a fresh connection."""
        ours, theirs = trio.socket.socketpair()
        self._dialed.append(trio.SocketStream(ours))
        await self._send.send(trio.SocketStream(theirs))
        return self._dialed[-1]

    def close(self) -> None:
        """Close the clients' ends."""
        for stream in self._dialed:
            stream.socket.close()


class Ticks:
    """A match that only receives and flushes, and owners who have a seat in it.

    Args:
        used: gets the messages that came in batches.
        ring: as for `SeatedSockets`.
    """

    def __init__(self, used: list[bytes] | None = None, *, ring: bool = True) -> None:
        self.sockets = SeatedSockets(ring=ring)
        self._used = [] if used is None else used
        self._players = itertools.count()

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            for batch in self.sockets.receive().batches:
                self._used += [batch.message(index) for index in range(len(batch))]
            self.sockets.flush()
            await trio.sleep(TICK)

    def seated(self, on_link: OnLink) -> OnLink:
        """``on_link``, for a link that has a seat from the beginning."""

        async def own(link: Link) -> None:
            async with self.sockets.seat(link):
                player = next(self._players)
                self.sockets.admit(player, link)
                await on_link(link)
                self.sockets.dismiss(player)

        return own


async def echo(link: Link) -> None:
    """An owner that sends back what it receives."""
    while True:
        link.send(await link.receive())


class Owner:
    """An owner under the test's control: it hands over the link and waits until it is gone."""

    def __init__(self) -> None:
        self._send, self._receive = trio.open_memory_channel[Link](math.inf)
        self.ends: list[LinkClosed] = []

    async def __call__(self, link: Link) -> None:
        await self._send.send(link)
        self.ends.append(await link.wait_closed())

    async def link(self) -> Link:
        with bounded():
            return await self._receive.receive()


def virtual_time(
    main: Callable[[], Awaitable[Any]],
    clock: trio.abc.Clock | None = None,
    instruments: Sequence[trio.abc.Instrument] = (),
) -> Any:
    """Run a test so that no wait takes any time."""
    clock = clock or trio.testing.MockClock(autojump_threshold=0)
    return trio.run(main, clock=clock, instruments=instruments)
