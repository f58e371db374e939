"""When the next match may be opened: one at a time, with ticks in between, in the order in which people asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import trio

from game_server.errors import RequestRefused
from game_server.protocol import RefusalCode

OPENING_INTERVAL: Final = 0.05
"""Seconds between two matches that people open: to open one of 64 seats takes some milliseconds, a tick is 33 ms."""
MOST_WAITING: Final = 64
"""People who may wait for that: the last of them waits for three seconds."""

_ROUNDING: Final = 1e-6


class Openings:
    """Paces the matches that people open, in the whole process.

    Args:
        now: a steady clock in seconds.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._opened_at = float("-inf")
        self._line = trio.Lock()  # first come, first served

    def check(self) -> None:
        """Whether a match may be opened now.

        Raises:
            RequestRefused: `BUSY`.
        """
        if self._wait() > 0:
            raise RequestRefused(RefusalCode.BUSY, "too many matches are being opened here; try again in a second", 1)

    def opened(self) -> None:
        """A match has been opened."""
        self._opened_at = self._now()

    @asynccontextmanager
    async def turn(self, opens: Callable[[], bool]) -> AsyncIterator[None]:
        """Enter when a match may be opened, unless ``opens`` says that none would be, or too many wait already.

        A caller that enters too early is refused by `check`. Cancelled, the place in the line is given up.
        """
        if self._line.statistics().tasks_waiting >= MOST_WAITING or not (self._wait() > 0 and opens()):
            yield
            return
        async with self._line:
            if opens():
                await trio.sleep(self._wait())
            yield

    def _wait(self) -> float:
        wait = self._opened_at + OPENING_INTERVAL - self._now()
        return wait if wait > _ROUNDING else 0.0
