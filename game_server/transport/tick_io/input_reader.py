"""The tick's reads: one of each socket that has bytes, and nearly all of them in one call."""

from __future__ import annotations

import errno
import os
import select
from collections.abc import Mapping
from typing import Final

import attrs
import numpy as np
import trio

from game_server.batch_io import Arrivals, BatchIO
from game_server.protocol import Batch, Ids
from game_server.transport.tick_io.numbered_column import NumberedColumn
from game_server.transport.tick_io.tick_socket import TICK_READ_BYTES, TickSocket
from game_server.transport.websocket.frames import INPUT_HEAD, unmask_all
from game_server.transport.websocket.traffic import Traffic

SHORT_READ_BYTES: Final = 128
"""Bytes of the first read of each socket: room for a few inputs."""
ROUNDS: Final = 3
"""Inputs of one client that a tick takes on the fast path: more than one comes to a server that is late."""
SLOW_READS: Final = 64
"""Sockets read on the slow path in one tick: each takes some hundredths of a millisecond."""
MANY: Final = 24
"""Sockets with bytes from which on numpy is quicker for all of them than Python for each."""
_FEW: Final = 0.1
"""Share of the sockets without bytes from which it pays to ask epoll which have some."""
_NO_PLAYER: Final = -1


class InputReader:
    """Reads the sockets of a `SeatedSockets`, and sorts what comes.

    Nearly every socket has one whole input in nearly every tick. On the *fast path*, all of those are read in one call
    and unmasked in one array, without a look at their `TickSocket`: one method call for each would cost more than all
    else that Python does in a tick. Whatever is different goes through the `TickSocket`, on the *slow path*: messages
    that are no inputs, frames in pieces, and sockets whose links have no player yet.

    The slow path is bounded: of more than `SLOW_READS` sockets that have bytes for it, the rest are put off, and come
    first in the next tick.

    Args:
        io: reads many sockets in one call.
        traffic: counts what the fast path reads; the links count the rest.
        sockets: by descriptor; `add` and `remove` follow its changes.

    Raises:
        OSError: there is no descriptor left for the epoll set.
    """

    available = hasattr(select, "epoll")
    """Whether this system has epoll, without which a tick reads no sockets."""

    def __init__(self, io: BatchIO, traffic: Traffic, sockets: Mapping[int, TickSocket]) -> None:
        self._io = io
        self._traffic = traffic
        self._sockets = sockets
        self._readiness = _Readiness()
        self._players = NumberedColumn(_NO_PLAYER)
        self._heard_at = NumberedColumn(0.0)
        self._slow: set[int] = set()
        """Descriptors whose bytes go the slow path."""
        self._put_off: dict[int, None] = {}
        """Of those, the ones that have bytes and were not read in the last tick; the longest wait comes first."""

    def add(self, socket: TickSocket) -> None:
        """Read ``socket`` from now on, on the slow path until it is assigned to a player."""
        self._readiness.add(socket.fd)
        self._players[socket.fd] = _NO_PLAYER
        self._heard_at[socket.fd] = socket.heard_at
        self._slow.add(socket.fd)

    def remove(self, socket: TickSocket) -> int:
        """Do not read ``socket`` any more; its descriptor must still be open.

        Returns:
            The player it was assigned to, -1 for none.
        """
        self._readiness.discard(socket.fd)
        self.note_heard(socket)
        player = int(self._players[socket.fd])
        self._players[socket.fd] = _NO_PLAYER
        self._slow.discard(socket.fd)
        self._put_off.pop(socket.fd, None)
        return player

    def assign(self, socket: TickSocket, player: int) -> None:
        """Put the inputs that come from ``socket`` into batches, as those of ``player``."""
        self._players[socket.fd] = player
        self._choose_path(socket)

    def unassign(self, fd: int) -> None:
        """Put nothing from the socket with descriptor ``fd`` into batches any more."""
        self._players[fd] = _NO_PLAYER
        self._slow.add(fd)

    def note_heard(self, socket: TickSocket) -> None:
        """Bring ``socket.heard_at`` up to date: the fast path has not touched it."""
        socket.heard_at = max(socket.heard_at, float(self._heard_at[socket.fd]))

    @property
    def has_put_off(self) -> bool:
        """Whether the last `read` has left something for the next one."""
        return bool(self._put_off)

    def read(self) -> list[Batch]:
        """Read each socket that has bytes once, and return the inputs of the fast path.

        With fewer than `MANY` such sockets there is no batch: everything goes through the `TickSocket` of each.
        """
        now = trio.current_time()
        ready, slow = self._readiness.ready(), self._slow
        empty = 0
        if slow:
            # Not `np.isin`: its first call imports another part of numpy, which takes 100 ms of a tick.
            alone = np.fromiter((fd in slow for fd in ready.tolist()), np.bool_, len(ready))
            singly = ready[alone].tolist()
            ready = ready[~alone]
            if len(singly) > SLOW_READS or self._put_off:
                waited, due = self._put_off, set(singly)
                singly = [*filter(due.__contains__, waited), *(fd for fd in singly if fd not in waited)]
                self._put_off = dict.fromkeys(singly[SLOW_READS:])
            for fd in singly[:SLOW_READS]:
                empty += self._read_singly(fd, now)
        came = self._io.read(ready)
        fine = (came.sizes > 0) & (came.sizes < SHORT_READ_BYTES)
        if not fine.all():
            for at in np.flatnonzero(~fine).tolist():
                if came.sizes[at] == -errno.EAGAIN:
                    empty += 1
                else:
                    self._take_end(int(ready[at]), came.bytes_of(at), int(came.sizes[at]), now)
            came = attrs.evolve(came, sizes=np.where(fine, came.sizes, 0))
        self._readiness.note_empty(empty)
        if np.count_nonzero(fine) >= MANY:
            return self._take_together(ready, came, now)
        for at in np.flatnonzero(fine).tolist():
            self._take(int(ready[at]), came.bytes_of(at), now)
        return []

    def _read_singly(self, fd: int, now: float) -> bool:
        """Read a socket of the slow path; whether nothing had come."""
        if self._sockets[fd].library_busy:
            return False
        try:
            data = os.read(fd, SHORT_READ_BYTES)
        except BlockingIOError:
            return True
        except OSError as error:
            self._take_end(fd, b"", -(error.errno or 1), now)
        else:
            if 0 < len(data) < SHORT_READ_BYTES:
                self._take(fd, data, now)
            else:
                self._take_end(fd, data, len(data), now)
        return False

    def _take_end(self, fd: int, data: bytes, size: int, now: float) -> None:
        """Deal with a read that was no ordinary one.

        Args:
            size: as many bytes as there was room for, so that more may wait; 0 at the end of the stream; ``-errno`` of
                an error.
        """
        if size > 0:
            self._take(fd, data + _read_on(fd), now)
            return
        if size < 0:
            self._sockets[fd].mark_broken()
        self._sockets[fd].end_reading()
        self._readiness.discard(fd)

    def _take_together(self, descriptors: Ids, came: Arrivals, now: float) -> list[Batch]:
        """Take the inputs out of many reads at once; reads that are anything else go to their `TickSocket`.

        The first message of each is not charged: to do so would cost more than all else here, and nobody floods with
        one input a tick. The caller that finds that it is no input charges it.
        """
        rounds, others = unmask_all(came, ROUNDS)
        self._heard_at.values[descriptors[came.sizes > 0]] = now
        for further in rounds[1:]:
            for fd, size in zip(descriptors[further.which].tolist(), further.sizes.tolist(), strict=True):
                self._sockets[fd].charge(1, INPUT_HEAD + size, now)
        for other in others:
            self._take(int(descriptors[other]), came.bytes_of(other), now)
        batches = [Batch(self._players.values[descriptors[which]], data, sizes) for which, data, sizes in rounds]
        messages = sum(map(len, batches))
        self._traffic.messages_in += messages
        self._traffic.bytes_in += sum(int(batch.sizes.sum()) for batch in batches) + INPUT_HEAD * messages
        return batches

    def _take(self, fd: int, data: bytes, now: float) -> None:
        socket = self._sockets[fd]
        socket.take(data, now)
        self._choose_path(socket)

    def _choose_path(self, socket: TickSocket) -> None:
        if socket.plain and self._players[socket.fd] >= 0:
            self._slow.discard(socket.fd)
        else:
            self._slow.add(socket.fd)


def _read_on(fd: int) -> bytes:
    """Read what else waits, to `TICK_READ_BYTES` in all; nothing at an end or error, which the next read meets."""
    try:
        return os.read(fd, TICK_READ_BYTES - SHORT_READ_BYTES)
    except OSError:
        return b""


class _Readiness:
    """An epoll set that is asked only when that is cheaper than to read all of its sockets."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._descriptors: set[int] = set()
        self._all: Ids | None = None
        """The same as an array, since it was last asked for."""
        self._ask = True

    def add(self, fd: int) -> None:
        self._epoll.register(fd, select.EPOLLIN)
        self._descriptors.add(fd)
        self._all = None

    def discard(self, fd: int) -> None:
        """Take ``fd`` out, if it is in: it must still be open."""
        if fd in self._descriptors:
            self._descriptors.remove(fd)
            self._all = None
            self._epoll.unregister(fd)

    def ready(self) -> Ids:
        """The sockets that are worth a read: while nearly all have bytes, every one."""
        if not self._ask:
            if self._all is None:
                self._all = np.array(list(self._descriptors), np.intp)
            return self._all
        ready = [fd for fd, _ in self._epoll.poll(0, len(self._descriptors))] if self._descriptors else []
        self._ask = len(ready) < (1 - _FEW) * len(self._descriptors)
        return np.array(ready, np.intp)

    def note_empty(self, count: int) -> None:
        """``count`` sockets of the last `ready` had nothing to read."""
        self._ask = self._ask or count > _FEW * len(self._descriptors)
