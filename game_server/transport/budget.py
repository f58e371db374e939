"""A token bucket: how much a peer may ask of the server."""

from __future__ import annotations


class TokenBucket:
    """``capacity`` tokens at once, refilled at ``refill`` tokens a second. Time is the caller's, in seconds."""

    __slots__ = ("_at", "_capacity", "_refill", "_tokens")

    def __init__(self, capacity: float, refill: float, now: float) -> None:
        self._capacity = capacity
        self._refill = refill
        self._tokens = capacity
        self._at = now

    def take(self, tokens: int, now: float) -> bool:
        """Take ``tokens`` out; False, and none taken, when there are not so many."""
        self._tokens = min(self._capacity, self._tokens + (now - self._at) * self._refill)
        self._at = now
        if tokens > self._tokens:
            return False
        self._tokens -= tokens
        return True
