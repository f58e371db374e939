"""What one process measures, second by second."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
import trio

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


LAG_EVERY: Final = 0.02
"""SecondCutter from one look at the clock to the next."""

Tell = Callable[[Second], None]


class SecondCutter:
    """The seconds of one process, from ``started`` on the monotonic clock.

    Args:
        tell: is given each second.
    """

    def __init__(self, meter: Meter, tell: Tell, started: float) -> None:
        self._meter = meter
        self._tell = tell
        self._started = started
        self._cut_at = time.monotonic()
        self._cpu = time.process_time()
        self._told = -1
        self._levels: dict[str, float] = {}

    def cut(self) -> None:
        """Tell of the time since the last cut, as the second that ends about now; of no second twice.

        What a process that stood still catches up with is of the second in which it does; in those before, everything
        stood as it had been.
        """
        # A cut comes at the end of its second, or a little later.
        number = round(time.monotonic() - self._started) - 1
        if number <= self._told:
            return
        for missed in range(self._told + 1, number):
            self._tell(Second(missed, dict(self._levels)))
        self._tell_as(number)

    def end(self) -> None:
        """Tell of what came after the last cut, as the second after it."""
        self._tell_as(self._told + 1)

    def _tell_as(self, number: int) -> None:
        now, cpu = time.monotonic(), time.process_time()
        if now - self._cut_at > 0.5:  # Less says nothing of a share.
            self._meter.level("cpu", (cpu - self._cpu) / (now - self._cut_at))
            self._cut_at, self._cpu = now, cpu
        second = self._meter.cut(number)
        self._told = number
        self._levels |= {name: level for name, level in second.levels.items() if name != "cpu"}
        self._tell(second)

    async def run(self) -> None:
        """Cut every second, and watch how late this task gets its turn; until cancelled."""
        offset = trio.current_time() - time.monotonic()
        next_second = self._started + offset + 1
        due = trio.current_time()
        while True:
            due += LAG_EVERY
            await trio.sleep_until(due)
            now = trio.current_time()
            self._meter.record("tester_lag_ms", 1000 * (now - due))
            due = max(due, now - LAG_EVERY)
            if now >= next_second:
                next_second += 1
                self.cut()
