"""Histograms of durations, in fixed buckets, since the process began.

Scrapers subtract what they read before, so that nothing is lost between two scrapes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from operator import add
from typing import Final

import numpy as np
import numpy.typing as npt

BOUNDS: Final = (
    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.2, 0.5, 1.0,
    2.0, 3.0, 5.0, 10.0,
)  # fmt: skip
"""Upper bounds of the buckets in seconds, included; one more bucket takes the rest.

Closest where a tick is judged: a few milliseconds late is late, and a few tens are too long. Beyond a second everybody
has noticed; pauses of the server are distinguished up to ten.
"""


_BUCKETS: Final = len(BOUNDS) + 1
_EDGES: Final = np.array(BOUNDS)


class Histogram:
    """The number of durations in each bucket, and their sum.

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
        """The number of durations recorded."""
        return sum(self.counts)

    def record(self, seconds: float) -> None:
        """Record a duration of ``seconds``, 0 or more."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.sum += seconds

    def add(self, other: Histogram) -> None:
        """Add everything in ``other``."""
        self.counts = list(map(add, self.counts, other.counts))
        self.sum += other.sum


def record_columns(seconds: npt.NDArray[np.float64], histograms: Sequence[Histogram]) -> None:
    """Record many durations in several histograms at once.

    Args:
        seconds: a table with one column for each histogram.
        histograms: one for each column.
    """
    # Bucket b of histogram h is number h * _BUCKETS + b: one count serves all histograms.
    columns = len(histograms)
    buckets = _EDGES.searchsorted(seconds) + np.arange(columns) * _BUCKETS
    counts = np.bincount(buckets.ravel(), minlength=_BUCKETS * columns).tolist()
    for at, histogram in enumerate(histograms):
        histogram.sum += float(seconds[:, at].sum())
        histogram.counts = list(map(add, histogram.counts, counts[_BUCKETS * at :]))
