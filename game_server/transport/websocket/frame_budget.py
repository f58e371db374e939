"""The budget of the frames that a peer sends over its WebSocket."""

from __future__ import annotations

from typing import Final

from game_server.throttling import Keys, Throttling, TokenBucket
from game_server.transport.options import BYTES_A_FRAME
from game_server.transport.websocket.frames import INPUT_HEAD, MAX_SMALL_PAYLOAD

_FREE_BYTES: Final = INPUT_HEAD + MAX_SMALL_PAYLOAD
_FREE_AT_ONCE: Final = 2
"""Two inputs may come within one tick when the network holds one up."""
_FREE_SHARE: Final = 1 / 3
"""Of the frames of one peer: somewhat more than one a tick (`message_budget`)."""


class FrameBudget(TokenBucket):
    """Frames of one peer, out of a bucket of its own, and the frames and bytes of all peers at its address.

    Args:
        budget: the peer's own frames, (capacity, refilled a second).
        charged_to: keys of the address budgets that it draws on as well.
    """

    __slots__ = ("_charged_to", "_free", "_throttling")

    def __init__(self, budget: tuple[int, int], now: float, throttling: Throttling, charged_to: Keys) -> None:
        super().__init__(*budget, now)
        self._free = TokenBucket(_FREE_AT_ONCE, budget[1] * _FREE_SHARE, now)
        self._throttling = throttling
        self._charged_to = charged_to

    def exceeded(self, frames: int, size: int, now: float, *, plays: bool = False) -> str:
        """Charge ``frames`` with ``size`` bytes in all; return what is too much, in words for the peer, or "".

        Args:
            plays: the peer has a seat, and its inputs are among these: about one small frame a tick is free to the
                address, which many may share. Where a tick reads the socket, it leaves inputs out itself.
        """
        if not self.take(max(frames, size / BYTES_A_FRAME), now):
            return "too many messages"
        keys = self._charged_to
        if not keys:
            return ""
        if plays and frames and self._free.take(1, now):
            frames, size = frames - 1, max(0, size - _FREE_BYTES)
        if frames and self._throttling.frames.take(keys, now, frames):
            return "too many messages from your address"
        if size and self._throttling.bytes.take(keys, now, size):
            return "too many bytes from your address"
        return ""
