"""Metrics of this process, from the operating system."""

from __future__ import annotations

import os
import resource
import weakref
from pathlib import Path
from time import process_time
from typing import Final

from game_server.telemetry.metrics import Metric, Reading

_PAGE: Final = resource.getpagesize()
_STARTED_AT: Final = 19
"""Where ``/proc/self/stat`` has the start, counted from after the name; in clock ticks since the machine began."""
_STATM_BYTES: Final = 128
"""Enough for the seven numbers of ``/proc/self/statm``."""
_NO_LABELS: Final[tuple[str, ...]] = ()

VIRTUAL_MEMORY: Final = Metric("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.")
RESIDENT_MEMORY: Final = Metric("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.")
START_TIME: Final = Metric(
    "process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds."
)
CPU: Final = Metric("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.")
OPEN_FDS: Final = Metric("process_open_fds", "gauge", "Number of open file descriptors.")
MAX_FDS: Final = Metric("process_max_fds", "gauge", "Maximum number of open file descriptors.")


class ProcessReader:
    """Reads the metrics of this process; there are none on a system without ``/proc``.

    Files stay open: looking up a path takes ten times as long as reading.
    """

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._open_files = str(proc / "self" / "fd")
        self._memory = -1
        try:
            self._started = _started(proc)
            self._memory = os.open(proc / "self" / "statm", os.O_RDONLY)
        except OSError:
            return
        weakref.finalize(self, os.close, self._memory)
        # Since Linux 6.2 the size of this directory is how many entries there are; before, it was 0.
        self._count_files = _size if _size(self._open_files) else _entries

    def read(self) -> Reading:
        """Return the current value of every metric."""
        if self._memory < 0:
            return {}
        virtual, resident = os.pread(self._memory, _STATM_BYTES, 0).split()[:2]
        return {
            VIRTUAL_MEMORY: {_NO_LABELS: _PAGE * int(virtual)},
            RESIDENT_MEMORY: {_NO_LABELS: _PAGE * int(resident)},
            START_TIME: {_NO_LABELS: self._started},
            CPU: {_NO_LABELS: process_time()},
            OPEN_FDS: {_NO_LABELS: self._count_files(self._open_files)},
            MAX_FDS: {_NO_LABELS: _most_files()},
        }


def _size(path: str) -> int:
    return os.stat(path).st_size


def _entries(path: str) -> int:
    return len(os.listdir(path)) - 1  # without the one that lists them


def _started(proc: Path) -> float:
    """Return when the process started, in Unix time."""
    ticks = int((proc / "self" / "stat").read_bytes().rpartition(b")")[2].split()[_STARTED_AT])
    for line in (proc / "stat").read_bytes().splitlines():
        if line.startswith(b"btime "):
            return int(line.split()[1]) + ticks / os.sysconf("SC_CLK_TCK")
    raise FileNotFoundError(f"{proc}/stat does not say when the machine started")


def _most_files() -> float:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return float("inf") if most == resource.RLIM_INFINITY else most
