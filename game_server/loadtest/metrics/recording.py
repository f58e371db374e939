"""The recording of a run: measurements of all processes, merged, in total and second by second."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from game_server.loadtest.metrics.definitions import SPREADS
from game_server.loadtest.metrics.log_histogram import LogHistogram
from game_server.loadtest.metrics.meter import Second

PLOTTED: Final = (50, 99, 99.9)
"""Percentiles kept of every second."""
_COMING: Final = ("connect_ms", "join_ms", "door_wait_ms")
_OF_THE_WHOLE_RUN: Final = frozenset((
    "clients", "connected", "failed", "turned_away", "tester_faults", "disconnects", "lost_links", "resumed",
    "lost_seats", "desyncs", "faults",
))  # fmt: skip
"""Counts of clients that came or were lost, and of faults: they count from the first second, whatever ``since`` is."""
_OPEN_ROWS: Final = 5
"""Seconds by which one process may report later than another. Histograms of open rows only are kept: those of all rows
would take half a megabyte a second."""


Row = dict[str, Any]
"""One second: ``second``, levels and counts by name, and ``name.p99`` and the like of spreads."""


@attrs.define
class _OpenRow:
    """A second that not all processes may have reported yet; ``levels`` are by process."""

    levels: dict[str, dict[str, float]] = attrs.Factory(lambda: defaultdict(dict))
    counts: Counter[str] = attrs.Factory(Counter)
    spreads: dict[str, LogHistogram] = attrs.Factory(dict)

    def add(self, process: str, second: Second) -> None:
        self.levels[process].update(second.levels)
        self.counts.update(second.counts)
        for name, spread in second.spreads.items():
            self.spreads.setdefault(name, LogHistogram(spread.unit)).merge(spread)

    def row(self, number: int) -> Row:
        row: Row = {"second": number, **_together(self.levels.values()), **self.counts}
        for name, spread in self.spreads.items():
            for percent in PLOTTED:
                row[f"{name}.p{percent:g}"] = spread.percentile(percent)
            row[f"{name}.max"] = spread.max
        return row


class Recording:
    """Everything measured so far.

    Args:
        since: seconds from the start after which samples and counts are taken in. How clients come, who is lost, and
            faults of the server always are.

    Attributes:
        counts, kinds, spreads: of the whole run.
        cpu: share of a core that each process of the tester used, second by second.
        server: figures of the server by second, which join the rows.
    """

    def __init__(self, since: float = 0.0) -> None:
        self._since = since
        self.counts: Counter[str] = Counter()
        self.kinds: dict[str, Counter[str]] = defaultdict(Counter)
        self.spreads = {name: LogHistogram(metric.step) for name, metric in SPREADS.items()}
        self.cpu: dict[str, list[float]] = defaultdict(list)
        self.server: dict[int, dict[str, float]] = {}
        self._levels: dict[str, dict[str, float]] = defaultdict(dict)
        self._open: dict[int, _OpenRow] = {}
        self._rows: dict[int, Row] = {}
        self._reported: dict[str, int] = {}
        self._running: set[str] = set()

    @property
    def levels(self) -> dict[str, float]:
        """Current levels, summed over all processes; the largest for ``cpu``."""
        return _together(self._levels.values())

    def expect(self, process: str) -> None:
        """Note that ``process`` is going to report every second."""
        self._running.add(process)

    def ended(self, process: str) -> None:
        """Note that ``process`` reports no more."""
        self._running.discard(process)

    def add(self, process: str, second: Second) -> None:
        """Add one second of ``process``."""
        counts = second.number >= self._since
        self.counts.update({n: times for n, times in second.counts.items() if counts or n in _OF_THE_WHOLE_RUN})
        for name, kinds in second.kinds.items():
            self.kinds[name].update(kinds)
        for name, spread in second.spreads.items():
            if counts or name in _COMING:
                self.spreads[name].merge(spread)
        self._levels[process].update(second.levels)
        if "cpu" in second.levels:
            self.cpu[process].append(second.levels["cpu"])
        self._reported[process] = max(second.number, self._reported.get(process, second.number))
        self._gather(process, second)

    def rows(self) -> list[Row]:
        """Return the run, second by second; closes all open rows."""
        while self._open:
            self._close(min(self._open))
        for second, figures in self.server.items():
            if second in self._rows:
                self._rows[second].update(figures)
        return [self._rows[second] for second in sorted(self._rows)]

    def newest(self) -> Row:
        """Return the newest second that all running processes have reported; empty if there is none."""
        reported = [self._reported.get(process, -1) for process in self._running]
        number = min(reported) if reported else max(self._reported.values(), default=-1)
        if number in self._open:
            return self._open[number].row(number)
        return self._rows.get(number, {})

    def _gather(self, process: str, second: Second) -> None:
        if second.number in self._rows:
            return  # Too late for the plots, but it counts in the totals.
        self._open.setdefault(second.number, _OpenRow()).add(process, second)
        while len(self._open) > _OPEN_ROWS:
            self._close(min(self._open))

    def _close(self, number: int) -> None:
        self._rows[number] = self._open.pop(number).row(number)


def _together(levels: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Sum levels over processes; take the largest for ``cpu``."""
    total: dict[str, float] = {}
    for one in levels:
        for name, value in one.items():
            before = total.get(name, 0.0)
            total[name] = max(before, value) if name == "cpu" else before + value
    return total
