"""Reading thousands of sockets: whole snapshots are told by their headers, their heads are judged many at a time."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from game_server.bots.meter import Meter
from game_server.bots.swarm.dialect import Dialect, Reader
from game_server.bots.swarm.far import FarLink
from game_server.bots.swarm.frames import BINARY, CLOSE, PING, PONG, masked_frame, split
from game_server.bots.swarm.heads import HEAD_BYTES, read_heads
from game_server.bots.swarm.seats import SLICES, Matches, Seats, Whole
from game_server.bots.swarm.slice import Slice
from game_server.bots.swarm.wire import close_code, farewell
from game_server.errors import ProtocolError
from game_server.protocol.closes import CloseCode
from game_server.protocol.server_messages import Events, Home, Lobby, Welcome

_READ: Final = 16384
BATCH: Final = 256
"""Sockets that are read at one time, in the sense of a moment: their snapshots count as arrived then."""
_MOST: Final = 2**20 + 2**16
"""Bytes of a message that is no end of one."""

Lose = Callable[[int, str, int | None], None]
"""Is told the slot, the reason and the close code of a client that is out."""


class _Round(NamedTuple):
    """Snapshots of different clients, judged at once; a client's second of a moment is in the second round."""

    slots: list[int]
    heads: list[bytes]
    sizes: list[int]

    @classmethod
    def empty(cls) -> _Round:
        return cls([], [], [])


class Reading:
    """The reading side of the swarm.

    Args:
        lose: what to do about a client that is out.
        note_arrival: is told the slots of those who get their first snapshot.
    """

    def __init__(
        self,
        dialect: Dialect,
        seats: Seats,
        matches: Matches,
        slices: list[Slice],
        meter: Meter,
        lose: Lose,
        note_arrival: Callable[[int, float], None],
    ) -> None:
        self.slot_of: dict[int, int] = {}
        self.readers: dict[int, Reader] = {}
        self._dialect = dialect
        self._seats = seats
        self._matches = matches
        self._slices = slices
        self._meter = meter
        self._lose = lose
        self._note_arrival = note_arrival
        self._poll = select.epoll()
        self._rest: dict[int, bytes] = {}
        self._far: dict[int, FarLink] = {}
        self._rounds: list[_Round] = []

    def add(self, slot: int, fd: int, rest: bytes, now: float) -> None:
        """Read ``fd`` from now on; ``rest`` was read of it already."""
        self.slot_of[fd] = slot
        self._poll.register(fd, select.EPOLLIN)
        if rest:
            self._sort(fd, slot, rest, now)
            self._judge_rounds(now)

    def add_far(self, slot: int, link: FarLink, rest: bytes, now: float) -> None:
        """Read what ``link`` hears from now on: it comes to `hear`."""
        self.slot_of[link.fd] = slot
        self._far[slot] = link
        if rest:
            self._sort(link.fd, slot, rest, now)
            self._judge_rounds(now)

    def hear(self, links: list[FarLink], now: float) -> None:
        """Read what has come over a network."""
        received = 0
        for link in links:
            slot = self.slot_of.get(link.fd, -1)
            if self._far.get(slot) is not link:
                continue
            data = link.take()
            if data:
                received += len(data)
                self._sort(link.fd, slot, data, now)
            if link.ended and self._far.get(slot) is link:
                self._sort(link.fd, slot, b"", now)
        self._meter.count("bytes_in", received)
        self._judge_rounds(now)

    def forget(self, fd: int) -> None:
        """Read it no longer."""
        slot = self.slot_of.pop(fd)
        if self._far.pop(slot, None) is None:
            self._poll.unregister(fd)
        self._rest.pop(slot, None)
        self.readers.pop(slot, None)

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
        # The hot loop: a snapshot, with events before it maybe, is recognised by its header and its mark alone.
        offset, mask, value = self._dialect.mark
        slot_of, rest, readers, read = self.slot_of, self._rest, self.readers, os.read
        slots, heads, sizes = first = _Round.empty()
        self._rounds.append(first)
        received = 0
        for fd, _ in events:
            slot = slot_of.get(fd, -1)
            if slot < 0:
                continue
            try:
                data = read(fd, _READ)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            size = len(data)
            received += size
            at = 0
            while size - at > 4 and data[at] == 0x82 and slot not in rest:
                length = data[at + 1]
                start = at + 2
                if length == 126:
                    length = data[at + 2] << 8 | data[at + 3]
                    start = at + 4
                end = start + length
                if end == size and data[start + offset] & mask == value:
                    slots.append(slot)
                    heads.append(data[start : start + HEAD_BYTES])
                    sizes.append(size)
                    if slot in readers:
                        self._read_whole(fd, slot, data[start:], now)
                    break
                if at or end >= size or data[start + 1] != Events.type or slot in readers:
                    self._sort(fd, slot, data, now)
                    break
                at = end
            else:
                self._sort(fd, slot, data, now)
        self._meter.count("bytes_in", received)
        self._judge_rounds(now)

    def _judge_rounds(self, now: float) -> None:
        rounds, self._rounds = self._rounds, []
        for one in rounds:
            if one.slots:
                self._judge(one, now)

    def _note(self, turn: int, slot: int, payload: bytes) -> None:
        """A snapshot, the one numbered ``turn`` of those of this client that are judged together with others'."""
        while len(self._rounds) <= turn:
            self._rounds.append(_Round.empty())
        one = self._rounds[turn]
        one.slots.append(slot)
        one.heads.append(payload[:HEAD_BYTES])
        one.sizes.append(len(payload))

    def _sort(self, fd: int, slot: int, data: bytes, now: float) -> None:
        """What is not exactly one snapshot."""
        if not data:
            self._lose(slot, "connection lost", CloseCode.ABNORMAL)
            return
        offset, mask, value = self._dialect.mark
        frames, left = split(self._rest.pop(slot, b"") + data)
        if left:
            self._rest[slot] = left
        if len(left) > _MOST:
            self._lose(slot, "the server broke the protocol: a message without end", CloseCode.MESSAGE_TOO_BIG)
            return
        turn = 0
        for opcode, payload in frames:
            if opcode == BINARY and len(payload) > offset:
                if payload[offset] & mask == value:
                    self._note(turn, slot, payload)
                    turn += 1
                    if slot in self.readers:
                        self._read_whole(fd, slot, payload, now)
                else:
                    self._other(slot, payload, now)
            elif opcode == PING:
                self._send(fd, PONG, payload, now)
            elif opcode == CLOSE:
                self._lose(slot, farewell(payload), close_code(payload))
            if self.slot_of.get(fd) != slot:
                return

    def _other(self, slot: int, payload: bytes, now: float) -> None:
        if not self._dialect.has_ticks:
            return
        kind = payload[1]
        if kind == Lobby.type:
            self._meter.count("lobby_updates")
            self._meter.count("lobby_bytes", len(payload))
        elif kind == Home.type:
            self._lose(slot, "sent to the lobby", None)
        else:
            if kind == Welcome.type and slot not in self._far:
                self._matches.begins_anew(int(self._seats.match[slot]), now)
            if slot in self.readers:
                self._read_other(slot, payload, now)

    def _read_other(self, slot: int, payload: bytes, now: float) -> None:
        try:
            self.readers[slot].message(payload, now)
        except ProtocolError as error:
            self._lose(slot, f"the server broke the protocol: {error}", error.code)

    def _read_whole(self, fd: int, slot: int, payload: bytes, now: float) -> None:
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
        if slot in self._far:
            self._far[slot].send(frame, now)
            return
        try:
            written = os.write(fd, frame)
        except OSError:
            return
        if written < len(frame):
            self._slices[slot % SLICES].unsent[slot] = frame[written:]

    def _judge(self, one: _Round, now: float) -> None:
        """Snapshots have come, one each for different clients."""
        seats, meter = self._seats, self._meter
        slots = np.array(one.slots, np.int64)
        seats.snapshots[slots] += 1
        seats.bytes_in[slots] += one.sizes
        before = seats.arrived[slots]
        first = np.isnan(before)
        seats.arrived[slots] = now
        meter.count("snapshots", len(slots))
        meter.record_many("snapshot_gap_ms", 1000 * (now - before[~first]))
        if first.any():
            seats.first[slots[first]] = now
            for slot in slots[first].tolist():
                if slot in self._far:
                    # Nobody means anything before they see something, and here that is a while after the welcome.
                    seats.answered[slot] = self._slices[slot % SLICES].step
                self._note_arrival(slot, now)
        if self._dialect.has_ticks:
            self._judge_heads(slots, one.heads, first, now)

    def _judge_heads(self, slots: Whole, heads: list[bytes], first: npt.NDArray[np.bool_], now: float) -> None:
        seats, meter, matches = self._seats, self._meter, self._matches
        ticks, acks, depths = read_heads(heads)
        match = seats.match[slots]
        last, acked = seats.tick[slots], seats.ack[slots]
        np.maximum.at(matches.tick, match, ticks)
        ages = now - matches.zero[match] - ticks / matches.rate[match]
        meter.record_many("snapshot_age_ms", 1000 * ages[~np.isnan(ages)])
        later = ~first
        missed = int((ticks - last - 1)[later & (ticks > last)].sum())
        wrong = later & ((ticks <= last) | (acks < acked))
        late = later & (acked > 0) & (acks < ticks)
        for number, one in enumerate(self._slices):
            here = np.flatnonzero(slots % SLICES == number)
            if not len(here):
                continue
            wrong[here] |= later[here] & (acks[here] > np.maximum(one.newest(match[here]), acked[here]))
            latencies, given_up = one.latencies(slots[here], acks[here], now)
            meter.record_many("input_ack_ms", 1000 * latencies)
            if given_up:
                meter.count("unanswered_inputs", given_up)
        meter.record_many("input_depth", depths.astype(np.float64))
        for name, times in (("missed_ticks", missed), ("faults", int(wrong.sum())), ("late_inputs", int(late.sum()))):
            if times:
                meter.count(name, times)
        seats.tick[slots], seats.ack[slots] = ticks, acks
