"""Lag compensation: where rows were in the last ticks, and how far back a client's claim is believed.

The technique is Y. W. Bernier's ("Latency Compensating Methods in Client/Server In-game Protocol Design and
Optimization", 2001), for projectiles as well as for rays; docs/NETCODE.md says how, and what it costs.

The places of a tick lie in a ring of ``ticks + 2`` slots, tick *t* in slot *t* modulo that number. A shooter who is
1.5 ticks behind at tick 70 sees a ship half-way between its places at ticks 68 and 69, where it was in the middle of
the tick that ended at 68.5. `History.segments` returns its straight way in that tick, from the place at 67.5 to that at
68.5, each interpolated between two whole ticks::

    tick    67      68      69      70
    place    x-------x-------x-------x
                 |-------|                the segment for back = 1.5
"""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from game_server.protocol import BEHIND_STEPS
from game_server.simulation.world.columns import Block

MAX_REWIND: Final = 0.25
"""Seconds: the farthest back that anything is judged. More would let a slow connection hit who is long behind cover."""
INTERPOLATION: Final = 0.1
"""Seconds by which a client may plausibly show others later than it received them: 3 snapshots at 30 a second."""
ASSUMED_ROUND_TRIP: Final = 0.1
"""Seconds: the round trip assumed of a connection that has not been measured yet, or that answers no ping."""

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.intp]
Integers = npt.NDArray[np.int64]


@attrs.frozen(eq=False)
class Segments:
    """Straight segments from ``x0, y0`` to ``x1, y1``; arrays of one length, world units.

    ``known`` is False where the row did not exist yet, or jumped, in the meantime: its segment means nothing.
    """

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    known: npt.NDArray[np.bool_]


class History:
    """The places of a table's rows in the last ticks.

    Args:
        x, y: the columns, one element a row.
        ticks: how far back rows can be seen, at least 1.

    Attributes:
        tick: the tick whose places still stand in the columns.
    """

    def __init__(self, x: Floats, y: Floats, ticks: int) -> None:
        self.tick = 0
        self._x, self._y = x, y
        # A row that is seen `ticks` ago, between two ticks, was up to two ticks before that on its way there.
        self._slots = ticks + 2
        self._places = np.zeros((2, self._slots * len(x)))
        self._since = np.zeros(len(x), np.uint32)

    def advance(self) -> None:
        """Store the places of the tick that ends. The engine calls this before each step."""
        self._keep()
        self.tick += 1

    def forget(self, rows: Ids) -> None:
        """Note that these rows appeared in this tick; nothing of those before them with the same ids is left."""
        self._ring[:, :, rows] = 0
        self.restart(rows)

    def restart(self, rows: int | Ids) -> None:
        """Note that these rows jumped in this tick: they did not move here from where they were."""
        self._since[rows] = self.tick

    def segments(self, rows: Ids, back: Floats) -> Segments:
        """Return how each of ``rows`` moved in the tick that ended ``back`` ticks before now, in a straight line.

        Args:
            back: ticks for each row, 0 or more, with a fraction; clamped to what is kept.
        """
        self._keep()
        back = np.minimum(back, float(self._slots - 2))
        whole = np.floor(back)
        fraction = back - whole
        ticks = self.tick - whole.astype(np.int64)
        x, y = self._places
        ends, middles, starts = (((ticks - age) % self._slots) * len(self._x) + rows for age in (0, 1, 2))
        middle_x, middle_y = x[middles], y[middles]
        return Segments(
            middle_x + (x[starts] - middle_x) * fraction,
            middle_y + (y[starts] - middle_y) * fraction,
            x[ends] + (middle_x - x[ends]) * fraction,
            y[ends] + (middle_y - y[ends]) * fraction,
            ticks - 1 - (fraction > 0) >= self._since[rows],
        )

    def blocks(self) -> list[Block]:
        """Return all that the next ticks can see of the past, as arrays whose last axis is the row.

        Of the ring that is all but two slots: that of this tick, whose places stand in the columns, and that of the
        tick before all others, which the next one takes.
        """
        return [self._ring[:, self._past()].reshape(-1, len(self._since)), self._since[None, :]]

    def restore(self, tick: int, blocks: list[Block], rows: Ids) -> None:
        """Put back what `blocks` has returned at ``tick``, of ``rows`` alone."""
        self.tick = tick
        places, since = blocks
        self._ring[:, self._past()[:, None], rows] = places.reshape(2, self._slots - 2, len(rows))
        self._since[rows] = since[0]

    @property
    def _ring(self) -> Floats:
        """The places by axis, slot and row."""
        return self._places.reshape(2, self._slots, len(self._since))

    def _past(self) -> Ids:
        """Return the slots of the ticks before this one, the oldest first."""
        return (self.tick - np.arange(self._slots - 2, 0, -1)) % self._slots

    def _keep(self) -> None:
        at = self.tick % self._slots * len(self._x)
        self._places[0, at : at + len(self._x)] = self._x
        self._places[1, at : at + len(self._y)] = self._y


class RewindLimits:
    """Limits on how far behind a player's screen may have been when an input was made, in 16ths of a tick.

    A claim is believed as far as it is possible. An input for ``ahead`` ticks from now was made a round trip after the
    snapshot on the screen was sent, and a client shows snapshots at most `INTERPOLATION` late: at 30 ticks a second,
    with a measured round trip of 0.1 s, an input that comes 2 ticks early may be 3 + 3 + 2 ticks behind. A claim beyond
    that is reduced to it, and never exceeds `MAX_REWIND`.

    Args:
        slack: an element for each player, written here: round trip and interpolation, in 16ths of a tick.
        tick_rate: ticks a second.
    """

    def __init__(self, slack: Integers, tick_rate: int) -> None:
        self._tick_rate = tick_rate
        self._most = self._steps(MAX_REWIND)
        self._assumed = self._steps(ASSUMED_ROUND_TRIP + INTERPOLATION)
        self._slack = slack

    def forget(self) -> None:
        """Assume of every connection that it has not been measured."""
        self._slack[:] = self._assumed

    def measured(self, player: int, round_trip: float) -> None:
        """Note the server's own measurement of a player's round trip, in seconds; 0 for none."""
        self._slack[player] = self._steps(round_trip + INTERPOLATION) if round_trip else self._assumed

    def clamp(self, player: int, behind: int, ahead: int) -> int:
        """Return what is believed of ``behind`` in an input that comes ``ahead`` ticks before its own."""
        return min(behind, self._most, int(self._slack[player]) + ahead * BEHIND_STEPS)

    def clamp_all(self, players: Ids, behinds: Integers, aheads: Integers) -> Integers:
        """Apply `clamp` to an input of each of ``players``; arrays of one length."""
        believed: Integers = np.minimum(np.minimum(behinds, self._most), self._slack[players] + aheads * BEHIND_STEPS)
        return believed

    def _steps(self, seconds: float) -> int:
        return int(seconds * self._tick_rate * BEHIND_STEPS)
