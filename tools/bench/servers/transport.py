"""Our transport alone: sockets read and written at the tick, with no match behind them.

One snapshot of 600 bytes a tick and client; its head is the client's own: the tick and the newest input's first four
bytes. Usage: ``python -m tools.bench.servers.transport PORT [calls]``; with ``calls`` it does without io_uring.
"""

from __future__ import annotations

import itertools
import struct
import sys
from functools import partial

import numpy as np
import trio

from game_server.protocol import Snapshots
from game_server.telemetry import Garbage
from game_server.transport import Link, SeatedSockets, TransportOptions, serve
from tools.bench.installing import ROOT

RATE = 30
PAYLOAD = 600


class Seats:
    """The clients by number, and the newest input of each."""

    def __init__(self, *, ring: bool) -> None:
        self._sockets = SeatedSockets(ring=ring)
        self._links: dict[int, Link] = {}
        self._newest: dict[int, bytes] = {}
        self._numbers = itertools.count()

    async def hold(self, link: Link) -> None:
        """Have the tick serve ``link`` until it closes."""
        number = next(self._numbers)
        async with self._sockets.seat(link):
            self._links[number] = link
            self._newest[number] = b"\0\0\0\0"
            self._sockets.admit(number, link)
            try:
                while not link.closed:
                    await link.idle()
            finally:
                self._sockets.dismiss(number)
                del self._links[number], self._newest[number]

    async def tick_on(self, garbage: Garbage) -> None:
        """Tick at absolute times, and collect garbage in between as a match does."""
        start, tick = trio.current_time(), 0
        while True:
            tick += 1
            await trio.sleep_until(start + tick / RATE)
            self._tick(tick)
            garbage.collect(trio.current_time(), start + (tick + 1) / RATE)

    def _tick(self, tick: int) -> None:
        newest = self._newest
        received = self._sockets.receive()
        for number in received.mail:
            newest[number] = self._links[number].drain()[-1][:4]
        for batch in received.batches:
            inputs = np.ascontiguousarray(batch.data[:, :4]).view("V4").ravel().tolist()
            newest.update(zip(batch.players.tolist(), inputs, strict=True))
        head, state = struct.pack("<I", tick), bytes((tick & 0xFF,)) * (PAYLOAD - 8)
        snapshots = Snapshots([head + ack for ack in newest.values()], [state] * len(newest))
        self._sockets.write(np.fromiter(newest, np.intp), [b""] * len(newest), snapshots)
        self._sockets.flush()


async def main(port: int, *, ring: bool) -> None:
    """Serve and tick."""
    seats = Seats(ring=ring)
    listeners = await trio.open_tcp_listeners(port, host="127.0.0.1")
    site = ROOT / "web_client"
    serving = partial(serve, listeners, site=site, api={}, on_link=seats.hold, options=TransportOptions())
    garbage = Garbage()
    async with trio.open_nursery() as nursery:
        await nursery.start(serving)
        print("Listening", flush=True)
        with garbage.tamed():
            await seats.tick_on(garbage)


if __name__ == "__main__":
    trio.run(partial(main, int(sys.argv[1]), ring=not sys.argv[2:]))
