"""A token bucket: bursts, then a steady rate."""

from __future__ import annotations


class TokenBucket:
    """Allows ``capacity`` things at once, and ``refill`` a second after that.

    ``now`` is in seconds of any steady clock; a clock that goes back refills nothing.
    """

    __slots__ = ("_capacity", "_full_at", "_refill")

    def __init__(self, capacity: float, refill: float, now: float) -> None:
        self._capacity = capacity
        self._refill = refill
        self._full_at = now * refill  # in tokens refilled since the clock's zero

    def take(self, count: float, now: float) -> bool:
        """Whether ``count`` more things are allowed at ``now``; if so, they count, and if not, none does."""
        refilled = now * self._refill
        full_at = self._full_at
        full_at = (full_at if full_at > refilled else refilled) + count
        if full_at > refilled + self._capacity:
            return False
        self._full_at = full_at
        return True
