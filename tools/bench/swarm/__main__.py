"""``python -m tools.bench.swarm``: puts a server under load and prints what came of it, as JSON.

The caller pins it to one core. It reads the server's CPU and memory itself, at the moments at which its
own window begins and ends.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import statistics
import time
import urllib.request
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from game_server.loadtest.metrics.meter import Meter, Second
from game_server.loadtest.scenario.scenario import Life
from game_server.loadtest.swarm.connecting import ServerAddress
from game_server.loadtest.swarm.sample_reader import SampleReader
from game_server.loadtest.swarm.swarm import Swarm
from game_server.loadtest.worker import raise_file_limit
from tools.bench import machine
from tools.bench.swarm.adapters import ADAPTERS

HOST: Final = "127.0.0.1"
_JOIN_SECONDS = 90.0
_COMING = 500.0
"""Clients a second; those who are not let in so quickly wait."""
_LOOK = 0.05
_RECOVERY_SECONDS = 0.5
"""After a question over HTTP, for which the swarm stands still."""


@attrs.frozen
class Reading:
    """Clocks and counters at one moment."""

    now: float
    server: machine.CpuTime
    """Of all processes of the server."""
    own_cpu: float
    core_busy: float
    snapshots: npt.NDArray[np.int64]

    @classmethod
    def take(cls, swarm: Swarm, pid: int, core: int) -> Reading:
        """Read everything now."""
        return cls(
            time.monotonic(),
            machine.CpuTime(*map(sum, zip(*map(machine.cpu_time, machine.family(pid)), strict=True))),
            time.process_time(),
            machine.busy_seconds(core),
            swarm.clients.snapshots[[slot for slot, fd in enumerate(swarm.clients.fds) if fd >= 0]],
        )


def main() -> None:
    """Let everybody in, let things settle, measure a window, print it."""
    arguments = _arguments()
    raise_file_limit()
    pid, core, clients = arguments.server_pid, arguments.server_core, arguments.clients
    empty = _memory(pid)
    meter, began = Meter(), time.monotonic()
    swarm = Swarm(
        ADAPTERS[arguments.adapter](),
        ServerAddress.of(HOST, arguments.port, f"{HOST}:{arguments.port}"),
        [match["id"] for match in _matches(arguments.port)] if arguments.spread else [""],
        [Life(number, number / _COMING) for number in range(clients)],
        clients,
        meter,
        began,
        firing=arguments.firing,
    )
    while swarm.clients.taken < clients and time.monotonic() < began + _JOIN_SECONDS:
        if not swarm.play(time.monotonic() + _LOOK):
            break
    joined, join_seconds = swarm.clients.taken, time.monotonic() - began
    gc.collect()
    gc.freeze()
    gc.disable()
    swarm.play(time.monotonic() + arguments.settle)
    if arguments.fresh_profile:
        os.kill(pid, signal.SIGUSR1)
        swarm.play(time.monotonic() + _RECOVERY_SECONDS)
    before = meter.cut(0)
    start = Reading.take(swarm, pid, core)
    swarm.play(start.now + arguments.window)
    end = Reading.take(swarm, pid, core)
    window = meter.cut(1)
    result = _result(window, joined, start, end)
    result["failures"] = [*before.kinds["failures"], *window.kinds["failures"]][:3]
    in_view = [sample.in_view for sample in swarm.samples if isinstance(sample, SampleReader)]
    result["in_view"] = statistics.fmean(in_view) if in_view else None
    result["join_seconds"] = join_seconds
    result["server_kb_per_client"] = (_memory(pid) - empty) / 1024 / max(joined, 1)
    if arguments.fresh_profile:
        result["matches"] = _matches(arguments.port)
    print(json.dumps(result))


def _result(window: Second, joined: int, start: Reading, end: Reading) -> dict[str, Any]:
    seconds = end.now - start.now
    server = end.server.total - start.server.total
    alike = len(start.snapshots) == len(end.snapshots)
    rates = ((end.snapshots - start.snapshots) / seconds).tolist() if alike and len(end.snapshots) else [0.0]
    if "tester_lag_ms" not in window.spreads:
        raise SystemExit(f"nobody was left to play: {window.kinds['failures']}")
    counts, lag = window.counts, window.spreads["tester_lag_ms"]
    return {
        "seconds": seconds,
        "joined": joined,
        "lost": counts["lost_links"],
        "server_cpu": server / seconds,
        "server_kernel_cpu": (end.server.kernel - start.server.kernel) / seconds,
        "other_cpu": (end.core_busy - start.core_busy - server) / seconds,
        "snapshots_min": min(rates),
        "snapshots_median": statistics.median(rates),
        "bytes_per_client_second": counts["bytes_in"] / seconds / max(joined, 1),
        "inputs_per_client_second": counts["inputs"] / seconds / max(joined, 1),
        "inputs_blocked": counts["inputs_blocked"],
        "load_cpu": (end.own_cpu - start.own_cpu) / seconds,
        "load_lag_p99_ms": lag.percentile(99) or 0.0,
        "load_lag_max_ms": lag.max,
        "load_skipped": counts["late_turns"],
    }


def _memory(pid: int) -> int:
    return sum(map(machine.resident_bytes, machine.family(pid)))


def _matches(port: int) -> Any:
    with urllib.request.urlopen(f"http://{HOST}:{port}/api/matches", timeout=10) as response:
        return json.load(response)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench.swarm", description=__doc__)
    parser.add_argument("--adapter", choices=sorted(ADAPTERS), required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--server-pid", type=int, required=True)
    parser.add_argument("--server-core", type=int, required=True)
    parser.add_argument("--settle", type=float, default=2.0, help="seconds between the last seat taken and the window")
    parser.add_argument("--window", type=float, default=10.0, help="seconds that are measured")
    parser.add_argument("--firing", action="store_true", help="keep the triggers pulled")
    parser.add_argument("--spread", action="store_true", help="join the server's matches in turn, each by its code")
    parser.add_argument(
        "--fresh-profile",
        action="store_true",
        help="have the server forget the ticks before the window (SIGUSR1), and ask it for those of the window",
    )
    return parser.parse_args()


main()
