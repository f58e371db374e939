"""What a peer may send over its WebSocket."""

from __future__ import annotations

from game_server.throttling import Keys, Throttling
from game_server.throttling.token_bucket import TokenBucket


class Allowance(TokenBucket):
    """Frames of one peer, out of a bucket of its own, and the frames and bytes of all peers at its address.

    Args:
        budget: the peer's own frames, (capacity, refilled a second).
        charged_to: whose budgets it draws on as well.
    """

    __slots__ = ("_charged_to", "_throttling")

    def __init__(self, budget: tuple[int, int], now: float, throttling: Throttling, charged_to: Keys) -> None:
        super().__init__(*budget, now)
        self._throttling = throttling
        self._charged_to = charged_to

    def exceeded(self, frames: int, size: int, now: float) -> str:
        """Charge ``frames`` with ``size`` bytes in all; what is too much, in words for the peer, or nothing."""
        if not self.take(frames, now):
            return "too many messages"
        keys = self._charged_to
        if keys and self._throttling.frames.take(keys, now, frames):
            return "too many messages from your address"
        if keys and self._throttling.bytes.take(keys, now, size):
            return "too many bytes from your address"
        return ""
