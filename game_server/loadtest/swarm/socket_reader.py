"""Reading thousands of sockets: whose one snapshot is told by its header, and the others frame by frame."""

from __future__ import annotations

import errno
import os
import select
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from game_server.batch_io import BatchIO
from game_server.errors import ProtocolError
from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.swarm.client_columns import SLICES, Whole
from game_server.loadtest.swarm.client_frames import BINARY, CLOSE, PING, PONG, masked_frame, split
from game_server.loadtest.swarm.connecting import MOST_BYTES, close_code, farewell
from game_server.loadtest.swarm.delayed_io import DelayedLink
from game_server.loadtest.swarm.protocol_adapter import FullReader, ProtocolAdapter
from game_server.loadtest.swarm.slice import Slice
from game_server.loadtest.swarm.snapshot_checks import SnapshotChecks
from game_server.loadtest.swarm.snapshot_scan import Headers, find_snapshots, headers_of
from game_server.protocol import CloseCode, Home, Lobby, Welcome

BATCH: Final = 256
"""Sockets that are read at one time, in the sense of a moment: their snapshots count as arrived then."""

Lose = Callable[[int, str, int | None], None]
"""Is told the slot, the reason and the close code of a client that is out."""


class _SnapshotRound(NamedTuple):
    """Snapshots of different clients, judged at once; a client's second of a moment is in the second round."""

    slots: list[int]
    payloads: list[bytes]

    def columns(self) -> _RoundColumns:
        """The same as arrays."""
        sizes = np.array([len(payload) for payload in self.payloads], np.int64)
        return _RoundColumns(np.array(self.slots, np.int64), headers_of(self.payloads), sizes)


class _RoundColumns(NamedTuple):
    """Whose snapshots, their headers, and their bytes."""

    slots: Whole
    headers: Headers
    sizes: Whole

    def and_those(self, more: _RoundColumns) -> _RoundColumns:
        """Both, of different clients."""
        return _RoundColumns(
            np.concatenate((self.slots, more.slots)),
            np.concatenate((self.headers, more.headers)),
            np.concatenate((self.sizes, more.sizes)),
        )


class SocketReader:
    """The reading side of the swarm.

    Args:
        capacity: slots that there are.
        lose: what to do about a client that is out.
    """

    def __init__(
        self,
        adapter: ProtocolAdapter,
        capacity: int,
        slices: list[Slice],
        meter: Meter,
        io: BatchIO,
        checks: SnapshotChecks,
        lose: Lose,
    ) -> None:
        self.slot_of: dict[int, int] = {}
        self.readers: dict[int, FullReader] = {}
        self._adapter = adapter
        self._slices = slices
        self._meter = meter
        self._io = io
        self._checks = checks
        self._lose = lose
        self._poll = select.epoll()
        self._rest: dict[int, bytes] = {}
        # Those of whom every byte counts: they have a reader, or the beginning of a frame has come.
        self._closely = np.zeros(capacity, np.bool_)
        self._delayed: dict[int, DelayedLink] = {}
        self._rounds: list[_SnapshotRound] = []

    def read_whole(self, slot: int, reader: FullReader) -> None:
        """Give all that the client in ``slot`` hears to ``reader``, for as long as it is in."""
        self.readers[slot] = reader
        self._closely[slot] = True

    def add(self, slot: int, fd: int, rest: bytes, now: float) -> None:
        """Read ``fd`` from now on; ``rest`` was read of it already."""
        self.slot_of[fd] = slot
        self._poll.register(fd, select.EPOLLIN)
        if rest:
            self._sort(fd, slot, rest, now)
            self._check_rounds(now)

    def add_delayed(self, slot: int, link: DelayedLink, rest: bytes, now: float) -> None:
        """Read what ``link`` hears from now on: it comes to `hear`."""
        self.slot_of[link.fd] = slot
        self._delayed[slot] = link
        if rest:
            self._sort(link.fd, slot, rest, now)
            self._check_rounds(now)

    def hear(self, links: list[DelayedLink], now: float) -> None:
        """Read what has come over a network."""
        received = 0
        for link in links:
            slot = self.slot_of.get(link.fd, -1)
            if self._delayed.get(slot) is not link:
                continue
            data = link.take()
            if data:
                received += len(data)
                self._sort(link.fd, slot, data, now)
            if link.ended and self._delayed.get(slot) is link:
                self._sort(link.fd, slot, b"", now)
        self._meter.count("bytes_in", received)
        self._check_rounds(now)

    def forget(self, fd: int) -> None:
        """Read it no longer."""
        slot = self.slot_of.pop(fd)
        if self._delayed.pop(slot, None) is None:
            self._poll.unregister(fd)
        self._rest.pop(slot, None)
        self.readers.pop(slot, None)
        self._closely[slot] = False

    def close(self) -> None:
        """Give the set back."""
        self._poll.close()

    def wait(self, timeout: float) -> list[tuple[int, int]]:
        """The sockets that have bytes, `BATCH` at most."""
        events = self._poll.poll(0, BATCH)
        if events or timeout <= 0:
            return events
        # The timeouts of epoll are whole milliseconds, rounded up.
        select.select((self._poll,), (), (), timeout)
        return self._poll.poll(0, BATCH)

    def read(self, events: list[tuple[int, int]], now: float) -> None:
        """Read each of them once."""
        fds = [fd for fd, _ in events if fd in self.slot_of]
        slots = np.array([self.slot_of[fd] for fd in fds], np.int64)
        arrivals = self._io.read(fds)
        came = np.maximum(arrivals.sizes, 0)
        self._meter.count("bytes_in", int(came.sum()))
        indices, headers = find_snapshots(arrivals, self._adapter.mark)
        easy = ~self._closely[slots[indices]]
        indices, headers = indices[easy], headers[easy]
        others = arrivals.sizes != -errno.EAGAIN
        others[indices] = False
        for index in np.flatnonzero(others).tolist():
            self._sort(fds[index], int(slots[index]), arrivals.bytes_of(index), now)
        self._check_rounds(now, _RoundColumns(slots[indices], headers, came[indices]))

    def _check_rounds(self, now: float, first: _RoundColumns | None = None) -> None:
        """SnapshotChecks what has been noted, and what was found without that beside the first round."""
        rounds, self._rounds = self._rounds, []
        judged = [one.columns() for one in rounds if one.slots]
        if first and judged:
            judged[0] = first.and_those(judged[0])
        elif first and len(first.slots):
            judged.append(first)
        for one in judged:
            self._checks.check(*one, now)

    def _note(self, turn: int, slot: int, payload: bytes) -> None:
        """A snapshot, the one numbered ``turn`` of those of this client that are judged together with others'."""
        while len(self._rounds) <= turn:
            self._rounds.append(_SnapshotRound([], []))
        one = self._rounds[turn]
        one.slots.append(slot)
        one.payloads.append(payload)

    def _sort(self, fd: int, slot: int, data: bytes, now: float) -> None:
        """What is not exactly one snapshot."""
        if not data:
            self._lose(slot, "connection lost", CloseCode.ABNORMAL)
            return
        offset, mask, value = self._adapter.mark
        frames, left = split(self._rest.pop(slot, b"") + data)
        if left:
            self._rest[slot] = left
        self._closely[slot] = bool(left) or slot in self.readers
        if len(left) > MOST_BYTES:
            self._lose(slot, "the server broke the protocol: a message without end", CloseCode.MESSAGE_TOO_BIG)
            return
        turn = 0
        for opcode, payload in frames:
            if opcode == BINARY and len(payload) > offset:
                if payload[offset] & mask == value:
                    self._note(turn, slot, payload)
                    turn += 1
                    if slot in self.readers:
                        self._give_whole(fd, slot, payload, now)
                else:
                    self._other(slot, payload, now)
            elif opcode == PING:
                self._send(fd, PONG, payload, now)
            elif opcode == CLOSE:
                self._lose(slot, farewell(payload), close_code(payload))
            if self.slot_of.get(fd) != slot:
                return

    def _other(self, slot: int, payload: bytes, now: float) -> None:
        if not self._adapter.has_ticks:
            return
        kind = payload[1]
        if kind == Lobby.type:
            self._meter.count("lobby_updates")
            self._meter.count("lobby_bytes", len(payload))
        elif kind == Home.type:
            self._lose(slot, "sent to the lobby", None)
        else:
            if kind == Welcome.type:
                self._check_rounds(now)  # by the ticks of before
                self._checks.restart(slot, now)
            if slot in self.readers:
                self._read_other(slot, payload, now)

    def _read_other(self, slot: int, payload: bytes, now: float) -> None:
        try:
            self.readers[slot].message(payload, now)
        except ProtocolError as error:
            self._lose(slot, f"the server broke the protocol: {error}", error.code)

    def _give_whole(self, fd: int, slot: int, payload: bytes, now: float) -> None:
        try:
            for answer in self.readers[slot].snapshot(payload, now):
                self._send(fd, BINARY, answer, now)
        except ProtocolError as error:
            self._lose(slot, f"the server broke the protocol: {error}", error.code)

    def _send(self, fd: int, opcode: int, payload: bytes, now: float) -> None:
        slot = self.slot_of.get(fd)
        if slot is None or slot in self._slices[slot % SLICES].unsent:
            return
        frame = masked_frame(opcode, payload)
        if slot in self._delayed:
            self._delayed[slot].send(frame, now)
            return
        try:
            written = os.write(fd, frame)
        except OSError:
            return
        if written < len(frame):
            self._slices[slot % SLICES].unsent[slot] = frame[written:]
