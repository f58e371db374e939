"""How late ticks are, how long they take, and on what."""

from __future__ import annotations

from collections import deque
from typing import Final

import attrs

PHASES: Final = ("drain", "rules", "encode", "write")
WINDOW_SECONDS: Final = 60


@attrs.frozen
class Percentiles:
    """The median, the 99th percentile and the worst, in milliseconds."""

    p50: float = 0.0
    p99: float = 0.0
    max: float = 0.0


class TickProfile:
    """The last minute of a match's ticks.

    Attributes:
        ticks: ticks recorded in all.
        dropped: ticks' worth of time that were dropped, in all.
    """

    def __init__(self, tick_rate: int) -> None:
        self.ticks = 0
        self.dropped = 0
        window = tick_rate * WINDOW_SECONDS
        self._lateness: deque[float] = deque(maxlen=window)
        self._duration: deque[float] = deque(maxlen=window)
        self._phases: deque[tuple[float, float, float, float]] = deque(maxlen=window)

    def record(self, lateness: float, duration: float) -> None:
        """A tick began ``lateness`` seconds after its deadline and took ``duration`` seconds."""
        self.ticks += 1
        self._lateness.append(lateness)
        self._duration.append(duration)

    def phases(self, drain: float, rules: float, encode: float, write: float) -> None:
        """Seconds that the phases of one tick took."""
        self._phases.append((drain, rules, encode, write))

    @property
    def lateness(self) -> Percentiles:
        """How late ticks began."""
        return _percentiles(list(self._lateness))

    @property
    def duration(self) -> Percentiles:
        """How long ticks took."""
        return _percentiles(list(self._duration))

    @property
    def phase_durations(self) -> dict[str, Percentiles]:
        """How long each phase took."""
        return {name: _percentiles([phases[index] for phases in self._phases]) for index, name in enumerate(PHASES)}


def _percentiles(seconds: list[float]) -> Percentiles:
    if not seconds:
        return Percentiles()
    seconds.sort()
    last = len(seconds) - 1
    return Percentiles(*(round(1000 * seconds[round(last * share)], 3) for share in (0.5, 0.99, 1.0)))
