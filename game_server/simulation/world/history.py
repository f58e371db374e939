"""Where things were: a second of places, so that what a player did can be judged against what that player saw.

The technique is Y. W. Bernier's ("Latency Compensating Methods in Client/Server In-game Protocol Design and
Optimization", 2001), for projectiles as well as for rays; docs/NETCODE.md tells how, and what it costs.
"""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from game_server.protocol import BEHIND_STEPS

MAX_REWIND: Final = 0.25
"""Seconds: the farthest back that anything is judged."""
INTERPOLATION: Final = 0.1
"""Seconds by which a client may plausibly show the others behind what it has received: 3 snapshots at 30 a second."""
ASSUMED_ROUND_TRIP: Final = 0.1
"""Seconds: what is believed of a connection before it has been measured, and of one that answers no ping."""

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.intp]
Integers = npt.NDArray[np.int64]


@attrs.frozen(eq=False)
class Ways:
    """Straight ways from ``x0, y0`` to ``x1, y1``; arrays of one length, world units.

    ``known`` is False where a row was not yet there, or jumped, in the meantime: its way says nothing.
    """

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    known: npt.NDArray[np.bool_]


class History:
    """The places of a table's rows in the last ticks.

    It follows from the columns alone, so it is the same wherever the same inputs are played.

    Args:
        x, y: the columns, one element a row.
        ticks: how many past ticks are kept, at least 1.

    Attributes:
        tick: the tick whose places still stand in the columns.
    """

    def __init__(self, x: Floats, y: Floats, ticks: int) -> None:
        self.tick = 0
        self._x, self._y = x, y
        self._slots = ticks + 1
        self._places = np.zeros((2, self._slots * len(x)))
        self._since = np.zeros(len(x), np.int64)

    def advance(self) -> None:
        """Keep the places of the tick that ends. The engine calls it before each step."""
        self._keep()
        self.tick += 1

    def restart(self, rows: int | Ids) -> None:
        """These rows appeared, or jumped, in this tick: where they were before is no way to where they are."""
        self._since[rows] = self.tick

    def ways(self, rows: Ids, back: Floats) -> Ways:
        """How each of ``rows`` moved in the tick that ended ``back`` ticks before now, in a straight line.

        Args:
            back: for each row, 0 or more, with a fraction; beyond what is kept it is as far as that goes.
        """
        self._keep()
        back = np.minimum(back, float(self._slots - 2))
        whole = np.floor(back)
        fraction = back - whole
        ticks = self.tick - whole.astype(np.int64)
        x, y = self._places
        ends, middles, starts = (((ticks - age) % self._slots) * len(self._x) + rows for age in (0, 1, 2))
        middle_x, middle_y = x[middles], y[middles]
        return Ways(
            middle_x + (x[starts] - middle_x) * fraction,
            middle_y + (y[starts] - middle_y) * fraction,
            x[ends] + (middle_x - x[ends]) * fraction,
            y[ends] + (middle_y - y[ends]) * fraction,
            ticks - 1 - (fraction > 0) >= self._since[rows],
        )

    def _keep(self) -> None:
        at = self.tick % self._slots * len(self._x)
        self._places[0, at : at + len(self._x)] = self._x
        self._places[1, at : at + len(self._y)] = self._y


class RewindLimits:
    """How far behind each player's screen may have been when an input was made, in 16ths of a tick.

    What a client claims is believed as far as it is possible: an input for ``ahead`` ticks from now was made, at the
    earliest, a round trip after the snapshot that was on the screen had been sent, and a client shows snapshots only so
    late. A claim beyond that gains nothing.

    Args:
        slack: an element for each player, which this writes: the round trip and what a client shows late.
        tick_rate: ticks a second.
    """

    def __init__(self, slack: Integers, tick_rate: int) -> None:
        self._tick_rate = tick_rate
        self._most = self._steps(MAX_REWIND)
        self._assumed = self._steps(ASSUMED_ROUND_TRIP + INTERPOLATION)
        self._slack = slack

    def forget(self) -> None:
        """No connection has been measured."""
        self._slack[:] = self._assumed

    def measured(self, player: int, round_trip: float) -> None:
        """The server's own measurement of the connection, in seconds; 0 while there is none."""
        self._slack[player] = self._steps(round_trip + INTERPOLATION) if round_trip else self._assumed

    def clamp(self, player: int, behind: int, ahead: int) -> int:
        """What is believed of ``behind`` in an input that comes ``ahead`` ticks before its own."""
        return min(behind, self._most, int(self._slack[player]) + ahead * BEHIND_STEPS)

    def clamp_all(self, players: Ids, behinds: Integers, aheads: Integers) -> Integers:
        """`clamp` for an input of each of ``players``; arrays of one length."""
        believed: Integers = np.minimum(np.minimum(behinds, self._most), self._slack[players] + aheads * BEHIND_STEPS)
        return believed

    def _steps(self, seconds: float) -> int:
        return int(seconds * self._tick_rate * BEHIND_STEPS)
