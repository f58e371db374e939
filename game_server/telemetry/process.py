"""What the operating system tells of this process."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Final

from game_server.telemetry.metrics import Metric, Reading

_PAGE: Final = resource.getpagesize()
_STARTED_AT: Final = 19
"""Where ``/proc/self/stat`` has the start, counted from after the name; in clock ticks since the machine began."""
_NO_LABELS: Final[tuple[str, ...]] = ()

VIRTUAL_MEMORY: Final = Metric("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.")
RESIDENT_MEMORY: Final = Metric("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.")
START_TIME: Final = Metric(
    "process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds."
)
CPU: Final = Metric("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.")
OPEN_FDS: Final = Metric("process_open_fds", "gauge", "Number of open file descriptors.")
MAX_FDS: Final = Metric("process_max_fds", "gauge", "Maximum number of open file descriptors.")


def process_reader(proc: Path = Path("/proc")) -> Callable[[], Reading]:
    """A function that reads the metrics of this process; where there is no ``proc``, it finds none."""
    own = proc / "self"
    try:
        started = _started(proc)
    except OSError:
        return dict
    statm, open_files = str(own / "statm"), str(own / "fd")

    def read() -> Reading:
        try:
            with open(statm, "rb", buffering=0) as file:
                virtual, resident = file.read(64).split(maxsplit=2)[:2]
            files = len(os.listdir(open_files))
        except OSError:
            return {}
        return {
            VIRTUAL_MEMORY: {_NO_LABELS: _PAGE * int(virtual)},
            RESIDENT_MEMORY: {_NO_LABELS: _PAGE * int(resident)},
            START_TIME: {_NO_LABELS: started},
            CPU: {_NO_LABELS: process_time()},
            OPEN_FDS: {_NO_LABELS: files},
            MAX_FDS: {_NO_LABELS: _most_files()},
        }

    return read


def _started(proc: Path) -> float:
    """In Unix time."""
    ticks = int((proc / "self" / "stat").read_bytes().rpartition(b")")[2].split()[_STARTED_AT])
    for line in (proc / "stat").read_bytes().splitlines():
        if line.startswith(b"btime "):
            return int(line.split()[1]) + ticks / os.sysconf("SC_CLK_TCK")
    raise FileNotFoundError(f"{proc}/stat does not tell when the machine began")


def _most_files() -> float:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return float("inf") if most == resource.RLIM_INFINITY else most
