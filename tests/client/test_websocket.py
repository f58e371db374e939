"""The WebSocket of a client in Python."""

from __future__ import annotations

from typing import cast

import pytest
import trio
import trio.testing
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Request

from game_server.client import Target
from game_server.client.websocket import open_websocket
from game_server.protocol import SUBPROTOCOL
from tests.live_server import OpenServer

PING = b"\x89\x00"
"""An empty one, as a server sends it."""


@pytest.mark.parametrize("queue", [1, 64])
async def test_as_many_messages_wait_to_be_taken_as_are_asked_for(
    open_server: OpenServer, nursery: trio.Nursery, queue: int
) -> None:
    served = await open_server()
    target = Target.from_url(served.server.url)
    socket = await open_websocket(nursery, await served.dial(), target, queue)
    assert socket._recv_channel.statistics().max_buffer_size == queue
    assert socket.subprotocol
    nursery.cancel_scope.cancel()


async def test_a_ping_that_crosses_the_close_frame_is_owed_no_answer(nursery: trio.Nursery) -> None:
    ours, theirs = trio.testing.memory_stream_pair()

    async def serve() -> None:
        wire = WSConnection(ConnectionType.SERVER)
        while True:
            wire.receive_data(bytes(await theirs.receive_some()))
            for event in wire.events():
                if isinstance(event, Request):
                    await theirs.send_all(wire.send(AcceptConnection(subprotocol=SUBPROTOCOL)))
                elif isinstance(event, CloseConnection):
                    await theirs.send_all(PING + wire.send(event.response()))
                    return

    nursery.start_soon(serve)
    with trio.fail_after(5):
        socket = await open_websocket(nursery, cast(trio.SocketStream, ours), Target.from_url("http://127.0.0.1:8000"))
        await socket.aclose()
