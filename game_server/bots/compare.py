"""What changed from one run to another, with a verdict."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import attrs

from game_server.bots.report_json import FORMAT
from game_server.errors import ConfigError

Trend = Literal["better", "worse", "same"]

_CONDITIONS: Final = ("scenario", "players", "swarm", "network", "spread")
"""What has to be the same, or the runs are no twins."""


@attrs.frozen
class Watched:
    """A figure that matters.

    Attributes:
        path: where it stands in a report.
        share, least: by how much it has to grow, as a share and absolutely, to be worse; and to shrink to be better.
    """

    path: tuple[str, ...]
    share: float
    least: float


WATCHED: Final = (
    Watched(("failed",), 0, 0.5),
    Watched(("disconnects",), 0, 0.5),
    Watched(("desyncs",), 0, 0.5),
    Watched(("faults",), 0, 0.5),
    Watched(("connect_ms", "p99"), 0.25, 5),
    Watched(("join_ms", "p99"), 0.25, 5),
    Watched(("input_ack_ms", "p50"), 0.10, 3),
    Watched(("input_ack_ms", "p99"), 0.15, 5),
    Watched(("snapshot_gap_ms", "p99"), 0.15, 3),
    Watched(("snapshot_age_ms", "p99"), 0.15, 3),
    Watched(("bytes_in_per_second", "p50"), 0.05, 50),
    Watched(("server", "tick_lateness_ms", "p99"), 0.20, 1),
    Watched(("server", "tick_duration_ms", "p50"), 0.10, 0.2),
    Watched(("server", "tick_duration_ms", "p99"), 0.20, 1),
    Watched(("server", "ticks_dropped"), 0, 0.5),
    Watched(("server", "snapshots_skipped"), 0.10, 5),
    Watched(("server", "server_cpu"), 0.08, 0.02),
    Watched(("server", "server_memory_mb"), 0.10, 5),
)


_NEEDED: Final = (
    *((name,) for name in _CONDITIONS),
    ("interrupted",),
    ("tester", "limit"),
    *(watched.path for watched in WATCHED),
)
"""What a report has, whatever was measured."""


@attrs.frozen
class Change:
    """One figure in both runs; None where it was not measured."""

    name: str
    before: float | None
    after: float | None
    trend: Trend

    @property
    def percent(self) -> str:
        """By how much it changed, in words."""
        if self.before is None or self.after is None:
            return "not measured in both"
        if not self.before:
            return "" if not self.after else "new"
        return f"{100 * (self.after / self.before - 1):+.0f} %"


@attrs.frozen
class Comparison:
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
        """In a sentence."""
        names = {trend: [c.name for c in self.changes if c.trend == trend] for trend in ("worse", "better")}
        if names["worse"]:
            return f"worse: {', '.join(names['worse'])}"
        return f"better: {', '.join(names['better'])}" if names["better"] else "no change that matters"


def compare(before: dict[str, Any], after: dict[str, Any]) -> Comparison:
    """Set two reports side by side."""
    return Comparison(tuple(_changes(before, after)), tuple(_doubts(before, after)))


def read_report(path: Path) -> dict[str, Any]:
    """What ``--json`` wrote.

    Raises:
        ConfigError: it is not that.
    """
    try:
        figures = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path} is no JSON: {error}") from error
    if not isinstance(figures, dict) or figures.get("format") != FORMAT:
        raise ConfigError(f"{path} is no report of game-server bots --json")
    for keys in _NEEDED:
        _check_has(path, figures, keys)
    return figures


def _check_has(path: Path, figures: dict[str, Any], keys: tuple[str, ...]) -> None:
    found: Any = figures
    for depth, key in enumerate(keys):
        if not isinstance(found, dict):
            raise ConfigError(f"{path}: {'.'.join(keys[:depth])!r} is {found!r}, where {key!r} has to be in it")
        if key not in found:
            raise ConfigError(f"{path} has no {'.'.join(keys[: depth + 1])!r}: is it as --json wrote it?")
        found = found[key]
        if found is None and key == "server":
            return  # it told nothing of itself


def _changes(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    for watched in WATCHED:
        was, now = _value(before, watched.path), _value(after, watched.path)
        trend: Trend = "same"
        if was is not None and now is not None and abs(now - was) > max(watched.least, watched.share * min(was, now)):
            trend = "worse" if now > was else "better"
        if was is not None or now is not None:
            yield Change(".".join(watched.path), was, now, trend)


def _doubts(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for name in _CONDITIONS:
        if before.get(name) != after.get(name):
            yield f"{name} is {before.get(name)!r} in one and {after.get(name)!r} in the other"
    for which, figures in (("first", before), ("second", after)):
        if figures["tester"]["limit"]:
            yield f"in the {which} run the tester was the limit"
        if figures["interrupted"]:
            yield f"the {which} run was ended before its time"


def _value(figures: dict[str, Any], path: tuple[str, ...]) -> float | None:
    found: Any = figures
    for key in path:
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found if isinstance(found, int | float) else None
