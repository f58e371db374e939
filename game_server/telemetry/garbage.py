"""The cyclic garbage collector, run between ticks and not in the middle of one."""

from __future__ import annotations

import ctypes
import gc
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from game_server.telemetry.histogram import Histogram


class Heap:
    """That of this process."""

    def __init__(self) -> None:
        try:
            self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        except (OSError, TypeError):  # no such thing as the program itself, on Windows
            self._trim = None

    def give_back(self) -> bool:
        """Give whole pages that are free back to the system: about a millisecond for 20 MB.

        glibc does that by itself only at the end of the heap, and what lives there keeps all before it.

        Returns:
            Whether there was anything; False where the C library cannot tell.
        """
        return bool(self._trim and self._trim(0))


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
TRIM_PERIOD: Final = 10.0
"""Seconds between two times at which the heap is given back."""
TRIM_SECONDS: Final = 0.003
"""What that may take."""
_CREEP: Final = 1.25
"""By how much a collection that was interrupted may raise what is thought of the next."""

KINDS: Final = ("young", "full", "trim")


class Garbage:
    """When to collect what. One for a process, however many matches it has.

    A collection takes as long as there are objects to look at, and a thousand connections have 200,000: to look at
    them all is to miss several ticks. Nearly all of them live for long, so each is looked at once, soon after it was
    made, and frozen then (`gc.freeze`). What is left of connections that have gone, in cycles, waits until as many old
    objects have died as there are. Of a connection nearly everything dies by itself, so that comes about.

    How many objects there are is told from the blocks of memory in use, whose number Python knows: to count them
    (`gc.get_freeze_count`) is to look at each, which takes as long as some ticks.

    What the C library has free is given back to the system now and then, too: the greetings of a thousand who come at
    once leave megabytes behind, in between what lives on.

    Attributes:
        pauses: how long each of `KINDS` took.
    """

    def __init__(self) -> None:
        self.pauses = tuple(Histogram() for _ in KINDS)
        self._heap = Heap()
        self._young_at = -math.inf
        self._weigh_at = self._trim_at = math.nan
        self._due_since = math.inf
        """Since when a full collection is due; infinite when none is."""
        self._per_object = 0.0
        """Seconds that it takes to look at one."""
        self._old = 0
        """Objects that were frozen since the last full collection, or lived on after it."""
        self._alive = 0
        """How many of them there are, about."""
        self._objects_per_block = 0.0

    @contextmanager
    def tamed(self) -> Iterator[None]:
        """Inside, nothing is collected but by `collect`, and what is there already is seldom looked at again."""
        gc.collect()
        gc.freeze()
        gc.disable()
        self._count()
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
        if math.isnan(self._weigh_at):
            self._weigh_at, self._trim_at = now + FULL_PERIOD, now + TRIM_PERIOD
        if self._full_is_due(now) and self._full_fits(now, left):
            return self._collect_full(now)
        young = gc.get_count()[0]
        due = young >= YOUNG or now >= self._young_at
        fits = young * self._per_object < left
        if due and (fits or young >= CROWD or now > self._young_at + PATIENCE * YOUNG_PERIOD):
            return self._collect_young(now, young)
        if now >= self._trim_at and (left > TRIM_SECONDS or now >= self._trim_at + TRIM_PERIOD):
            return self._trim(now)
        return None

    def _collect_young(self, now: float, young: int) -> str:
        began = perf_counter()
        gc.collect(0)
        gc.freeze()
        took = perf_counter() - began
        self.pauses[0].record(took)
        if young >= YOUNG:
            known = self._per_object or math.inf
            self._per_object = min(took / young, _CREEP * known)
        self._old += young
        self._young_at = now + YOUNG_PERIOD
        return "young"

    def _full_is_due(self, now: float) -> bool:
        if now >= self._weigh_at:
            self._weigh_at = now + FULL_PERIOD
            self._alive = round(sys.getallocatedblocks() * self._objects_per_block)
            if self._old - self._alive >= max(FULL_LEAST, self._alive):
                self._due_since = min(self._due_since, now)
        return now >= self._due_since

    def _full_fits(self, now: float, left: float) -> bool:
        return self._alive * self._per_object < left or now >= self._due_since + PATIENCE * FULL_PERIOD

    def _collect_full(self, now: float) -> str:
        began = perf_counter()
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._count()
        self.pauses[1].record(perf_counter() - began)
        self._weigh_at, self._due_since = now + FULL_PERIOD, math.inf
        return "full"

    def _trim(self, now: float) -> str:
        began = perf_counter()
        self._heap.give_back()
        self.pauses[2].record(perf_counter() - began)
        self._trim_at = now + TRIM_PERIOD
        return "trim"

    def _count(self) -> None:
        """All that there is is frozen, and has just been looked at: the one time to count it."""
        self._old = gc.get_freeze_count()
        self._objects_per_block = self._old / sys.getallocatedblocks()
