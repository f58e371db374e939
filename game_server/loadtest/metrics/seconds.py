"""Cutting what a process measures into seconds, its own CPU time among it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import trio

from game_server.loadtest.metrics.meter import Meter, Second

LAG_EVERY: Final = 0.02
"""SecondCutter from one look at the clock to the next."""

Tell = Callable[[Second], None]


class SecondCutter:
    """The seconds of one process, from ``started`` on the monotonic clock.

    Args:
        tell: is given each second.
    """

    def __init__(self, meter: Meter, tell: Tell, started: float) -> None:
        self._meter = meter
        self._tell = tell
        self._started = started
        self._cut_at = time.monotonic()
        self._cpu = time.process_time()
        self._told = -1
        self._levels: dict[str, float] = {}

    def cut(self) -> None:
        """Tell of the time since the last cut, as the second that ends about now; of no second twice.

        What a process that stood still catches up with is of the second in which it does; in those before, everything
        stood as it had been.
        """
        # A cut comes at the end of its second, or a little later.
        number = round(time.monotonic() - self._started) - 1
        if number <= self._told:
            return
        for missed in range(self._told + 1, number):
            self._tell(Second(missed, dict(self._levels)))
        self._tell_as(number)

    def end(self) -> None:
        """Tell of what came after the last cut, as the second after it."""
        self._tell_as(self._told + 1)

    def _tell_as(self, number: int) -> None:
        now, cpu = time.monotonic(), time.process_time()
        if now - self._cut_at > 0.5:  # Less says nothing of a share.
            self._meter.level("cpu", (cpu - self._cpu) / (now - self._cut_at))
            self._cut_at, self._cpu = now, cpu
        second = self._meter.cut(number)
        self._told = number
        self._levels |= {name: level for name, level in second.levels.items() if name != "cpu"}
        self._tell(second)

    async def run(self) -> None:
        """Cut every second, and watch how late this task gets its turn; until cancelled."""
        offset = trio.current_time() - time.monotonic()
        next_second = self._started + offset + 1
        due = trio.current_time()
        while True:
            due += LAG_EVERY
            await trio.sleep_until(due)
            now = trio.current_time()
            self._meter.record("tester_lag_ms", 1000 * (now - due))
            due = max(due, now - LAG_EVERY)
            if now >= next_second:
                next_second += 1
                self.cut()
