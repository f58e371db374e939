"""``tools/bench/run latency [--json FILE]``: what the load tester records beside what the server knows, over sockets.

The server is a process of its own on one core, the tester is on the other. Truth is not the delay that the server was
given, but the time from when the kernel had an input to when its answer was written, as the server has stamped it; and
of snapshots the time from when their ticks were due to when they were written.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import attrs
import trio
from rich.console import Console
from rich.table import Table

from tools.bench import machine
from tools.bench.latency import testers
from tools.bench.latency.server import TICK_RATE
from tools.bench.latency.testers import SETTLE, Recorded
from tools.bench.latency.truth import Stamps, ages, compare, waits
from tools.bench.machine import Cores

_WINDOW: Final = 8.0
_PAUSE_AT: Final = SETTLE + 4.0
"""Seconds after the first input."""
_SHOWN: Final = ("p50", "p99", "p99.9", "max")
_VISIBLE: Final = 0.8
"""Of a pause, that p99.9 has to show."""


@attrs.frozen
class _Trial:
    """One kind of tester against one delay; times in milliseconds."""

    tester: str
    delay: int
    pause: int = 0

    @property
    def name(self) -> str:
        return f"{self.delay} ms" + (f", a pause of {self.pause}" if self.pause else "")


TRIALS: Final = tuple(
    _Trial(tester, delay, pause)
    for tester in ("swarm", "players")
    for delay, pause in ((0, 0), (20, 0), (100, 0), (20, 500))
)


def run(trial: _Trial, cores: Cores) -> dict[str, Any]:
    """What was recorded, what was true, and the verdict."""
    mode = "eager" if trial.tester == "swarm" else "ticks"
    command = [sys.executable, "-m", "tools.bench.latency.server", mode, str(trial.delay), str(_PAUSE_AT)]
    os.sched_setaffinity(0, {cores.server})
    with subprocess.Popen(
        [*command, str(trial.pause)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        os.sched_setaffinity(0, {cores.load})
        assert server.stdin
        assert server.stdout
        try:
            port, tick_zero = server.stdout.readline().split()
            recorded = _record(trial, int(port), float(tick_zero))
            server.stdin.close()
            told = [Stamps(*stamps) for stamps in json.loads(server.stdout.readline())]
        finally:
            server.kill()
    since, until = recorded.since, recorded.until
    waited = [1000 * wait for stamps in told for wait in waits(stamps, 1 / TICK_RATE, since, until)]
    aged = [1000 * age for stamps in told for age in ages(stamps, since, until)]
    figures = compare(recorded.latencies, waited, recorded.lag) | {"faults": recorded.faults}
    figures["age"] = compare(recorded.ages, aged, recorded.lag)
    if trial.pause:
        seen = figures["p99.9"]["recorded"]
        figures["pause_visible"] = seen is not None and seen >= _VISIBLE * trial.pause
    return figures


def _record(trial: _Trial, port: int, tick_zero: float) -> Recorded:
    if trial.tester == "swarm":
        return testers.swarm(port, tick_zero, _WINDOW)
    return trio.run(testers.players, port, tick_zero, _WINDOW)


def main() -> None:
    """Print the table, and write the figures where ``--json FILE`` says; fails when a figure is not true."""
    cores = Cores.choose()
    results: list[tuple[_Trial, dict[str, Any]]] = []
    console = Console()
    for trial in TRIALS:
        with console.status(f"{trial.tester}, {trial.name}"):
            results.append((trial, run(trial, cores)))
    Console(width=190).print(_table(results))
    if len(sys.argv) > 2 and sys.argv[1] == "--json":
        told = [{"tester": t.tester, "delay_ms": t.delay, "pause_ms": t.pause, **figures} for t, figures in results]
        Path(sys.argv[2]).write_text(json.dumps({**machine.describe(), "latency": told}, indent=2) + "\n", "utf-8")
    if not all(_good(figures) for _, figures in results):
        raise SystemExit("tools/bench/run latency: what was recorded is not what the server did")


def _table(results: list[tuple[_Trial, dict[str, Any]]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("tester", "the server keeps each input", "figure"):
        table.add_column(column)
    for column in (*(f"{name} recorded / true" for name in _SHOWN), "tester late, p50 / p99 / max", "samples", ""):
        table.add_column(column, justify="right")
    for trial, figures in results:
        lag = " / ".join(str(value) for value in figures["tester_lag"].values())
        for what, shown, good in (
            ("acknowledgement", figures, _acknowledged(figures)),
            ("age", figures["age"], figures["age"]["agrees"]),
        ):
            pairs = (f"{shown[name]['recorded']} / {shown[name]['true']}" for name in _SHOWN)
            counts, verdict = f"{shown['recorded_count']:,} / {shown['true_count']:,}", "true" if good else "NOT TRUE"
            table.add_row(trial.tester, trial.name, what, *pairs, lag, counts, verdict, style="" if good else "red")
    return table


def _good(figures: dict[str, Any]) -> bool:
    return _acknowledged(figures) and bool(figures["age"]["agrees"])


def _acknowledged(figures: dict[str, Any]) -> bool:
    return bool(figures["agrees"] and figures.get("pause_visible", True) and not figures["faults"])


if __name__ == "__main__":
    main()
