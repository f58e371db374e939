"""Spectator delay: everything arrives late, so that spectators cannot help players."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from game_server.simulation import Outlet

MAX_DELAYED_BYTES: Final = 4 * 1024 * 1024
"""Bytes that may wait for one spectator: a minute at 70 KB/s."""


class SpectatorDelay:
    """An outlet around an outlet: what the match sends and offers goes out ``ticks`` ticks later, in order.

    Snapshots drop to the next keyframe when the peer does not read fast enough, or when too much waits: the match makes
    one when it hears from `offer` that a snapshot was not taken. Whatever is sent waits, too, but is never dropped.

    Args:
        outlet: the spectator's own.
        ticks: 1 or more.
        now: returns the tick that the match is at, of whatever world.
    """

    def __init__(self, outlet: Outlet, ticks: int, now: Callable[[], int]) -> None:
        self._outlet = outlet
        self._ticks = ticks
        self._now = now
        self._offered_at = -1
        """The tick at which `offer` was called last."""
        self._tick = 0
        self._waiting: deque[tuple[int, bytes, Callable[[bytes], object]]] = deque()
        """When it is due, what it is, and what takes it."""
        self._bytes = 0
        self._broken = False

    def __len__(self) -> int:
        """Messages that wait."""
        return len(self._waiting)

    @property
    def round_trip(self) -> float:
        """Of the outlet itself, in seconds."""
        return self._outlet.round_trip

    def drain(self) -> list[bytes]:
        """Messages of the spectator, which are not delayed."""
        return self._outlet.drain()

    def send(self, message: bytes, /) -> None:
        """Pass ``message`` on when it is time: just before the next tick's snapshot."""
        self._wait(self._tick + 1, message, self._outlet.send)

    def try_send(self, message: bytes, /) -> bool:
        """Pass ``message`` on as `send` does, unless too much waits already."""
        if self._bytes + len(message) > MAX_DELAYED_BYTES:
            return False
        self._wait(self._tick + 1, message, self._outlet.try_send)
        return True

    def offer(self, snapshot: bytes, /) -> bool:
        """Pass ``snapshot`` on when it is time, and now what is due. One call a tick at least.

        Args:
            snapshot: of this tick; ``b""`` if there is none, since nothing is new.

        Returns:
            False when it was not taken; the next must be a keyframe.
        """
        now = self._now()
        self._tick += now != self._offered_at
        self._offered_at = now
        self._pass_on()
        if not snapshot and not self._broken:
            return True
        if self._broken or self._bytes + len(snapshot) > MAX_DELAYED_BYTES:
            self._drop_snapshots()
            self._broken = False
            return False
        self._wait(self._tick, snapshot, self._show)
        return True

    def close(self, code: int, reason: str) -> None:
        """Close at once; what waits is never shown."""
        self._waiting.clear()
        self._outlet.close(code, reason)

    def _wait(self, tick: int, message: bytes, take: Callable[[bytes], object]) -> None:
        self._waiting.append((tick + self._ticks, message, take))
        self._bytes += len(message)

    def _pass_on(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._tick:
            _, message, take = self._waiting.popleft()
            self._bytes -= len(message)
            take(message)

    def _show(self, snapshot: bytes) -> None:
        if not self._broken:
            self._broken = not self._outlet.offer(snapshot)

    def _drop_snapshots(self) -> None:
        """Changes to a snapshot that was never shown are of no use."""
        self._waiting = deque(waiting for waiting in self._waiting if waiting[2] != self._show)
        self._bytes = sum(len(message) for _, message, _ in self._waiting)
