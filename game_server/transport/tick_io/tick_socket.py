"""The socket of a seated link: one read and one write a tick, neither of which waits."""

from __future__ import annotations

import os
from typing import Final

import trio

from game_server.protocol import CloseCode, is_input
from game_server.transport.options import TransportOptions
from game_server.transport.peer import WRITE_BYTES, Peer
from game_server.transport.websocket.frame_budget import FrameBudget
from game_server.transport.websocket.frames import FrameSplitter, head_of
from game_server.transport.websocket.link import Link
from game_server.transport.websocket.mailbox import MAX_QUEUED_BYTES, MAX_QUEUED_CHAT_BYTES
from game_server.transport.websocket.waiting import Bell

TICK_READ_BYTES: Final = 4096
"""Bytes that one client can make the server look at in one tick; the rest waits in its socket."""
PASSED_BYTES: Final = 16 * 1024
"""Bytes that may wait for the library; while there are more, the socket is not read."""

_PING: Final = b"\x89\x00"


class TickSocket:
    """Reads and writes a socket by way of its descriptor, for as long as its link has a seat.

    It is the outbox of its link and the one owner of unsent bytes: the match's messages, and what the library writes.
    They go out in the order in which they came here, so no frame ever begins inside another. What waits is bounded:
    `MAX_QUEUED_BYTES` of messages (or a single larger one), one snapshot, one ping, and one control frame of the
    library, which writes no second before the first is out.

    Args:
        fd: a connected, non-blocking socket.
        link: what it carries; closed here when the peer floods, stalls or falls silent.
        peer: told when something was heard, and that it is torn when nothing can be written any more.
        splitter: has counted every byte before.
        budget: what the peer may send.
        options: of them, the heartbeat's times and ``slow_timeout``.

    Attributes:
        alone: a snapshot's frame, while nothing else waits.
        busy: descriptors of sockets to which nothing may be written past what waits, or at all; this one adds its own.
        passed: bytes for the library that it has not taken.
        heard_at: when something last came from the peer, on trio's clock.
    """

    __slots__ = (
        "_blocked",
        "_broken",
        "_changed",
        "_ended",
        "_options",
        "_peer",
        "_ping_at",
        "_ping_owed",
        "_pinged_at",
        "_pongs",
        "_released",
        "_sealed",
        "_snapshot",
        "_spare",
        "_step_by",
        "_step_left",
        "_unsent",
        "alone",
        "budget",
        "busy",
        "fd",
        "heard_at",
        "link",
        "passed",
        "splitter",
    )

    def __init__(
        self, fd: int, link: Link, peer: Peer, splitter: FrameSplitter, budget: FrameBudget, options: TransportOptions
    ) -> None:
        self.fd = fd
        self.link = link
        self._peer = peer
        self.splitter = splitter
        self.budget = budget
        self._options = options
        self.passed = b""
        self.alone = b""
        self.busy: set[int] = set()
        self._unsent = bytearray()
        """Made anew when all is out: emptied, it would keep a little piece of its room, with holes around it."""
        self._snapshot = 0, 0
        """Where in what is unsent the snapshot begins and ends that is in it, or what is left of it."""
        self._spare = 0
        """Bytes put as spare since all was out: as many as that are unsent, or fewer."""
        self._blocked = False
        self._step_by = 0.0
        self._step_left = 0
        self._ping_at = trio.current_time() + options.ping_interval
        self.heard_at = peer.heard_at
        self._pinged_at = 0.0
        self._ping_owed = False
        self._pongs = 0
        self._ended = False
        self._broken = False
        self._sealed = False
        self._released = False
        self._changed = Bell()

    # Reading

    @property
    def plain(self) -> bool:
        """Whether an input that comes now can be set aside, past the library."""
        return self.splitter.plain and not self.passed

    @property
    def held(self) -> bool:
        """Whether the library has enough to do, so that nothing more is read.

        While it has whole messages to deliver, later ones would have to follow them there, and the longer way, once
        taken, would never be left by a server that is late.
        """
        return len(self.passed) > PASSED_BYTES or self.splitter.waits

    def end(self) -> None:
        """Nothing more can be read."""
        self._ended = True
        self._changed.ring()

    def take(self, data: bytes, now: float) -> None:
        """Part what was read in a tick: inputs go to the inbox, all else to the library.

        The first message is not charged if it is an input, as it is not where many are parted together.
        """
        link = self.link
        self.heard_at = now
        link.bytes_in += len(data)
        messages: list[bytes] = []
        passed, frames = self.splitter.split(data, messages)
        link.messages_in += len(messages)
        if passed:
            self.passed += passed
            self._changed.ring()
        if self.splitter.pongs > self._pongs and self._pinged_at:
            link.note_round_trip(now - self._pinged_at)
            self._pinged_at = 0.0
        further = frames - bool(messages and is_input(messages[0]))
        free = not (further or passed)
        if (free or self.charge(further, len(data), now)) and messages and not link.inbox.put_small(messages):
            link.close(CloseCode.FLOODING, "too many messages wait to be used")

    def charge(self, frames: int, size: int, now: float) -> bool:
        """Charge ``frames`` frames of ``size`` bytes in all; False, and the link is closed, when that is a flood."""
        much = self.budget.exceeded(frames, size, now)
        if much:
            self.link.close(CloseCode.FLOODING, much)
        return not much

    async def receive(self) -> bytes | None:
        """Bytes for the library, empty at the end; None once the socket was given back. Cancelled, it takes nothing.

        Raises:
            trio.BrokenResourceError: the connection is broken.
        """
        while not (self.passed or self._ended or self._broken or self._released):
            await self._changed.wait()
        if self._released:
            return None
        if self._broken and not self.passed:
            raise trio.BrokenResourceError("the peer has gone")
        passed, self.passed = self.passed, b""
        return passed

    # Writing

    def put(self, message: bytes) -> bool:
        """Queue ``message`` for the end of the tick; False, and not queued, when too much waits already."""
        if self._sealed:
            return True
        unsent = self._behind()
        begins, ends = self._snapshot
        waiting = len(unsent) - (ends - begins) - self._spare
        if waiting > 0 and waiting + len(message) > MAX_QUEUED_BYTES:
            return False
        unsent += head_of(len(message))
        unsent += message
        return True

    def put_spare(self, message: bytes) -> bool:
        """Queue ``message`` without counting it for `put`; False, and not queued, when too many such bytes wait.

        They count until everything is out, or less than they waits: which of the bytes have gone is not known.
        """
        if self._sealed:
            return True
        spare = self._spare + len(message)
        if spare > MAX_QUEUED_CHAT_BYTES:
            return False
        unsent = self._behind()
        unsent += head_of(len(message))
        unsent += message
        self._spare = spare
        return True

    def offer(self, snapshot: bytes) -> bool:
        """Queue ``snapshot`` for the end of the tick, unless the socket is full: it would be old when it goes out."""
        if self._sealed:
            return False
        if self._unsent or self.alone:
            if (self._blocked or self.alone or any(self._snapshot)) and not self.push(trio.current_time()):
                return False
            if self._unsent:
                head = head_of(len(snapshot))
                self._put_snapshot(head + snapshot, len(head) + len(snapshot))
                return True
        self.alone = head_of(len(snapshot)) + snapshot
        self.busy.add(self.fd)
        return True

    def keep(self, rest: bytes, snapshot_bytes: int, now: float) -> None:
        """The socket did not take all of what was written past here: ``rest``, which ends in a snapshot, waits."""
        self._put_snapshot(rest, snapshot_bytes)  # what is out of it already the `push` of this flush leaves out
        self.busy.add(self.fd)
        self._hold_up(0, now)

    def push(self, now: float) -> bool:
        """Write what the socket takes; whether that was everything."""
        unsent = self.alone or self._unsent
        if not unsent:
            return True
        try:
            sent = os.write(self.fd, unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.broke()
            return False
        self.link.bytes_out += sent
        if sent == len(unsent):
            self.alone = b""
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
        unsent = self._behind()
        del unsent[:sent]
        self._spare = min(self._spare, len(unsent))
        begins, ends = self._snapshot
        self._snapshot = max(begins - sent, 0), max(ends - sent, 0)
        self._hold_up(sent, now)
        return False

    async def write(self, data: bytes | bytearray | memoryview, *, last: bool = False) -> None:
        """Write ``data`` behind what waits; return when it is out, or when the socket was given back with it.

        Cancelled, it is queued all the same.

        Args:
            last: nothing may follow.

        Raises:
            trio.BrokenResourceError: the peer is gone, or does not read.
        """
        if self._broken:
            raise trio.BrokenResourceError("the peer has gone")
        self._sealed = self._sealed or last
        unsent = self._behind()
        unsent += data
        end = self.link.bytes_out + len(unsent)
        self.push(trio.current_time())
        while self.link.bytes_out < end and not self._released:
            if self._broken:
                raise trio.BrokenResourceError("the peer has gone, or does not read")
            await self._changed.wait()

    # Looking after the peer

    def look(self, now: float) -> float:
        """Ping the peer, or give it up, if it is time; returns when to look again."""
        silent_at = self.heard_at + self._options.timeout
        if now >= silent_at:
            self.link.close(CloseCode.TIMED_OUT, f"nothing heard for {self._options.timeout:g} s")
            return float("inf")
        if now >= self._ping_at:
            self._ping_at = max(self._ping_at, now - self._options.ping_interval) + self._options.ping_interval
            if self._blocked:
                self._ping_owed = True  # behind what the peer has not read it would be old, and one more a time
            else:
                self._ping(now)
        return min(self._ping_at, silent_at)

    def _ping(self, now: float) -> None:
        self._ping_owed = False
        if not self._sealed:
            unsent = self._behind()
            unsent += _PING
            self._pinged_at, self._pongs = now, self.splitter.pongs

    @property
    def released(self) -> bool:
        """Whether the socket was given back."""
        return self._released

    def release(self) -> tuple[bytes, bytes]:
        """Give the socket back: what is still for the library, and what must be written before anything else."""
        self._released = True
        self._peer.heard_at = self.heard_at
        self._changed.ring()
        return self.passed + self.splitter.take_held(), self.alone or bytes(self._unsent)

    @property
    def idle(self) -> bool:
        """Whether nothing waits, and something may be written."""
        return not (self.alone or self._unsent or self._sealed)

    def _behind(self) -> bytearray:
        """What waits, for something to be put behind it."""
        self.busy.add(self.fd)
        if self.alone:
            alone, self.alone = self.alone, b""
            self._put_snapshot(alone, len(alone))
        return self._unsent

    def _put_snapshot(self, data: bytes, size: int) -> None:
        """Let ``data`` wait, too; its last ``size`` bytes are of a snapshot."""
        self._unsent += data
        self._snapshot = len(self._unsent) - size, len(self._unsent)

    def _hold_up(self, sent: int, now: float) -> None:
        self._step_left -= sent
        if self._blocked and self._step_left > 0:
            if now >= self._step_by:
                self._peer.stalled = True
                self.broke()
                self.link.end(CloseCode.TOO_SLOW, "nothing was read for too long")
            return
        self._blocked = True
        self._step_by = now + self._options.slow_timeout
        self._step_left = WRITE_BYTES
        self._changed.ring()

    def broke(self) -> None:
        """Nothing can be written any more; who waits learns it."""
        self._broken = self._sealed = self._peer.torn = True
        self.busy.add(self.fd)
        self.alone = b""
        self._unsent = bytearray()
        self._changed.ring()
