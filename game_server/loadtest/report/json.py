"""The report of a run as plain data, fit for JSON, for a table and for `compare`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from game_server.loadtest.metrics.conditions import ConditionResult
from game_server.loadtest.metrics.definitions import COUNTS, COUNTS_BY_KIND, SPREADS
from game_server.loadtest.metrics.lower_bound import LowerBound
from game_server.loadtest.metrics.server_scraper import SERVER_COUNTS, SERVER_LEVELS, SERVER_SPREADS
from game_server.loadtest.report.results import Results

FORMAT: Final = 2
"""1 had ``holds`` instead of ``verdict`` in ``fail_if``; `compare` reads both, since it looks at figures alone."""
_SERVER_SHOWN: Final = (50, 99, 99.9)


def report(results: Results, about: Mapping[str, Any], failing: Sequence[ConditionResult] = ()) -> dict[str, Any]:
    """All figures; a statistic of nothing is None.

    Args:
        about: what was run: ``target``, ``scenario``, ``network`` and the like.
        failing: the conditions that are not to hold.

    Returns:
        What docs/LOAD_TESTING.md names; and ``more_than``, names of statistics that are greater than they say, because
        the server tells no greater ones apart.
    """
    recording = results.recording
    figures: dict[str, Any] = {"format": FORMAT, **about, "seconds": round(results.seconds, 1)}
    figures |= {name: recording.counts[name] for name in COUNTS}
    figures |= {name: dict(recording.kinds[name].most_common()) for name in COUNTS_BY_KIND}
    for name, metric in SPREADS.items():
        figures[name] = _spread(results, name, metric.shown, more=metric.unit == "ms")
    mean = recording.spreads["bytes_in_per_second"].mean
    figures["bytes_per_second_per_client"] = None if mean is None else round(mean, 1)
    figures["server"] = _server(results)
    figures["server_silent_since"] = results.silent_since if figures["server"] else None
    figures["more_than"] = [
        f"{name}.{statistic}"
        for name in (SERVER_SPREADS if figures["server"] else ())
        for statistic in figures["server"][name]
        if isinstance(results.look_up(name, statistic), LowerBound)
    ]
    figures["absent"] = results.absent
    figures["tester"] = {
        "cpu": {name: round(share, 3) for name, share in results.cpu.items()},
        "limit": results.limit,
    }
    figures["interrupted"] = results.interrupted
    figures["fail_if"] = [judged.to_json() for judged in failing]
    figures["exit_code"] = results.exit_code(failing)
    figures["series"] = [
        {name: round(value, 3) if isinstance(value, float) else value for name, value in row.items()}
        for row in recording.rows()
    ]
    return figures


def _spread(results: Results, name: str, percents: Sequence[float], *, more: bool) -> dict[str, float | None]:
    shown = {f"p{percent:g}": results.look_up(name, f"p{percent:g}") for percent in percents}
    if more:
        shown |= {statistic: results.look_up(name, statistic) for statistic in ("max", "mean")}
    return {statistic: None if value is None else round(value, 2) for statistic, value in shown.items()}


def _server(results: Results) -> dict[str, Any] | None:
    server = results.server
    if server is None or server.missing:
        return None
    figures: dict[str, Any] = {name: _spread(results, name, _SERVER_SHOWN, more=True) for name in SERVER_SPREADS}
    for name in (*SERVER_COUNTS, *SERVER_LEVELS):
        value = server.number(name)
        figures[name] = None if value is None else round(value, 3)
    return figures
