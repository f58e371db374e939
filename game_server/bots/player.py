"""One bot over a real WebSocket."""

from __future__ import annotations

import math
from typing import Final

import attrs
import trio
import trio_websocket
from trio_websocket import ConnectionClosed, ConnectionRejected, HandshakeError
from wsproto.utilities import ProtocolError as WsprotoError

from game_server.bots.client import Client
from game_server.bots.connection import CONNECT_TIMEOUT, NO_ROOM, Stream, cause_of, connected, is_fault_of_tester
from game_server.bots.network import Network
from game_server.bots.target import Target
from game_server.errors import ProtocolError, leaves
from game_server.protocol.closes import CloseCode
from game_server.protocol.limits import MAX_SERVER_MESSAGE_BYTES, SUBPROTOCOL
from game_server.protocol.server_messages import Refused

CLOSE_TIMEOUT: Final = 3.0
FELL_SILENT: Final = "the server fell silent"
NOT_IN_TIME: Final = "did not get in before it was to leave"
NOT_BACK_IN_TIME: Final = "lost its connection, and was not back before it was to leave"
FAREWELL_TIMEOUT: Final = 0.2
"""Seconds to write a close frame when there is no time to hear the answer."""


@attrs.define
class Outcome:
    """How it went for one bot.

    Attributes:
        connected: whether it ever came to what it came for.
        failure: why it never did, or why it was cut off; None when it stayed to the end.
        code: of the close that cut it off, if that was it.
        refusal: the `RefusalCode` of the request that was not granted, if that was it.
        turned_away: whether the server did not want the last connection, or had no room for it.
        fault_of_tester: whether that could not be begun, for want of files or ports on this side.
        due: when the first connection was to begin, on trio's clock; when it does, if that is None.
        connects, joins: seconds to the end of each handshake from when it was due, and from there to the welcome.
        closes: the codes of all connections that ended before their time.
    """

    client: Client
    connected: bool = False
    failure: str | None = None
    code: int | None = None
    refusal: int | None = None
    turned_away: bool = False
    fault_of_tester: bool = False
    due: float | None = None
    connects: list[float] = attrs.Factory(list)
    joins: list[float] = attrs.Factory(list)
    closes: list[int] = attrs.Factory(list)


async def play(
    target: Target,
    outcome: Outcome,
    until: float,
    network: Network | None = None,
    seed: int = 0,
    cut_at: float = math.inf,
) -> None:
    """Connect, stay until ``until`` on trio's clock, and leave; what goes wrong is told in ``outcome``, not raised.

    Args:
        network: what to put the connection behind; ``seed`` is of its chances.
        cut_at: when to cut the connection without a word.
    """
    outcome.failure = outcome.code = None
    try:
        with trio.move_on_at(cut_at) as uncut:
            async with connected(target, network, seed) as stream:
                await _play(target, stream, outcome, until, cut_at)
        if uncut.cancelled_caught:
            outcome.code = int(CloseCode.ABNORMAL)
            outcome.failure = "connection cut by the scenario"
            return
    except* ConnectionClosed as closed:
        error = leaves(closed)[0]
        reason = error.reason if isinstance(error, ConnectionClosed) else None
        outcome.code = int(reason.code) if reason else int(CloseCode.ABNORMAL)
        if reason is None or outcome.code == CloseCode.ABNORMAL:
            outcome.failure = "connection lost"
        else:
            outcome.failure = f"closed with {outcome.code} {reason.reason or ''}".rstrip()
    except* ProtocolError as broken:
        outcome.code = CloseCode.BAD_MESSAGE
        outcome.failure = f"the server broke the protocol: {leaves(broken)[0]}"
    except* WsprotoError as broken:
        # The library stumbles over a ping that crosses our close frame, too; the bot has played to the end by then.
        if trio.current_time() < until:
            outcome.code = CloseCode.PROTOCOL_ERROR
            outcome.failure = f"the server broke the protocol: {leaves(broken)[0]}"
    except* trio.TooSlowError:
        outcome.failure = FELL_SILENT if outcome.client.settled else f"no answer within {CONNECT_TIMEOUT:g} s"
        if not outcome.client.settled and trio.current_time() >= until:
            outcome.failure = NOT_BACK_IN_TIME if outcome.connected else NOT_IN_TIME
    except* (HandshakeError, OSError, trio.BrokenResourceError) as refused:
        error = leaves(refused)[0]
        outcome.failure = f"could not connect: {cause_of(error)}"
        outcome.turned_away = isinstance(error, ConnectionRejected) and error.status_code in NO_ROOM
        if outcome.turned_away:
            outcome.failure = f"turned away with {cause_of(error)}"
        outcome.fault_of_tester = is_fault_of_tester(error)
    if outcome.code is not None:
        outcome.closes.append(outcome.code)


async def _play(target: Target, stream: Stream, outcome: Outcome, until: float, cut_at: float) -> None:
    client = outcome.client
    due, outcome.due = outcome.due, None
    if due is None:
        due = trio.current_time()
    async with trio.open_nursery() as nursery:
        with trio.fail_at(min(trio.current_time() + CONNECT_TIMEOUT, until)):
            socket = await trio_websocket.wrap_client_stream(
                nursery,
                stream,
                target.authority,
                target.resource,
                subprotocols=[SUBPROTOCOL],
                max_message_size=MAX_SERVER_MESSAGE_BYTES,
                message_queue_size=64,
            )
            upgraded = trio.current_time()
            outcome.connects.append(upgraded - due)
            for message in client.greeting():
                await socket.send_message(message)
            while not client.settled and client.ended is None:
                await _exchange(socket, client)
        if client.settled:
            outcome.connected = True
            outcome.joins.append(trio.current_time() - upgraded)
        try:
            with trio.move_on_at(until):
                while client.ended is None:
                    with trio.fail_after(client.patience):
                        await _exchange(socket, client)
        except trio.Cancelled:
            if trio.current_time() < cut_at:
                # Whoever is called off leaves as one does, lest the seat be kept for nobody.
                client.leave(trio.current_time())
                with trio.move_on_after(FAREWELL_TIMEOUT, shield=True):
                    await socket.aclose()
            raise
        client.leave(trio.current_time())
        if isinstance(client.ended, Refused):
            outcome.refusal, outcome.turned_away = client.ended.code, True
            outcome.failure = f"refused: {client.ended.text}"
        elif client.ended:
            outcome.failure = f"sent to the lobby: {client.ended.text}"
        with trio.move_on_after(CLOSE_TIMEOUT):
            await socket.aclose()
        nursery.cancel_scope.cancel()


async def _exchange(socket: trio_websocket.WebSocketConnection, client: Client) -> None:
    data = await socket.get_message()
    if isinstance(data, str):
        raise ProtocolError(CloseCode.UNSUPPORTED_DATA, "a text message")
    for answer in client.receive(data, trio.current_time()):
        # Shielded, because a frame that is cut half-way would break the close that follows.
        with trio.fail_after(CLOSE_TIMEOUT, shield=True):
            await socket.send_message(answer)


def why_not_connected(group: BaseExceptionGroup[BaseException]) -> str:
    """The first of these errors, in a sentence."""
    error = leaves(group)[0]
    if isinstance(error, ConnectionClosed):
        return (
            f"closed with {error.reason.code} {error.reason.reason or ''}".rstrip()
            if error.reason
            else "connection lost"
        )
    return f"could not connect: {cause_of(error)}"
