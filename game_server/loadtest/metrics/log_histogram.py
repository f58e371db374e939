"""A histogram with a bounded relative error: log-linear buckets, as in HdrHistogram.

Each power of two is divided into `_STEPS` equal buckets, so a bucket is never wider than 1/128 of its values, and its
middle is off by 0.4 % at most. Merging two histograms of one unit gives the histogram of all their samples.

The bucket of a whole number is found by its bits: it is shifted right until 8 bits are left, of which the first is 1.
1000 (0b1111101000) is shifted by 2, which leaves 250: bucket ``(2 << 7) + 250 = 506``, shared by 1000 to 1003.
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
        unit: the resolution for small samples; a sample below half of it counts as 0, one above ``2**36 - 1`` times it
            counts as that.
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
        """The exact mean of all samples; None if there are none."""
        return self._total / self.count if self.count else None

    def record(self, value: float, times: int = 1) -> None:
        """Count ``value``, which must be finite; a negative one counts as 0."""
        value = max(0.0, value)
        whole = min(round(value / self.unit), _LARGEST)
        shift = max(0, whole.bit_length() - _BITS - 1)
        self._counts[(shift << _BITS) + (whole >> shift)] += times
        self.count += times
        self._total += value * times
        self.min, self.max = min(self.min, value), max(self.max, value)

    def record_many(self, values: npt.NDArray[np.float64]) -> None:
        """Count each of ``values`` as `record` does."""
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
        """Add the samples of ``other``.

        Raises:
            ValueError: ``other`` has another unit.
        """
        if other.unit != self.unit:
            raise ValueError(f"cannot merge a histogram in units of {other.unit} into one in units of {self.unit}")
        self._counts += other._counts
        self.count += other.count
        self._total += other._total
        self.min, self.max = min(self.min, other.min), max(self.max, other.max)

    def percentile(self, percent: float) -> float | None:
        """Return the smallest sample that at least ``percent`` % of all do not exceed, within 0.4 %.

        0 and 100 give the smallest and the largest sample exactly. None if there are no samples.
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
        """Return the histogram as plain data, without empty buckets."""
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
        """Read what `to_json` returned."""
        histogram = cls(data["unit"])
        for index, times in data["buckets"].items():
            histogram._counts[int(index)] = times
            histogram.count += times
        if histogram.count:
            histogram.min, histogram.max, histogram._total = data["min"], data["max"], data["total"]
        return histogram
