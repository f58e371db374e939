"""The sockets of seated links, read and written at the ticks."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from itertools import count

import trio

from game_server.batch_io import batch_io_here, open_batch_io
from game_server.protocol import Ids, Received, Snapshots
from game_server.transport.options import TransportOptions
from game_server.transport.peer import Peer
from game_server.transport.tick_io.input_reader import SHORT_READ_BYTES, InputReader
from game_server.transport.tick_io.numbered_column import NumberedColumn
from game_server.transport.tick_io.snapshot_writer import NO_SOCKET, SnapshotWriter
from game_server.transport.tick_io.tick_socket import TickSocket
from game_server.transport.websocket.frame_budget import FrameBudget
from game_server.transport.websocket.frame_splitter import FrameSplitter
from game_server.transport.websocket.frames import INPUT_HEAD
from game_server.transport.websocket.link import Link, TickChannel
from game_server.transport.websocket.traffic import Traffic


class SeatedSockets:
    """The sockets of the links that have a seat, and the players to whom they belong. Only `seat` waits.

    The order of a tick: `receive`, the rules, `write`, `flush`. `InputReader` and `SnapshotWriter` do nearly all of it
    for all sockets at once; what does not fit there goes through the `TickSocket` of each.

    A link that is not over a plain TCP or Unix socket keeps its tasks, as every link does where there is no epoll:
    `seat` does nothing to it, and the match sees no difference.

    Args:
        traffic: counts what goes the fast path; the links count the rest.
        ring: whether sockets may be read and written by io_uring, where the kernel has that.

    Raises:
        OSError: there are no descriptors left.
    """

    def __init__(self, traffic: Traffic | None = None, *, ring: bool = True) -> None:
        self.traffic = traffic or Traffic()
        io = open_batch_io(SHORT_READ_BYTES, ring=ring)
        self._sockets: dict[int, TickSocket] = {}
        """By descriptor. A descriptor is given out again as soon as it is closed: `remove` comes first."""
        self._links: dict[int, Link] = {}
        """By player, of all who have a link, whether or not its socket is here."""
        self._descriptors = NumberedColumn(NO_SOCKET)
        """By player; `NO_SOCKET` for those whose sockets are not here."""
        self._busy: set[int] = set()
        """Descriptors for which something waits, or after which nothing may follow."""
        self._mail: set[int] = set()
        """Players whose inboxes have got something since the last `receive`."""
        self._reader = InputReader(io, self.traffic, self._sockets) if InputReader.available else None
        self._writer = SnapshotWriter(io, self.traffic, self._links, self._descriptors, self._sockets, self._busy)
        self._heartbeats = HeartbeatSchedule()

    def __len__(self) -> int:
        """Sockets in the set."""
        return len(self._sockets)

    def seat(self, link: Link) -> AbstractAsyncContextManager[None]:
        """Read and write the socket of ``link`` at the tick inside the ``async with``.

        Entering waits until what was sent before is written, within ``slow_timeout``.
        """
        return _Seated(self, link if self._reader else None)

    # Players

    def admit(self, player: int, outlet: object) -> None:
        """Make ``outlet``, a `Link`, that of ``player``; if it is seated here, its inputs come in batches."""
        assert isinstance(outlet, Link), outlet
        link = self._links[player] = outlet
        link.inbox.listen(partial(self._mail.add, player))
        socket = link.outgoing
        self._descriptors[player] = NO_SOCKET
        if self._reader and isinstance(socket, TickSocket) and self._sockets.get(socket.fd) is socket:
            self._descriptors[player] = socket.fd
            self._reader.assign(socket, player)

    def dismiss(self, player: int) -> None:
        """Part ``player`` from their link, if there is one; the link itself is left as it is."""
        link = self._links.pop(player, None)
        if link is None:
            return
        link.inbox.listen(None)
        self._mail.discard(player)
        fd = self._descriptors[player]
        self._descriptors[player] = NO_SOCKET
        if self._reader and fd != NO_SOCKET:
            self._reader.unassign(fd)

    def charge(self, player: int, payload: int) -> bool:
        """Charge ``player`` for a small frame with ``payload`` bytes; whether that was within the budget."""
        socket = self._sockets.get(self._descriptors[player])
        return socket is None or socket.charge(1, INPUT_HEAD + payload, trio.current_time())

    # The tick

    @property
    def put_off(self) -> bool:
        """Whether the last `receive` has left something for the next one."""
        return self._reader is not None and self._reader.has_put_off

    def receive(self) -> Received:
        """Read each socket that has bytes once: inputs in batches, all else to inboxes and tasks."""
        batches = self._reader.read() if self._reader and self._sockets else []
        mail = sorted(self._mail)
        self._mail.clear()
        return Received(mail, batches)

    def write(self, players: Ids, events: Sequence[bytes], snapshots: Snapshots) -> None:
        """Have `flush` write to each of ``players`` a message of events, if it is not b"", and a snapshot."""
        self._writer.add(players, events, snapshots)

    def flush(self) -> None:
        """Write what waits, and ping or give up the peers whose time has come."""
        self._writer.flush()
        if not self._sockets or not self._reader:
            return
        now = trio.current_time()
        for fd in self._heartbeats.due(now):
            socket = self._sockets[fd]
            self._reader.note_heard(socket)
            self._heartbeats.set(fd, socket.check_peer(now))
        for fd in list(self._busy):
            socket = self._sockets[fd]
            if socket.push(now) and socket.idle:
                self._busy.discard(fd)

    def skipped(self) -> list[int]:
        """Players who have missed a snapshot since the last call, since their sockets are full; their events wait."""
        skipped, self._writer.skipped = self._writer.skipped, []
        return skipped

    # What the connection calls (`ChannelSet`)

    def open(
        self, fd: int, link: Link, peer: Peer, splitter: FrameSplitter, budget: FrameBudget, options: TransportOptions
    ) -> TickSocket:
        """Make a `TickSocket`; it is not in the set before `add`."""
        return TickSocket(fd, link, peer, splitter, budget, options)

    def add(self, socket: TickChannel) -> None:
        """Take ``socket`` into the set; `open` made it."""
        assert self._reader
        assert isinstance(socket, TickSocket)
        self._reader.add(socket)
        self._sockets[socket.fd] = socket
        if not socket.idle:
            self._busy.add(socket.fd)
        socket.busy = self._busy
        self._heartbeats.set(socket.fd, trio.current_time())

    def remove(self, socket: TickChannel) -> None:
        """Take ``socket`` out again, if it is in; its descriptor must still be open."""
        assert isinstance(socket, TickSocket)
        fd = socket.fd
        if self._reader and self._sockets.get(fd) is socket:
            player = self._reader.remove(socket)
            if player >= 0:
                self._descriptors[player] = NO_SOCKET
            del self._sockets[fd]
            self._busy.discard(fd)
            socket.busy = set()
            self._heartbeats.forget(fd)


def served_here(*, ring: bool) -> str:
    """How `SeatedSockets` serves the sockets of seated links here, in words for a log."""
    if not InputReader.available:
        return "by tasks of their own: there is no epoll"
    return f"at the ticks, by {batch_io_here(ring=ring)}"


class HeartbeatSchedule:
    """Descriptors, by the time at which their peers are to be checked.

    A heap cannot drop an entry in its middle. So each entry has a number of its own, and counts only while it is the
    last that was given to its descriptor: the descriptor may be another socket's by then.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, int]] = []
        self._numbers: dict[int, int] = {}
        self._count = count()

    def set(self, fd: int, due: float) -> None:
        """Make ``fd`` due at ``due``; never, if that is infinite."""
        if due < math.inf:
            number = self._numbers[fd] = next(self._count)
            heapq.heappush(self._heap, (due, number, fd))

    def forget(self, fd: int) -> None:
        """Let ``fd`` never be due."""
        self._numbers.pop(fd, None)

    def due(self, now: float) -> Iterator[int]:
        """The descriptors that are due, each once; `set` may be called meanwhile."""
        heap, numbers = self._heap, self._numbers
        while heap and heap[0][0] <= now:
            _, number, fd = heapq.heappop(heap)
            if numbers.get(fd) == number:
                del numbers[fd]
                yield fd


class _Seated(AbstractAsyncContextManager[None]):
    """The block in which a link is seated: half a kilobyte smaller than a generator, and every player is inside one."""

    __slots__ = ("_link", "_sockets")

    def __init__(self, sockets: SeatedSockets, link: Link | None) -> None:
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
