"""The clients that are in, as columns: what the reading and the writing of thousands share."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from game_server.client import EpochReport, TickEpochs
from game_server.loadtest.network.model import Network
from game_server.loadtest.swarm.protocol_adapter import SwarmSeat

SLICES: Final = 8
"""Parts of the swarm that write at moments of their own: players are in step neither with each other nor with the
server."""

DELAYED: Final = -1
"""In place of the descriptor of a client that has a network in between: it is not written to directly."""
LEAD: Final = 2
"""Ticks ahead of the newest snapshot that an input is meant for, where the way takes no time."""

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


class ClientColumns:
    """One slot a client; a slot is used again when its client has gone. Slot ``n`` belongs to slice ``n % SLICES``.

    Attributes:
        fds: file descriptors; -1 where nobody is, and `DELAYED`.
        match: the swarm's own number of the match.
        tick, ack: of the newest snapshot; 0 before the first.
        asked: the first tick for which it can have sent an input since its first snapshot.
        arrived, first: when the newest and the first snapshot came; NaN before.
        joined: when it got its seat.
        patience: seconds of silence after which the server is given up; infinite where it need not say anything.
        snapshots, bytes_in: so far.
        answered: the first step of its slice whose input no snapshot has acknowledged.
        usual: seconds that the newest acknowledgement took.
        world: as `MatchColumns.world`, of the match as this client has heard of it.
    """

    def __init__(self, capacity: int) -> None:
        size = -(-max(capacity, 1) // SLICES) * SLICES
        self.fds = np.full(size, -1, np.int64)
        self.match = np.zeros(size, np.int64)
        self.tick = np.zeros(size, np.int64)
        self.ack = np.zeros(size, np.int64)
        self.asked = np.zeros(size, np.int64)
        self.arrived = np.full(size, np.nan)
        self.first = np.full(size, np.nan)
        self.joined = np.zeros(size)
        self.silence_timeout = np.full(size, np.inf)
        self.snapshots = np.zeros(size, np.int64)
        self.bytes_in = np.zeros(size, np.int64)
        self.answered = np.zeros(size, np.int64)
        self.usual = np.zeros(size)
        self.world = np.zeros(size, np.int64)
        self._free = list(range(size - 1, -1, -1))

    def take(self, fd: int, match: int, step_of: list[int]) -> int:
        """A slot for a newcomer.

        Args:
            step_of: the step of each slice.
        """
        slot = self._free.pop()
        self.fds[slot] = fd
        self.match[slot] = match
        self.tick[slot] = self.ack[slot] = self.snapshots[slot] = self.bytes_in[slot] = 0
        self.arrived[slot] = self.first[slot] = np.nan
        self.answered[slot] = step_of[slot % SLICES]
        self.joined[slot] = self.usual[slot] = 0.0
        self.silence_timeout[slot] = np.inf
        return slot

    def leave(self, slot: int) -> None:
        """Its client has gone."""
        self.fds[slot] = -1
        self.silence_timeout[slot] = np.inf
        self._free.append(slot)

    @property
    def taken(self) -> int:
        """How many clients are in."""
        return len(self.fds) - len(self._free)


class MatchColumns:
    """What is known of each match, by the number that the swarm gives it.

    Those who are behind a network hear and speak later than the others, so to them the match has a number of its own.

    Attributes:
        tick: the newest heard of.
        lead: ticks ahead of that for which an input is meant.
        rate: ticks a second; 1 where there are none.
        world: how often it has begun anew, with ticks that count from 0.
        zero: when tick 0 was due, on the monotonic clock; NaN while unknown, and behind a network.
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, Network | None], int] = {}
        self._tick_zeros = TickEpochs()
        self.tick: Whole = np.zeros(0, np.int64)
        self.lead: Whole = np.zeros(0, np.int64)
        self.rate: Floats = np.zeros(0)
        self.world: Whole = np.zeros(0, np.int64)
        self.zero: Floats = np.zeros(0)

    def number(self, seat: SwarmSeat, network: Network | None = None) -> tuple[int, bool]:
        """The number of the match of ``seat``, seen from behind ``network``, and whether it is new."""
        known = self._numbers.get((seat.match, network))
        if known is not None:
            return known, False
        number = self._numbers[seat.match, network] = len(self._numbers)
        self.tick = np.append(self.tick, 0)
        # A snapshot has come half of the way late, and the input takes the other half.
        way = math.ceil(network.round_trip * seat.tick_rate) if network else 0
        self.lead = np.append(self.lead, LEAD + way)
        self.rate = np.append(self.rate, float(seat.tick_rate or 1))
        self.world = np.append(self.world, 0)
        self.zero = np.append(self.zero, np.nan if network else self._tick_zeros.of(seat.match))
        return number, True

    def learn(self, told: EpochReport) -> None:
        """The newest that the server told of when ticks are due."""
        self._tick_zeros.learn(told)
        for (match, network), number in self._numbers.items():
            if network is None:
                self.zero[number] = self._tick_zeros.of(match)

    def restart(self, number: int, now: float) -> None:
        """The ticks of the match of that number count from 0 again."""
        self.world[number] += 1
        self.tick[number] = 0
        match, network = next(key for key, known in self._numbers.items() if known == number)
        if network is None:
            self._tick_zeros.restart(match, now)
            self.zero[number] = np.nan


_LOOK_EVERY: Final = 0.5
_STALLED: Final = 2.0
"""Seconds between two looks, after which there may be much that this process has not read."""


class SilenceDetector:
    """Looks twice a second for clients that get no snapshots."""

    def __init__(self, clients: ClientColumns) -> None:
        self._clients = clients
        self._looked = 0.0

    def fallen(self, now: float) -> list[int]:
        """The slots of those who have heard nothing for longer than they have patience."""
        since = now - self._looked
        if since < _LOOK_EVERY:
            return []
        self._looked = now
        if since > _STALLED:
            return []
        clients = self._clients
        return np.flatnonzero(now - np.fmax(clients.arrived, clients.joined) > clients.silence_timeout).tolist()
