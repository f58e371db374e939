"""The sockets of seated links, read and written at the ticks."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final

import attrs
import numpy as np
import trio

from game_server.batch_io import Arrivals, batch_io_here, open_batch_io
from game_server.protocol import Batch, Received
from game_server.transport.options import TransportOptions
from game_server.transport.peer import Peer
from game_server.transport.tick_io.descriptor_column import DescriptorColumn
from game_server.transport.tick_io.heartbeat_schedule import HeartbeatSchedule
from game_server.transport.tick_io.readiness import Readiness
from game_server.transport.tick_io.socket_writer import SocketWriter
from game_server.transport.tick_io.tick_socket import TICK_READ_BYTES, TickSocket
from game_server.transport.websocket.frame_budget import FrameBudget
from game_server.transport.websocket.frames import INPUT_HEAD, FrameSplitter, unmask_all
from game_server.transport.websocket.link import Link, TickChannel
from game_server.transport.websocket.traffic import Traffic

SHORT_READ_BYTES: Final = 128
"""What is read of each at first: room for a few inputs."""
ROUNDS: Final = 3
"""Inputs of one client that a tick takes the short way: more than one comes to a server that is late."""
LONGER_READS: Final = 64
"""Sockets that are read the longer way in one look: each takes some hundredths of a millisecond."""
MANY: Final = 24
"""Sockets with bytes from which on it is quicker to look at them together."""


class SocketSet:
    """Sockets, and the players whose they are. Nothing here waits but `seat`.

    Nearly every socket has one whole input and takes one snapshot in nearly every tick. That is done here, for all
    sockets in one loop and one array, without a look at the `TickSocket`: a method call on the way of each would cost
    more than all else that Python does. Whatever is different takes the longer way through it.

    A link that is not over a plain TCP or Unix socket, or where there is no epoll, keeps its tasks; `seat` does
    nothing to it, and the match cannot tell.

    The longer way is bounded: of more than `LONGER_READS` sockets that have bytes for it the rest are put off, and come
    first in the next look.

    Args:
        traffic: counts what goes the short way; the links count the rest.
        ring: whether sockets may be read and written by io_uring, where the kernel has that.

    Raises:
        OSError: there are no descriptors left.
    """

    def __init__(self, traffic: Traffic | None = None, *, ring: bool = True) -> None:
        self.traffic = traffic or Traffic()
        self._io = open_batch_io(SHORT_READ_BYTES, ring=ring)
        self._readiness = Readiness() if Readiness.available else None
        self._sockets: dict[int, TickSocket] = {}
        self._links: dict[int, Link] = {}
        self._descriptors: dict[int, int] = {}
        self._players = DescriptorColumn(-1)
        self._heard_at = DescriptorColumn(0.0)
        self._odd: set[int] = set()
        """Descriptors whose bytes have to go the longer way."""
        self._put_off: dict[int, None] = {}
        """Of those, the ones that have bytes and were not read in the last look; who has waited longest is first."""
        self._busy: set[int] = set()
        """Descriptors for which something waits, or after which nothing may follow."""
        self._mail: set[int] = set()
        self._writer = SocketWriter(self._io, self.traffic, self._links, self._descriptors, self._sockets, self._busy)
        self._heartbeats = HeartbeatSchedule()

    def __len__(self) -> int:
        """Sockets in the set."""
        return len(self._sockets)

    def seat(self, link: Link) -> AbstractAsyncContextManager[None]:
        """Read and write the socket of ``link`` at the tick inside the ``async with``.

        Entering waits until what was sent before is written, within ``slow_timeout``.
        """
        return _Seated(self, link if self._readiness else None)

    # Players

    def admit(self, player: int, outlet: object) -> None:
        """``outlet``, a `Link`, is that of ``player`` from now on; if it is seated here, its inputs come in batches."""
        assert isinstance(outlet, Link), outlet
        link = self._links[player] = outlet
        link.inbox.listen(partial(self._mail.add, player))
        seat = link.outgoing
        if isinstance(seat, TickSocket) and self._sockets.get(seat.fd) is seat:
            self._descriptors[player] = seat.fd
            self._players[seat.fd] = player
            self._sort(seat)

    def dismiss(self, player: int) -> None:
        """``player`` has no link any more; it is left as it is."""
        link = self._links.pop(player, None)
        if link is None:
            return
        link.inbox.listen(None)
        self._mail.discard(player)
        fd = self._descriptors.pop(player, -1)
        if fd >= 0:
            self._odd.add(fd)
            self._players[fd] = -1

    def charge(self, player: int, payload: int) -> bool:
        """Charge ``player`` for a small frame with ``payload`` bytes; whether that was within the budget."""
        socket = self._sockets.get(self._descriptors.get(player, -1))
        return socket is None or socket.charge(1, INPUT_HEAD + payload, trio.current_time())

    # The tick

    @property
    def put_off(self) -> bool:
        """Whether the last `receive` has left something for the next one."""
        return bool(self._put_off)

    def receive(self) -> Received:
        """Read each socket that has bytes once: inputs in batches, all else to inboxes and tasks."""
        batches = self._read(self._readiness) if self._readiness and self._sockets else []
        mail = sorted(self._mail)
        self._mail.clear()
        return Received(mail, batches)

    def write(self, players: Sequence[int], events: Sequence[bytes], snapshots: Sequence[bytes]) -> None:
        """Have `flush` write to each of ``players`` a message of events, if it is not b"", and a snapshot."""
        self._writer.add(players, events, snapshots)

    def flush(self) -> None:
        """Write what waits, and look after peers that are silent or slow."""
        self._writer.flush()
        if not self._sockets:
            return
        now = trio.current_time()
        for fd in self._heartbeats.due(now):
            socket = self._sockets[fd]
            self._note_heard(socket)
            self._heartbeats.at(fd, socket.look(now))
        for fd in list(self._busy):
            socket = self._sockets[fd]
            if socket.push(now) and socket.idle:
                self._busy.discard(fd)

    def skipped(self) -> list[int]:
        """Those who did not get a snapshot since the last call, since their sockets are full; their events wait."""
        skipped, self._writer.skipped = self._writer.skipped, []
        return skipped

    # Sockets

    def open(
        self, fd: int, link: Link, peer: Peer, splitter: FrameSplitter, budget: FrameBudget, options: TransportOptions
    ) -> TickSocket:
        """Make a `TickSocket`; it is not in the set before `add`."""
        return TickSocket(fd, link, peer, splitter, budget, options)

    def add(self, socket: TickChannel) -> None:
        """Take ``socket`` into the set; `open` made it."""
        assert self._readiness
        assert isinstance(socket, TickSocket)
        self._readiness.add(socket.fd)
        self._sockets[socket.fd] = socket
        self._players[socket.fd] = -1
        self._heard_at[socket.fd] = socket.heard_at
        self._odd.add(socket.fd)
        if not socket.idle:
            self._busy.add(socket.fd)
        socket.busy = self._busy
        self._heartbeats.at(socket.fd, trio.current_time())

    def remove(self, socket: TickChannel) -> None:
        """Take ``socket`` out again, if it is in; its descriptor must still be open."""
        assert isinstance(socket, TickSocket)
        fd = socket.fd
        if self._readiness and self._sockets.get(fd) is socket:
            self._readiness.discard(fd)
            self._note_heard(socket)
            del self._sockets[fd]
            self._descriptors.pop(self._players[fd], None)
            self._players[fd] = -1
            self._odd.discard(fd)
            self._put_off.pop(fd, None)
            self._busy.discard(fd)
            socket.busy = set()
            self._heartbeats.forget(fd)

    def _read(self, readiness: Readiness) -> list[Batch]:
        now = trio.current_time()
        ready, odd = readiness.ready(), self._odd
        empty = 0
        if odd:
            longer = [fd for fd in ready if fd in odd]
            ready = [fd for fd in ready if fd not in odd]
            if len(longer) > LONGER_READS or self._put_off:
                waited, due = self._put_off, set(longer)
                longer = [*filter(due.__contains__, waited), *(fd for fd in longer if fd not in waited)]
                self._put_off = dict.fromkeys(longer[LONGER_READS:])
            for fd in longer[:LONGER_READS]:
                empty += self._read_alone(fd, now)
        came = self._io.read(ready)
        fine = (came.sizes > 0) & (came.sizes < SHORT_READ_BYTES)
        if not fine.all():
            for at in np.flatnonzero(~fine).tolist():
                if came.sizes[at] == -errno.EAGAIN:
                    empty += 1
                else:
                    self._take_end(ready[at], came.bytes_of(at), int(came.sizes[at]), now)
            came = attrs.evolve(came, sizes=np.where(fine, came.sizes, 0))
        readiness.found_empty(empty)
        if np.count_nonzero(fine) >= MANY:
            return self._together(ready, came, now)
        for at in np.flatnonzero(fine).tolist():
            self._take(ready[at], came.bytes_of(at), now)
        return []

    def _read_alone(self, fd: int, now: float) -> bool:
        """Read a socket whose bytes go the longer way; whether nothing had come."""
        if self._sockets[fd].held:
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
        """A read gave the end of all bytes, an error or as many bytes as there was room for: ``size`` says which."""
        if size > 0:
            self._take(fd, data + _read_on(fd), now)
            return
        assert self._readiness
        if size < 0:
            self._sockets[fd].broke()
        self._sockets[fd].end()
        self._readiness.discard(fd)

    def _together(self, descriptors: list[int], came: Arrivals, now: float) -> list[Batch]:
        """Part what was read from sockets whose splitters are plain.

        The first message of each is not charged: to do so would cost more than all else here, and nobody floods with
        one input a tick. The caller that finds that it is no input charges it.
        """
        rounds, others = unmask_all(came, ROUNDS)
        at = np.array(descriptors)
        self._heard_at.all[at[came.sizes > 0]] = now
        for further in rounds[1:]:
            for fd, size in zip(at[further.which].tolist(), further.sizes.tolist(), strict=True):
                self._sockets[fd].charge(1, INPUT_HEAD + size, now)
        for other in others:
            self._take(descriptors[other], came.bytes_of(other), now)
        batches = [Batch(self._players.all[at[which]], data, sizes) for which, data, sizes in rounds]
        messages = sum(map(len, batches))
        self.traffic.messages_in += messages
        self.traffic.bytes_in += sum(int(batch.sizes.sum()) for batch in batches) + INPUT_HEAD * messages
        return batches

    def _take(self, fd: int, data: bytes, now: float) -> None:
        socket = self._sockets[fd]
        socket.take(data, now)
        self._sort(socket)

    def _sort(self, socket: TickSocket) -> None:
        """Let the bytes of ``socket`` go the short way or the longer one."""
        if socket.plain and self._players[socket.fd] >= 0:
            self._odd.discard(socket.fd)
        else:
            self._odd.add(socket.fd)

    def _note_heard(self, socket: TickSocket) -> None:
        socket.heard_at = max(socket.heard_at, float(self._heard_at[socket.fd]))


def served_here(*, ring: bool) -> str:
    """How `SocketSet` serves the sockets of seated links here, in words for a log."""
    if not Readiness.available:
        return "by tasks of their own: there is no epoll"
    return f"at the ticks, by {batch_io_here(ring=ring)}"


class _Seated(AbstractAsyncContextManager[None]):
    """What `SocketSet.seat` gives: half a kilobyte smaller than a generator, and every player is inside of one."""

    __slots__ = ("_link", "_sockets")

    def __init__(self, sockets: SocketSet, link: Link | None) -> None:
        self._sockets = sockets
        self._link = link

    async def __aenter__(self) -> None:
        if self._link and self._link.handover:
            try:
                await self._link.handover.hand_over(self._sockets)
            except BaseException:
                self._leave()
                raise

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._link and self._link.handover:
            self._link.handover.take_back()


def _read_on(fd: int) -> bytes:
    """What else there is; nothing when that was all, or the peer has gone: the next read tells which."""
    try:
        return os.read(fd, TICK_READ_BYTES - SHORT_READ_BYTES)
    except OSError:
        return b""
