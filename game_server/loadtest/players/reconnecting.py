"""A player that reconnects when its connection breaks."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Final

import trio

from game_server.client import Target
from game_server.loadtest.network.model import Network
from game_server.loadtest.players.player import Outcome, play
from game_server.protocol import CloseCode

FIRST_WAIT: Final = 0.2
LONGEST_WAIT: Final = 5.0
"""Seconds."""
_FINAL: Final = frozenset((CloseCode.NORMAL, CloseCode.BAD_MESSAGE, CloseCode.REPLACED, CloseCode.REMOVED))
"""Close codes after which a client must not reconnect (docs/PROTOCOL.md, section 8)."""


class BackOff:
    """The wait before each attempt: twice as long each time, up to `LONGEST_WAIT`.

    Each wait is shortened at random by up to half, so that clients that were cut off together do not return together.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"back-off {seed}")
        self._longest = FIRST_WAIT

    def wait(self) -> float:
        """Return the seconds to wait before the next attempt."""
        longest, self._longest = self._longest, min(2 * self._longest, LONGEST_WAIT)
        return longest * (1 - self._random.random() / 2)

    def reset(self) -> None:
        """Start again with the shortest wait, after a success."""
        self._longest = FIRST_WAIT


async def play_on(
    target: Target,
    outcome: Outcome,
    until: float,
    network: Network | None = None,
    seed: int = 0,
    cuts: Sequence[float] = (),
    *,
    reconnect: bool = True,
) -> None:
    """Play as `play` does, and come back whenever the connection breaks after the player has been in.

    It does not come back if the server closed with a final code, or sent it away. A player that is out at ``until`` has
    failed, however shortly before the connection broke.

    Args:
        cuts: when to cut the connection without a close frame, ascending; it comes back at once.
        reconnect: whether to come back after other breaks, too.
    """
    back_off = BackOff(seed)
    attempt = 0
    while True:
        # Each connection has a seed of its own; the first has that of `play` alone.
        cut_at = next((cut for cut in cuts if cut > trio.current_time()), math.inf)
        await play(target, outcome, until, network, seed + 1_000_003 * attempt, cut_at)
        attempt += 1
        if cut_at <= trio.current_time() < until and outcome.connected and not outcome.client.ended:
            outcome.client.lost(trio.current_time())
            continue
        if not reconnect:
            return
        if outcome.client.settled:
            back_off.reset()
        if not outcome.connected or outcome.failure is None or outcome.client.ended or outcome.code in _FINAL:
            return
        outcome.client.lost(trio.current_time())
        wait = back_off.wait()
        if trio.current_time() + wait >= until:
            await trio.sleep_until(until)
            return
        await trio.sleep(wait)
