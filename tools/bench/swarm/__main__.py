"""``python -m tools.bench.swarm``: puts a server under load and prints what came of it, as JSON.

Runs pinned to one core by whoever starts it. It reads the server's CPU and memory itself, at the moments at which its
own window begins and ends.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import signal
import statistics
import time
import urllib.request
from typing import Any

import attrs

from tools.bench import machine
from tools.bench.swarm.dialects import DIALECTS
from tools.bench.swarm.swarm import Swarm, percentile
from tools.bench.swarm.wire import HOST

_JOIN_SECONDS = 90.0
_RECOVERY_SECONDS = 0.5
"""After a question over HTTP, for which the swarm stands still."""


@attrs.frozen
class Reading:
    """Clocks and counters at one moment."""

    now: float
    server: machine.CpuTime
    own_cpu: float
    core_busy: float
    bytes_in: int
    inputs: int
    blocked: int
    snapshots: dict[int, int]
    lost: int
    skipped: int

    @classmethod
    def take(cls, swarm: Swarm, pid: int, core: int) -> Reading:
        """Read everything now."""
        tally = swarm.tally
        return cls(
            time.monotonic(),
            machine.cpu_time(pid),
            time.process_time(),
            machine.busy_seconds(core),
            tally.bytes_in,
            tally.inputs,
            tally.blocked,
            dict(tally.snapshots),
            tally.lost,
            tally.skipped,
        )


def main() -> None:
    """Let everybody in, let things settle, measure a window, print it."""
    arguments = _arguments()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    swarm = Swarm(DIALECTS[arguments.dialect](), arguments.port, arguments.clients, firing=arguments.firing)
    pid, core = arguments.server_pid, arguments.server_core
    empty = machine.resident_bytes(pid)
    began = time.monotonic()
    swarm.run_until(lambda: swarm.all_in, _JOIN_SECONDS)
    join_seconds = time.monotonic() - began
    gc.collect()
    gc.freeze()
    gc.disable()
    swarm.run_until(lambda: False, arguments.settle)
    dropped = 0
    if arguments.fresh_profile:
        dropped = sum(match["ticks_dropped"] for match in _matches(arguments.port))
        os.kill(pid, signal.SIGUSR1)
        swarm.run_until(lambda: False, _RECOVERY_SECONDS)
    swarm.tally.lateness.clear()
    swarm.tally.in_view.clear()
    start = Reading.take(swarm, pid, core)
    swarm.run_until(lambda: False, arguments.window)
    end = Reading.take(swarm, pid, core)
    result = _result(swarm, start, end)
    result["join_seconds"] = join_seconds
    result["server_kb_per_client"] = (machine.resident_bytes(pid) - empty) / 1024 / max(swarm.joined, 1)
    if arguments.fresh_profile:
        result["matches"] = _matches(arguments.port)
        result["dropped_before"] = dropped
    print(json.dumps(result))


def _result(swarm: Swarm, start: Reading, end: Reading) -> dict[str, Any]:
    seconds = end.now - start.now
    server = end.server.total - start.server.total
    rates = [(count - start.snapshots.get(fd, 0)) / seconds for fd, count in end.snapshots.items()] or [0.0]
    lateness = swarm.tally.lateness
    return {
        "seconds": seconds,
        "joined": swarm.joined,
        "failures": swarm.failures[:3],
        "lost": end.lost,
        "server_cpu": server / seconds,
        "server_kernel_cpu": (end.server.kernel - start.server.kernel) / seconds,
        "other_cpu": (end.core_busy - start.core_busy - server) / seconds,
        "snapshots_min": min(rates),
        "snapshots_median": statistics.median(rates),
        "bytes_per_client_second": (end.bytes_in - start.bytes_in) / seconds / max(swarm.joined, 1),
        "inputs_per_client_second": (end.inputs - start.inputs) / seconds / max(swarm.joined, 1),
        "inputs_blocked": end.blocked - start.blocked,
        "in_view": statistics.fmean(swarm.tally.in_view) if swarm.tally.in_view else None,
        "load_cpu": (end.own_cpu - start.own_cpu) / seconds,
        "load_lag_p99_ms": 1000 * percentile(lateness, 0.99),
        "load_lag_max_ms": 1000 * max(lateness, default=0.0),
        "load_skipped": end.skipped - start.skipped,
    }


def _matches(port: int) -> Any:
    with urllib.request.urlopen(f"http://{HOST}:{port}/api/matches", timeout=10) as response:
        return json.load(response)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench.swarm", description=__doc__)
    parser.add_argument("--dialect", choices=sorted(DIALECTS), required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--server-pid", type=int, required=True)
    parser.add_argument("--server-core", type=int, required=True)
    parser.add_argument("--settle", type=float, default=2.0, help="seconds between the last seat taken and the window")
    parser.add_argument("--window", type=float, default=10.0, help="seconds that are measured")
    parser.add_argument("--firing", action="store_true", help="keep the triggers pulled")
    parser.add_argument(
        "--fresh-profile",
        action="store_true",
        help="have the server forget the ticks before the window (SIGUSR1), and ask it for those of the window",
    )
    return parser.parse_args()


main()
