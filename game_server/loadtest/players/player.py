"""One player over a WebSocket: it connects, plays until its time is over, and leaves."""

from __future__ import annotations

import math
from typing import Final

import attrs
import trio
from trio_websocket import WebSocketConnection

from game_server.client import (
    CONNECT_TIMEOUT,
    ENDS,
    Client,
    ConnectError,
    Stream,
    Target,
    open_stream,
    open_websocket,
    why_ended,
)
from game_server.errors import ProtocolError, leaves
from game_server.loadtest.metrics.definitions import FELL_SILENT, NOT_BACK_IN_TIME, NOT_IN_TIME
from game_server.loadtest.network.model import Network
from game_server.loadtest.network.relay import impaired
from game_server.protocol import MAX_HOPS, CloseCode, Refused

CLOSE_TIMEOUT: Final = 3.0
"""Seconds to send a frame, or for the closing handshake."""
FAREWELL_TIMEOUT: Final = 0.2
"""Seconds to write a close frame when the run is cancelled; there is no time for the answer."""
_QUEUE: Final = 64
"""Messages that may wait to be taken; with fewer, the library reads too late to answer pings in time."""


@attrs.define
class Outcome:
    """The outcome for one player.

    Attributes:
        connected: whether it ever got what it came for.
        failure: why it did not, or why it was cut off; None if it stayed to the end.
        code: the close code, if the connection was closed.
        refusal: the `RefusalCode`, if the request was refused.
        turned_away: whether the server refused the last connection, or had no room for it.
        local_shortage: whether this machine had no files or ports left for it.
        due: when the first connection was due, on trio's clock; None for when it begins.
        connects: seconds from when each connection was due to the end of its handshake.
        joins: seconds from there to the welcome.
        closes: close codes of all connections that ended before their time.
    """

    client: Client
    connected: bool = False
    failure: str | None = None
    code: int | None = None
    refusal: int | None = None
    turned_away: bool = False
    local_shortage: bool = False
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
    """Connect, stay until ``until`` on trio's clock, and leave. What goes wrong is noted in ``outcome``, not raised.

    Args:
        network: a simulated network to put in between; ``seed`` is that of its random numbers.
        cut_at: when to cut the connection without a close frame.
    """
    for hops in range(MAX_HOPS + 1):
        await _connect(target, outcome, until, network, seed + hops, cut_at)
        if outcome.failure or not (sent := outcome.client.elsewhere):
            return
        try:
            target = target.elsewhere(sent)
        except ProtocolError as error:
            outcome.failure, outcome.code = str(error), error.code
            return
    outcome.failure = f"sent elsewhere more than {MAX_HOPS} times"


async def _connect(
    target: Target, outcome: Outcome, until: float, network: Network | None, seed: int, cut_at: float
) -> None:
    outcome.failure = outcome.code = None
    ended: ConnectError | None = None
    uncut, entering = trio.CancelScope(deadline=cut_at), trio.CancelScope(deadline=until)
    try:
        with uncut, entering:
            async with open_stream(target, impaired(network, seed) if network else None) as stream:
                await _play(target, stream, outcome, until, cut_at, entering)
        if uncut.cancelled_caught:
            ended = ConnectError("connection cut by the scenario", code=int(CloseCode.ABNORMAL))
        elif entering.cancelled_caught:
            ended = ConnectError(NOT_BACK_IN_TIME if outcome.connected else NOT_IN_TIME)
    except* ENDS as group:
        error = leaves(group)[0]
        ended = why_ended(error)
        if isinstance(error, trio.TooSlowError) and outcome.client.settled:
            ended = ConnectError(FELL_SILENT)
    if ended:
        outcome.failure, outcome.code = str(ended), ended.code
        outcome.turned_away, outcome.local_shortage = ended.turned_away, ended.local_shortage
    if outcome.code is not None and not uncut.cancelled_caught:
        outcome.closes.append(outcome.code)


async def _play(
    target: Target, stream: Stream, outcome: Outcome, until: float, cut_at: float, entering: trio.CancelScope
) -> None:
    client = outcome.client
    due, outcome.due = outcome.due, None
    if due is None:
        due = trio.current_time()
    async with trio.open_nursery() as nursery:
        with trio.fail_after(CONNECT_TIMEOUT):
            socket = await open_websocket(nursery, stream, target, _QUEUE)
            upgraded = trio.current_time()
            outcome.connects.append(upgraded - due)
            for message in client.greeting():
                await socket.send_message(message)
            while not client.settled and client.ended is None and client.elsewhere is None:
                await _exchange(socket, client)
        entering.deadline = math.inf
        if client.settled:
            outcome.connected = True
            outcome.joins.append(trio.current_time() - upgraded)
        try:
            with trio.move_on_at(until):
                while client.ended is None and client.elsewhere is None:
                    with trio.fail_after(client.silence_timeout):
                        await _exchange(socket, client)
        except trio.Cancelled:
            if trio.current_time() < cut_at:
                # A cancelled player still sends a close frame; otherwise the server would hold its seat.
                client.leave(trio.current_time())
                with trio.move_on_after(FAREWELL_TIMEOUT, shield=True):
                    await socket.aclose()
            raise
        if client.elsewhere is None:
            client.leave(trio.current_time())
        if isinstance(client.ended, Refused):
            outcome.refusal, outcome.turned_away = client.ended.code, True
            outcome.failure = f"refused: {client.ended.text}"
        elif client.ended:
            outcome.failure = f"sent to the lobby: {client.ended.text}"
        with trio.move_on_after(CLOSE_TIMEOUT):
            await socket.aclose()
        nursery.cancel_scope.cancel()


async def _exchange(socket: WebSocketConnection, client: Client) -> None:
    data = await socket.get_message()
    if isinstance(data, str):
        raise ProtocolError(CloseCode.UNSUPPORTED_DATA, "a text message")
    for answer in client.receive(data, trio.current_time()):
        # Shielded: a frame cut off half-way would garble the close frame after it.
        with trio.fail_after(CLOSE_TIMEOUT, shield=True):
            await socket.send_message(answer)
