"""Profiles of ticks: how late and how long they and their phases are; and which matches have labels of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs
import numpy as np

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

    Window and histograms take many ticks at once: when they are asked for, or when 256 wait. The window is an array: as
    Python's numbers, each of which is an object, the ticks of a minute take 430 KB a match in place of 65.
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
        self._new: list[float] = []
        """Of each tick that window and histograms do not have yet the lateness, and the phases."""
        self._window = np.empty((0, 2 + len(PHASES)), np.float32)
        """Of each tick of the last minute, but for these, the lateness, the duration, and the phases."""
        self._worked_out = [Percentiles()] * (2 + len(PHASES))
        self._worked_out_at = -tick_rate

    def record(self, lateness: float, phases: Sequence[float]) -> None:
        """Record a tick that began ``lateness`` seconds after its deadline.

        Args:
            phases: seconds that each of `PHASES` took; their sum is how long the tick took.
        """
        self.ticks += 1
        self._new += lateness, *phases
        if len(self._new) >= MOST_NEW * (1 + len(PHASES)):
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
        into, ticks = self._histograms, np.array(self._new).reshape(-1, 1 + len(PHASES))
        ticks = np.insert(ticks, 1, ticks[:, 1:].sum(axis=1), axis=1)
        record_columns(ticks, (into.lateness, into.duration, *into.phases))
        self._window = np.concatenate((self._window, ticks), dtype=np.float32)[-self._tick_rate * WINDOW_SECONDS :]
        self._new.clear()

    def _percentiles(self) -> list[Percentiles]:
        if self.ticks and self.ticks - self._worked_out_at >= self._tick_rate:
            self._worked_out_at = self.ticks
            self._catch_up()
            last = len(self._window) - 1
            some = np.sort(self._window, axis=0)[[round(last * share) for share in (0.5, 0.99, 1.0)]]
            self._worked_out = [Percentiles(*(round(1000 * seconds, 3) for seconds in of)) for of in some.T.tolist()]
        return self._worked_out


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
