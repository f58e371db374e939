"""Tick groups: which matches tick together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol

import attrs
import trio

from game_server.simulation import TickGroup, Wire
from game_server.telemetry import Garbage

GROUPS: Final = 2
"""Groups of one tick rate in a process, once one is full. Fewer groups share more of the work; with more of them a
snapshot waits for fewer other matches. 60 matches of 16 took a tenth less CPU in two groups than in four, and a fifth
less in one than in two."""
FULL: Final = 28_800
"""Seats times ticks a second of the matches in a group, beyond which there is another one: those of 60 matches of 16 at
30 a second, whose tick takes a third of the time until the next. In one group, 120 took 0.98 of the CPU (0.87 of ours,
1.05 of the kernel's), and snapshots waited about 6 ms longer for each other."""
_GOLDEN: Final = (5**0.5 - 1) / 2


class LinkSockets(Wire, Protocol):
    """The sockets of people whose matches tick together."""

    @property
    def put_off(self) -> bool:
        """Whether the last `receive` has left something for the next one."""
        ...

    def seat(self, link: Any, /) -> AbstractAsyncContextManager[None]:
        """Read and write the socket of ``link``, one of its own kind of `Link`, at the tick inside the ``async with``.

        Entering waits until what was sent before is written.
        """
        ...


@attrs.define(eq=False)
class Placement:
    """Where a match ticks.

    Attributes:
        group: what drives it.
        sockets: those of its people.
        first: the number that its player 0 has in the group.
        seats: that it has.
    """

    group: TickGroup
    sockets: LinkSockets
    first: int
    seats: int
    _running: _RunningGroup

    def leave(self) -> None:
        """Give the place back: the match is over."""
        self.group.free(self.first)
        self._running.seats -= self.seats


@attrs.define(eq=False)
class _RunningGroup:
    tick_rate: int
    group: TickGroup
    sockets: LinkSockets
    seats: int = 0
    """Of its matches."""


class TickGroups:
    """Gives matches their groups: one for all, until it is full.

    Args:
        make_sockets: makes the sockets of a group.
        garbage: collected between ticks.
    """

    def __init__(self, make_sockets: Callable[[], LinkSockets], garbage: Garbage | None) -> None:
        self._make_sockets = make_sockets
        self._garbage = garbage
        self._groups: list[_RunningGroup] = []

    @property
    def lateness(self) -> float:
        """`TickGroup.lateness` of the group whose ticks are latest."""
        return max((one.group.lateness for one in self._groups), default=0.0)

    def place(self, tick_rate: int, seats: int, nursery: trio.Nursery) -> Placement:
        """A place for a match of ``seats`` seats, where fewest seats are; a new group runs in ``nursery``.

        Raises:
            OSError: there are no descriptors for the sockets of a new group; nothing has changed.
        """
        alike = [one for one in self._groups if one.tick_rate == tick_rate]
        chosen = min(alike, key=lambda one: one.seats, default=None)
        is_full = chosen is not None and 0 < chosen.seats and (chosen.seats + seats) * tick_rate > FULL
        if chosen is None or (is_full and len(alike) < GROUPS):
            sockets = self._make_sockets()
            phase = spread(len(self._groups))
            group = TickGroup(tick_rate, sockets, phase=phase, garbage=self._garbage)
            chosen = _RunningGroup(tick_rate, group, sockets)
            self._groups.append(chosen)
            nursery.start_soon(group.run)
        chosen.seats += seats
        return Placement(chosen.group, chosen.sockets, chosen.group.reserve(seats), seats, chosen)


def spread(number: int) -> float:
    """Give the phase of the group ``number``, from 0 up to 1, so that the groups of a process do not tick all at once.

    Multiples of the golden ratio: however many groups there are, their phases lie about evenly (Knuth, The Art of
    Computer Programming, volume 3, section 6.4).
    """
    return number * _GOLDEN % 1.0
