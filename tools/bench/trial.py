"""One trial: a server on one core, the swarm on another, and what was measured."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import attrs

from tools.bench.installing import ROOT
from tools.bench.machine import Cores

FIRST_PORT: Final = 9100
_START_SECONDS: Final = 20.0
_STOP_SECONDS: Final = 5.0
_SWARM_SECONDS: Final = 150.0
LOAD_LIMIT: Final = 0.8
"""Share of its core above which the swarm's figures say more about itself than about the server."""
NOISE_LIMIT: Final = 0.05
"""Share of the server's core that others may take before a trial counts as disturbed."""

KEEPING_UP: Final = 28.0
"""Snapshots a second, of 30, below which a server is overloaded and its CPU figure means little."""


class TrialFailed(Exception):
    """A server or the swarm did not do what it was started for."""


@attrs.frozen
class Launch:
    """How to start a server: its command without the port, which goes in at `PORT`, and variables for it."""

    command: tuple[str, ...]
    adapter: str
    environment: Mapping[str, str] = {}
    firing: bool = False
    profiled: bool = False
    """Whether it measures its own ticks, as ours does."""
    spread: bool = False
    """Whether clients join its matches by their codes."""
    root: Path = ROOT
    """The checkout in which it runs."""


PORT: Final = "PORT"


@attrs.frozen
class Timing:
    """Seconds to let things settle, and to measure."""

    settle: float
    window: float


def run_trial(launch: Launch, clients: int, timing: Timing, cores: Cores) -> dict[str, Any]:
    """Start the server, put it under load, stop it, and say what was measured.

    Raises:
        TrialFailed: the server or the swarm did not start or ended by itself.
    """
    port = free_port()
    with running(launch, port, cores) as server:
        command = [sys.executable, "-m", "tools.bench.swarm", "--adapter", launch.adapter, "--port", str(port)]
        command += ["--clients", str(clients), "--server-pid", str(server.pid), "--server-core", str(cores.server)]
        command += ["--settle", str(timing.settle), "--window", str(timing.window)]
        command += ["--firing"] * launch.firing + ["--fresh-profile"] * launch.profiled
        command += ["--spread"] * launch.spread
        with on(cores.load):
            done = subprocess.run(
                command,
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=_SWARM_SECONDS + timing.settle + timing.window,
                check=False,
            )
        if done.returncode:
            raise TrialFailed(f"the swarm failed:\n{done.stderr[-2000:]}")
        return figures(json.loads(done.stdout), clients)


def figures(raw: dict[str, Any], clients: int) -> dict[str, Any]:
    """What the swarm measured, in the units of the report."""
    found = {
        "clients": clients,
        "joined": raw["joined"],
        "lost": raw["lost"],
        "join_seconds": round(raw["join_seconds"], 2),
        "cpu_us_per_client_second": round(raw["server_cpu"] / max(raw["joined"], 1) * 1e6, 1),
        "cpu_core": round(raw["server_cpu"], 3),
        "kernel_share": round(raw["server_kernel_cpu"] / raw["server_cpu"], 2) if raw["server_cpu"] else 0.0,
        "snapshots_min": round(raw["snapshots_min"], 2),
        "snapshots_median": round(raw["snapshots_median"], 2),
        "bytes_per_client_second": round(raw["bytes_per_client_second"]),
        "inputs_per_client_second": round(raw["inputs_per_client_second"], 2),
        "memory_kb_per_client": round(raw["server_kb_per_client"], 1),
        "players_in_view": None if raw["in_view"] is None else round(raw["in_view"], 1),
        "load_core": round(raw["load_cpu"], 3),
        "load_lag_p99_ms": round(raw["load_lag_p99_ms"], 2),
        "others_core": round(max(0.0, raw["other_cpu"]), 3),
        "seconds": round(raw["seconds"], 2),
        "failures": raw["failures"],
    }
    if "matches" in raw:
        found |= _ticks(raw["matches"])
    complaints = []
    if raw["load_cpu"] > LOAD_LIMIT:
        complaints.append(f"the load took {raw['load_cpu']:.0%} of its core")
    if raw["load_skipped"]:
        complaints.append(f"the load left out {raw['load_skipped']} turns")
    if raw["lost"]:
        complaints.append(f"{raw['lost']} clients lost their connection")
    if raw["joined"] < clients:
        complaints.append(f"only {raw['joined']} of {clients} clients got in")
    if found["others_core"] > NOISE_LIMIT:
        complaints.append(f"others took {found['others_core']:.0%} of the server's core")
    found["keeps_up"] = found["snapshots_median"] >= KEEPING_UP
    found["valid"] = not complaints
    found["complaints"] = complaints
    return found


def _ticks(matches: list[dict[str, Any]]) -> dict[str, Any]:
    """The worst of the matches, which are alike."""
    found: dict[str, Any] = {"ticks_dropped": sum(match["ticks_dropped"] for match in matches)}
    for ours, theirs in (("tick_ms", "tick_duration_ms"), ("tick_lateness_ms", "tick_lateness_ms")):
        for share in ("p50", "p99"):
            found[f"{ours}_{share}"] = max(match[theirs][share] for match in matches)
    phases = matches[0]["tick_phases_ms"]
    found["phases_ms_p50"] = {name: max(match["tick_phases_ms"][name]["p50"] for match in matches) for name in phases}
    return found


@contextmanager
def running(launch: Launch, port: int, cores: Cores) -> Iterator[subprocess.Popen[str]]:
    """A server that listens at ``port`` until the ``with`` is left.

    Raises:
        TrialFailed: as `wait_until_it_listens`.
    """
    command = [str(port) if part == PORT else part for part in launch.command]
    environment = {**os.environ, **launch.environment}
    with on(cores.server):
        server = subprocess.Popen(command, cwd=launch.root, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        wait_until_it_listens(server)
        yield server
    finally:
        server.terminate()
        try:
            server.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextmanager
def on(core: int) -> Iterator[None]:
    """Processes started in here, and all their threads, stay on ``core``."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def wait_until_it_listens(server: subprocess.Popen[str]) -> None:
    """Return when ``server`` has printed where it listens.

    Raises:
        TrialFailed: it has ended, or does not listen within `_START_SECONDS`.
    """
    assert server.stdout is not None
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        ready, _, _ = select.select([server.stdout], [], [], 0.5)
        if not ready:
            continue
        line = server.stdout.readline()
        if line.startswith("Listening"):
            return
        if not line:
            raise TrialFailed(f"{server.args!r} ended with {server.wait(_STOP_SECONDS)} before it listened")
    raise TrialFailed(f"{server.args!r} does not listen after {_START_SECONDS:g} s")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses just now. Raises as `free_ports`."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody uses just now.

    Raises:
        TrialFailed: there are fewer.
    """
    found: list[int] = []
    for port in range(FIRST_PORT, FIRST_PORT + 400):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
            if len(found) == count:
                return found
    raise TrialFailed(f"only {len(found)} free ports from {FIRST_PORT} on")
