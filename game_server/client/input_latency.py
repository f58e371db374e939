"""When inputs were due, so that a stall shows in their latency (no coordinated omission).

A player means something every tick, whether or not an input can be sent. So intents come at an even rate, and an input
carries all that have come since the one before; each waits for the snapshot that acknowledges its input or a newer one.
After a stall of 500 ms there are fifteen samples, from 500 ms down, where counting from the sending has one or none.
The idea is that of wrk2 (Gil Tene, "How NOT to Measure Latency").

What is never answered has taken so long at least as it was waited for. At the end of a healthy stay a few intents wait
as well, which had no time to be answered and tell nothing: so only those count that have waited for `OVERDUE_TICKS`
longer than the newest answer took.
"""

from __future__ import annotations

from collections import deque
from typing import Final

OVERDUE_TICKS: Final = 2
"""Ticks, or intervals, by which something has to be later than usual to be more than chance."""
_EASE: Final = 0.05
"""By which share of its lateness the schedule follows an input that is late by less than an interval: the phase of a
server's ticks may drift, which is nobody's latency."""
_MOST: Final = 900
"""Inputs that may wait for their acknowledgement."""


class InputLatency:
    """The intents of one player. Times in seconds of one steady clock.

    Args:
        interval: from one intent to the next.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._due: float | None = None
        self._waiting: deque[tuple[int, list[float]]] = deque()
        self._given_up: list[float] = []
        self._usual = 0.0

    def send(self, tick: int, now: float) -> None:
        """An input for ``tick`` is sent; ticks ascend."""
        due = now if self._due is None else self._due
        carried = []
        if due <= now + self._interval / 2:
            late = max(0.0, now - due)
            carried.append(min(due, now))
            due += self._interval
            while due <= now:
                carried.append(due)
                due += self._interval
            if len(carried) == 1:
                due += _EASE * late
            else:
                # After a stall the schedule begins anew with this input: what is due about now goes with it.
                if due <= now + self._interval / 2:
                    carried.append(now)
                due = now + self._interval
        self._due = due
        self._waiting.append((tick, carried))
        if len(self._waiting) > _MOST:
            self._given_up += [now - due for due in self._waiting.popleft()[1]]

    def take_unanswered(self) -> list[float]:
        """How long the intents waited that were given up since the last time, because too many inputs were waiting."""
        given_up, self._given_up = self._given_up, []
        return given_up

    def answer(self, ack: int, now: float) -> list[float]:
        """The newest input used is that for ``ack``: the latencies of all intents that are answered by it."""
        latencies = []
        while self._waiting and self._waiting[0][0] <= ack:
            latencies += [now - due for due in self._waiting.popleft()[1]]
        if latencies:
            self._usual = latencies[-1]
        return latencies

    def end(self, now: float) -> list[float]:
        """Nothing is answered any more: how long those intents have waited that are overdue, sent or not."""
        dues = [due for _, carried in self._waiting for due in carried]
        if self._due is not None:
            unsent = int(max(0.0, now - self._due) / self._interval) + 1
            dues += [self._due + step * self._interval for step in range(unsent)]
        self._waiting.clear()
        self._due = None
        overdue = self._usual + OVERDUE_TICKS * self._interval
        return [now - due for due in dues if now - due > overdue]
