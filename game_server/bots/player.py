"""One bot over a real WebSocket."""

from __future__ import annotations

from typing import Final

import attrs
import trio
import trio_websocket
from trio_websocket import ConnectionClosed, ConnectionRejected, HandshakeError

from game_server.bots.client import Client
from game_server.bots.target import Target
from game_server.errors import ProtocolError, leaves
from game_server.protocol.closes import CloseCode
from game_server.protocol.limits import MAX_SERVER_MESSAGE_BYTES, SUBPROTOCOL

CONNECT_TIMEOUT: Final = 10.0
CLOSE_TIMEOUT: Final = 3.0


@attrs.define
class Outcome:
    """How it went for one bot.

    ``failure`` says why it never played, or why it was cut off; None when it played to the end.
    """

    client: Client
    connected: bool = False
    failure: str | None = None
    code: int | None = None


async def play(target: Target, outcome: Outcome, until: float) -> None:
    """Connect, play until ``until`` on trio's clock, and leave; what goes wrong is told in ``outcome``, not raised."""
    try:
        await _play(target, outcome, until)
    except* ConnectionClosed as closed:
        error = leaves(closed)[0]
        reason = error.reason if isinstance(error, ConnectionClosed) else None
        outcome.code = int(reason.code) if reason else int(CloseCode.ABNORMAL)
        if reason is None or outcome.code == CloseCode.ABNORMAL:
            outcome.failure = "connection lost"
        else:
            outcome.failure = f"closed with {outcome.code} {reason.reason or ''}".rstrip()
    except* ProtocolError as broken:
        outcome.code = CloseCode.PROTOCOL_ERROR
        outcome.failure = f"the server broke the protocol: {leaves(broken)[0]}"
    except* trio.TooSlowError:
        outcome.failure = "the server fell silent" if outcome.connected else f"no answer within {CONNECT_TIMEOUT:g} s"
    except* (HandshakeError, OSError, trio.BrokenResourceError) as refused:
        outcome.failure = f"could not connect: {_cause(leaves(refused)[0])}"


async def _play(target: Target, outcome: Outcome, until: float) -> None:
    client = outcome.client
    with trio.fail_after(CONNECT_TIMEOUT):
        stream = await _connect(target)
    # The library leaves its socket open when the server closes first; this one is ours to close.
    async with stream, trio.open_nursery() as nursery:
        with trio.fail_after(CONNECT_TIMEOUT):
            socket = await trio_websocket.wrap_client_stream(
                nursery,
                stream,
                target.authority,
                target.resource,
                subprotocols=[SUBPROTOCOL],
                max_message_size=MAX_SERVER_MESSAGE_BYTES,
                message_queue_size=64,
            )
            await socket.send_message(client.hello)
            while client.welcome is None:
                await _exchange(socket, client)
        outcome.connected = True
        with trio.move_on_at(until):
            while True:
                with trio.fail_after(client.welcome.timeout):
                    await _exchange(socket, client)
        with trio.move_on_after(CLOSE_TIMEOUT):
            await socket.aclose()
        nursery.cancel_scope.cancel()


async def _connect(target: Target) -> trio.SocketStream | trio.SSLStream[trio.SocketStream]:
    if target.tls:
        return await trio.open_ssl_over_tcp_stream(target.host, target.port)
    return await trio.open_tcp_stream(target.host, target.port)


async def _exchange(socket: trio_websocket.WebSocketConnection, client: Client) -> None:
    data = await socket.get_message()
    if isinstance(data, str):
        raise ProtocolError(CloseCode.UNSUPPORTED_DATA, "a text message")
    for answer in client.receive(data, trio.current_time()):
        # Shielded, because a frame that is cut half-way would break the close that follows.
        with trio.fail_after(CLOSE_TIMEOUT, shield=True):
            await socket.send_message(answer)


def _cause(error: BaseException) -> str:
    """What is at the bottom of ``error``; the library's own wrappers often say nothing."""
    if isinstance(error, ConnectionRejected):
        return f"HTTP {error.status_code} instead of a WebSocket; is that a game server?"
    while not str(error) and error.__cause__ is not None:
        error = error.__cause__
    return str(error) or type(error).__name__
