"""Events as those of trio, but without any room while nobody waits: a link has many, and waits for one at a time."""

from __future__ import annotations

import trio


class Bell:
    """Wakes those who wait at the moment; who comes later waits for the next ring."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: trio.lowlevel.ParkingLot | None = None

    async def wait(self) -> None:
        """Return at the next `ring`."""
        waiting = self._waiting = self._waiting or trio.lowlevel.ParkingLot()
        try:
            await waiting.park()
        finally:
            if self._waiting is waiting and not waiting:
                self._waiting = None

    def ring(self) -> None:
        """Wake everybody who waits."""
        if self._waiting is not None:
            self._waiting.unpark_all()
            self._waiting = None


class Flag:
    """Set once, and for good."""

    __slots__ = ("_bell", "_is_set")

    def __init__(self) -> None:
        self._bell = Bell()
        self._is_set = False

    def set(self) -> None:
        """From now on nobody waits."""
        self._is_set = True
        self._bell.ring()

    def is_set(self) -> bool:
        """Whether it is set."""
        return self._is_set

    async def wait(self) -> None:
        """Return when it is set; a checkpoint in any case."""
        if self._is_set:
            await trio.lowlevel.checkpoint()
        else:
            await self._bell.wait()
