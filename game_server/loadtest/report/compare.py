"""The comparison of two runs, with a verdict.

A figure has changed if it differs by more than a threshold, and by more than it varies from second to second in either
run: on a machine that does other things, too, no figure is the same twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

import attrs

from game_server.loadtest.report.compared_figures import COMPARED_FIGURES, Report
from game_server.loadtest.report.json import CONDITIONS

Trend = Literal["better", "worse", "same"]

_LENGTHS_DIFFER: Final = 0.05
"""Share of the longer run by which the other may be shorter."""


@attrs.frozen
class Change:
    """One figure in both runs; None where it was not measured.

    Attributes:
        varies: its variation from second to second, in the run where that is larger.
    """

    name: str
    before: float | None
    after: float | None
    varies: float
    trend: Trend

    @property
    def percent(self) -> str:
        """The change in percent, or why there is none."""
        if self.before is None or self.after is None:
            return "not measured in both"
        if not self.before:
            return "" if not self.after else "new"
        return f"{100 * (self.after / self.before - 1):+.0f} %"

    @property
    def trend_shown(self) -> str:
        """The trend; empty if there is none."""
        return "" if self.trend == "same" else self.trend


@attrs.frozen
class ReportComparison:
    """Two runs side by side.

    Attributes:
        doubts: why the comparison may mean nothing.
    """

    changes: tuple[Change, ...]
    doubts: tuple[str, ...]

    @property
    def worse(self) -> bool:
        """Whether anything got worse."""
        return any(change.trend == "worse" for change in self.changes)

    @property
    def verdict(self) -> str:
        """The verdict in a sentence."""
        names = {trend: [c.name for c in self.changes if c.trend == trend] for trend in ("worse", "better")}
        if names["worse"]:
            return f"worse: {', '.join(names['worse'])}"
        return f"better: {', '.join(names['better'])}" if names["better"] else "no change that matters"


def compare(before: Report, after: Report) -> ReportComparison:
    """Compare two reports, as `read_report` returns them."""
    changes = tuple(_changes(before, after))
    return ReportComparison(changes, (*_doubts(before, after), *_gaps(changes, before, after)))


def in_short(value: float | None) -> str:
    """Return a figure in four digits, or in as many as it has before the point; a dash for None."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _changes(before: Report, after: Report) -> Iterator[Change]:
    for watched in COMPARED_FIGURES:
        was, now = watched.value(before), watched.value(after)
        varying = (watched.varies(before), watched.varies(after))
        varies = min(varying) if watched.once else max(varying)  # a longer tail must not excuse itself
        trend: Trend = "same"
        if was is not None and now is not None:
            grown = was - now if watched.falls else now - was
            if abs(grown) > max(watched.least, watched.share * min(was, now), varies):
                trend = "worse" if grown > 0 else "better"
        if was is not None or now is not None:
            yield Change(watched.name, was, now, varies, trend)


def _doubts(before: Report, after: Report) -> Iterator[str]:
    for name in CONDITIONS:
        if before[name] != after[name]:
            yield f"{name} is {before[name]!r} in one and {after[name]!r} in the other"
    lengths = sorted((before["seconds"] or 0.0, after["seconds"] or 0.0))
    if lengths[1] - lengths[0] > _LENGTHS_DIFFER * lengths[1]:
        yield f"one run took {before['seconds']:g} s and the other {after['seconds']:g} s"
    for which, report in (("first", before), ("second", after)):
        if report["tester"]["limit"]:
            yield f"in the {which} run the tester was the limit"
        if report["interrupted"]:
            yield f"the {which} run was ended early"
        if not report["connected"]:
            yield f"in the {which} run nobody got in"


def _gaps(changes: tuple[Change, ...], before: Report, after: Report) -> Iterator[str]:
    """Name the figures that were measured in one run only."""
    for which, report in (("first", before), ("second", after)):
        missing = [change.name for change in changes if (change.before, change.after)[which == "second"] is None]
        if report["server"] is None and any(name.startswith("server.") for name in missing):
            yield f"in the {which} run the server reported no metrics"
            missing = [name for name in missing if not name.startswith("server.")]
        if missing:
            yield f"in the {which} run there is no {', '.join(missing)}"
