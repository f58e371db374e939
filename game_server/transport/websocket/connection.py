"""The connection of a link: its bytes over trio-websocket, from the answer to the handshake to the end.

Every task of a connection but its owner's lives in its nursery. `Link` knows nothing of this file. While a tick reads
and writes the socket (`SeatedSockets`), there are no `LinkTasks`, and the library gets only what is no input.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeAlias

import attrs
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_server_stream
from wsproto import ConnectionType
from wsproto.handshake import H11Handshake
from wsproto.utilities import ProtocolError as WsprotoError

from game_server.errors import LinkClosed, ProtocolError
from game_server.protocol import MAX_CLIENT_MESSAGE_BYTES, SUBPROTOCOL, CloseCode
from game_server.throttling import Keys, Throttling
from game_server.transport.options import TransportOptions
from game_server.transport.peer import Peer
from game_server.transport.websocket.frame_budget import FrameBudget
from game_server.transport.websocket.handshake import Upgrade
from game_server.transport.websocket.link import ChannelSet, Link, TickChannel
from game_server.transport.websocket.link_tasks import LIBRARY_CLOSE_CODES, LinkTasks, end_link
from game_server.transport.websocket.stream import WebSocketStream
from game_server.transport.websocket.traffic import Traffic
from game_server.transport.websocket.waiting import Flag

logger = logging.getLogger("game_server.transport")

_LIBRARY_QUEUE: Final = 16
"""Messages. The library answers pings only while this queue has room; `Connection._read` takes messages out at once."""
_UNSENT_BYTES: Final = 4096
"""What the kernel may keep of unsent data: it is state that grows old while it waits.

trio's 16 KiB are 1.6 s of snapshots at 10 KB/s.
"""
_HANDSHAKE_DONE: Final = H11Handshake(ConnectionType.SERVER)
"""Stands for the handshake of every connection once it is done, when wsproto asks it for further events alone."""
_OWNER: Final = "the owner of a link"
"""The name of its task; without one, trio makes a string for each."""


OnLink: TypeAlias = Callable[[Link], Awaitable[None]]
"""Called once for each WebSocket that was accepted; `game_server.transport.serve` says what its end means."""


@attrs.frozen
class ConnectionContext:
    """What all connections of a server share.

    Attributes:
        on_link: see `game_server.transport.serve`.
        options: of the port.
        owners: where ``on_link`` runs: one nursery for all takes less memory than one for each. So it is not cancelled
            when the connection ends, but learns of it from the link.
        traffic: counts the links.
        throttling: the budgets of all addresses.
    """

    on_link: OnLink
    options: TransportOptions
    owners: trio.Nursery
    traffic: Traffic
    throttling: Throttling


class Connection:
    """All that moves the bytes of one WebSocket. Made before the handshake is answered.

    Two thousand of these wait at a time, each inside a chain of coroutines that stand still. So there are few tasks and
    scopes, the caller of `run` holds nothing, and what is of use for a while is dropped after it.

    Args:
        peer: the connection, its request head read.
        upgrade: what the head asked for.
        rest: bytes that came after the head.
        charged_to: keys of the budgets that the link draws on.
        context: what all connections share.
        query: of the request.
    """

    __slots__ = (
        "_channel",
        "_context",
        "_deadline",
        "_handing_over",
        "_heard_out",
        "_left",
        "_library_ended",
        "_link",
        "_nursery",
        "_peer",
        "_sockets",
        "_stream",
        "_subprotocol",
        "_tasks",
        "_websocket",
    )

    def __init__(
        self,
        peer: Peer,
        upgrade: Upgrade,
        rest: bytes,
        charged_to: Keys,
        context: ConnectionContext,
        query: str = "",
    ) -> None:
        now, options = trio.current_time(), context.options
        self._peer = peer
        self._subprotocol = upgrade.subprotocol
        self._context = context
        self._link = Link(
            peer.address,
            host=peer.host,
            charged_to=charged_to,
            inbox_capacity=options.message_budget[0],
            hello_deadline=now + options.hello_timeout,
            query=query,
        )
        budget = FrameBudget(options.message_budget, now, context.throttling, charged_to)
        self._stream = WebSocketStream(peer, upgrade.head(), rest, self._link, budget, context.throttling.turns)
        _tune(self._stream)
        self._nursery: trio.Nursery
        self._websocket: WebSocketConnection
        self._tasks: LinkTasks | None = None
        self._handing_over: trio.CancelScope | None = None
        self._sockets: ChannelSet | None = None
        self._channel: TickChannel | None = None
        self._left: Flag | None = None
        """Set when the owner is done; None while there never was one."""
        self._library_ended = Flag()
        self._deadline = float("inf")
        """Until when the closing that has begun may take."""
        self._heard_out = False

    async def run(self) -> None:
        """Accept the WebSocket, run ``on_link`` beside its own tasks, and return when both are done.

        A cancellation cuts the connection without a closing handshake.
        """
        link = self._link
        self._context.traffic.links.add(link)
        try:
            try:
                async with trio.open_nursery() as self._nursery:
                    await self._accept()
                    try:
                        await self._read()
                    finally:
                        link.when_ended(None)
            except* (WsprotoError, ConnectionClosed, trio.TooSlowError, trio.BrokenResourceError) as group:
                # A peer that went away. And wsproto raises at a ping that follows a message too big.
                logger.debug("%s: %r", self._peer.address, group)
            except* Exception as group:
                logger.error("the WebSocket of %s failed: %r", self._peer.address, group)
                link.close(CloseCode.INTERNAL_ERROR, "a fault of the server")
            finally:
                link.end(CloseCode.ABNORMAL, "", by_peer=True)
                self.take_back()
                link.handover = None
            if not self._heard_out:
                await self._send_last_close(
                    min(self._deadline, trio.current_time() + self._context.options.close_timeout)
                )
        finally:
            link.mark_gone()
            self._context.traffic.ended(link)
            logger.info("%s closed: %d %r", self._peer.address, *link.ended_with())
        if self._left:
            await self._left.wait()

    async def hand_over(self, sockets: ChannelSet) -> None:
        """Hand the socket over to ``sockets``, and what waits; the tasks end, once the writer has finished a message.

        A cancellation may leave that half done: `take_back` undoes it.
        """
        if not (self._context.options.drained and self._stream.can_hand_over):
            return
        try:
            with trio.CancelScope() as self._handing_over:
                await self._hand_over(sockets)
        finally:
            self._handing_over = None

    def take_back(self) -> None:
        """Take the socket back, and start the tasks again if the link goes on.

        It cancels a `hand_over` that waits for the writer: of a link that ends, there may be none any more.
        """
        if self._handing_over:
            self._handing_over.cancel()
        if self._sockets is not None and self._channel is not None:
            self._sockets.remove(self._channel)
            self._sockets = self._channel = None
        self._stream.take_back()
        link = self._link
        if link.outgoing is not link.outbox:
            link.outgoing = link.outbox
            if not link.closed:
                self._start_tasks()

    async def _hand_over(self, sockets: ChannelSet) -> None:
        channel = await self._stream.hand_over(sockets, self._context.options)
        if channel is None:
            return
        self._sockets, self._channel = sockets, channel
        sockets.add(channel)
        outbox = self._link.outbox
        with outbox.paused():
            await outbox.wait_written()
            if channel.released or not self._tasks:
                return
            self._link.outgoing = channel
            moved = outbox.move_to(channel)
            self._tasks.stop()
            self._tasks = None
        if not moved:
            self._link.close(CloseCode.TOO_SLOW, "too much waits to be read")

    async def _accept(self) -> None:
        """Accept the WebSocket, and start the tasks, the owner, and, once the link has ended, the closing."""
        link = self._link
        self._websocket = await self._open()
        self._start_tasks()
        link.handover = self
        if self._subprotocol == SUBPROTOCOL:
            self._left = Flag()
            self._context.owners.start_soon(self._own, self._left, name=_OWNER)
        else:
            link.close(CloseCode.VERSION_MISMATCH, f"this server speaks {SUBPROTOCOL}: get a new client")
        link.when_ended(self._begin_closing)

    async def _open(self) -> WebSocketConnection:
        with trio.fail_after(self._context.options.head_timeout):
            request = await wrap_server_stream(
                self._nursery,
                self._stream,
                message_queue_size=_LIBRARY_QUEUE,
                max_message_size=MAX_CLIENT_MESSAGE_BYTES,
            )
            websocket = await request.accept(subprotocol=self._subprotocol)
        # The library would keep the handshake's parser and headers, 4 KB, for as long as the connection lasts.
        websocket._wsproto.handshake = _HANDSHAKE_DONE
        return websocket

    def _start_tasks(self) -> None:
        """Start the tasks that a link needs while no tick reads and writes its socket."""
        self._tasks = LinkTasks(
            self._nursery,
            self._websocket,
            self._stream,
            self._peer,
            self._link,
            self._context.options,
            self._context.throttling.turns,
        )
        self._nursery.start_soon(self._tasks.run)

    async def _own(self, left: Flag) -> None:
        link = self._link
        try:
            await self._context.on_link(link)
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

    async def _read(self) -> None:
        """Take messages out of the library until it ends: the peer's close frame may come long after ours."""
        link = self._link
        while True:
            try:
                message = await self._websocket.get_message()
            except ConnectionClosed as closed:
                end_link(link, self._peer, closed)
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

    def _begin_closing(self) -> None:
        self._deadline = trio.current_time() + self._context.options.close_timeout
        self._nursery.start_soon(self._close)

    async def _close(self) -> None:
        with trio.move_on_at(self._deadline):
            await self._context.throttling.turns.take()
            self._heard_out = await self._say_goodbye()
        await self._context.throttling.turns.take()  # many that never answer have the same deadline
        self._nursery.cancel_scope.cancel()

    async def _say_goodbye(self) -> bool:
        """Send what waits and our close frame, then read to the peer's; whether that came."""
        code, reason = self._link.ended_with()
        self.take_back()
        if self._websocket.closed is None:
            await self._link.outbox.wait_empty()
        if code != CloseCode.ABNORMAL:
            await self._stream.close(code, reason)
        if code == CloseCode.FLOODING:  # what a flood holds is not worth parsing in search of its close frame
            return False
        await self._library_ended.wait()
        return self._websocket.closed is None or self._websocket.closed.code not in LIBRARY_CLOSE_CODES

    async def _send_last_close(self, deadline: float) -> None:
        """Send the close frame to a peer from which the library reads no more, and read what the peer still sends."""
        code, reason = self._link.ended_with()
        if code == CloseCode.ABNORMAL or self._peer.torn:
            return
        with trio.move_on_at(deadline), suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self._stream.close(code, reason)
            await self._peer.linger()


def _tune(stream: WebSocketStream) -> None:
    """Keep at most `_UNSENT_BYTES` of unsent data in the kernel; trio sets TCP_NODELAY."""
    if stream.socket is not None and hasattr(trio.socket, "TCP_NOTSENT_LOWAT"):
        with suppress(OSError):  # no TCP socket, a Unix one say
            stream.socket.setsockopt(trio.socket.IPPROTO_TCP, trio.socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
