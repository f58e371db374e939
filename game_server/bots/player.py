"""One bot over a real WebSocket."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import attrs
import trio
import trio_websocket
from trio_websocket import ConnectionClosed, ConnectionRejected, HandshakeError
from wsproto.utilities import ProtocolError as WsprotoError

from game_server.bots.client import Client
from game_server.bots.network import Network
from game_server.bots.relay import behind
from game_server.bots.target import Target
from game_server.errors import ProtocolError, leaves
from game_server.protocol.closes import CloseCode
from game_server.protocol.limits import MAX_SERVER_MESSAGE_BYTES, SUBPROTOCOL

Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]

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


async def play(target: Target, outcome: Outcome, until: float, network: Network | None = None, seed: int = 0) -> None:
    """Connect, play until ``until`` on trio's clock, and leave; what goes wrong is told in ``outcome``, not raised.

    Args:
        network: what to put the connection behind; ``seed`` is of its chances.
    """
    try:
        async with _connected(target, network, seed) as stream:
            await _play(target, stream, outcome, until)
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
    except* WsprotoError as broken:
        # The library stumbles over a ping that crosses our close frame, too; the bot has played to the end by then.
        if trio.current_time() < until:
            outcome.code = CloseCode.PROTOCOL_ERROR
            outcome.failure = f"the server broke the protocol: {leaves(broken)[0]}"
    except* trio.TooSlowError:
        outcome.failure = "the server fell silent" if outcome.connected else f"no answer within {CONNECT_TIMEOUT:g} s"
    except* (HandshakeError, OSError, trio.BrokenResourceError) as refused:
        outcome.failure = f"could not connect: {_cause(leaves(refused)[0])}"


async def _play(target: Target, stream: Stream, outcome: Outcome, until: float) -> None:
    client = outcome.client
    async with trio.open_nursery() as nursery:
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


@asynccontextmanager
async def _connected(target: Target, network: Network | None, seed: int) -> AsyncIterator[Stream]:
    """A stream to ``target``: the library leaves its socket open when the server closes first; this one is ours."""
    with trio.fail_after(CONNECT_TIMEOUT):
        stream = await trio.open_tcp_stream(target.host, target.port)
    async with behind(stream, network, seed) if network else stream as carrier:
        if not target.tls:
            yield carrier
            return
        secured = trio.SSLStream(
            carrier, ssl.create_default_context(), server_hostname=target.host, https_compatible=True
        )
        async with secured:
            yield secured


async def _exchange(socket: trio_websocket.WebSocketConnection, client: Client) -> None:
    data = await socket.get_message()
    if isinstance(data, str):
        raise ProtocolError(CloseCode.UNSUPPORTED_DATA, "a text message")
    for answer in client.receive(data, trio.current_time()):
        # Shielded, because a frame that is cut half-way would break the close that follows.
        with trio.fail_after(CLOSE_TIMEOUT, shield=True):
            await socket.send_message(answer)


def _cause(error: BaseException) -> str:
    """What is at the bottom of ``error``; the wrappers around it say little or nothing."""
    if isinstance(error, ConnectionRejected):
        return f"HTTP {error.status_code} instead of a WebSocket; is that a game server?"
    said = type(error).__name__
    cause: BaseException | None = error
    while cause is not None:
        said = str(cause) or said
        deeper = cause.__cause__
        cause = leaves(deeper)[0] if isinstance(deeper, BaseExceptionGroup) else deeper
    return said
