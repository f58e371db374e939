"""Moves the bytes of a link over trio-websocket: reader, writer, heartbeat and the end.

Every task of a connection lives in its nursery. `Link` knows nothing of this file. While a tick serves the link
(`TickSockets`), the writer and the heartbeat do not exist, and the reader sees only what is no input.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Final

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_server_stream
from wsproto.utilities import ProtocolError as WsprotoError

from game_server.errors import LinkClosed, ProtocolError
from game_server.protocol.closes import CloseCode, close_reason
from game_server.protocol.limits import MAX_CLIENT_MESSAGE_BYTES, SUBPROTOCOL
from game_server.protocol.rate import TokenBucket
from game_server.transport.handshake import Upgrade
from game_server.transport.link import Link
from game_server.transport.options import OnLink, TransportOptions
from game_server.transport.peer import Peer
from game_server.transport.stream import WebSocketStream
from game_server.transport.tick_socket import TickSocket
from game_server.transport.tick_sockets import TickSockets
from game_server.transport.traffic import Traffic
from game_server.transport.waiting import Flag

logger = logging.getLogger("game_server.transport")

# The reader of the library answers pings only while this queue has room; ours takes messages out at once.
_LIBRARY_QUEUE: Final = 16
_NOTSENT_LOWAT: Final = 4096
_UNHEARD: Final = frozenset({CloseCode.PROTOCOL_ERROR, CloseCode.INVALID_DATA, CloseCode.MESSAGE_TOO_BIG})
"""Codes with which the library stops to listen before the peer has said its last."""


async def carry(
    peer: Peer,
    upgrade: Upgrade,
    rest: bytes,
    on_link: OnLink,
    options: TransportOptions,
    owners: trio.Nursery,
    traffic: Traffic,
) -> None:
    """Accept ``upgrade``, run ``on_link`` beside the link's own tasks, and return when both are done.

    A cancellation cuts the connection without a closing handshake.

    Args:
        peer: the connection, its request head read.
        rest: bytes that came after the head.
        on_link: see `game_server.transport.serve`. It runs in ``owners``: it is not cancelled when the connection
            ends, but told.
        traffic: counts the link.
    """
    now = trio.current_time()
    link = Link(
        peer.address,
        host=peer.host,
        inbox_capacity=options.message_budget[0],
        hello_deadline=now + options.hello_timeout,
    )
    stream = WebSocketStream(peer, upgrade.head(), rest, link, TokenBucket(*options.message_budget, now))
    _tune(stream)
    carrier = _Carrier(peer, stream, link, options)
    traffic.links.add(link)
    try:
        await carrier.run(owners, upgrade, on_link)
    finally:
        link.gone()
        traffic.ended(link)
        logger.info("%s closed: %d %r", peer.address, *link.verdict())
    if carrier.left:
        await carrier.left.wait()


class _Carrier:
    """The tasks of one link.

    Attributes:
        left: set when the owner is done; None when there never was one.
    """

    __slots__ = (
        "_beginning",
        "_library_ended",
        "_link",
        "_nursery",
        "_options",
        "_peer",
        "_seat",
        "_stream",
        "_tending",
        "_websocket",
        "left",
    )

    def __init__(self, peer: Peer, stream: WebSocketStream, link: Link, options: TransportOptions) -> None:
        self._peer = peer
        self._stream = stream
        self._link = link
        self._options = options
        self.left: Flag | None = None
        self._library_ended = Flag()
        self._tending: trio.CancelScope
        self._beginning: trio.CancelScope | None = None
        self._websocket: WebSocketConnection
        self._nursery: trio.Nursery
        self._seat: tuple[TickSockets, TickSocket] | None = None

    async def begin(self, sockets: TickSockets) -> None:
        """Hand the socket over to ``sockets``; the writer finishes what it has, and ends with the heartbeat."""
        if not (self._options.drained and self._stream.seatable):
            return
        with trio.CancelScope() as self._beginning:
            seat = await self._stream.seat(self._options)
            if seat is None:
                return
            self._seat = sockets, seat
            sockets.add(seat)
            with self._link.outbox.without_snapshots():
                await self._link.outbox.wait_empty()
            if not seat.released:
                self._link.outgoing = seat
                self._tending.cancel()

    def end(self) -> None:
        """Take the socket back, and have the tasks again if the link goes on.

        Who waits in `begin` waits no longer: of a link that ends, nobody may be left to empty the outbox.
        """
        if self._beginning:
            self._beginning.cancel()
        if self._seat:
            sockets, seat = self._seat
            self._seat = None
            sockets.remove(seat)
        self._stream.unseat()
        link = self._link
        if link.outgoing is not link.outbox:
            link.outgoing = link.outbox
            if not link.closed:
                self._start_tending()

    async def run(self, owners: trio.Nursery, upgrade: Upgrade, on_link: OnLink) -> None:
        """Have the connection's tasks, and ``on_link`` in ``owners``, until the connection has ended."""
        heard_out = False
        deadline = float("inf")
        try:
            async with trio.open_nursery() as nursery:
                websocket = await self._open(nursery, upgrade)
                self._websocket, self._nursery = websocket, nursery
                self._start_tending()
                self._link.seating = self
                if upgrade.version_matches:
                    self.left = Flag()
                    owners.start_soon(self._own, on_link, self.left)
                else:
                    self._link.close(CloseCode.VERSION_MISMATCH, f"this server speaks {SUBPROTOCOL}: get a new client")
                with trio.CancelScope() as listening:
                    self._link.when_ended(listening.cancel)
                    await self._read(websocket)
                deadline = trio.current_time() + self._options.close_timeout
                if not self._library_ended.is_set():
                    nursery.start_soon(self._read, websocket)
                with trio.move_on_at(deadline):
                    heard_out = await self._close(websocket)
                nursery.cancel_scope.cancel()
                self._link.seating = None
        except* (WsprotoError, ConnectionClosed, trio.TooSlowError, trio.BrokenResourceError) as group:
            # A peer that went away. And wsproto raises at a ping that follows a message too big.
            logger.debug("%s: %r", self._peer.address, group)
            self._link.end(CloseCode.ABNORMAL, "")
        except* Exception as group:
            logger.error("the WebSocket of %s failed: %r", self._peer.address, group)
            self._link.close(CloseCode.INTERNAL_ERROR, "a fault of the server")
        finally:
            self.end()
        if not heard_out:
            await self._part(min(deadline, trio.current_time() + self._options.close_timeout))

    async def _open(self, nursery: trio.Nursery, upgrade: Upgrade) -> WebSocketConnection:
        with trio.fail_after(self._options.head_timeout):
            request = await wrap_server_stream(
                nursery,
                self._stream,
                message_queue_size=_LIBRARY_QUEUE,
                max_message_size=MAX_CLIENT_MESSAGE_BYTES,
            )
            return await request.accept(subprotocol=upgrade.subprotocol)

    async def _own(self, on_link: OnLink, left: Flag) -> None:
        link = self._link
        try:
            await on_link(link)
            link.close(CloseCode.NORMAL, "")
        except LinkClosed:
            link.close(CloseCode.NORMAL, "")
        except ProtocolError as error:
            link.close(error.code, error.reason)
        except Exception:
            logger.exception("the owner of the link to %s failed", link.peer)
            link.close(CloseCode.INTERNAL_ERROR, "a fault of the server")
        finally:
            left.set()

    async def _read(self, websocket: WebSocketConnection) -> None:
        link = self._link
        while True:
            try:
                message = await websocket.get_message()
            except ConnectionClosed as closed:
                self._lost(closed)
                self._library_ended.set()
                return
            self._stream.delivered()
            link.messages_in += 1
            if link.closed:
                continue
            if isinstance(message, str):
                link.close(CloseCode.UNSUPPORTED_DATA, "messages are binary")
            elif not link.inbox.put(message):
                link.close(CloseCode.FLOODING, "too many messages wait to be used")

    def _lost(self, closed: ConnectionClosed) -> None:
        if self._peer.stalled:
            self._link.end(CloseCode.TOO_SLOW, "nothing was read for too long")
        elif closed.reason is None:
            self._link.end(CloseCode.ABNORMAL, "")
        else:
            self._link.end(int(closed.reason.code), close_reason(closed.reason.reason or ""))

    def _start_tending(self) -> None:
        """Have the tasks that a link needs while no tick serves it."""
        self._tending = trio.CancelScope()
        self._nursery.start_soon(self._tend, self._tending)

    async def _tend(self, scope: trio.CancelScope) -> None:
        with scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._write, self._websocket)
                await self._heartbeat(self._nursery, self._websocket)

    async def _write(self, websocket: WebSocketConnection) -> None:
        # A message is never given up half-way: this task is cancelled only when it has none in hand, or when nothing
        # will be written any more.
        await self._stream.finish()
        outbox = self._link.outbox
        while True:
            message = await outbox.next()
            try:
                await websocket.send_message(message)
            except ConnectionClosed as closed:
                self._lost(closed)
                outbox.clear()
                return
            finally:
                outbox.written()

    async def _heartbeat(self, nursery: trio.Nursery, websocket: WebSocketConnection) -> None:
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
                    nursery.start_soon(self._ping, websocket, answered)

    async def _ping(self, websocket: WebSocketConnection, answered: trio.Event) -> None:
        sent = trio.current_time()
        try:
            await websocket.ping()
            self._link.measured(trio.current_time() - sent)
        except ConnectionClosed as closed:
            self._lost(closed)
        answered.set()

    async def _close(self, websocket: WebSocketConnection) -> bool:
        """Send what waits, then our close frame, and hear the peer out; whether that went to its end."""
        code, reason = self._link.verdict()
        self.end()
        if websocket.closed is None:
            await self._link.outbox.wait_empty()
        if code != CloseCode.ABNORMAL:
            await self._stream.close(code, reason)
        if code == CloseCode.FLOODING:  # what a flood holds is not worth parsing in search of its close frame
            return False
        await self._library_ended.wait()
        return websocket.closed is None or websocket.closed.code not in _UNHEARD

    async def _part(self, deadline: float) -> None:
        """Take leave of a peer that the library does not listen to any more."""
        code, reason = self._link.verdict()
        if code == CloseCode.ABNORMAL or self._peer.torn:
            return
        with trio.move_on_at(deadline), suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self._stream.close(code, reason)
            await self._peer.linger()


def _tune(stream: WebSocketStream) -> None:
    """Keep little unsent data in the kernel: it is state that grows old while it waits.

    trio's 16 KiB are 1.6 s of snapshots at 10 KB/s. (TCP_NODELAY is set by trio.)
    """
    if stream.socket is not None and hasattr(trio.socket, "TCP_NOTSENT_LOWAT"):
        with suppress(OSError):  # no TCP socket, a Unix one say
            stream.socket.setsockopt(trio.socket.IPPROTO_TCP, trio.socket.TCP_NOTSENT_LOWAT, _NOTSENT_LOWAT)
