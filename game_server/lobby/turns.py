"""Turns of those in the lobby: however many speak at once, their messages never hold up a tick for long."""

from __future__ import annotations

from typing import Final

import trio

PER_PASS: Final = 16
"""Messages from one pass of the scheduler to the next: 1 ms of pings, and 5 ms of the dearest there are."""


class Turns:
    """Lets `PER_PASS` messages be dealt with in one pass of the scheduler, in the order in which they ask.

    A tick that is due begins with the next pass. One connection with many messages takes its place behind the others
    after each, as soon as anybody has to wait.
    """

    def __init__(self) -> None:
        self._left = PER_PASS
        self._taken = trio.Event()
        self._line = trio.lowlevel.ParkingLot()

    async def take(self) -> None:
        """Wait until one more message may be dealt with; not at all while few are. Cancelled, none may."""
        if not self._left or self._line:
            await self._line.park()
        else:
            self._left -= 1
            self._taken.set()

    async def deal(self) -> None:
        """Let those who wait go on, pass after pass, until cancelled."""
        while True:
            await self._taken.wait()
            await trio.lowlevel.checkpoint()  # a pass of the scheduler, which is where ticks begin
            woken = len(self._line.unpark(count=PER_PASS))
            self._left = PER_PASS - woken
            if not woken:
                self._taken = trio.Event()
