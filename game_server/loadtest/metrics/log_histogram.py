"""A histogram with a bounded relative error: log-linear buckets, as HdrHistogram has them.

Each power of two is divided into `_STEPS` equal buckets, so a bucket is never wider than 1/128 of what it holds, and
its middle is off by 0.4 % at most. Two histograms of one unit add up to that of all their samples.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_BITS: Final = 7
_STEPS: Final = 1 << _BITS
_LARGEST: Final = (1 << 36) - 1
_BUCKETS: Final = (36 - _BITS - 1 << _BITS) + 2 * _STEPS


class LogHistogram:
    """Counts of samples by size.

    Args:
        unit: the smallest difference that is told apart, for small samples; a sample counts as 0 below half of it, and
            as ``2**36 - 1`` of it when it is larger.
    """

    __slots__ = ("_counts", "_total", "count", "max", "min", "unit")

    def __init__(self, unit: float = 0.001) -> None:
        self.unit = unit
        self.count = 0
        self.min = math.inf
        self.max = -math.inf
        self._total = 0.0
        self._counts = np.zeros(_BUCKETS, np.int64)

    @property
    def mean(self) -> float | None:
        """Of the samples themselves; None without any."""
        return self._total / self.count if self.count else None

    def record(self, value: float, times: int = 1) -> None:
        """Count ``value``, which is finite; below 0 it counts as 0."""
        value = max(0.0, value)
        whole = min(round(value / self.unit), _LARGEST)
        shift = max(0, whole.bit_length() - _BITS - 1)
        self._counts[(shift << _BITS) + (whole >> shift)] += times
        self.count += times
        self._total += value * times
        self.min, self.max = min(self.min, value), max(self.max, value)

    def record_many(self, values: npt.NDArray[np.float64]) -> None:
        """Count each of ``values``, as `record` does."""
        if not len(values):
            return
        values = np.maximum(values, 0.0)
        whole = np.minimum(np.rint(values / self.unit), _LARGEST).astype(np.int64)
        shift = np.maximum(np.frexp(whole.astype(np.float64))[1] - _BITS - 1, 0).astype(np.int64)
        np.add.at(self._counts, (shift << _BITS) + (whole >> shift), 1)
        self.count += len(values)
        self._total += float(values.sum())
        self.min, self.max = min(self.min, float(values.min())), max(self.max, float(values.max()))

    def merge(self, other: LogHistogram) -> None:
        """Count all that ``other`` has counted, too.

        Raises:
            ValueError: it has another unit.
        """
        if other.unit != self.unit:
            raise ValueError(f"a histogram in steps of {other.unit} does not go into one in steps of {self.unit}")
        self._counts += other._counts
        self.count += other.count
        self._total += other._total
        self.min, self.max = min(self.min, other.min), max(self.max, other.max)

    def percentile(self, percent: float) -> float | None:
        """The smallest sample that at least ``percent`` % are not greater than, within 0.4 %; None without any.

        0 and 100 give the smallest and the largest sample exactly.
        """
        if not self.count:
            return None
        rank = max(1, math.ceil(percent / 100 * self.count - 1e-9))
        if percent <= 0 or rank >= self.count:
            return self.min if percent <= 0 else self.max
        index = int(np.searchsorted(np.cumsum(self._counts), rank))
        shift = max(0, (index >> _BITS) - 1)
        lowest = (index - (shift << _BITS)) << shift
        middle = (lowest + ((1 << shift) - 1) / 2) * self.unit
        return min(max(middle, self.min), self.max)

    def to_json(self) -> dict[str, Any]:
        """As plain data; buckets with nothing in them are left out."""
        used = np.flatnonzero(self._counts)
        return {
            "unit": self.unit,
            "total": self._total,
            "min": self.min if self.count else None,
            "max": self.max if self.count else None,
            "buckets": {str(index): int(self._counts[index]) for index in used},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LogHistogram:
        """What `to_json` gave."""
        histogram = cls(data["unit"])
        for index, times in data["buckets"].items():
            histogram._counts[int(index)] = times
            histogram.count += times
        if histogram.count:
            histogram.min, histogram.max, histogram._total = data["min"], data["max"], data["total"]
        return histogram
