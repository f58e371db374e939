"""picows on uvloop, by its quickest ways: frames as they come, the snapshot's memory used again and again.

One snapshot of 600 bytes a tick and client; its head is the client's own: the tick and the newest input's first four
bytes. Usage: picows_server.py PORT
"""

from __future__ import annotations

import asyncio
import gc
import struct
import sys

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

RATE = 30
PAYLOAD = 600
ROOM = 14
"""Bytes before the message, in which picows writes the frame's header."""

listeners: set[Client] = set()


class Client(WSListener):  # type: ignore[misc]
    """One connection."""

    def __init__(self) -> None:
        self.transport: WSTransport | None = None
        self.newest = b"\0\0\0\0"
        self.paused = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The handshake is done."""
        self.transport = transport
        listeners.add(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """An input."""
        if frame.msg_type == WSMsgType.BINARY:
            self.newest = frame.get_payload_as_bytes()
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The client is gone."""
        del transport
        listeners.discard(self)

    def pause_writing(self) -> None:
        """The socket takes no more."""
        self.paused = True

    def resume_writing(self) -> None:
        """The socket takes more."""
        self.paused = False


def accept(request: WSUpgradeRequest) -> Client:
    """Let everybody in."""
    del request
    return Client()


async def main(port: int) -> None:
    """Serve, and tick at absolute times."""
    loop = asyncio.get_running_loop()
    server = await ws_create_server(accept, "127.0.0.1", port, backlog=1024)
    print("Listening", flush=True)
    gc.freeze()
    start, tick = loop.time(), 0
    message = bytearray(ROOM + PAYLOAD)
    binary = WSMsgType.BINARY
    async with server:
        while True:
            tick += 1
            await asyncio.sleep(start + tick / RATE - loop.time())
            message[ROOM:] = bytes((tick & 0xFF,)) * PAYLOAD
            struct.pack_into("<I", message, ROOM, tick)
            for client in listeners:
                if not client.paused and client.transport is not None:
                    message[ROOM + 4 : ROOM + 8] = client.newest[:4]
                    client.transport.send_reuse_external_bytearray(binary, message, ROOM)


uvloop.run(main(int(sys.argv[1])))
