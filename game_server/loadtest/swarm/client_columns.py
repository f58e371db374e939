"""The state of the clients that are in, as numpy columns: one slot per client.

Snapshots and inputs of hundreds of clients are handled by one numpy expression each. With
``slots = np.array([0, 8, 17])``, ``clients.tick[slots] = [70, 70, 69]`` notes three snapshots at once.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from game_server.client import EpochReport, TickEpochs
from game_server.loadtest.network.model import Network
from game_server.loadtest.swarm.protocol_adapter import SwarmSeat

SLICES: Final = 8
"""Slices of the swarm that write at different moments of a tick: real players are in step neither with each other nor
with the server, and a burst of all inputs would measure the burst."""

DELAYED: Final = -1
"""In place of the descriptor of a client with a simulated network: it is not written to directly."""
LEAD: Final = 2
"""Ticks from the newest snapshot to the tick that an input is for, if the network takes no time."""

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


class ClientColumns:
    """One slot per client; slots are reused. Slot ``n`` belongs to slice ``n % SLICES``.

    Attributes:
        fds: file descriptors; -1 for a free slot, and `DELAYED`.
        match: row in `MatchColumns`.
        tick, ack: of the newest snapshot; 0 before the first.
        asked: the first tick for which the client can have sent an input since its first snapshot.
        arrived, first: when the newest and the first snapshot arrived; NaN before.
        joined: when the client got its seat.
        silence_timeout: seconds without a snapshot after which the server is given up; infinite if it may be silent.
        snapshots, bytes_in: received so far.
        answered: the first step of the slice whose input no snapshot has acknowledged yet.
        usual: seconds that the newest acknowledgement took.
        world: `MatchColumns.world` as far as this client has heard.
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
        """Take a free slot for a client, and return it.

        Args:
            fd: its descriptor, or `DELAYED`.
            match: its row in `MatchColumns`.
            step_of: the current step of each slice.
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
        """Free the slot of a client that has left."""
        self.fds[slot] = -1
        self.silence_timeout[slot] = np.inf
        self._free.append(slot)

    @property
    def taken(self) -> int:
        """The number of clients that are in."""
        return len(self.fds) - len(self._free)


class MatchColumns:
    """One row per match and simulated network: clients behind a network receive the same tick later than others.

    Attributes:
        tick: the newest tick received by any client.
        lead: ticks from that to the tick that the next input is for.
        rate: ticks a second; 1 if the protocol has none.
        world: how often the match has restarted, which sets its ticks back to 0.
        zero: when tick 0 was due, on the monotonic clock; NaN if unknown, and behind a network.
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
        """Return the row of the match of ``seat`` behind ``network``, and whether it is new."""
        known = self._numbers.get((seat.match, network))
        if known is not None:
            return known, False
        number = self._numbers[seat.match, network] = len(self._numbers)
        self.tick = np.append(self.tick, 0)
        # A snapshot arrives half a round trip late, and the input takes the other half.
        way = math.ceil(network.round_trip * seat.tick_rate) if network else 0
        self.lead = np.append(self.lead, LEAD + way)
        self.rate = np.append(self.rate, float(seat.tick_rate or 1))
        self.world = np.append(self.world, 0)
        self.zero = np.append(self.zero, np.nan if network else self._tick_zeros.of(seat.match))
        return number, True

    def learn(self, report: EpochReport) -> None:
        """Take over the server's newest report of when ticks are due."""
        self._tick_zeros.learn(report)
        for (match, network), number in self._numbers.items():
            if network is None:
                self.zero[number] = self._tick_zeros.of(match)

    def restart(self, number: int, now: float) -> None:
        """Note that the match in row ``number`` restarted: its ticks count from 0 again."""
        self.world[number] += 1
        self.tick[number] = 0
        match, network = next(key for key, known in self._numbers.items() if known == number)
        if network is None:
            self._tick_zeros.restart(match, now)
            self.zero[number] = np.nan


_CHECK_INTERVAL: Final = 0.5
"""Seconds."""
_STALLED: Final = 2.0
"""Seconds between two checks after which this process itself stalled, and much may be unread."""


class SilenceDetector:
    """Finds clients whose server has fallen silent; checks twice a second."""

    def __init__(self, clients: ClientColumns) -> None:
        self._clients = clients
        self._checked = 0.0

    def fallen(self, now: float) -> list[int]:
        """Return the slots of clients without a snapshot for longer than their ``silence_timeout``."""
        since = now - self._checked
        if since < _CHECK_INTERVAL:
            return []
        self._checked = now
        if since > _STALLED:
            return []
        clients = self._clients
        return np.flatnonzero(now - np.fmax(clients.arrived, clients.joined) > clients.silence_timeout).tolist()
