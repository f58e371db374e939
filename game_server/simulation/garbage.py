"""The cyclic garbage collector, run between ticks and not in the middle of one."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from game_server.telemetry.histogram import Histogram

PERIODS: Final = (1.0, 10.0, 60.0)
"""Seconds between collections of each generation; with one, the younger are collected, too."""
PATIENCE: Final = 10
"""Periods after which a collection that never fits between two ticks is made all the same."""


class Garbage:
    """When to collect what. One for a process, however many matches it has.

    Attributes:
        pauses: how long collections of each generation took.
    """

    def __init__(self) -> None:
        self.pauses = tuple(Histogram() for _ in PERIODS)
        self._due = [0.0, 0.0, 0.0]
        self._took = [0.0, 0.0, 0.0]

    @contextmanager
    def tamed(self) -> Iterator[None]:
        """Inside, nothing is collected but by `collect`, and what is there already is never looked at again.

        What a process has after starting, its modules most of all, lives as long as it does: `gc.freeze`.
        """
        gc.collect()
        gc.freeze()
        gc.disable()
        try:
            yield
        finally:
            gc.enable()
            gc.unfreeze()

    def collect(self, now: float, until: float) -> int | None:
        """Collect the oldest generation that is due, if as long as it took last time is left before ``until``.

        Args:
            now: in seconds of any steady clock.
            until: when the next tick is due, on the same clock.

        Returns:
            The generation that was collected, 0 to 2; None for none.
        """
        for generation in (2, 1, 0):
            overdue = now - self._due[generation]
            fits = self._took[generation] < until - now
            if overdue >= 0 and (fits or overdue > PATIENCE * PERIODS[generation]):
                began = perf_counter()
                gc.collect(generation)
                self._took[generation] = took = perf_counter() - began
                self.pauses[generation].record(took)
                for younger in range(generation + 1):
                    self._due[younger] = now + PERIODS[younger]
                return generation
        return None
