"""What the machine says about itself, its cores and a process: everything from /proc."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Final, NamedTuple

import attrs

_HZ: Final = os.sysconf("SC_CLK_TCK")
_AFTER_NAME: Final = 2
"""Where in /proc/PID/stat the fields after the name begin, counted from 1 as proc(5) does: at the third."""


@attrs.frozen
class Cores:
    """Which core runs what."""

    server: int
    load: int

    @classmethod
    def choose(cls) -> Cores:
        """The last core for the server, as the first is the one that most interrupts go to.

        Raises:
            RuntimeError: there is only one.
        """
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 2:
            raise RuntimeError("one core cannot hold a server and its load; a benchmark needs two")
        return cls(server=cores[-1], load=cores[0])


class CpuTime(NamedTuple):
    """CPU time in seconds, to 10 ms."""

    user: float
    kernel: float

    @property
    def total(self) -> float:
        """In both modes."""
        return self.user + self.kernel


def cpu_time(pid: int) -> CpuTime:
    """What all threads of a process have used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, kernel = fields[14 - _AFTER_NAME - 1], fields[15 - _AFTER_NAME - 1]
    return CpuTime(int(user) / _HZ, int(kernel) / _HZ)


def family(pid: int) -> list[int]:
    """A process and all that it has started, as they are now."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in family(int(child)))]


def resident_bytes(pid: int) -> int:
    """Memory of a process that is in RAM."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def busy_seconds(core: int) -> float:
    """Time that a core has worked for anybody, this machine's hypervisor included."""
    line = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith(f"cpu{core} "))
    user, nice, system, _idle, _iowait, irq, softirq, steal = (int(field) for field in line.split()[1:9])
    return (user + nice + system + irq + softirq + steal) / _HZ


def describe() -> dict[str, str | int]:
    """What a reader of figures needs to know about where they were taken."""
    models = {line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")}
    return {
        "cpu": ", ".join(sorted(models)) or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": ".".join(platform.release().split(".")[:2]),
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()
