"""The two tasks of a link while no tick reads and writes its socket: a writer and a heartbeat."""

from __future__ import annotations

from typing import Final

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection

from game_server.protocol import FRAME_FAULTS, CloseCode, close_reason
from game_server.throttling import Turns
from game_server.transport.options import TransportOptions
from game_server.transport.peer import Peer
from game_server.transport.websocket.link import Link
from game_server.transport.websocket.stream import WebSocketStream

LIBRARY_CLOSE_CODES: Final = frozenset({CloseCode.PROTOCOL_ERROR, CloseCode.INVALID_DATA, CloseCode.MESSAGE_TOO_BIG})
"""Codes with which the library itself ends a connection; it does not read on then."""


class LinkTasks:
    """Writer and heartbeat of one link.

    Args:
        nursery: of the connection; a ping that nobody has answered lives on in it.
        turns: when a message may be written: what is said in a lobby goes to hundreds in one moment.
    """

    def __init__(
        self,
        nursery: trio.Nursery,
        websocket: WebSocketConnection,
        stream: WebSocketStream,
        peer: Peer,
        link: Link,
        options: TransportOptions,
        turns: Turns,
    ) -> None:
        self._nursery = nursery
        self._websocket = websocket
        self._stream = stream
        self._peer = peer
        self._link = link
        self._options = options
        self._turns = turns
        self._scope = trio.CancelScope()

    async def run(self) -> None:
        """Write what is in the outbox and ping the peer, until `stop`.

        Raises:
            trio.BrokenResourceError: the peer is gone, or does not read.
        """
        with self._scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._write)
                await self._heartbeat()

    def stop(self) -> None:
        """End the tasks; to be called when nothing is left to write, or nothing will be written."""
        self._scope.cancel()

    async def _write(self) -> None:
        # A message is never cut off half-way: this task is cancelled only when it has none in hand, or when nothing
        # will be written any more.
        await self._stream.finish()
        outbox = self._link.outbox
        while True:
            message = await outbox.next()
            try:
                await self._turns.take()
                await self._websocket.send_message(message)
            except ConnectionClosed as closed:
                end_link(self._link, self._peer, closed)
                outbox.clear()
                return
            finally:
                outbox.written()

    async def _heartbeat(self) -> None:
        """Ping at the interval, one at a time: a second one would wait behind the first on the same stream."""
        options, link = self._options, self._link
        ping_at = trio.current_time() + options.ping_interval
        answered = trio.Event()
        answered.set()
        while True:
            # What counts is the time that was waited for, not the time now: when the server itself stood still,
            # the peer's bytes are still in the socket, and the reader gets its turn before the next look.
            due = min(ping_at, self._peer.heard_at + options.timeout)
            await trio.sleep_until(due)
            if due >= self._peer.heard_at + options.timeout:
                link.close(CloseCode.TIMED_OUT, f"nothing heard for {options.timeout:g} s")
                return
            if due >= ping_at:
                ping_at = trio.current_time() + options.ping_interval
                if answered.is_set():
                    answered = trio.Event()
                    self._nursery.start_soon(self._ping, answered)

    async def _ping(self, answered: trio.Event) -> None:
        sent = trio.current_time()
        try:
            await self._websocket.ping()
            self._link.note_round_trip(trio.current_time() - sent)
        except ConnectionClosed as closed:
            end_link(self._link, self._peer, closed)
        answered.set()


def end_link(link: Link, peer: Peer, closed: ConnectionClosed) -> None:
    """End ``link``, since the library has found the connection closed.

    That is by the peer's close frame, without one, or by the library, with one of `LIBRARY_CLOSE_CODES`. A peer that
    closes with one of those codes cannot be distinguished from one that broke the protocol.
    """
    if peer.stalled:
        link.end(CloseCode.TOO_SLOW, "nothing was read for too long")
    elif closed.reason is None:
        link.end(CloseCode.ABNORMAL, "", by_peer=True)
    else:
        code = int(closed.reason.code)
        reason = FRAME_FAULTS[CloseCode(code)] if code in FRAME_FAULTS else close_reason(closed.reason.reason or "")
        link.end(code, reason, by_peer=code not in LIBRARY_CLOSE_CODES)
