"""Durations counted in fixed buckets, since the process began: what a scraper adds up loses nothing between scrapes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from operator import add
from typing import Final

import numpy as np

BOUNDS: Final = (
    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.2, 0.5, 1.0,
    2.0, 3.0, 5.0, 10.0,
)  # fmt: skip
"""Seconds up to which each bucket goes, its bound included; one more takes the rest.

Closest where a tick is to be judged: it is late from a few milliseconds on, and too long from a few ten.
Beyond a second everybody has noticed; how long a server stood still can be told up to ten.
"""


_BUCKETS: Final = len(BOUNDS) + 1
_EDGES: Final = np.array(BOUNDS)


class Histogram:
    """How many durations fell into each bucket, and their sum.

    Attributes:
        counts: one a bucket, not cumulative; ``len(BOUNDS) + 1`` of them.
        sum: seconds.
    """

    __slots__ = ("counts", "sum")

    def __init__(self) -> None:
        self.counts = [0] * _BUCKETS
        self.sum = 0.0

    @property
    def count(self) -> int:
        """Durations recorded."""
        return sum(self.counts)

    def record(self, seconds: float) -> None:
        """Something took ``seconds``, 0 or more."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.sum += seconds

    def add(self, other: Histogram) -> None:
        """Count all of ``other`` as well."""
        self.counts = list(map(add, self.counts, other.counts))
        self.sum += other.sum


def record_columns(seconds: list[float], histograms: Sequence[Histogram]) -> None:
    """Record many durations in several histograms at once.

    Args:
        seconds: a table row by row, with one column for each histogram.
        histograms: one for each column.
    """
    if not seconds:
        return
    # Bucket b of histogram h is number h * _BUCKETS + b: one count serves all histograms.
    columns = len(histograms)
    buckets = _EDGES.searchsorted(seconds).reshape(-1, columns) + np.arange(columns) * _BUCKETS
    counts = np.bincount(buckets.ravel(), minlength=_BUCKETS * columns).tolist()
    for at, histogram in enumerate(histograms):
        histogram.sum += sum(seconds[at::columns])
        histogram.counts = list(map(add, histogram.counts, counts[_BUCKETS * at :]))
