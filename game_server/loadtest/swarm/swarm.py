"""The loop of the swarm: each slice writes once a tick at its own moment, and sockets are read in between.

After each batch of reads it pauses for up to a millisecond, so that the next batch has many snapshots to check at once.
So the time of arrival of a snapshot is known to about a millisecond, and better if there are few.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from game_server.batch_io import open_batch_io
from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.network.shares import Shares
from game_server.loadtest.scenario.scenario import Life
from game_server.loadtest.swarm.client_columns import SLICES, ClientColumns, MatchColumns
from game_server.loadtest.swarm.connecting import ServerAddress
from game_server.loadtest.swarm.delayed_io import DelayedIO
from game_server.loadtest.swarm.input_generator import STEPS_A_SECOND
from game_server.loadtest.swarm.lifecycle import ClientLifecycle
from game_server.loadtest.swarm.protocol_adapter import FullReader, ProtocolAdapter
from game_server.loadtest.swarm.slice import Slice
from game_server.loadtest.swarm.snapshot_checks import SnapshotChecks
from game_server.loadtest.swarm.socket_reader import BATCH, SocketReader

LOOKS: Final = 4
"""Calls of ``look`` per second in `Swarm.run`."""
_PAUSE: Final = 0.001
"""Seconds from one batch of reads to the next at most, unless more bytes are waiting."""
_PAUSE_EACH: Final = 0.0001
"""Seconds of that pause per socket of the batch: where snapshots come one by one, waiting gains nothing."""
_TOO_LATE: Final = 0.25
"""Seconds of lateness after which a step sends no inputs; its intents wait for the next, and still count."""
_NO_NETWORKS: Final = Shares()
_ROOM: Final = 4096
"""Bytes read from a socket at once: more than a snapshot with many players in view."""
_SPARE: Final = 64
"""Slots beyond the peak, for clients that come while others are still leaving."""


class Swarm:
    """The light clients of one process.

    Args:
        places: match codes, assigned to the clients in turn; an empty code is any match.
        lives: when each client comes and leaves.
        peak: the most clients that are in at once.
        started: when the timeline begins, on the monotonic clock.
        firing: whether all players fire.
        reconnect: whether clients come back when their connection breaks by itself.
        networks: which client is behind which simulated network.
        seed: of inputs, masks, back-off and networks.
    """

    def __init__(
        self,
        adapter: ProtocolAdapter,
        address: ServerAddress,
        places: Sequence[str],
        lives: Sequence[Life],
        peak: int,
        meter: Meter,
        started: float,
        *,
        firing: bool = False,
        reconnect: bool = False,
        networks: Shares = _NO_NETWORKS,
        seed: int = 1,
    ) -> None:
        self.clients = ClientColumns(peak + _SPARE)
        self.matches = MatchColumns()
        self._adapter = adapter
        self._meter = meter
        io, chance = open_batch_io(_ROOM), np.random.default_rng(seed)
        self._slices = [
            Slice(number, self.clients, self.matches, adapter, io, chance, firing=firing) for number in range(SLICES)
        ]
        self._delayed_io = DelayedIO()
        self._lifecycle = ClientLifecycle(
            adapter, address, places, lives, meter, started, self._delayed_io, networks, reconnect=reconnect, seed=seed
        )
        checks = SnapshotChecks(
            self.clients,
            self.matches,
            self._slices,
            meter,
            self._lifecycle.arrived,
            has_ticks=adapter.has_ticks,
        )
        self._reading = SocketReader(
            adapter,
            len(self.clients.fds),
            self._slices,
            meter,
            io,
            checks,
            self._lifecycle.lose,
            self._lifecycle.send_on,
        )
        self._lifecycle.bind(self.clients, self.matches, self._slices, self._reading)
        self._turn = 0
        self._turn_due = started

    @property
    def samples(self) -> list[FullReader]:
        """The readers of clients that decode every message."""
        return list(self._reading.readers.values())

    def run(self, every_second: Callable[[], None], look: Callable[[], bool], started: float) -> None:
        """Play until all clients have left, then `close`.

        Args:
            every_second: called once a second from ``started`` on.
            look: called `LOOKS` times a second; False ends the run.
        """
        looks = 0
        gc.collect()
        gc.freeze()
        try:
            while look() and self.play(started + (looks + 1) / LOOKS):
                looks += 1
                if looks % LOOKS == 0:
                    self._meter.level("swarm", self.clients.taken)
                    every_second()
        finally:
            self.close()

    def play(self, until: float) -> bool:
        """Play until the time ``until``, or until all clients have left; returns whether any are still to play."""
        while not self._lifecycle.over:
            now = time.monotonic()
            if now >= until:
                return True
            if self._delayed_io:
                self._reading.hear(self._delayed_io.step(now), now)
            self._lifecycle.step(now)
            now = self._write(now)
            self._read(now, min(self._turn_due, until))
        return False

    def close(self) -> None:
        """Let all clients leave."""
        self._lifecycle.everybody_goes()
        self._reading.close()
        self._delayed_io.close()
        self._meter.level("swarm", 0)

    def _write(self, now: float) -> float:
        """Do all steps that are due; returns the time after them."""
        while now >= self._turn_due:
            late = now - self._turn_due
            self._meter.record("tester_lag_ms", 1000 * late)
            in_time = late < _TOO_LATE
            if not in_time:
                self._meter.count("late_turns")
            if self._adapter.plays:
                self._slices[self._turn].write(self._turn_due, self._meter, now, sending=in_time)
            self._turn = (self._turn + 1) % SLICES
            self._turn_due += 1 / STEPS_A_SECOND / SLICES
            now = time.monotonic()
        return now

    def _read(self, now: float, until: float) -> None:
        """Read what there is, then pause, but not beyond ``until``."""
        events = self._reading.wait(min(until - now, _PAUSE))
        while events:
            now = time.monotonic()
            self._reading.read(events, now)
            if len(events) < BATCH or now >= until:
                break
            events = self._reading.wait(0)
        rest = min(now + min(_PAUSE, _PAUSE_EACH * len(events)), until) - time.monotonic()
        if events and rest > 0:
            time.sleep(rest)
