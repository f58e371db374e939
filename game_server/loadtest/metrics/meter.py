"""What one process measures, second by second."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from game_server.loadtest.metrics.definitions import SPREADS
from game_server.loadtest.metrics.log_histogram import LogHistogram


@attrs.define
class Second:
    """What one process measured in one second of the run.

    Attributes:
        number: which second, from 0.
        levels: what is now, not what was counted: ``clients``, ``cpu``.
    """

    number: int
    levels: dict[str, float] = attrs.Factory(dict)
    counts: Counter[str] = attrs.Factory(Counter)
    kinds: dict[str, Counter[str]] = attrs.Factory(lambda: defaultdict(Counter))
    spreads: dict[str, LogHistogram] = attrs.Factory(dict)

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "number": self.number,
            "levels": self.levels,
            "counts": dict(self.counts),
            "kinds": {name: dict(counts) for name, counts in self.kinds.items()},
            "spreads": {name: spread.to_json() for name, spread in self.spreads.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Second:
        """What `to_json` gave."""
        second = cls(data["number"], dict(data["levels"]), Counter(data["counts"]))
        for name, counts in data["kinds"].items():
            second.kinds[name].update(counts)
        second.spreads = {name: LogHistogram.from_json(spread) for name, spread in data["spreads"].items()}
        return second


class Meter:
    """Where a process takes down what it measures."""

    def __init__(self) -> None:
        self._second = Second(0)

    def record(self, name: str, value: float) -> None:
        """One sample of the spread ``name``."""
        self._spread(name).record(value)

    def record_many(self, name: str, values: npt.NDArray[np.float64]) -> None:
        """Many of them."""
        if len(values):
            self._spread(name).record_many(values)

    def count(self, name: str, times: int = 1) -> None:
        """So often more."""
        self._second.counts[name] += times

    def count_kind(self, name: str, kind: str, times: int = 1) -> None:
        """So often more of that kind."""
        self._second.kinds[name][kind] += times

    def level(self, name: str, value: float) -> None:
        """How it stands."""
        self._second.levels[name] = value

    def cut(self, number: int) -> Second:
        """What was taken down since the last cut, as the second ``number``."""
        second, self._second = self._second, Second(0)
        second.number = number
        return second

    def _spread(self, name: str) -> LogHistogram:
        spread = self._second.spreads.get(name)
        if spread is None:
            spread = self._second.spreads[name] = LogHistogram(SPREADS[name].step)
        return spread
