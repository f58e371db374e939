"""How late ticks are, how long they take, and on what."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import chain, islice, repeat
from typing import Final

import attrs

from game_server.telemetry.histogram import Histogram, record_columns

PHASES: Final = ("drain", "rules", "encode", "write")
WINDOW_SECONDS: Final = 60
MOST_NEW: Final = 256
"""Ticks that may wait for the histograms: taking them in takes about 0.1 ms."""


@attrs.frozen
class Percentiles:
    """Median, 99th percentile and maximum, in milliseconds."""

    p50: float = 0.0
    p99: float = 0.0
    max: float = 0.0


@attrs.frozen(eq=False)
class TickHistograms:
    """Histograms over all ticks since the first; ``phases`` in the order of `PHASES`."""

    lateness: Histogram = attrs.field(factory=Histogram)
    duration: Histogram = attrs.field(factory=Histogram)
    phases: tuple[Histogram, ...] = attrs.field(factory=lambda: tuple(Histogram() for _ in PHASES))

    def add(self, other: TickHistograms) -> None:
        """Count the ticks of ``other`` as well."""
        self.lateness.add(other.lateness)
        self.duration.add(other.duration)
        for mine, theirs in zip(self.phases, other.phases, strict=True):
            mine.add(theirs)


class TickProfile:
    """How late a match's ticks were and how long they took: each tick of the last minute, and histograms over all.

    A tick costs one entry in a window. Histograms take many entries at once: when they are asked for, or when 256 wait.
    Percentiles are worked out at most once in a second of ticks, however often they are asked for.

    Attributes:
        ticks: ticks recorded in all.
        dropped: ticks' worth of time that were dropped, in all.
    """

    def __init__(self, tick_rate: int) -> None:
        self.ticks = 0
        self.dropped = 0
        self._tick_rate = tick_rate
        self._histograms = TickHistograms()
        self._new = 0
        """Entries that the histograms do not have yet."""
        window = tick_rate * WINDOW_SECONDS
        self._most_new = min(window, MOST_NEW)
        self._window: deque[tuple[float, ...]] = deque(maxlen=window)
        """Of each tick the lateness, the duration, and the phases."""
        self._worked_out: list[Percentiles] = []
        self._worked_out_at = -tick_rate

    def record(self, lateness: float, phases: Sequence[float]) -> None:
        """Record a tick that began ``lateness`` seconds after its deadline.

        Args:
            phases: seconds that each of `PHASES` took; their sum is how long the tick took.
        """
        self.ticks += 1
        self._window.append((lateness, sum(phases), *phases))
        self._new += 1
        if self._new >= self._most_new:
            self._catch_up()

    @property
    def histograms(self) -> TickHistograms:
        """Every tick recorded."""
        self._catch_up()
        return self._histograms

    @property
    def lateness(self) -> Percentiles:
        """How late ticks began."""
        return self._percentiles()[0]

    @property
    def duration(self) -> Percentiles:
        """How long ticks took."""
        return self._percentiles()[1]

    @property
    def phase_durations(self) -> dict[str, Percentiles]:
        """How long each phase took."""
        return dict(zip(PHASES, self._percentiles()[2:], strict=True))

    def _catch_up(self) -> None:
        into = self._histograms
        newest = list(chain.from_iterable(islice(reversed(self._window), self._new)))
        self._new = 0
        record_columns(newest, (into.lateness, into.duration, *into.phases))

    def _percentiles(self) -> list[Percentiles]:
        if self.ticks - self._worked_out_at >= self._tick_rate:
            self._worked_out_at = self.ticks
            columns: Iterable[tuple[float, ...]] = zip(*self._window, strict=True)
            if not self._window:
                columns = repeat((), 2 + len(PHASES))
            self._worked_out = [_percentiles(sorted(column)) for column in columns]
        return self._worked_out


def _percentiles(ascending: list[float]) -> Percentiles:
    if not ascending:
        return Percentiles()
    last = len(ascending) - 1
    return Percentiles(*(round(1000 * ascending[round(last * share)], 3) for share in (0.5, 0.99, 1.0)))
