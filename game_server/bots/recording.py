"""What was measured by all processes, put together."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, Final

from game_server.bots.histogram import Histogram
from game_server.bots.meter import Second
from game_server.bots.metrics import SPREADS

PLOTTED: Final = (50, 99, 99.9)
"""Percentiles that are kept of every second."""
_COMING: Final = ("connect_ms", "join_ms")
_OPEN_ROWS: Final = 5
"""Seconds for which the processes may differ in telling of one second."""


Row = dict[str, Any]
"""One second: ``second``, levels and counts by name, and ``name.p99`` and the like of spreads."""


class Recording:
    """All that was measured, by every process.

    Args:
        since: seconds of the run from which on samples count; how clients come is always counted.

    Attributes:
        counts, kinds, spreads: of the whole run.
        levels: the newest.
        cpu: the share of its core that each process of the tester took, second by second.
    """

    def __init__(self, since: float = 0.0) -> None:
        self._since = since
        self.counts: Counter[str] = Counter()
        self.kinds: dict[str, Counter[str]] = defaultdict(Counter)
        self.spreads = {name: Histogram(metric.step) for name, metric in SPREADS.items()}
        self.cpu: dict[str, list[float]] = defaultdict(list)
        self.server: dict[int, dict[str, float]] = {}
        self._levels: dict[str, dict[str, float]] = defaultdict(dict)
        self._open: dict[int, Second] = {}
        self._rows: dict[int, Row] = {}

    @property
    def levels(self) -> dict[str, float]:
        """How it stands, all processes together."""
        total: dict[str, float] = defaultdict(float)
        for levels in self._levels.values():
            for name, value in levels.items():
                total[name] += value
        return dict(total)

    def add(self, process: str, second: Second) -> None:
        """What ``process`` measured."""
        self.counts.update(second.counts)
        for name, counts in second.kinds.items():
            self.kinds[name].update(counts)
        for name, spread in second.spreads.items():
            if second.number >= self._since or name in _COMING:
                self.spreads[name].merge(spread)
        self._levels[process].update(second.levels)
        if "cpu" in second.levels:
            self.cpu[process].append(second.levels["cpu"])
        self._gather(second)

    def rows(self) -> list[Row]:
        """The run, second by second."""
        while self._open:
            self._close(min(self._open))
        for second, figures in self.server.items():
            if second in self._rows:
                self._rows[second].update(figures)
        return [self._rows[second] for second in sorted(self._rows)]

    def newest(self) -> Row:
        """The newest second that every process has told of, as far as it is known; empty at first."""
        return self._rows[max(self._rows)] if self._rows else {}

    def _gather(self, second: Second) -> None:
        if second.number in self._rows:
            return  # Too late for the plots; it counts in the totals.
        known = self._open.setdefault(second.number, Second(second.number))
        known.counts.update(second.counts)
        for name, value in second.levels.items():
            together = max if name == "cpu" else float.__add__
            known.levels[name] = together(known.levels.get(name, 0.0), float(value))
        for name, spread in second.spreads.items():
            if name in known.spreads:
                known.spreads[name].merge(spread)
            else:
                known.spreads[name] = spread
        while len(self._open) > _OPEN_ROWS:
            self._close(min(self._open))

    def _close(self, number: int) -> None:
        second = self._open.pop(number)
        row: Row = {"second": number, **second.levels, **second.counts}
        for name, spread in second.spreads.items():
            for percent in PLOTTED:
                row[f"{name}.p{percent:g}"] = spread.percentile(percent)
            row[f"{name}.max"] = spread.max
        self._rows[number] = row
