"""The reading side of the swarm: many sockets in one call, nearly all snapshots by numpy, the rest frame by frame."""

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
from game_server.protocol import CloseCode, Elsewhere, Home, Lobby, Welcome, decode_server

BATCH: Final = 256
"""Sockets read in one batch; all their snapshots count as arrived at the same moment."""

Lose = Callable[[int, str, int | None], None]
"""Called with the slot, the reason and the close code of a client whose connection ended."""
SendOn = Callable[[int, Elsewhere], None]
"""Called with the slot of a client that the server sends elsewhere, since its match goes on there."""


class _SnapshotRound(NamedTuple):
    """Snapshots of different clients, checked at once; a client's second snapshot in a batch is in the second round."""

    slots: list[int]
    payloads: list[bytes]

    def columns(self) -> _RoundColumns:
        """Return the round as arrays."""
        sizes = np.array([len(payload) for payload in self.payloads], np.int64)
        return _RoundColumns(np.array(self.slots, np.int64), headers_of(self.payloads), sizes)


class _RoundColumns(NamedTuple):
    """Slots of clients, the headers of their snapshots, and the bytes of those."""

    slots: Whole
    headers: Headers
    sizes: Whole

    def and_those(self, more: _RoundColumns) -> _RoundColumns:
        """Return both rounds in one; their clients must differ."""
        return _RoundColumns(
            np.concatenate((self.slots, more.slots)),
            np.concatenate((self.headers, more.headers)),
            np.concatenate((self.sizes, more.sizes)),
        )


class SocketReader:
    """Reads the sockets of all clients and passes their snapshots on to be checked.

    Args:
        capacity: number of slots.
        lose: called when a connection ends.
        send_on: called when a client is sent elsewhere.
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
        send_on: SendOn,
    ) -> None:
        self.slot_of: dict[int, int] = {}
        self.readers: dict[int, FullReader] = {}
        self._adapter = adapter
        self._slices = slices
        self._meter = meter
        self._io = io
        self._checks = checks
        self._lose = lose
        self._send_on = send_on
        self._poll = select.epoll()
        self._rest: dict[int, bytes] = {}
        # Clients of which every byte matters: they have a reader, or wait for the rest of a frame.
        self._closely = np.zeros(capacity, np.bool_)
        self._delayed: dict[int, DelayedLink] = {}
        self._rounds: list[_SnapshotRound] = []

    def read_whole(self, slot: int, reader: FullReader) -> None:
        """Pass every message to the client in ``slot`` to ``reader``, until it leaves."""
        self.readers[slot] = reader
        self._closely[slot] = True

    def add(self, slot: int, fd: int, rest: bytes, now: float) -> None:
        """Begin to read ``fd``; ``rest`` was read from it before."""
        self.slot_of[fd] = slot
        self._poll.register(fd, select.EPOLLIN)
        if rest:
            self._sort(fd, slot, rest, now)
            self._check_rounds(now)

    def add_delayed(self, slot: int, link: DelayedLink, rest: bytes, now: float) -> None:
        """Begin to take in what arrives over ``link``, by `hear`; ``rest`` arrived before."""
        self.slot_of[link.fd] = slot
        self._delayed[slot] = link
        if rest:
            self._sort(link.fd, slot, rest, now)
            self._check_rounds(now)

    def hear(self, links: list[DelayedLink], now: float) -> None:
        """Take in what has arrived over simulated networks."""
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
        """Stop reading ``fd``."""
        slot = self.slot_of.pop(fd)
        if self._delayed.pop(slot, None) is None:
            self._poll.unregister(fd)
        self._rest.pop(slot, None)
        self.readers.pop(slot, None)
        self._closely[slot] = False

    def close(self) -> None:
        """Close the epoll set."""
        self._poll.close()

    def wait(self, timeout: float) -> list[tuple[int, int]]:
        """Wait up to ``timeout`` seconds; returns up to `BATCH` sockets with bytes to read."""
        events = self._poll.poll(0, BATCH)
        if events or timeout <= 0:
            return events
        # The timeout of epoll_wait is in whole milliseconds, rounded up: too coarse for a pause of one.
        select.select((self._poll,), (), (), timeout)
        return self._poll.poll(0, BATCH)

    def read(self, events: list[tuple[int, int]], now: float) -> None:
        """Read once from each socket of ``events``."""
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
        """Check all rounds noted so far; ``first``, from `find_snapshots`, joins the first round."""
        rounds, self._rounds = self._rounds, []
        judged = [one.columns() for one in rounds if one.slots]
        if first and judged:
            judged[0] = first.and_those(judged[0])
        elif first and len(first.slots):
            judged.append(first)
        for one in judged:
            self._checks.check(*one, now)

    def _note(self, turn: int, slot: int, payload: bytes) -> None:
        """Note a snapshot, the ``turn``-th of this client in this batch, from 0."""
        while len(self._rounds) <= turn:
            self._rounds.append(_SnapshotRound([], []))
        one = self._rounds[turn]
        one.slots.append(slot)
        one.payloads.append(payload)

    def _sort(self, fd: int, slot: int, data: bytes, now: float) -> None:
        """Split ``data``, which is not exactly one snapshot, into frames, and handle each."""
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
        elif kind == Elsewhere.type:
            self._follow(slot, payload)
        else:
            if kind == Welcome.type:
                self._check_rounds(now)  # with the ticks of the old world
                self._checks.restart(slot, now)
            if slot in self.readers:
                self._read_other(slot, payload, now)

    def _follow(self, slot: int, payload: bytes) -> None:
        try:
            sent = decode_server(payload)
        except ProtocolError as error:
            self._lose(slot, f"the server broke the protocol: {error}", error.code)
            return
        assert isinstance(sent, Elsewhere)
        self._send_on(slot, sent)

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
