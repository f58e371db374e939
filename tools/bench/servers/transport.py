"""Our transport alone: inputs drained and snapshots offered at the tick, with no match behind them.

One snapshot of 600 bytes a tick and client; its head is the client's own: the tick and the newest input's first four
bytes. Usage: ``python -m tools.bench.servers.transport PORT``
"""

from __future__ import annotations

import gc
import struct
import sys
from functools import partial

import trio

from game_server.transport import Link, TransportOptions, serve
from tools.bench.installing import ROOT

RATE = 30
PAYLOAD = 600

_newest: dict[Link, bytes] = {}


async def hold(link: Link) -> None:
    """Have the link served by the tick until it closes."""
    _newest[link] = b"\0\0\0\0"
    try:
        await link.closing.wait()
    finally:
        del _newest[link]


async def tick_on() -> None:
    """Tick at absolute times."""
    start, tick = trio.current_time(), 0
    while True:
        tick += 1
        await trio.sleep_until(start + tick / RATE)
        for link in _newest:
            if messages := link.drain():
                _newest[link] = messages[-1][:4]
        state = bytes((tick & 0xFF,)) * (PAYLOAD - 8)
        head = struct.pack("<I", tick)
        for link, newest in _newest.items():
            link.offer(head + newest + state)


async def main(port: int) -> None:
    """Serve and tick."""
    listeners = await trio.open_tcp_listeners(port, host="127.0.0.1")
    site = ROOT / "web_client"
    serving = partial(serve, listeners, site=site, api={}, on_link=hold, options=TransportOptions())
    async with trio.open_nursery() as nursery:
        await nursery.start(serving)
        print("Listening", flush=True)
        gc.freeze()
        nursery.start_soon(tick_on)


if __name__ == "__main__":
    trio.run(main, int(sys.argv[1]))
