"""The two queues of a link, both bounded. The tick's side never waits."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

import trio

from game_server.transport.websocket.waiting import Bell

MAX_QUEUED_BYTES: Final = 256 * 1024
"""Bytes that may wait for a slow client beside the snapshot being sent."""
MAX_QUEUED_CHAT_BYTES: Final = 64 * 1024
"""Bytes of chat that may wait for a slow client beside that: further lines are left out."""
MAX_UNUSED_BYTES: Final = 256 * 1024
"""Bytes of a client's messages that may wait for the tick."""


class _Kind(enum.Enum):
    RELIABLE = enum.auto()
    SPARE = enum.auto()
    SNAPSHOT = enum.auto()


class Inbox:
    """Messages from the peer, waiting for the tick. Once it has ended, it drops what comes.

    Args:
        capacity: messages that may wait.
    """

    __slots__ = ("_awaited", "_capacity", "_ended", "_heard", "_messages")

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._messages: list[bytes] = []
        self._awaited: trio.Event | None = None
        self._heard: Callable[[], object] | None = None
        self._ended = False

    def put(self, message: bytes) -> bool:
        """Add ``message``; False, and not added, when nobody has drained for too long."""
        if sum(map(len, self._messages)) + len(message) > MAX_UNUSED_BYTES:
            return self._ended
        return self.put_small([message])

    def put_small(self, messages: list[bytes]) -> bool:
        """Add ``messages``, so small that their number is bound enough; False, and not added, when it is too high."""
        if len(self._messages) + len(messages) > self._capacity:
            return self._ended
        self._messages += messages
        if self._heard is not None:
            self._heard()
        if self._awaited is not None:
            self._wake()
        return True

    def listen(self, heard: Callable[[], object] | None) -> None:
        """Call ``heard`` whenever something comes; at once, if something waits already."""
        self._heard = heard
        if heard is not None and self._messages:
            heard()

    @property
    def is_listened_to(self) -> bool:
        """Whether somebody listens: the tick of a match in which the peer has a seat."""
        return self._heard is not None

    def drain(self) -> list[bytes]:
        """All that waits, oldest first."""
        messages = self._messages
        if not messages:
            return []
        self._messages = []
        return messages

    async def next(self) -> bytes | None:
        """The oldest message, waiting for one; None once the inbox has ended and is empty.

        Cancelled, it takes nothing. Only one task at a time may wait.
        """
        while not self._messages and not self._ended:
            self._awaited = trio.Event()
            await self._awaited.wait()
        return self._messages.pop(0) if self._messages else None

    def clear(self) -> None:
        """Forget what waits."""
        self._messages.clear()

    def end(self) -> None:
        """No message will follow; what waits may still be taken."""
        self._ended = True
        self._capacity = 0
        self._wake()

    def _wake(self) -> None:
        if self._awaited is not None:
            self._awaited.set()
            self._awaited = None


class Outgoing(Protocol):
    """Where a link puts what it sends."""

    def put(self, message: bytes, /) -> bool:
        """Queue ``message``; False, and not queued, when too much waits already."""
        ...

    def put_spare(self, message: bytes, /) -> bool:
        """Queue ``message``, without counting it for `put`; False, and not queued, when too many such bytes wait."""
        ...

    def offer(self, snapshot: bytes, /) -> bool:
        """Queue ``snapshot``, unless it would have to wait for an earlier one."""
        ...


class Outbox:
    """Messages to the peer, in the order they were given, at most one of them a snapshot."""

    __slots__ = (
        "_changed",
        "_messages",
        "_paused",
        "_reliable_bytes",
        "_sending",
        "_snapshot_waits",
        "_spare_bytes",
        "_written",
    )

    def __init__(self) -> None:
        self._messages: list[tuple[bytes, _Kind]] = []  # an empty deque takes ten times the room
        self._sending: tuple[bytes, _Kind] | None = None
        self._reliable_bytes = 0
        self._spare_bytes = 0
        self._snapshot_waits = False
        self._paused = False
        self._changed = Bell()
        self._written = Bell()

    def put(self, message: bytes) -> bool:
        """Queue ``message``; False, and not queued, when too much waits already.

        A message alone may be larger than the bound: a welcome is.
        """
        if self._reliable_bytes and self._reliable_bytes + len(message) > MAX_QUEUED_BYTES:
            return False
        self._reliable_bytes += len(message)
        self._append(message, _Kind.RELIABLE)
        return True

    def put_spare(self, message: bytes) -> bool:
        """Queue ``message``, without counting it for `put`; False, and not queued, when too many such bytes wait."""
        if self._spare_bytes + len(message) > MAX_QUEUED_CHAT_BYTES:
            return False
        self._spare_bytes += len(message)
        self._append(message, _Kind.SPARE)
        return True

    def offer(self, snapshot: bytes) -> bool:
        """Queue ``snapshot``, unless an earlier one has not been written out."""
        if self._snapshot_waits or self._paused:
            return False
        self._snapshot_waits = True
        self._append(snapshot, _Kind.SNAPSHOT)
        return True

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Give out no message and take no snapshot inside the ``with``.

        A match may have something to say in every tick, and a server that is late writes one message of an outbox a
        tick: nobody could wait there until the outbox is empty.
        """
        self._paused = True
        try:
            yield
        finally:
            self._paused = False
            self._changed.ring()

    def move_to(self, outgoing: Outgoing) -> bool:
        """Move what waits to ``outgoing``; returns whether that had room for everything reliable."""
        messages, self._messages = self._messages, []
        self._reliable_bytes = self._spare_bytes = 0
        self._snapshot_waits = False
        for message, kind in messages:
            if kind is _Kind.SNAPSHOT:
                outgoing.offer(message)
            elif kind is _Kind.SPARE:
                outgoing.put_spare(message)
            elif not outgoing.put(message):
                return False
        return True

    async def next(self) -> bytes:
        """The message to write now; `written` must follow before the next. Cancelled, it takes nothing."""
        while self._paused or not self._messages:
            await self._changed.wait()
        self._sending = self._messages.pop(0)
        return self._sending[0]

    def written(self) -> None:
        """Note that the message that `next` gave has been written, or cannot be."""
        assert self._sending is not None
        message, kind = self._sending
        self._sending = None
        if kind is _Kind.SNAPSHOT:
            self._snapshot_waits = False
        elif kind is _Kind.SPARE:
            self._spare_bytes -= len(message)
        else:
            self._reliable_bytes -= len(message)
        self._written.ring()

    def clear(self) -> None:
        """Forget what waits: nothing can be written any more."""
        self._messages.clear()
        self._written.ring()

    async def wait_empty(self) -> None:
        """Return once everything has been written, or forgotten."""
        while self._messages or self._sending is not None:
            await self._written.wait()

    async def wait_written(self) -> None:
        """Return once the message that `next` gave has been written, or forgotten."""
        while self._sending is not None:
            await self._written.wait()

    def _append(self, message: bytes, kind: _Kind) -> None:
        self._messages.append((message, kind))
        self._changed.ring()
