"""The way of a player's figures to the meter of its process."""

from __future__ import annotations

from array import array
from typing import Final

import attrs
import numpy as np

from game_server.client import Figures
from game_server.loadtest.metrics.definitions import NOT_BACK_IN_TIME, refusal_name
from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.players.player import Outcome

_COUNTED: Final = (
    "snapshots",
    "inputs",
    "bytes_in",
    "bytes_out",
    "missed_ticks",
    "late_inputs",
    "unanswered_inputs",
    "desyncs",
    "faults",
    "lost_links",
    "resumed",
    "lost_seats",
    "lobby_updates",
    "lobby_bytes",
)
_SPREADS: Final = {
    "gaps": "snapshot_gap_ms",
    "acks": "input_ack_ms",
    "ages": "snapshot_age_ms",
    "outages": "outage_ms",
    "delays": "interpolation_delay_ms",
}
"""Figures in seconds, and the metrics in milliseconds that they go to."""


@attrs.define
class FigureDrain:
    """Moves new figures of one player to the meter."""

    outcome: Outcome
    meter: Meter
    _before: dict[str, int] = attrs.Factory(lambda: dict.fromkeys(_COUNTED, 0))
    _round_trips: int = 0

    def take(self) -> None:
        """Move what is new since the last call; samples leave the figures, or a long run would fill the memory."""
        figures, meter = self.outcome.client.figures, self.meter
        for name in _COUNTED:
            value = getattr(figures, name)
            if value != self._before[name]:
                meter.count(name, value - self._before[name])
                self._before[name] = value
        for noted, name in _SPREADS.items():
            samples: array[float] = getattr(figures, noted)
            if samples:
                meter.record_many(name, 1000 * np.frombuffer(samples, np.float64))
            setattr(figures, noted, array("d"))
        meter.record_many("input_depth", np.frombuffer(figures.depths, np.uint8).astype(np.float64))
        figures.depths = array("B")
        for trip in figures.round_trips[self._round_trips :]:
            meter.record("round_trip_ms", 1000 * trip)
        self._round_trips = len(figures.round_trips)
        for name, times in (("connect_ms", self.outcome.connects), ("join_ms", self.outcome.joins)):
            for seconds in times:
                meter.record(name, 1000 * seconds)
            times.clear()
        for code in self.outcome.closes:
            meter.count_kind("closes", str(code))
        self.outcome.closes.clear()

    def end(self, now: float) -> None:
        """Record the outcome of a player that has left, at ``now`` unless it noted when, and its figures per run."""
        self.outcome.client.leave(now)
        self.take()
        outcome, meter = self.outcome, self.meter
        if outcome.connected and not outcome.client.settled and outcome.failure is None:
            outcome.failure = NOT_BACK_IN_TIME
        meter.count("connected" if outcome.connected else "failed")
        if not outcome.connected:
            meter.count("turned_away", outcome.turned_away)
            meter.count("tester_faults", outcome.local_shortage)
        if outcome.failure:
            meter.count_kind("failures", outcome.failure)
            if outcome.connected:
                meter.count("disconnects")
        if outcome.refusal is not None:
            meter.count_kind("refused", refusal_name(outcome.refusal))
        if outcome.connected:
            _rates(outcome.client.figures, meter)


def _rates(figures: Figures, meter: Meter) -> None:
    span = max(figures.left, figures.last_snapshot) - figures.first_snapshot
    if figures.snapshots and span > 0:
        meter.record("snapshots_per_second", (figures.snapshots - 1) / span)
        meter.record("bytes_in_per_second", figures.bytes_in / span)
        meter.record("bytes_out_per_second", figures.bytes_out / span)
    if figures.jitter is not None:
        meter.record("jitter_ms", 1000 * figures.jitter)
