"""The swarm: clients in slices, each slice read and written once a tick, at a moment of its own.

Real players are not in step with each other or with the server, so a tick of the swarm is cut into slices, spread
evenly over it. A slice is one epoll set: what its sockets hold is read, frames are counted by their headers, and every
client of it sends one input.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from typing import Final

import attrs
import numpy as np

from tools.bench.swarm.dialects import Dialect, Seat, tick_of
from tools.bench.swarm.door import Door
from tools.bench.swarm.frames import BINARY, CLOSE, PING, PONG, masked_frame, masked_frames, split
from tools.bench.swarm.inputs import STEPS_A_SECOND, Fingers
from tools.bench.swarm.wire import Wire

SLICES: Final = 8
SAMPLES: Final = 8
"""Clients whose snapshots are read whole, where the dialect can."""
LEAD: Final = 3
"""Ticks ahead of the newest snapshot that an input is meant for."""
_SLACK: Final = 6
_READ: Final = 16384
_SAMPLE_EVERY: Final = 64
_LARGEST_LATENESS: Final = 1.0


@attrs.define
class Tally:
    """What the swarm has seen so far, or in a window: the difference between two of them."""

    snapshots: dict[int, int] = attrs.Factory(dict)
    """By client."""
    bytes_in: int = 0
    inputs: int = 0
    blocked: int = 0
    """Inputs not sent because the server had not read those before."""
    lost: int = 0
    """Clients whose connection ended."""
    lateness: list[float] = attrs.Factory(list)
    """Seconds that each slice began after its time."""
    in_view: list[int] = attrs.Factory(list)
    """Players in the view of a sampled client."""
    skipped: int = 0
    """Turns of slices that were left out because the swarm was too late."""


class Swarm:
    """Clients of one server.

    Args:
        dialect: what they speak.
        port: where the server listens on 127.0.0.1.
        clients: how many there will be.
        firing: whether they fire.
    """

    def __init__(self, dialect: Dialect, port: int, clients: int, *, firing: bool, seed: int = 1) -> None:
        chance = np.random.default_rng(seed)
        self.tally = Tally()
        self.failures: list[str] = []
        self._door = Door(dialect, port, clients, self._admit)
        self._matches = _MatchClocks()
        sizes = [clients // SLICES + (index < clients % SLICES) for index in range(SLICES)]
        self._slices = [_Slice(self, dialect, size, chance, firing=firing) for size in sizes]
        self._turn = 0
        self._deadline = time.monotonic()

    @property
    def joined(self) -> int:
        """Clients that have a seat, or had one."""
        return len(self.tally.snapshots)

    @property
    def all_in(self) -> bool:
        """Whether nobody is left to let in."""
        return self._door.shut

    def run_until(self, done: Callable[[], bool], timeout: float) -> None:
        """Play until ``done`` or for ``timeout`` seconds."""
        end = time.monotonic() + timeout
        pause = 1 / STEPS_A_SECOND / SLICES
        while not done():
            now = time.monotonic()
            if now >= end:
                return
            if now < self._deadline:
                time.sleep(self._deadline - now)
                now = time.monotonic()
            late = now - self._deadline
            self.tally.lateness.append(late)
            if late > _LARGEST_LATENESS:
                missed = int(late / pause)
                self.tally.skipped += missed
                self._deadline += missed * pause
            self._deadline += pause
            self._slices[self._turn].play(self._matches)
            self._turn = (self._turn + 1) % SLICES
            self._door.step()
        self.failures = self._door.failures

    def _admit(self, wire: Wire, seat: Seat) -> None:
        number = self.joined
        self.tally.snapshots[wire.socket.fileno()] = 0
        self._slices[number % SLICES].admit(wire, seat, self._matches, sampled=number % _SAMPLE_EVERY == 0)


class _MatchClocks:
    """The newest tick heard of in each match, by the number that the swarm gives the match."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.ticks = np.zeros(0, np.int64)

    def number(self, match: str) -> tuple[int, bool]:
        """The number of ``match``, and whether it is new."""
        if match in self._numbers:
            return self._numbers[match], False
        number = self._numbers[match] = len(self._numbers)
        self.ticks = np.append(self.ticks, 0)
        return number, True


class _Slice:
    """Some of the clients, in one epoll set."""

    def __init__(self, swarm: Swarm, dialect: Dialect, size: int, chance: np.random.Generator, *, firing: bool) -> None:
        self._tally = swarm.tally
        self._dialect = dialect
        self._chance = chance
        self._fingers = Fingers(size, chance, firing=firing)
        self._poll = select.epoll()
        self._wires: dict[int, Wire] = {}
        self._fds: list[int] = []
        self._rest: dict[int, bytes] = {}
        self._watched: dict[int, Callable[[bytes], None]] = {}
        self._match = np.zeros(size, np.int64)
        self._next = np.zeros(0, np.int64)
        self._step = 0

    def admit(self, wire: Wire, seat: Seat, clocks: _MatchClocks, *, sampled: bool) -> None:
        """Take in a client; its socket is read and written by the slice from now on."""
        fd = wire.socket.fileno()
        number, first = clocks.number(seat.match)
        self._match[len(self._fds)] = number
        self._fds.append(fd)
        self._wires[fd] = wire
        self._poll.register(fd, select.EPOLLIN)
        reader = seat.reader() if sampled and seat.reader else None
        if reader or (first and self._dialect.has_ticks):
            self._watched[fd] = self._watch(clocks, number if self._dialect.has_ticks else None, reader)
        if wire.rest:
            data, wire.rest = wire.rest, b""
            self._sort(fd, data)

    def play(self, clocks: _MatchClocks) -> None:
        """One turn: read what has come, send everybody's input."""
        self._read()
        self._write(clocks)

    def _read(self) -> None:
        # The hot loop: a whole snapshot in one read is recognised by its header and its mark alone.
        offset, mask, value = self._dialect.mark
        snapshots, rest, watched, read = self._tally.snapshots, self._rest, self._watched, os.read
        received = 0
        for fd, _ in self._poll.poll(0, len(self._fds) or 1):
            try:
                data = read(fd, _READ)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            size = len(data)
            received += size
            if size > 4 and fd not in rest and data[0] == 0x82:
                length = data[1]
                start = 2
                if length == 126:
                    length = data[2] << 8 | data[3]
                    start = 4
                if start + length == size and data[start + offset] & mask == value:
                    snapshots[fd] += 1
                    if fd in watched:
                        watched[fd](data[start:])
                    continue
            self._sort(fd, data)
        self._tally.bytes_in += received

    def _sort(self, fd: int, data: bytes) -> None:
        """What is not exactly one snapshot."""
        if not data:
            self._lose(fd)
            return
        offset, mask, value = self._dialect.mark
        frames, left = split(self._rest.pop(fd, b"") + data)
        if left:
            self._rest[fd] = left
        for opcode, payload in frames:
            if opcode == BINARY:
                if payload[offset] & mask == value:
                    self._tally.snapshots[fd] += 1
                    if fd in self._watched:
                        self._watched[fd](payload)
            elif opcode == PING:
                self._send(fd, masked_frame(PONG, payload))
            elif opcode == CLOSE:
                self._lose(fd)
                return

    def _write(self, clocks: _MatchClocks) -> None:
        self._step += 1
        self._fingers.step()
        if len(self._next) < len(clocks.ticks):
            self._next = np.append(self._next, np.zeros(len(clocks.ticks) - len(self._next), np.int64))
        ticks = np.maximum(self._next + 1, clocks.ticks + LEAD - 1)
        self._next = np.where(ticks > clocks.ticks + LEAD + _SLACK, clocks.ticks + LEAD, ticks)
        meant_for = self._next[self._match] if len(self._next) else self._match
        payloads = self._dialect.inputs(self._step, self._fingers, meant_for)
        frames = masked_frames(payloads, self._chance)
        stride, data, write = frames.shape[1], frames.tobytes(), os.write
        at = blocked = 0
        for fd in self._fds:
            try:
                write(fd, data[at : at + stride])
            except BlockingIOError:
                blocked += 1
            except OSError:
                pass  # the next read tells that it is gone
            at += stride
        self._tally.inputs += len(self._fds) - blocked
        self._tally.blocked += blocked

    def _send(self, fd: int, frame: bytes) -> None:
        try:
            os.write(fd, frame)
        except OSError:
            self._tally.blocked += 1

    def _watch(
        self, clocks: _MatchClocks, match: int | None, reader: Callable[[bytes], int] | None
    ) -> Callable[[bytes], None]:
        in_view = self._tally.in_view

        def watch(payload: bytes) -> None:
            if match is not None:
                clocks.ticks[match] = tick_of(payload)
            if reader is not None:
                in_view.append(reader(payload))

        return watch

    def _lose(self, fd: int) -> None:
        # The seat stays in the slice's arrays, so that the others keep their places.
        self._tally.lost += 1
        self._poll.unregister(fd)
        self._rest.pop(fd, None)
        self._watched.pop(fd, None)
        # And the socket stays open, so that no newcomer gets its number.
        self._fds[self._fds.index(fd)] = -1


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` of ``values`` lie; 0 for none."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0
