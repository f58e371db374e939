"""The cyclic garbage collector, run between ticks and not in the middle of one."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from game_server.telemetry.histogram import Histogram

YOUNG: Final = 4000
"""Objects that are looked at together: that takes about 2 ms."""
YOUNG_PERIOD: Final = 1.0
"""Seconds after which they are looked at, though they are fewer."""
CROWD: Final = 10 * YOUNG
"""Young objects that are looked at even when there is no time for it before the next tick."""
FULL_PERIOD: Final = 60.0
"""Seconds between two looks at whether so many of the old objects have died that the others are worth a look."""
FULL_LEAST: Final = 50_000
"""Old objects that must have died for that."""
PATIENCE: Final = 10
"""Periods after which a collection that never fits between two ticks is made all the same."""

KINDS: Final = ("young", "full")


class Garbage:
    """When to collect what. One for a process, however many matches it has.

    A collection takes as long as there are objects to look at, and a thousand connections have 200,000: to look at
    them all is to miss several ticks. Nearly all of them live for long, so each is looked at once, soon after it was
    made, and frozen then (`gc.freeze`). What is left of connections that have gone, in cycles, waits until as many old
    objects have died as there are. Of a connection nearly everything dies by itself, so that comes about.

    Attributes:
        pauses: how long collections of each of `KINDS` took.
    """

    def __init__(self) -> None:
        self.pauses = tuple(Histogram() for _ in KINDS)
        self._young_at = float("-inf")
        self._full_at = float("-inf")
        self._per_object = 0.0
        """Seconds that it takes to look at one."""
        self._old = 0
        """Objects that were frozen since the last full collection, or lived on after it."""

    @contextmanager
    def tamed(self) -> Iterator[None]:
        """Inside, nothing is collected but by `collect`, and what is there already is seldom looked at again."""
        gc.collect()
        gc.freeze()
        gc.disable()
        self._old = gc.get_freeze_count()
        try:
            yield
        finally:
            gc.enable()
            gc.unfreeze()

    def collect(self, now: float, until: float) -> str | None:
        """Collect what is due, if there is time for it before ``until``.

        Args:
            now: in seconds of any steady clock.
            until: when the next tick is due, on the same clock.

        Returns:
            Which of `KINDS` was collected; None for none.
        """
        left = until - now
        if self._full_at == float("-inf"):
            self._full_at = now + FULL_PERIOD
        if now >= self._full_at and self._collect_full(now, left):
            return "full"
        young = gc.get_count()[0]
        due = young >= YOUNG or now >= self._young_at
        fits = young * self._per_object < left
        if due and (fits or young >= CROWD or now > self._young_at + PATIENCE * YOUNG_PERIOD):
            self._collect_young(now, young)
            return "young"
        return None

    def _collect_young(self, now: float, young: int) -> None:
        began = perf_counter()
        gc.collect(0)
        gc.freeze()
        took = perf_counter() - began
        self.pauses[0].record(took)
        if young >= YOUNG:
            self._per_object = took / young
        self._old += young
        self._young_at = now + YOUNG_PERIOD

    def _collect_full(self, now: float, left: float) -> bool:
        alive = gc.get_freeze_count()
        if self._old - alive < max(FULL_LEAST, alive):
            self._full_at = now + FULL_PERIOD
            return False
        if alive * self._per_object >= left and now < self._full_at + PATIENCE * FULL_PERIOD:
            return False
        began = perf_counter()
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self.pauses[1].record(perf_counter() - began)
        self._old = gc.get_freeze_count()
        self._full_at = now + FULL_PERIOD
        return True
