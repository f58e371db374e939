"""The WebSocket of a client in Python."""

from __future__ import annotations

import pytest
import trio

from game_server.client import Target
from game_server.client.websocket import open_websocket
from tests.live_server import OpenServer


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
