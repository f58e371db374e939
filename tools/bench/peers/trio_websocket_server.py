"""trio-websocket as one usually writes it: a task that reads and a task that writes for each client.

One snapshot of 600 bytes a tick and client; its head is the client's own: the tick and the newest input's first four
bytes. Usage: trio_websocket_server.py PORT
"""

from __future__ import annotations

import math
import struct
import sys
from contextlib import suppress

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, WebSocketRequest, serve_websocket

RATE = 30
PAYLOAD = 600


class Client:
    """One connection: its newest input, and the snapshot that waits to be written."""

    def __init__(self) -> None:
        self.newest = b"\0\0\0\0"
        self.outbox, self.waiting = trio.open_memory_channel[bytes](1)


clients: set[Client] = set()


async def serve_client(request: WebSocketRequest) -> None:
    """Read until the client goes."""
    websocket = await request.accept(subprotocol=next(iter(request.proposed_subprotocols), None))
    client = Client()
    clients.add(client)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(write, websocket, client)
            with suppress(ConnectionClosed):
                while True:
                    message = await websocket.get_message()
                    if isinstance(message, bytes):
                        client.newest = message[:4]
            nursery.cancel_scope.cancel()
    finally:
        clients.discard(client)


async def write(websocket: WebSocketConnection, client: Client) -> None:
    """Write what the tick leaves in the outbox."""
    with suppress(ConnectionClosed):
        async for snapshot in client.waiting:
            await websocket.send_message(snapshot)


async def tick_on() -> None:
    """Give every client its snapshot, at absolute times; one that has not taken the last is passed over."""
    start, tick = trio.current_time(), 0
    while True:
        tick += 1
        await trio.sleep_until(start + tick / RATE)
        late = math.floor((trio.current_time() - start) * RATE) - tick
        tick += max(0, late)
        state = bytes((tick & 0xFF,)) * (PAYLOAD - 8)
        for client in clients:
            with suppress(trio.WouldBlock):
                client.outbox.send_nowait(struct.pack("<I", tick) + client.newest + state)


async def main(port: int) -> None:
    """Serve and tick."""
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_websocket, serve_client, "127.0.0.1", port, None)
        print("Listening", flush=True)
        nursery.start_soon(tick_on)


trio.run(main, int(sys.argv[1]))
