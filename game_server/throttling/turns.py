"""Turns of connections: many that have something to do at once do not hold up a tick for long."""

from __future__ import annotations

from typing import Final

import trio

PER_PASS: Final = 16
"""Things from one pass of the scheduler to the next: 1 ms of pings or of connections that end, and 5 ms of the dearest
messages there are."""


class Turns:
    """Lets ``per_pass`` things be dealt with in one pass of the scheduler, in the order in which they ask.

    A tick that is due begins with the next pass. One connection with many messages takes its place behind the others
    after each, as soon as anybody has to wait.

    Args:
        per_pass: things, from 1.
    """

    __slots__ = ("_begun", "_left", "_line", "_per_pass")

    def __init__(self, per_pass: int = PER_PASS) -> None:
        self._per_pass = per_pass
        self._left = per_pass
        self._begun = False
        """Whether the next pass will see to those who wait."""
        self._line = trio.lowlevel.ParkingLot()

    async def take(self) -> None:
        """Wait until one more thing may be dealt with; not at all while few are. Cancelled, none may."""
        if not self._begun:
            self._begin()
        if not self._left or self._line:
            await self._line.park()
        else:
            self._left -= 1

    def _begin(self) -> None:
        # What is run soon is run in the next pass. A task would need a nursery.
        self._begun = True
        trio.lowlevel.current_trio_token().run_sync_soon(self._deal)

    def _deal(self) -> None:
        woken = len(self._line.unpark(count=self._per_pass))
        self._left = self._per_pass - woken
        self._begun = False
        if woken:
            self._begin()
