"""Reading what ``--json`` wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from game_server.errors import ConfigError
from game_server.loadtest.report.compared_figures import COMPARED_FIGURES, Report

CONDITIONS: Final = ("target", "scenario", "players", "swarm", "network", "spread", "processes", "machine")
"""What has to be the same, or the runs are no twins."""
_READABLE: Final = (1, 2)
"""Formats of reports; they differ in nothing that is read here (see `report_json`)."""
_NEEDED: Final = (*((name,) for name in (*CONDITIONS, "interrupted", "exit_code")), ("tester", "limit"))
"""What a report has besides figures, whatever was measured."""
_FIGURES: Final = (("seconds",), *(watched.path for watched in COMPARED_FIGURES))
_MOST: Final = 1e300
"""NaN and what is without end are no figures."""


def read_report(path: Path) -> Report:
    """What ``--json`` wrote of a run.

    Raises:
        ConfigError: it is not that.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except RecursionError as error:
        raise ConfigError(f"{path} is no JSON of ours: it is nested without end") from error
    except ValueError as error:
        raise ConfigError(f"{path} is no JSON: {error}") from error
    if isinstance(report, dict) and {"capacity", "probes"} <= report.keys():
        raise ConfigError(f"{path} is what --find-limit wrote: it tells of many runs; compare two runs without that")
    if not isinstance(report, dict) or report.get("format") not in _READABLE:
        raise ConfigError(f"{path} is no report of game-server bots --json")
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
            raise ConfigError(f"{path}: {'.'.join(keys[:depth])!r} is {found!r}, where {key!r} has to be in it")
        if key not in found:
            raise ConfigError(f"{path} has no {'.'.join(keys[: depth + 1])!r}: is it as --json wrote it?")
        found = found[key]
        if found is None and key == "server":
            return None  # it told nothing of itself
    return found


def _check_number(path: Path, keys: tuple[str, ...], value: Any) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is not None and not (number and -_MOST < value < _MOST):
        raise ConfigError(f"{path}: {'.'.join(keys)!r} is {value!r:.60}, where a number has to be")


def _check_series(path: Path, series: Any) -> None:
    if not isinstance(series, list) or not all(isinstance(row, dict) for row in series):
        raise ConfigError(f"{path}: 'series' is not a row for each second")
    for row in series:
        for key, value in row.items():
            _check_number(path, ("series", key), value)
