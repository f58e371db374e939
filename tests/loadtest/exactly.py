"""Percentiles of samples that are all kept."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(samples: Sequence[float], percent: float) -> float:
    """The smallest sample that at least ``percent`` % are not greater than."""
    return sorted(samples)[math.ceil(percent / 100 * len(samples) - 1e-9) - 1]
