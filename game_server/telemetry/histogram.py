"""Durations counted in fixed buckets, since the process began: what a scraper adds up loses nothing between scrapes."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

import numpy as np
import numpy.typing as npt

BOUNDS: Final = (
    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.2, 0.5, 1.0,
)  # fmt: skip
"""Seconds up to which each bucket goes, its bound included; one more takes the rest.

Closest where a tick is to be judged: it is late from a few milliseconds on, and too long from a few ten.
"""


class Histogram:
    """How many durations fell into each bucket, and their sum.

    Attributes:
        counts: one a bucket, not cumulative; ``len(BOUNDS) + 1`` of them.
        sum: seconds.
    """

    __slots__ = ("counts", "sum")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.sum = 0.0

    @property
    def count(self) -> int:
        """Durations recorded."""
        return sum(self.counts)

    def record(self, seconds: float) -> None:
        """Something took ``seconds``, 0 or more."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.sum += seconds

    def record_all(self, seconds: npt.NDArray[np.float64]) -> None:
        """As `record`, for many at once."""
        found = np.bincount(np.searchsorted(BOUNDS, seconds), minlength=len(BOUNDS) + 1).tolist()
        self.counts = [mine + theirs for mine, theirs in zip(self.counts, found, strict=True)]
        self.sum += float(seconds.sum())

    def add(self, other: Histogram) -> None:
        """Count all of ``other`` as well."""
        self.counts = [mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)]
        self.sum += other.sum
