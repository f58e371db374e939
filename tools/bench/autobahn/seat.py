"""A seat in a match for a client that knows nothing but WebSocket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from typing import Final, NamedTuple

import trio

from game_server.protocol import Hello, Join, Snapshot, decode_server, encode
from tools.bench.attacks.sockets import frame, parse

SNAPSHOTS: Final = 3
"""To wait for: with the second at the latest the tick has the socket."""
_SEAT_SECONDS: Final = 10.0
_LINGER_SECONDS: Final = 2.0
_KEY: Final = "a seat for the fuzzer"
"""The same on each connection, so that each gets the seat of the one before."""
_BINARY: Final = 2
_CONTROL: Final = 8
"""The first opcode of a control frame."""
_HEAD_END: Final = b"\r\n\r\n"


class _Frame(NamedTuple):
    opcode: int
    payload: bytes
    wire: bytes


async def relay_to_a_seat(port: int, *, task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED) -> None:
    """Pass connections on to the server at ``port``, each with a seat before its client hears of the handshake.

    Then all that the client sends goes to the server as it is. Of what the server sends, messages are left out, which
    the client would take for answers.

    Args:
        port: of a server on this machine, without TLS.
        task_status: gets the port at which to connect.
    """
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    task_status.started(listener.socket.getsockname()[1])
    await trio.serve_listeners(partial(_relay, port), [listener])


async def _relay(port: int, client: trio.SocketStream) -> None:
    with suppress(trio.BrokenResourceError):
        async with await trio.open_tcp_stream("127.0.0.1", port) as server:
            with trio.move_on_after(_SEAT_SECONDS) as scope:
                frames = await _seat(client, server)
            if scope.cancelled_caught:
                return
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_pass_up, client, server)
                with suppress(trio.BrokenResourceError):
                    async for each in frames:
                        if each.opcode >= _CONTROL:
                            await client.send_all(each.wire)
                with suppress(trio.BrokenResourceError):
                    await client.send_eof()
                nursery.cancel_scope.deadline = trio.current_time() + _LINGER_SECONDS


async def _seat(client: trio.SocketStream, server: trio.SocketStream) -> AsyncIterator[_Frame]:
    """Shake hands, and have a seat; what the server sends after that."""
    request, _ = await _head(client)
    requests = (Hello("Fuzzer", "autobahn", _KEY), Join(""))
    await server.send_all(request + b"".join(frame(encode(message)) for message in requests))
    answer, rest = await _head(server)
    frames, snapshots = _frames(server, rest), 0
    async for each in frames:
        if each.opcode == _BINARY:
            snapshots += isinstance(decode_server(each.payload), Snapshot)
        if snapshots == SNAPSHOTS or each.opcode >= _CONTROL:
            break
    await client.send_all(answer)
    return frames


async def _head(stream: trio.SocketStream) -> tuple[bytes, bytes]:
    """The head of a request or an answer, and what came after it.

    Raises:
        trio.BrokenResourceError: the stream ended before.
    """
    came = b""
    while _HEAD_END not in came:
        data = await stream.receive_some()
        if not data:
            raise trio.BrokenResourceError
        came += data
    head, _, rest = came.partition(_HEAD_END)
    return head + _HEAD_END, rest


async def _frames(stream: trio.SocketStream, came: bytes) -> AsyncIterator[_Frame]:
    """What a server sends, after the bytes that ``came`` already."""
    while True:
        while parsed := parse(came):
            opcode, payload, size = parsed
            yield _Frame(opcode, payload, came[:size])
            came = came[size:]
        data = await stream.receive_some()
        if not data:
            return
        came += data


async def _pass_up(client: trio.SocketStream, server: trio.SocketStream) -> None:
    """All that the client sends, also what the server does not take any more: unread, it would cut the connection."""
    with suppress(trio.BrokenResourceError):
        async for data in client:
            with suppress(trio.BrokenResourceError):
                await server.send_all(data)
        await server.send_eof()
