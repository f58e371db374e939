"""The figures of a report that are compared, each with its threshold and its variation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

import attrs

Report = dict[str, Any]
"""From `report` or `read_report`."""

_ALL_IN: Final = 0.9
"""Share of the most clients that were in; seconds with fewer show clients coming and leaving."""
_CUT: Final = 20
"""Of this number of seconds, one is left out at either end, as an outlier."""


@attrs.frozen
class ComparedFigure:
    """A figure that is compared.

    Attributes:
        path: its keys in a report.
        share, least: by how much it must grow to be worse, as a share and absolutely; or shrink to be better.
        falls: whether it is worse if it shrinks.
        per: whether a count is compared per run, per second, or per client and second.
        once: whether it is the p99 of what happens about once to each client: it has few samples, in few seconds.
        series: its name in the rows of ``series``, if it has another one there; empty if it is not in them.
    """

    path: tuple[str, ...]
    share: float
    least: float
    falls: bool = False
    per: Literal["run", "second", "client"] = "run"
    once: bool = False
    series: str | None = None

    @property
    def name(self) -> str:
        """The name as shown."""
        return ".".join(self.path) + {"run": "", "second": " per second", "client": " per client-second"}[self.per]

    def value(self, report: Report) -> float | None:
        """Return the value to compare; None if it was not measured."""
        found = look_up(report, self.path)
        if found is None or self.per == "run":
            return found
        rows = report["series"]
        times = len(rows) if self.per == "second" else sum(map(_clients, rows))
        return found / times if times else None

    def varies(self, report: Report) -> float:
        """Return the variation from second to second of a run, in the unit of the figure; 0 if unknown.

        If it happens ``once`` to each client, return its distance from the median.
        """
        if self.once:
            usual = look_up(report, (*self.path[:-1], "p50"))
            return 0.0 if usual is None else abs((self.value(report) or usual) - usual)
        key: str = ".".join(self.path[self.path[0] == "server" :]) if self.series is None else self.series
        values = []
        for row in _steady(report):
            # A row lacks the counts of what did not happen in its second.
            value = row.get(key) if self.per == "run" else row.get(key) or 0.0
            if value is not None:
                values.append(value / max(_clients(row), 1.0) if self.per == "client" else value)
        values.sort()
        if len(values) < 2:
            return 0.0
        cut = len(values) // _CUT
        values = values[cut : len(values) - cut]
        spread: float = values[-1] - values[0]
        if self.series is None or not values[len(values) // 2]:
            return spread
        # The series sums over all clients: its variation relative to its median applies to the figure.
        return spread / float(values[len(values) // 2]) * abs(self.value(report) or 0.0)


COMPARED_FIGURES: Final = (
    ComparedFigure(("connected",), 0, 0.5, falls=True, series=""),
    ComparedFigure(("failed",), 0, 0.5, series=""),
    ComparedFigure(("disconnects",), 0, 0.5, series=""),
    ComparedFigure(("lost_seats",), 0, 0.5, series=""),
    ComparedFigure(("desyncs",), 0, 0.5, series=""),
    ComparedFigure(("faults",), 0, 0.5, series=""),
    ComparedFigure(("connect_ms", "p99"), 0.5, 20, once=True),
    ComparedFigure(("join_ms", "p99"), 0.5, 20, once=True),
    ComparedFigure(("input_ack_ms", "p50"), 0.10, 3),
    ComparedFigure(("input_ack_ms", "p99"), 0.15, 5),
    ComparedFigure(("snapshot_gap_ms", "p99"), 0.15, 3),
    ComparedFigure(("snapshot_age_ms", "p99"), 0.15, 3),
    ComparedFigure(("outage_ms", "p99"), 0.5, 50, once=True),
    ComparedFigure(("snapshots_per_second", "p1"), 0.10, 1, falls=True, series="snapshots"),
    ComparedFigure(("snapshots_per_second", "p50"), 0.05, 0.5, falls=True, series="snapshots"),
    ComparedFigure(("missed_ticks",), 0.25, 0.05, per="client"),
    ComparedFigure(("late_inputs",), 0.25, 0.05, per="client"),
    ComparedFigure(("unanswered_inputs",), 0.25, 0.05, per="client"),
    ComparedFigure(("bytes_in_per_second", "p50"), 0.10, 50, series="bytes_in"),
    ComparedFigure(("server", "tick_lateness_ms", "p99"), 0.20, 1),
    ComparedFigure(("server", "tick_duration_ms", "p50"), 0.10, 0.2),
    ComparedFigure(("server", "tick_duration_ms", "p99"), 0.20, 1),
    ComparedFigure(("server", "ticks_dropped"), 0.25, 0.2, per="second"),
    ComparedFigure(("server", "snapshots_skipped"), 0.25, 0.05, per="client"),
    ComparedFigure(("server", "server_cpu"), 0.10, 0.02),
    ComparedFigure(("server", "server_memory_mb"), 0.10, 5),
)


def look_up(report: Report, path: tuple[str, ...]) -> float | None:
    """Return the number at ``path``; None if there is none."""
    found: Any = report
    for key in path:
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found if isinstance(found, int | float) else None


def _clients(row: dict[str, Any]) -> float:
    return float((row.get("swarm") or 0) + (row.get("players") or 0))


def _steady(report: Report) -> Iterator[dict[str, Any]]:
    """Yield the rows in which nearly all clients were in, without the last, which may be cut short."""
    rows = report["series"]
    most = max(map(_clients, rows), default=0)
    return (row for row in rows[:-1] if _clients(row) >= _ALL_IN * most)
