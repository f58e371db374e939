"""The measurements of one process, second by second."""

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
    """The measurements of one process in one second of the run.

    Attributes:
        number: of the second, from 0.
        levels: current values, such as ``players`` and ``cpu``.
        counts: events counted in this second.
        kinds: the same by kind, such as close codes.
        spreads: samples of this second.
    """

    number: int
    levels: dict[str, float] = attrs.Factory(dict)
    counts: Counter[str] = attrs.Factory(Counter)
    kinds: dict[str, Counter[str]] = attrs.Factory(lambda: defaultdict(Counter))
    spreads: dict[str, LogHistogram] = attrs.Factory(dict)

    def to_json(self) -> dict[str, Any]:
        """Return the second as plain data."""
        return {
            "number": self.number,
            "levels": self.levels,
            "counts": dict(self.counts),
            "kinds": {name: dict(counts) for name, counts in self.kinds.items()},
            "spreads": {name: spread.to_json() for name, spread in self.spreads.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Second:
        """Read what `to_json` returned."""
        second = cls(data["number"], dict(data["levels"]), Counter(data["counts"]))
        for name, counts in data["kinds"].items():
            second.kinds[name].update(counts)
        second.spreads = {name: LogHistogram.from_json(spread) for name, spread in data["spreads"].items()}
        return second


class Meter:
    """Collects what a process measures."""

    def __init__(self) -> None:
        self._second = Second(0)

    def record(self, name: str, value: float) -> None:
        """Add a sample to the spread ``name``."""
        self._spread(name).record(value)

    def record_many(self, name: str, values: npt.NDArray[np.float64]) -> None:
        """Add samples to the spread ``name``."""
        if len(values):
            self._spread(name).record_many(values)

    def count(self, name: str, times: int = 1) -> None:
        """Add ``times`` to the count ``name``."""
        self._second.counts[name] += times

    def count_kind(self, name: str, kind: str, times: int = 1) -> None:
        """Add ``times`` to the count of ``kind`` under ``name``."""
        self._second.kinds[name][kind] += times

    def level(self, name: str, value: float) -> None:
        """Set the level ``name``."""
        self._second.levels[name] = value

    def cut(self, number: int) -> Second:
        """Return what was collected since the last cut, as second ``number``."""
        second, self._second = self._second, Second(0)
        second.number = number
        return second

    def _spread(self, name: str) -> LogHistogram:
        spread = self._second.spreads.get(name)
        if spread is None:
            spread = self._second.spreads[name] = LogHistogram(SPREADS[name].step)
        return spread


LAG_EVERY: Final = 0.02
"""Seconds from one measurement of the tester's lag to the next."""

Report = Callable[[Second], None]


class SecondCutter:
    """Cuts the measurements of one process into seconds, with its share of a core.

    Args:
        report: called with each second.
        started: when the timeline began, on the monotonic clock.
    """

    def __init__(self, meter: Meter, report: Report, started: float) -> None:
        self._meter = meter
        self._report = report
        self._started = started
        self._cut_at = time.monotonic()
        self._cpu = time.process_time()
        self._reported = -1
        self._levels: dict[str, float] = {}

    def cut(self) -> None:
        """Report what was measured since the last cut, as the second that ends about now; no second is reported twice.

        After a stall of the process, the seconds that it missed are reported with the levels from before and without
        counts; what it catches up with belongs to the second in which it does.
        """
        # A cut comes at the end of its second, or a little later.
        number = round(time.monotonic() - self._started) - 1
        if number <= self._reported:
            return
        for missed in range(self._reported + 1, number):
            self._report(Second(missed, dict(self._levels)))
        self._report_as(number)

    def end(self) -> None:
        """Report what was measured since the last cut, as the second after it."""
        self._report_as(self._reported + 1)

    def _report_as(self, number: int) -> None:
        now, cpu = time.monotonic(), time.process_time()
        if now - self._cut_at > 0.5:  # A shorter time would make the share a matter of chance.
            self._meter.level("cpu", (cpu - self._cpu) / (now - self._cut_at))
            self._cut_at, self._cpu = now, cpu
        second = self._meter.cut(number)
        self._reported = number
        self._levels |= {name: level for name, level in second.levels.items() if name != "cpu"}
        self._report(second)

    async def run(self) -> None:
        """Cut every second, and measure how late this task runs, until cancelled."""
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
