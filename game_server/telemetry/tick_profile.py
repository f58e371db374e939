"""Profiles of ticks: how late they are, how long they take, and which phase takes how long."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
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
        """Add the ticks of ``other``."""
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
        """Histograms over every tick recorded."""
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


MOST_LABELS: Final = 16
"""Matches with a label of their own: each adds 4 KB to every scrape."""
OTHER: Final = "other"
"""The label of all other matches together."""


class TickSeries:
    """Gives labels to the first matches, for as long as each lives; the others share `OTHER`.

    No tick is lost: the ticks of an unlabelled match stay in `OTHER`, which never decreases. A match that is in there
    gets no label later.

    Args:
        most: labels at the same time, beside `OTHER`.
    """

    def __init__(self, most: int = MOST_LABELS) -> None:
        self._most = most
        self._labelled: set[str] = set()
        self._unlabelled: set[str] = set()
        self._ended = TickHistograms()
        self._ended_phases = TickHistograms().phases

    def ended(self, match: str, ticks: TickHistograms) -> None:
        """Note that ``match`` is over, and keep its ``ticks``, in which nothing more is recorded."""
        _add(self._ended_phases, ticks.phases)
        if match in self._labelled:
            self._labelled.remove(match)
        else:
            self._unlabelled.discard(match)
            self._ended.add(ticks)

    def phases(self, matches: Iterable[TickHistograms]) -> tuple[Histogram, ...]:
        """Return how long the phases took in all ``matches``, which exist now, and in those that have ended."""
        total = TickHistograms().phases
        _add(total, self._ended_phases)
        for ticks in matches:
            _add(total, ticks.phases)
        return total

    def by_label(self, matches: Mapping[str, TickHistograms]) -> dict[str, TickHistograms]:
        """Return the histograms of all ``matches`` by label; `OTHER` once there is such a match."""
        labelled, rest = {}, []
        for match, ticks in matches.items():
            if match not in self._labelled and match not in self._unlabelled:
                (self._labelled if len(self._labelled) < self._most else self._unlabelled).add(match)
            if match in self._labelled:
                labelled[match] = ticks
            else:
                rest.append(ticks)
        if rest or self._ended.duration.count:
            labelled[OTHER] = other = TickHistograms()
            for ticks in (self._ended, *rest):
                other.add(ticks)
        return labelled


def _add(total: Iterable[Histogram], more: Iterable[Histogram]) -> None:
    for histogram, other in zip(total, more, strict=True):
        histogram.add(other)
