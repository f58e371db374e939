"""The report of a run as plain data, fit for JSON: its writing, and its reading back for `compare`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from game_server.errors import ConfigError
from game_server.loadtest.metrics.conditions import ConditionResult
from game_server.loadtest.metrics.definitions import COUNTS, COUNTS_BY_KIND, SPREADS
from game_server.loadtest.metrics.server_metrics import LowerBound
from game_server.loadtest.metrics.server_scraper import SERVER_COUNTS, SERVER_LEVELS, SERVER_SPREADS
from game_server.loadtest.report.compared_figures import COMPARED_FIGURES, Report
from game_server.loadtest.report.results import Results

FORMAT: Final = 2
"""Format 1 had ``holds`` instead of ``verdict`` in ``fail_if``; `compare` reads both, as it uses figures only."""
_SERVER_SHOWN: Final = (50, 99, 99.9)


def report(results: Results, about: Mapping[str, Any], failing: Sequence[ConditionResult] = ()) -> dict[str, Any]:
    """Return all figures; a statistic without samples is None.

    Args:
        about: what was run: ``target``, ``scenario``, ``network`` and so on.
        failing: results of the conditions that should not hold.

    Returns:
        What docs/LOAD_TESTING.md describes. ``more_than`` names the statistics that are lower bounds, because they fell
        into the last bucket of the server's histogram.
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


CONDITIONS: Final = ("target", "scenario", "players", "swarm", "network", "spread", "processes", "machine")
"""What must be equal for two runs to be comparable."""
_READABLE: Final = (1, 2)
"""Formats of reports that `read_report` accepts; see `FORMAT`."""
_NEEDED: Final = (*((name,) for name in (*CONDITIONS, "interrupted", "exit_code")), ("tester", "limit"))
"""What every report has besides figures."""
_FIGURES: Final = (("seconds",), *(watched.path for watched in COMPARED_FIGURES))
_MOST: Final = 1e300
"""Figures beyond are refused, as NaN and infinity are: Python's JSON has them, and no run does."""


def read_report(path: Path) -> Report:
    """Read what ``--json`` wrote.

    Raises:
        ConfigError: the file cannot be read, or is not a report.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except RecursionError as error:
        raise ConfigError(f"{path} is not a report: it is nested too deeply") from error
    except ValueError as error:
        raise ConfigError(f"{path} is not JSON: {error}") from error
    if isinstance(report, dict) and {"capacity", "probes"} <= report.keys():
        raise ConfigError(f"{path} is from --find-limit and has many runs: compare two runs without --find-limit")
    if not isinstance(report, dict) or report.get("format") not in _READABLE:
        raise ConfigError(f"{path} is not a report of game-server bots --json")
    for keys in _NEEDED:
        _get(path, report, keys)
    for keys in _FIGURES:
        _check_number(path, keys, _get(path, report, keys))
    _check_series(path, _get(path, report, ("series",)))
    return report


def _get(path: Path, report: Report, keys: tuple[str, ...]) -> Any:
    found: Any = report
    for depth, key in enumerate(keys):
        if not isinstance(found, dict):
            raise ConfigError(f"{path}: {'.'.join(keys[:depth])!r} is {found!r}, but should contain {key!r}")
        if key not in found:
            raise ConfigError(f"{path} has no {'.'.join(keys[: depth + 1])!r}: was it changed after --json wrote it?")
        found = found[key]
        if found is None and key == "server":
            return None  # the server reported no metrics
    return found


def _check_number(path: Path, keys: tuple[str, ...], value: Any) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is not None and not (number and -_MOST < value < _MOST):
        raise ConfigError(f"{path}: {'.'.join(keys)!r} is {value!r:.60}, but should be a number")


def _check_series(path: Path, series: Any) -> None:
    if not isinstance(series, list) or not all(isinstance(row, dict) for row in series):
        raise ConfigError(f"{path}: 'series' should be a list with an object for each second")
    for row in series:
        for key, value in row.items():
            _check_number(path, ("series", key), value)
