"""Which figures of a report are compared, and by how much they differ from run to run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

import attrs

Report = dict[str, Any]
"""What `report` gave, or was read from a file that holds it."""

_ALL_IN: Final = 0.9
"""Of the most clients that were ever in: seconds with fewer tell of their coming and going."""
_CUT: Final = 20
"""Seconds of which the largest and the smallest are left out."""


@attrs.frozen
class ComparedFigure:
    """A figure that matters.

    Attributes:
        path: where it stands in a report.
        share, least: by how much it has to grow, as a share and absolutely, to be worse; and to shrink to be better.
        falls: it is worse when it shrinks.
        per: a count is compared by the second, or by client and second.
        once: it is the p99 of what happens about once to each client, so that few samples make it, and few seconds.
        series: what tells of it in each second, if that has another name; empty for nothing.
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
        """As it is told."""
        return ".".join(self.path) + {"run": "", "second": " per second", "client": " per client-second"}[self.per]

    def value(self, report: Report) -> float | None:
        """None where it was not measured."""
        found = look_up(report, self.path)
        if found is None or self.per == "run":
            return found
        rows = report["series"]
        times = len(rows) if self.per == "second" else sum(map(_clients, rows))
        return found / times if times else None

    def varies(self, report: Report) -> float:
        """By how much it differs from second to second of a run, in its own unit; 0 where that is not known.

        Of what happens ``once`` it is how far it lies from what is usual.
        """
        if self.once:
            usual = look_up(report, (*self.path[:-1], "p50"))
            return 0.0 if usual is None else abs((self.value(report) or usual) - usual)
        key: str = ".".join(self.path[self.path[0] == "server" :]) if self.series is None else self.series
        values = []
        for row in _steady(report):
            # What did not happen in a second is not in its row.
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
        # The series is of all clients together: what it varies by is a share of the figure.
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
    """The number at ``path``; None where there is none."""
    found: Any = report
    for key in path:
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found if isinstance(found, int | float) else None


def _clients(row: dict[str, Any]) -> float:
    return float((row.get("swarm") or 0) + (row.get("players") or 0))


def _steady(report: Report) -> Iterator[dict[str, Any]]:
    """The seconds in which all were in, but for the last, which may be cut short."""
    rows = report["series"]
    most = max(map(_clients, rows), default=0)
    return (row for row in rows[:-1] if _clients(row) >= _ALL_IN * most)
