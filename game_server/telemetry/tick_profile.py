"""How late ticks are, how long they take, and on what."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import chain, islice, repeat
from typing import Any, Final, TypeAlias

import attrs

from game_server.telemetry.histogram import Histogram, record_columns

PHASES: Final = ("drain", "rules", "encode", "write")
WINDOW_SECONDS: Final = 60
MOST_NEW: Final = 256
"""Ticks that may wait for the histograms: taking them in takes about 0.1 ms."""

Window: TypeAlias = deque[Any]
"""Of tuples of seconds."""


@attrs.frozen
class Percentiles:
    """The median, the 99th percentile and the worst, in milliseconds."""

    p50: float = 0.0
    p99: float = 0.0
    max: float = 0.0


@attrs.frozen(eq=False)
class TickHistograms:
    """All ticks since the first. ``phases`` are in the order of `PHASES`."""

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
    """A match's ticks: each of the last minute, and all of them in histograms.

    A tick costs no more than an entry in a window. Histograms take many at once: when they are asked for, or when there
    are enough. Percentiles are worked out once in a second of ticks at most, however often they are asked for.

    Attributes:
        ticks: ticks recorded in all.
        dropped: ticks' worth of time that were dropped, in all.
    """

    def __init__(self, tick_rate: int) -> None:
        self.ticks = 0
        self.dropped = 0
        self._tick_rate = tick_rate
        self._histograms = TickHistograms()
        self._ticks_new = 0
        self._phases_new = 0
        """Entries that the histograms do not have yet."""
        window = tick_rate * WINDOW_SECONDS
        self._most_new = min(window, MOST_NEW)
        self._ticks: deque[tuple[float, float]] = deque(maxlen=window)
        self._phases: deque[tuple[float, float, float, float]] = deque(maxlen=window)
        self._worked_out: list[Percentiles] = []
        self._worked_out_at = -tick_rate

    def record(self, lateness: float, duration: float) -> None:
        """A tick began ``lateness`` seconds after its deadline and took ``duration`` seconds."""
        self.ticks += 1
        self._ticks.append((lateness, duration))
        self._ticks_new += 1
        if self._ticks_new >= self._most_new:
            self._catch_up()

    def phases(self, drain: float, rules: float, encode: float, write: float) -> None:
        """Seconds that the phases of one tick took."""
        self._phases.append((drain, rules, encode, write))
        self._phases_new += 1
        if self._phases_new >= self._most_new:
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
        newest = _newest(self._ticks, self._ticks_new), _newest(self._phases, self._phases_new)
        self._ticks_new = self._phases_new = 0
        record_columns(newest, ((into.lateness, into.duration), into.phases))

    def _percentiles(self) -> list[Percentiles]:
        if self.ticks - self._worked_out_at >= self._tick_rate:
            self._worked_out_at = self.ticks
            columns = [*_columns(self._ticks, 2), *_columns(self._phases, len(PHASES))]
            self._worked_out = [_percentiles(sorted(column)) for column in columns]
        return self._worked_out


def _newest(window: Window, count: int) -> list[float]:
    """The numbers of the newest entries, one entry after the other."""
    return list(chain.from_iterable(islice(reversed(window), count)))


def _columns(window: Window, count: int) -> Iterable[Iterable[float]]:
    return zip(*window, strict=True) if window else repeat((), count)


def _percentiles(ascending: list[float]) -> Percentiles:
    if not ascending:
        return Percentiles()
    last = len(ascending) - 1
    return Percentiles(*(round(1000 * ascending[round(last * share)], 3) for share in (0.5, 0.99, 1.0)))
