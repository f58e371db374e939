"""The WebSocket of a client in Python."""

from __future__ import annotations

import errno
from typing import cast

import h11
import pytest
import trio
import trio.testing
from trio_websocket import CloseReason, ConnectionClosed
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Event, Request
from wsproto.utilities import LocalProtocolError

from game_server.client import ConnectError, Target, websocket, why_ended
from game_server.client.websocket import open_websocket
from game_server.errors import ProtocolError
from game_server.protocol import SUBPROTOCOL, CloseCode
from tests.live_server import OpenServer
from tests.waiting import bounded

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


@pytest.mark.parametrize(("size", "code"), [(10, 1000), (11, 1009)])
async def test_a_message_may_be_as_long_as_the_protocol_allows_and_not_a_byte_longer(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch, size: int, code: int
) -> None:
    monkeypatch.setattr(websocket, "MAX_SERVER_MESSAGE_BYTES", 10)
    ours, theirs = trio.testing.memory_stream_pair()
    heard: list[Event] = []
    over = trio.Event()

    async def serve() -> None:
        wire = WSConnection(ConnectionType.SERVER)
        while not any(isinstance(event, CloseConnection) for event in heard):
            wire.receive_data(bytes(await theirs.receive_some()))
            for event in wire.events():
                heard.append(event)
                if isinstance(event, Request):
                    await theirs.send_all(wire.send(AcceptConnection(subprotocol=SUBPROTOCOL)))
                    await theirs.send_all(wire.send(BytesMessage(data=bytes(size))))
                elif isinstance(event, CloseConnection):
                    await theirs.send_all(wire.send(event.response()))
        over.set()

    nursery.start_soon(serve)
    with bounded():
        socket = await open_websocket(nursery, cast(trio.SocketStream, ours), Target.from_url("http://127.0.0.1:8000"))
        try:
            assert await socket.get_message() == bytes(size)
        except ConnectionClosed:
            pass
        await socket.aclose()
        await over.wait()
    assert [event.code for event in heard if isinstance(event, CloseConnection)] == [code]


@pytest.mark.parametrize(
    ("error", "said", "code"),
    [
        (ConnectError("as it was", code=7), "as it was", 7),
        (ConnectionClosed(CloseReason(4009, "removed")), "closed with 4009 removed", 4009),
        (ConnectionClosed(CloseReason(1000, None)), "closed with 1000", 1000),
        (ConnectionClosed(CloseReason(1006, None)), "connection lost", 1006),
        (ConnectionClosed(None), "connection lost", 1006),
        (ProtocolError(CloseCode.MESSAGE_TOO_BIG, "no"), "the server broke the protocol: no", CloseCode.BAD_MESSAGE),
        (LocalProtocolError("no"), "the server broke the protocol: no", CloseCode.PROTOCOL_ERROR),
        (h11.RemoteProtocolError("no"), "the server broke the protocol: no", CloseCode.PROTOCOL_ERROR),
        (trio.TooSlowError(), "no answer within 10 s", None),
        (OSError(errno.ECONNREFUSED, ""), "could not connect: Connection refused", None),
        (trio.BrokenResourceError("torn"), "could not connect: torn", None),
    ],
)
def test_every_end_of_a_connection_has_words_and_those_of_a_close_a_code(
    error: Exception, said: str, code: int | None
) -> None:
    ended = why_ended(error)
    assert (str(ended), ended.code) == (said, code)
    assert isinstance(error, websocket.ENDS)


async def test_the_guard_of_a_handshake_waits_for_room_and_ends_as_its_stream_does() -> None:
    waited: list[bool] = []

    async def wait() -> None:
        waited.append(True)

    line = trio.testing.MemorySendStream(wait_send_all_might_not_block_hook=wait)
    guard = websocket._HandshakeGuard(cast(trio.SocketStream, line))
    await guard.wait_send_all_might_not_block()
    assert waited == [True]
    await guard.aclose()
    with pytest.raises(trio.ClosedResourceError):
        await line.send_all(b"x")
