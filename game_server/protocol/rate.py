"""A token bucket: bursts, then a steady rate."""

from __future__ import annotations


class TokenBucket:
    """Allows ``capacity`` things at once, and ``refill`` a second after that.

    ``now`` is in seconds of any steady clock; a clock that goes back refills nothing.
    """

    def __init__(self, capacity: float, refill: float, now: float) -> None:
        self._capacity = capacity
        self._refill = refill
        self._tokens = capacity
        self._then = now

    def take(self, now: float) -> bool:
        """Whether one more thing is allowed at ``now``; if so, it counts."""
        self._tokens = min(self._capacity, self._tokens + max(0.0, now - self._then) * self._refill)
        self._then = max(self._then, now)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
