"""Garbage collection between ticks: Python's cyclic collector, and free memory returned to the system."""

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
    """The heap of the C library in this process."""

    def __init__(self) -> None:
        try:
            self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        except (OSError, TypeError):  # no such thing as the program itself, on Windows
            self._trim = None

    def give_back(self) -> bool:
        """Return free pages to the system: about a millisecond for 20 MB.

        glibc by itself does so only at the end of the heap, where one live object keeps everything before it.

        Returns:
            Whether anything was returned; False where the C library has no ``malloc_trim``.
        """
        return bool(self._trim and self._trim(0))


YOUNG: Final = 4000
"""Young objects that are collected together: that takes about 2 ms."""
YOUNG_PERIOD: Final = 1.0
"""Seconds after which they are collected even if they are fewer."""
CROWD: Final = 10 * YOUNG
"""Young objects that are collected even if that makes the next tick late."""
FULL_PERIOD: Final = 60.0
"""Seconds between two checks of whether enough old objects have died for a full collection."""
FULL_LEAST: Final = 50_000
"""Old objects that must have died for a full collection."""
PATIENCE: Final = 10
"""Periods after which a collection that never fits between two ticks is made regardless."""
TRIM_PERIOD: Final = 10.0
"""Seconds between two trims of the heap."""
TRIM_SECONDS: Final = 0.003
"""Seconds that a trim may take."""
_CREEP: Final = 1.25
"""Factor by which one slow collection, which another process may have interrupted, raises the next estimate."""

KINDS: Final = ("young", "full", "trim")


class Garbage:
    """Decides when to collect what. One serves a process, however many matches it has.

    A collection takes time for every object it visits, and a thousand connections have 200,000: a full collection would
    take several ticks. Nearly all objects live long, so each is visited once, soon after it was made, and then frozen
    (`gc.freeze`). Cycles left by connections that have gone wait until as many old objects have died as are alive;
    nearly everything of a connection is freed by its reference count, so that happens seldom.

    The number of objects is estimated from the memory blocks in use, which Python counts: `gc.get_freeze_count` visits
    every object, which takes several ticks.

    Memory that the C library holds free is returned to the system now and then: a thousand players who join at once
    leave megabytes of holes between objects that live on.

    Attributes:
        pauses: how long each of `KINDS` took.
    """

    def __init__(self) -> None:
        self.pauses = tuple(Histogram() for _ in KINDS)
        self._heap = Heap()
        self._young_at = -math.inf
        self._weigh_at = self._trim_at = math.nan
        self._due_since = math.inf
        """When the full collection became due, in seconds; infinite when none is."""
        self._per_object = 0.0
        """Seconds that visiting an object takes."""
        self._old = 0
        """Objects that were frozen since the last full collection, or survived it."""
        self._alive = 0
        """Estimate of how many of these are alive."""
        self._objects_per_block = 0.0

    @contextmanager
    def tamed(self) -> Iterator[None]:
        """Inside the ``with``, only `collect` collects, and objects that exist already are seldom visited again."""
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
        """Collect what is due, if there is time for it before ``until``; outside of `tamed`, too, as at the start.

        Args:
            now: in seconds of any steady clock.
            until: when the next tick is due, on the same clock.

        Returns:
            Which of `KINDS` was collected; None if none was.
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
        """Count the objects, all of which are frozen and were just visited anyway."""
        self._old = gc.get_freeze_count()
        self._objects_per_block = self._old / sys.getallocatedblocks()
