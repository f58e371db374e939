"""The socket of a seated link: one read and one write a tick, neither of which waits."""

from __future__ import annotations

import os
from typing import Final

import attrs
import trio

from game_server.protocol import CloseCode, is_input
from game_server.transport.options import TransportOptions
from game_server.transport.peer import WRITE_BYTES, Peer
from game_server.transport.websocket.frame_budget import FrameBudget
from game_server.transport.websocket.frame_splitter import FrameSplitter
from game_server.transport.websocket.frames import head_of
from game_server.transport.websocket.link import Link
from game_server.transport.websocket.mailbox import MAX_QUEUED_BYTES, MAX_QUEUED_CHAT_BYTES
from game_server.transport.websocket.waiting import Bell

TICK_READ_BYTES: Final = 4096
"""Bytes that one client can make the server look at in one tick; the rest waits in its socket."""
PASSED_BYTES: Final = 16 * 1024
"""Bytes that may wait for the WebSocket library; while there are more, the socket is not read."""

_PING: Final = b"\x89\x00"
"""An empty ping: FIN, opcode 9, no payload."""


@attrs.define(eq=False, weakref_slot=False)
class TickSocket:
    """The socket of a link with a seat, read and written through its descriptor.

    It is the outbox of its link and the one owner of unsent bytes: the match's messages, and what the library writes.
    They go out in the order in which they came here, so no frame ever begins inside another. What waits is bounded:
    `MAX_QUEUED_BYTES` of messages (or a single larger one), one snapshot, one ping, and one control frame of the
    library, which writes no second before the first is out.

    Attributes:
        fd: a connected, non-blocking socket.
        link: what it carries; closed here when the peer floods, stalls or falls silent.
        splitter: has counted every byte before.
        budget: what the peer may send.
        busy: descriptors of sockets to which nothing may be written past what waits, or at all; this one adds its own.
        heard_at: when something last came from the peer, on trio's clock.
    """

    fd: int
    link: Link
    _peer: Peer
    """Gets `heard_at` in the end, and is torn once nothing can be written any more."""
    splitter: FrameSplitter
    budget: FrameBudget
    _options: TransportOptions
    """Of them, the heartbeat's times and ``slow_timeout``."""

    busy: set[int] = attrs.field(init=False, factory=set)
    heard_at: float = attrs.field(init=False)
    _changed: Bell = attrs.field(init=False, factory=Bell)
    """Rings when a task in `receive` or `write` may go on."""
    _released: bool = attrs.field(init=False, default=False)

    _for_library: bytes = attrs.field(init=False, default=b"")
    """Bytes that the library has not taken."""
    _ended: bool = attrs.field(init=False, default=False)
    """Whether nothing more can be read."""

    _lone_snapshot: bytes = attrs.field(init=False, default=b"")
    """A snapshot's frame, while nothing else waits."""
    _unsent: bytearray = attrs.field(init=False, factory=bytearray)
    """Replaced when all is out: emptied, it would keep a little piece of its memory, with holes around it."""
    _snapshot: tuple[int, int] = attrs.field(init=False, default=(0, 0))
    """Where in `_unsent` the snapshot begins and ends that is in it, or what is left of it."""
    _spare: int = attrs.field(init=False, default=0)
    """Bytes put as spare since all was out: as many as that are unsent, or fewer."""
    _blocked: bool = attrs.field(init=False, default=False)
    """Whether the socket has taken less than it was given."""
    _step_by: float = attrs.field(init=False, default=0.0)
    """Until when, while it is blocked, `_step_left` more bytes must have been taken."""
    _step_left: int = attrs.field(init=False, default=0)
    _sealed: bool = attrs.field(init=False, default=False)
    """Whether nothing may be queued any more."""
    _broken: bool = attrs.field(init=False, default=False)

    _ping_at: float = attrs.field(init=False)
    _pinged_at: float = attrs.field(init=False, default=0.0)
    """When the ping went out that has no pong yet; 0 for none."""
    _ping_owed: bool = attrs.field(init=False, default=False)
    _pongs: int = attrs.field(init=False, default=0)
    """The splitter's count of pongs at the last ping."""

    def __attrs_post_init__(self) -> None:
        self.heard_at = self._peer.heard_at
        self._ping_at = trio.current_time() + self._options.ping_interval

    # Reading

    @property
    def plain(self) -> bool:
        """Whether an input that comes now can be set aside, past the library."""
        return self.splitter.plain and not self._for_library

    @property
    def library_busy(self) -> bool:
        """Whether the library has enough to do, so that nothing more is read.

        While it has whole messages to deliver, later ones would have to follow them there, and a server that is late
        would never leave the slow path again.
        """
        return len(self._for_library) > PASSED_BYTES or self.splitter.waits

    def end_reading(self) -> None:
        """Note that nothing more can be read."""
        self._ended = True
        self._changed.ring()

    def take(self, data: bytes, now: float) -> None:
        """Split ``data``, read in a tick: inputs go to the inbox, all else to the library.

        The first message is not charged if it is an input, as on the fast path (`InputReader`).
        """
        link = self.link
        self.heard_at = now
        link.bytes_in += len(data)
        messages: list[bytes] = []
        for_library, frames = self.splitter.split(data, messages)
        link.messages_in += len(messages)
        if for_library:
            self._for_library += for_library
            self._changed.ring()
        if self.splitter.pongs > self._pongs and self._pinged_at:
            link.note_round_trip(now - self._pinged_at)
            self._pinged_at = 0.0
        further = frames - bool(messages and is_input(messages[0]))
        free = not (further or for_library)
        if (free or self.charge(further, len(data), now)) and messages and not link.inbox.put_small(messages):
            link.close(CloseCode.FLOODING, "too many messages wait to be used")

    def charge(self, frames: int, size: int, now: float) -> bool:
        """Charge ``frames`` frames of ``size`` bytes in all; False, and the link is closed, when that is a flood."""
        excess = self.budget.exceeded(frames, size, now)
        if excess:
            self.link.close(CloseCode.FLOODING, excess)
        return not excess

    async def receive(self) -> bytes | None:
        """Bytes for the library, empty at the end; None once the socket was given back. Cancelled, it takes nothing.

        Raises:
            trio.BrokenResourceError: the connection is broken.
        """
        while not (self._for_library or self._ended or self._broken or self._released):
            await self._changed.wait()
        if self._released:
            return None
        if self._broken and not self._for_library:
            raise trio.BrokenResourceError("the peer has gone")
        data, self._for_library = self._for_library, b""
        return data

    # Writing

    def put(self, message: bytes) -> bool:
        """Queue ``message`` for the end of the tick; False, and not queued, when too much waits already."""
        if self._sealed:
            return True
        unsent = self._queue()
        begins, ends = self._snapshot
        waiting = len(unsent) - (ends - begins) - self._spare
        if waiting > 0 and waiting + len(message) > MAX_QUEUED_BYTES:
            return False
        unsent += head_of(len(message))
        unsent += message
        return True

    def put_spare(self, message: bytes) -> bool:
        """Queue ``message`` without counting it for `put`; False, and not queued, when too many such bytes wait.

        Which of the bytes have gone is not known: they count until everything is out, or fewer bytes than they wait.
        """
        if self._sealed:
            return True
        spare = self._spare + len(message)
        if spare > MAX_QUEUED_CHAT_BYTES:
            return False
        unsent = self._queue()
        unsent += head_of(len(message))
        unsent += message
        self._spare = spare
        return True

    def offer(self, snapshot: bytes) -> bool:
        """Queue ``snapshot`` for the end of the tick, unless the socket is full: it would be old when it goes out."""
        if self._sealed:
            return False
        if self._unsent or self._lone_snapshot:
            if (self._blocked or self._lone_snapshot or any(self._snapshot)) and not self.push(trio.current_time()):
                return False
            if self._unsent:
                head = head_of(len(snapshot))
                self._put_snapshot(head + snapshot, len(head) + len(snapshot))
                return True
        self._lone_snapshot = head_of(len(snapshot)) + snapshot
        self.busy.add(self.fd)
        return True

    def keep_rest(self, rest: bytes, snapshot_bytes: int, now: float) -> None:
        """Queue ``rest``, what the socket did not take of the events and the snapshot that `SnapshotWriter` wrote.

        Args:
            rest: at least one byte; it ends in a snapshot's frame.
            snapshot_bytes: of that frame, whether or not its beginning is out already. The `push` that follows in the
                same `SeatedSockets.flush` corrects that.
        """
        self._put_snapshot(rest, snapshot_bytes)
        self.busy.add(self.fd)
        self._note_blocked(0, now)

    def push(self, now: float) -> bool:
        """Write what the socket takes, and return whether that was everything."""
        unsent = self._lone_snapshot or self._unsent
        if not unsent:
            return True
        try:
            sent = os.write(self.fd, unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.mark_broken()
            return False
        self.link.bytes_out += sent
        if sent == len(unsent):
            self._lone_snapshot = b""
            self._unsent = bytearray()
            self._snapshot = 0, 0
            self._spare = 0
            if self._blocked:
                self._blocked = False
                self._changed.ring()
            if self._ping_owed:
                self._ping(now)
                return self.push(now)
            return True
        unsent = self._queue()
        del unsent[:sent]
        self._spare = min(self._spare, len(unsent))
        begins, ends = self._snapshot
        self._snapshot = max(begins - sent, 0), max(ends - sent, 0)
        self._note_blocked(sent, now)
        return False

    async def write(self, data: bytes | bytearray | memoryview, *, last: bool = False) -> None:
        """Write ``data`` behind what waits; return when it is out, or when the socket was given back with it.

        Cancelled, it stays queued.

        Args:
            last: nothing may follow.

        Raises:
            trio.BrokenResourceError: the peer is gone, or does not read.
        """
        if self._broken:
            raise trio.BrokenResourceError("the peer has gone")
        self._sealed = self._sealed or last
        unsent = self._queue()
        unsent += data
        end = self.link.bytes_out + len(unsent)
        self.push(trio.current_time())
        while self.link.bytes_out < end and not self._released:
            if self._broken:
                raise trio.BrokenResourceError("the peer has gone, or does not read")
            await self._changed.wait()

    # The heartbeat

    def check_peer(self, now: float) -> float:
        """Ping the peer, or give it up, if it is time, and return when to check it again."""
        silent_at = self.heard_at + self._options.timeout
        if now >= silent_at:
            self.link.close(CloseCode.TIMED_OUT, f"nothing heard for {self._options.timeout:g} s")
            return float("inf")
        if now >= self._ping_at:
            self._ping_at = max(self._ping_at, now - self._options.ping_interval) + self._options.ping_interval
            if self._blocked:
                self._ping_owed = True  # behind what the peer has not read it would be late, and one more each time
            else:
                self._ping(now)
        return min(self._ping_at, silent_at)

    def _ping(self, now: float) -> None:
        self._ping_owed = False
        if not self._sealed:
            unsent = self._queue()
            unsent += _PING
            self._pinged_at, self._pongs = now, self.splitter.pongs

    @property
    def released(self) -> bool:
        """Whether the socket was given back."""
        return self._released

    def release(self) -> tuple[bytes, bytes]:
        """Give the socket back, with the bytes for the library, and those that must be written before anything else."""
        self._released = True
        self._peer.heard_at = self.heard_at
        self._changed.ring()
        return self._for_library + self.splitter.take_held(), self._lone_snapshot or bytes(self._unsent)

    @property
    def idle(self) -> bool:
        """Whether nothing waits, and something may be written."""
        return not (self._lone_snapshot or self._unsent or self._sealed)

    def _queue(self) -> bytearray:
        """The bytes that wait, for the caller to put more behind them."""
        self.busy.add(self.fd)
        if self._lone_snapshot:
            snapshot, self._lone_snapshot = self._lone_snapshot, b""
            self._put_snapshot(snapshot, len(snapshot))
        return self._unsent

    def _put_snapshot(self, data: bytes, size: int) -> None:
        """Queue ``data``, whose last ``size`` bytes are a snapshot's."""
        self._unsent += data
        self._snapshot = len(self._unsent) - size, len(self._unsent)

    def _note_blocked(self, sent: int, now: float) -> None:
        """Note that bytes wait after ``sent`` went out; give up a peer that does not take `WRITE_BYTES` in time."""
        self._step_left -= sent
        if self._blocked and self._step_left > 0:
            if now >= self._step_by:
                self._peer.stalled = True
                self.mark_broken()
                self.link.end(CloseCode.TOO_SLOW, "nothing was read for too long")
            return
        self._blocked = True
        self._step_by = now + self._options.slow_timeout
        self._step_left = WRITE_BYTES
        self._changed.ring()

    def mark_broken(self) -> None:
        """Note that nothing can be written any more: a task that waits in `write` or `receive` raises."""
        self._broken = self._sealed = self._peer.torn = True
        self.busy.add(self.fd)
        self._lone_snapshot = b""
        self._unsent = bytearray()
        self._changed.ring()
