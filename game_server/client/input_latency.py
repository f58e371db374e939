"""Input latency measured from when inputs were due, so that a stall shows in it (no coordinated omission).

A player intends something every tick, whether or not an input can be sent. So intents come at an even rate, and an
input carries all intents since the input before; each intent waits for the snapshot that acknowledges its input or a
newer one. A stall of 500 ms at 30 ticks a second thus gives fifteen samples, from 500 ms down; measuring from the
moment of sending would give one sample or none. The idea is that of wrk2 (Gil Tene, "How NOT to Measure Latency").

An intent that is never acknowledged took at least as long as it was waited for. A few intents are always waiting when a
client leaves, without anything being wrong: so only those count that have waited `OVERDUE_TICKS` longer than the newest
acknowledgement took.
"""

from __future__ import annotations

from collections import deque
from typing import Final

OVERDUE_TICKS: Final = 2
"""Ticks by which something must be later than usual to count as overdue: one may be chance."""
_EASE: Final = 0.05
"""Share of its lateness by which the schedule follows an input that is late by less than an interval: the phase of a
server's ticks may drift, and that is not latency."""
_MOST: Final = 900
"""Inputs that may wait for an acknowledgement: 30 s at 30 ticks a second."""


class InputLatency:
    """The intents of one player. All times are in seconds of one steady clock.

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
        """Note that an input for ``tick`` is sent; ticks must ascend."""
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
                # After a stall the schedule restarts with this input, which carries what is due about now.
                if due <= now + self._interval / 2:
                    carried.append(now)
                due = now + self._interval
        self._due = due
        self._waiting.append((tick, carried))
        if len(self._waiting) > _MOST:
            self._given_up += [now - due for due in self._waiting.popleft()[1]]

    def take_unanswered(self) -> list[float]:
        """Return how long intents waited that were given up since the last call, because too many inputs waited."""
        given_up, self._given_up = self._given_up, []
        return given_up

    def answer(self, ack: int, now: float) -> list[float]:
        """Return the latencies of all intents acknowledged by ``ack``, the tick of the newest input used."""
        latencies = []
        while self._waiting and self._waiting[0][0] <= ack:
            latencies += [now - due for due in self._waiting.popleft()[1]]
        if latencies:
            self._usual = latencies[-1]
        return latencies

    def end(self, now: float) -> list[float]:
        """Return how long each overdue intent has waited, sent or not; nothing is acknowledged any more."""
        dues = [due for _, carried in self._waiting for due in carried]
        if self._due is not None:
            unsent = int(max(0.0, now - self._due) / self._interval) + 1
            dues += [self._due + step * self._interval for step in range(unsent)]
        self._waiting.clear()
        self._due = None
        overdue = self._usual + OVERDUE_TICKS * self._interval
        return [now - due for due in dues if now - due > overdue]
