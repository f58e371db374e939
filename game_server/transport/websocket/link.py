"""A WebSocket as the lobby and matches see it: two queues and an end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import trio

from game_server.errors import LinkClosed
from game_server.protocol import MAX_SERVER_MESSAGE_BYTES, CloseCode, close_reason
from game_server.throttling import Keys
from game_server.transport.options import TransportOptions
from game_server.transport.peer import Peer
from game_server.transport.websocket.frame_budget import FrameBudget
from game_server.transport.websocket.frame_splitter import FrameSplitter
from game_server.transport.websocket.mailbox import Inbox, Outbox, Outgoing
from game_server.transport.websocket.waiting import Bell, Flag


class TickChannel(Outgoing, Protocol):
    """A socket that the tick reads and writes, as the connection sees it (`TickSocket`).

    Attributes:
        released: whether the connection has taken the socket back.
    """

    @property
    def released(self) -> bool: ...  # noqa: D102

    async def receive(self) -> bytes | None:
        """Return the bytes that are for the WebSocket library; None when the socket was given back."""
        ...

    async def write(self, data: bytes | bytearray | memoryview, *, last: bool = False) -> None:
        """Write ``data`` behind what waits; nothing follows the ``last``."""
        ...

    def release(self) -> tuple[bytes, bytes]:
        """Give the socket back, with the bytes that the library has not read, and those that are not written."""
        ...


class ChannelSet(Protocol):
    """The sockets of a tick, as the connection sees them (`SeatedSockets`)."""

    def open(
        self, fd: int, link: Link, peer: Peer, splitter: FrameSplitter, budget: FrameBudget, options: TransportOptions
    ) -> TickChannel:
        """Make a channel of a connected, non-blocking socket; it is not read before `add`."""
        ...

    def add(self, channel: TickChannel) -> None:
        """Read and write the socket at the tick from now on."""
        ...

    def remove(self, channel: TickChannel) -> None:
        """Leave the socket alone from now on; its descriptor must still be open."""
        ...


class TickHandover(Protocol):
    """Moves a link's socket to the tick and back."""

    async def hand_over(self, sockets: ChannelSet) -> None:
        """Hand the socket over to ``sockets``, if it can be; on a link that is closed it cannot."""
        ...

    def take_back(self) -> None:
        """Take the socket back, if it was handed over."""
        ...


_ROUND_TRIP_WEIGHT: Final = 0.25
"""Of a new measurement beside the average of those before."""


class Link:
    """One accepted WebSocket.

    The tick uses `drain`, `send`, `offer` and `close`: plain functions which never wait for the network.
    How the bytes move is not known here: `game_server.transport.websocket.connection` moves them, or at the tick
    `game_server.transport.tick_io.tick_socket`, through the rest.

    Args:
        peer: address and port of the other end, ``127.0.0.1:50312`` or ``[::1]:50312``; behind a trusted proxy the
            client's, which seldom has a port: ``203.0.113.9`` or ``[2001:db8::9]``.
        host: the address alone, ``::1``, for bans by address; empty when it is not known.
        charged_to: keys of the budgets that pay for what comes over it; none where it is empty.
        inbox_capacity: messages that may wait to be drained; more is flooding (4005).
        hello_deadline: until when the first message must have come, on trio's clock; 4002 after it.
        query: of the request that opened it.

    Attributes:
        bytes_in: bytes received since the upgrade, framing included.
        bytes_out: bytes sent, framing included.
        messages_in: messages received, but for those that `SeatedSockets` counts.
        messages_out: messages queued, but for those.
        skipped: snapshots that `offer` refused.
        outgoing: where messages go: `outbox`, or at the tick straight to the socket.
        ended_by_peer: whether the peer closed the connection, or just went; the code is then of its choosing.
        handover: what `SeatedSockets.seat` uses; None where no tick can serve the link.
        round_trip: seconds from a ping to its pong, smoothed; 0 before the first.
    """

    __slots__ = (
        "_end",
        "_gone",
        "_hello_deadline",
        "_idle",
        "_when_ended",
        "bytes_in",
        "bytes_out",
        "charged_to",
        "ended_by_peer",
        "handover",
        "host",
        "inbox",
        "messages_in",
        "messages_out",
        "outbox",
        "outgoing",
        "peer",
        "query",
        "round_trip",
        "skipped",
    )

    def __init__(
        self,
        peer: str,
        *,
        inbox_capacity: int,
        hello_deadline: float,
        host: str = "",
        charged_to: Keys = (),
        query: str = "",
    ) -> None:
        self.peer = peer
        self.query = query
        self.host = host
        self.charged_to = charged_to
        self.bytes_in = 0
        self.bytes_out = 0
        self.messages_in = 0
        self.messages_out = 0
        self.skipped = 0
        self.round_trip = 0.0
        self.inbox = Inbox(inbox_capacity)
        self.outbox = Outbox()
        self.outgoing: Outgoing = self.outbox
        self.handover: TickHandover | None = None
        self.ended_by_peer = False
        self._hello_deadline: float | None = hello_deadline
        self._end: tuple[int, str] | None = None
        self._gone = Flag()
        self._idle = Bell()
        self._when_ended: Callable[[], object] | None = None

    async def receive(self) -> bytes:
        """The next message, waiting for it. The first must come before the hello deadline.

        Cancelled, it takes nothing.

        Raises:
            LinkClosed: no message will come any more. What arrived before the peer closed is given first.
        """
        deadline = float("inf") if self._hello_deadline is None else self._hello_deadline
        with trio.move_on_at(deadline) as scope:
            message = await self.inbox.next()
        if scope.cancelled_caught:
            self.close(CloseCode.HELLO_TIMEOUT, "no hello came in time")
            raise self._closed()
        if message is None:
            raise self._closed()
        self._hello_deadline = None
        return message

    def drain(self) -> list[bytes]:
        """Every message since the last drain, oldest first; after the end, what came before the peer closed."""
        return self.inbox.drain()

    def send(self, message: bytes) -> None:
        """Queue ``message``: reliable, in order with everything else. Nothing happens on a closed link.

        A peer for which more than 256 KiB wait is closed with 4007.

        Raises:
            ValueError: the message is larger than the protocol allows.
        """
        if len(message) > MAX_SERVER_MESSAGE_BYTES:
            raise _too_large(message)
        if self._end is not None:
            return
        if self.outgoing.put(message):
            self.messages_out += 1
        else:
            self.close(CloseCode.TOO_SLOW, "too much waits to be read")

    def try_send(self, message: bytes) -> bool:
        """Queue ``message``, in order with everything else, unless too much of this kind waits; for chat.

        What others say can neither close a link nor take the room of what `send` queues.

        Returns:
            False when it was left out; on a closed link nothing happens, and nothing is missed.
        """
        if self._end is not None:
            return True
        queued = self.outgoing.put_spare(message)
        self.messages_out += queued
        return queued

    def offer(self, snapshot: bytes) -> bool:
        """Queue ``snapshot`` unless it would have to wait: the newest state wins.

        Served by tasks, it waits for an earlier snapshot alone; at the tick, for anything that the socket has refused.

        Returns:
            False when it was not queued; the next one must be a keyframe.

        Raises:
            ValueError: the snapshot is larger than the protocol allows.
        """
        if len(snapshot) > MAX_SERVER_MESSAGE_BYTES:
            raise _too_large(snapshot)
        if self._end is None and self.outgoing.offer(snapshot):
            self.messages_out += 1
            return True
        self.skipped += 1
        return False

    def note_round_trip(self, round_trip: float) -> None:
        """Take ``round_trip``, seconds from a ping to its pong, into the average."""
        weight = _ROUND_TRIP_WEIGHT if self.round_trip else 1.0
        self.round_trip += (round_trip - self.round_trip) * weight

    def close(self, code: int, reason: str) -> None:
        """Begin to close; the first call counts, and messages not yet drained are dropped.

        What was queued before still goes out, then comes the closing handshake; both within `close_timeout`,
        after which the connection is cut.
        """
        if self._end is None:
            self.inbox.clear()
            self.end(code, close_reason(reason))

    def end(self, code: int, reason: str, *, by_peer: bool = False) -> None:
        """Receive nothing more: what came already may still be drained. The first call counts."""
        if self._end is None:
            self._end = (code, reason)
            self.ended_by_peer = by_peer
            self.inbox.end()
            self._idle.ring()
            if self._when_ended is not None:
                self._when_ended()

    def when_ended(self, call: Callable[[], object] | None) -> None:
        """Call ``call`` when `end` is called, or now if it has been; with None, nothing any more.

        So the connection needs no task that waits.
        """
        self._when_ended = call
        if call is not None and self._end is not None:
            call()

    def mark_gone(self) -> None:
        """Note that the connection no longer exists."""
        self.end(CloseCode.ABNORMAL, "", by_peer=True)
        self._gone.set()

    @property
    def closed(self) -> bool:
        """Whether the link is closing or closed, by either side."""
        return self._end is not None

    def idle(self) -> Awaitable[None]:
        """Wait, when awaited, until the link closes or somebody calls `rouse`; messages go on to wait for `drain`."""
        return self._idle.wait() if self._end is None else trio.lowlevel.checkpoint()  # noqa: ASYNC105  as in `Flag`

    def rouse(self) -> None:
        """End every wait in `idle`."""
        self._idle.ring()

    async def wait_closed(self) -> LinkClosed:
        """Wait until the connection is gone, and return why: 1006 when the peer went without a close frame."""
        await self._gone.wait()
        return self._closed()

    def ended_with(self) -> tuple[int, str]:
        """The code and reason of the close that has begun."""
        assert self._end is not None
        return self._end

    def _closed(self) -> LinkClosed:
        return LinkClosed(*self.ended_with())


def _too_large(message: bytes) -> ValueError:
    return ValueError(f"a message of {len(message)} bytes: the protocol allows {MAX_SERVER_MESSAGE_BYTES}")
