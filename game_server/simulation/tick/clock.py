"""The clock of a fixed tick: absolute deadlines, bounded catching up, and dropped time beyond that."""

from __future__ import annotations

from typing import Final

MAX_CATCH_UP: Final = 5
"""Ticks that may follow each other without a pause to make up for lateness; older backlog is dropped.

At 30 ticks a second that makes up for a pause of 0.17 s. More would turn a long pause into a burst of ticks for which
no inputs have come, and would never end on a machine that is too slow.
"""


class TickClock:
    """Deadlines of a fixed tick: tick *n* is due at ``start + n / rate``, however long the ticks before it took.

    It reads no clock: ``now`` is in seconds of any steady one.

    Args:
        rate: ticks a second.
        start: when tick 0 was due.

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
        """When the next tick is due, in seconds."""
        return self.due(self.tick + 1)

    def due(self, tick: int) -> float:
        """Return when ``tick`` is due, as if all time dropped so far had been dropped before it."""
        return self._start + (tick + self.dropped) / self.rate

    def begin(self, now: float) -> float:
        """Begin the next tick, and return how late it is: seconds, 0 or more.

        When more than `MAX_CATCH_UP` further ticks are overdue, the oldest are dropped.
        """
        late = max(0.0, now - self.deadline)
        overdue = int(late * self.rate)
        if overdue > MAX_CATCH_UP:
            self.dropped += overdue - MAX_CATCH_UP
        self.tick += 1
        return late

    def match_time(self, now: float) -> float:
        """Return the match time in ticks with a fraction, between the tick last begun and how far catching up can go.

        Time that is about to be dropped does not count, so that match time stands still and never goes back.
        """
        elapsed = (now - self._start) * self.rate - self.dropped
        return min(max(float(self.tick), elapsed), float(self.tick + 1 + MAX_CATCH_UP))
