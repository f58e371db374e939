"""When the next tick is due: absolute deadlines, bounded catching up, and what is dropped beyond that."""

from __future__ import annotations

from typing import Final

MAX_CATCH_UP: Final = 5
"""Steps that may follow each other without a pause to make up for lateness; older backlog is dropped."""


class TickClock:
    """Deadlines of a fixed tick: tick *n* is due at ``start + n / rate``, however long the ticks before it took.

    A pure function of the times it is told; ``now`` is in seconds of any steady clock.

    Args:
        rate: ticks a second.
        start: when tick 0 was.

    Attributes:
        tick: the last tick begun.
        dropped: ticks' worth of time given up so far. The ticks' numbers stay without gaps: match time stops for as
            long as was dropped.
    """

    def __init__(self, rate: int, start: float) -> None:
        self.rate = rate
        self.tick = 0
        self.dropped = 0
        self._start = start

    @property
    def deadline(self) -> float:
        """When the next tick is due."""
        return self.due(self.tick + 1)

    def due(self, tick: int) -> float:
        """When ``tick`` is due, or would have been, had all that was dropped so far been dropped before it."""
        return self._start + (tick + self.dropped) / self.rate

    def begin(self, now: float) -> float:
        """Begin the next tick and return how late it is, in seconds, 0 or more.

        When more than `MAX_CATCH_UP` further ticks are overdue, the oldest are dropped.
        """
        late = max(0.0, now - self.deadline)
        overdue = int(late * self.rate)
        if overdue > MAX_CATCH_UP:
            self.dropped += overdue - MAX_CATCH_UP
        self.tick += 1
        return late

    def match_time(self, now: float) -> float:
        """Match time in ticks with a fraction: from the tick last begun to as far as catching up can still go.

        Time that is about to be dropped does not count, so that match time stands still and never goes back.
        """
        elapsed = (now - self._start) * self.rate - self.dropped
        return min(max(float(self.tick), elapsed), float(self.tick + 1 + MAX_CATCH_UP))
