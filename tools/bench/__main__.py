"""``tools/bench/run NAME [--quick] [--json FILE]``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import cyclopts
from cyclopts import Parameter
from rich.console import Console

from tools.bench import against as older
from tools.bench import installing, machine, report
from tools.bench.benches import BENCHES
from tools.bench.machine import Cores
from tools.bench.trial import Timing, TrialFailed, run_trial

_RUNS: Final = 3
_TIMING: Final = Timing(settle=5.0, window=15.0)
_QUICK: Final = Timing(settle=1.5, window=3.0)

app = cyclopts.App(name="tools/bench/run", help_format="plaintext")


@app.default
def run(
    name: str,
    *,
    quick: Annotated[bool, Parameter(negative="")] = False,
    json_file: Annotated[Path | None, Parameter(name="--json")] = None,
    markdown: Path | None = None,
    runs: int = _RUNS,
    only: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    clients: Annotated[tuple[int, ...], Parameter(negative="")] = (),
    seconds: float | None = None,
    against: str | None = None,
) -> None:
    """Measure ours beside its peers: the server on one core, the load on another.

    Args:
        name: transport, arena, matches or kept.
        quick: One run of a few seconds each, and fewer sizes: less than a minute in all, and rough.
        json_file: Where to write the figures.
        markdown: Where to write the tables, as docs/BENCHMARKS.md has them.
        runs: Trials of each server and size, the servers taking turns; what is shown is their median.
        only: Measure this server only. Repeatable.
        clients: Measure with this many clients. Repeatable.
        seconds: How long to measure, in place of 15 (3 when quick).
        against: A git revision: measure our servers as they are there as well, in turns, and print the ratios.
    """
    if name not in BENCHES:
        raise SystemExit(f"tools/bench/run: no benchmark {name!r}; there is {', '.join(BENCHES)}")
    bench, console, cores = BENCHES[name], Console(width=None if os.isatty(1) else 180), Cores.choose()
    if against:
        bench = older.with_revision(bench, against)
        only = (*only, *(older.older(server, against) for server in only))
    if unknown := [server for server in only if server not in bench.servers]:
        raise SystemExit(f"tools/bench/run: {name} has no server {unknown[0]!r}; there is {', '.join(bench.servers)}")
    timing = _QUICK if quick else _TIMING
    if seconds is not None:
        timing = Timing(timing.settle, seconds)
    plan = [
        (server, size)
        for server in bench.servers
        if not only or server in only
        for size in clients or bench.sizes_of(server.partition("@")[0], quick=quick)
    ]
    trials: dict[tuple[str, int], list[dict[str, Any]]] = {item: [] for item in plan}
    # The servers take turns, so that a disturbance that lasts falls on all of them.
    order = sorted(plan, key=lambda item: item[1])
    for turn in range(1 if quick else runs):
        for server, size in order:
            with console.status(f"run {turn + 1}: {server}, {size:,} clients"):
                trials[server, size].append(run_trial(bench.servers[server](size), size, timing, cores))
    results: dict[str, dict[int, dict[str, Any]]] = {}
    for (server, size), done in trials.items():
        results.setdefault(server, {})[size] = report.median(done)
    report.show(console, bench, results)
    if against:
        older.show(console, bench, results, against)
    if markdown:
        markdown.write_text(report.to_markdown(bench, results))
    if json_file:
        about = {**machine.describe(), "commit": _commit(), "versions": installing.versions()}
        json_file.write_text(json.dumps(report.to_json(bench, results, about), indent=2) + "\n")


def _commit() -> str:
    command = ("git", "describe", "--always", "--dirty")
    found = subprocess.run(command, cwd=installing.ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip()


# Ended from outside, it still ends the server and the swarm that it has started.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
try:
    app()
except (TrialFailed, subprocess.CalledProcessError) as error:
    raise SystemExit(f"tools/bench/run: {error}") from error
