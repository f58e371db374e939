"""Bolts: fired, flying straight on, and ending at a wall, a ship, or the end of their life."""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from game_server.games.arena.constants import (
    BOLT_LIFETIME,
    BOLT_RADIUS,
    BOLT_SPEED,
    DASH_SECONDS,
    DASH_SPEED,
    RAPID_FIRE_COOLDOWN,
    SHIP_RADIUS,
    TILE,
    TOP_SPEED,
    ticks_of,
)
from game_server.games.arena.directions import DIRECTION_X, DIRECTION_Y
from game_server.games.arena.geometry import all_pairs, near_pairs, reach_of
from game_server.games.arena.tables import BORN_STEPS, Bolt, Ship
from game_server.simulation import BEHIND_STEPS, Grid, Segments, Table, World

RANGE: Final = BOLT_SPEED * BOLT_LIFETIME
"""World units that a bolt flies when nothing is in the way."""
HIT_DISTANCE: Final = SHIP_RADIUS + BOLT_RADIUS
"""World units between the middles of a bolt and a ship at which they touch."""

_FEW_PAIRS: Final = 4096
"""Bolts times ships up to which `all_pairs` is quicker than sorting them by cell."""

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.intp]


@attrs.frozen(eq=False)
class Hits:
    """The hits of a tick, in order of time; arrays of one length.

    Attributes:
        attackers: the players whose bolts hit.
        victims: the players who were hit.
        x, y: where, in world units.
    """

    attackers: npt.NDArray[np.int32]
    victims: Ids
    x: Floats
    y: Floats


_NO_HITS: Final = Hits(np.zeros(0, np.int32), np.zeros(0, np.intp), np.zeros(0), np.zeros(0))


@attrs.frozen(eq=False)
class Flights:
    """The straight flights of bolts from ``x0, y0`` to ``x1, y1`` in one tick; arrays of one length."""

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats

    def middles(self) -> tuple[Floats, Floats]:
        """Return the middles of the flights."""
        return (self.x0 + self.x1) * 0.5, (self.y0 + self.y1) * 0.5

    def take(self, indices: Ids) -> Flights:
        """Return the flights with these indices."""
        return Flights(self.x0[indices], self.y0[indices], self.x1[indices], self.y1[indices])


class Bolts:
    """The bolts of a match, in ``table``.

    Args:
        world: where the table is declared.
        ships: a table with a history.
        walls: bool per tile, ``[row, column]``; the rim is wall.
        grid: the cells of interest.
        spares_mates: whether bolts pass through ships of their owner's team; everybody must have a team then.
    """

    def __init__(
        self,
        world: World,
        ships: Table[Ship],
        walls: npt.NDArray[np.bool_],
        grid: Grid,
        *,
        spares_mates: bool = False,
    ) -> None:
        rate = world.tick_rate
        flying_at_once = -(-ticks_of(BOLT_LIFETIME, rate) // ticks_of(RAPID_FIRE_COOLDOWN, rate)) + 1
        self.table: Table[Bolt] = world.table(
            2, "bolt", Bolt, min(world.max_players * flying_at_once, 65535), ("at_x", "at_y")
        )
        assert ships.history is not None
        self._world = world
        self._ships = ships
        self._past = ships.history
        self._walls = walls
        self._grid = grid
        self._spares_mates = spares_mates
        self._stride = BOLT_SPEED * world.dt
        self._dash_ticks = ticks_of(DASH_SECONDS, rate)
        self._touching = self._stride / 2 + HIT_DISTANCE

    def fire(self, players: Ids, aim: npt.NDArray[Any], behind: npt.NDArray[Any]) -> None:
        """Fire a bolt for each of ``players``, from their ships in the directions ``aim``; none if the table is full.

        Args:
            behind: how far behind the players see the others, in 16ths of a tick.
        """
        if not len(players):
            return
        ids = self.table.add_many(len(players))
        players, aim, behind = players[: len(ids)], aim[: len(ids)], behind[: len(ids)]
        x, y = self._ships.rows.x[players], self._ships.rows.y[players]
        rows = self.table.rows
        rows.x[ids] = rows.at_x[ids] = x
        rows.y[ids] = rows.at_y[ids] = y
        rows.aim[ids] = aim
        rows.owner[ids] = players
        rows.born[ids] = self._world.tick % BORN_STEPS
        rows.reach[ids] = reach_of(self._walls, x, y, aim, RANGE)
        rows.behind[ids] = behind

    def fly(self, targets: Ids) -> Hits:
        """Move every bolt one tick on and end those that hit something.

        A bolt meets the ships where they were on its shooter's screen. Bolt and ship both move within the tick, so that
        a bolt and a dash that cross do not miss each other.

        Args:
            targets: players who can be hit, ascending; their ships have moved already.
        """
        ids = self.table.live
        if not len(ids):
            return _NO_HITS
        rows = self.table.rows
        aim = rows.aim[ids]
        age = (self._world.tick - rows.born[ids]) % BORN_STEPS
        reach = rows.reach[ids]
        flown = np.minimum(age * self._stride, reach)
        flights = Flights(
            rows.at_x[ids],
            rows.at_y[ids],
            rows.x[ids] + DIRECTION_X[aim] * flown,
            rows.y[ids] + DIRECTION_Y[aim] * flown,
        )
        rows.at_x[ids] = flights.x1
        rows.at_y[ids] = flights.y1
        if self._grid.cells > 1:
            self._forget_origins(ids, flights, flown)
        bolts, victims, times = self._first_hits(flights, ids, targets)
        hits = Hits(
            rows.owner[ids[bolts]],
            targets[victims],
            flights.x0[bolts] + (flights.x1[bolts] - flights.x0[bolts]) * times,
            flights.y0[bolts] + (flights.y1[bolts] - flights.y0[bolts]) * times,
        )
        over = flown >= reach
        over[bolts] = True
        if over.any():
            self.table.remove(ids[over])
        return hits

    def end_all(self) -> None:
        """Take every bolt out of the air."""
        self.table.remove(self.table.live)

    def end_those_of(self, player: int) -> None:
        """Take the bolts of ``player`` out of the air."""
        ids = self.table.live
        self.table.remove(ids[self.table.rows.owner[ids] == player])

    def _forget_origins(self, ids: Ids, flights: Flights, flown: Floats) -> None:
        """Restart bolts that enter another cell there: who sees only that cell must not learn where they were fired."""
        grid, rows = self._grid, self.table.rows
        crossing = grid.cells_at(flights.x0, flights.y0) != grid.cells_at(flights.x1, flights.y1)
        ids = ids[crossing]
        rows.x[ids], rows.y[ids] = flights.x1[crossing], flights.y1[crossing]
        rows.born[ids] = self._world.tick % BORN_STEPS
        rows.reach[ids] -= flown[crossing]

    def _first_hits(self, flights: Flights, ids: Ids, targets: Ids) -> tuple[Ids, Ids, Floats]:
        """Return each bolt's first hit: indices into ``flights`` and ``targets``, and times 0 to 1, earliest first."""
        owners, back = self.table.rows.owner[ids], self.table.rows.behind[ids] / BEHIND_STEPS
        if len(owners) * len(targets) <= _FEW_PAIRS:
            bolts, ships = all_pairs(len(owners), len(targets))
        else:
            rows = self._ships.rows
            # A ship that a bolt touches in this tick is now at most this far from the middle of the bolt's flight.
            cell = max(float(TILE), self._touching + self._most_moved(1.0 + back.max(initial=0.0)))
            bolts, ships = near_pairs(flights.middles(), (rows.x[targets], rows.y[targets]), cell)
        if self._spares_mates:
            team = self._ships.rows.team
            others = team[owners][bolts] != team[targets][ships]
        else:
            others = owners[bolts] != targets[ships]
        bolts, ships = bolts[others], ships[others]
        ways = self._past.segments(targets[ships], back[bolts])
        times = touch_times(flights.take(bolts), ways)
        hit = np.flatnonzero((times <= 1) & ways.known)
        bolts, ships, times = bolts[hit], ships[hit], times[hit]
        if len(hit) > 1:
            order = np.lexsort((ships, times, bolts))
            order = order[np.diff(bolts[order], prepend=-1) != 0]
            order = order[np.lexsort((bolts[order], times[order]))]
            bolts, ships, times = bolts[order], ships[order], times[order]
        return bolts, ships, times

    def _most_moved(self, ticks: float) -> float:
        """Return the world units that a ship can move in ``ticks``, with one dash."""
        dashed = min(ticks, self._dash_ticks)
        return (dashed * DASH_SPEED + (ticks - dashed) * TOP_SPEED) * self._world.dt


def touch_times(flights: Flights, ways: Segments) -> Floats:
    """Return when each bolt comes within `HIT_DISTANCE` of its ship, 0 to 1 of the tick; infinity for never.

    Relative to the ship the bolt flies straight from p to p + v: the time is the earlier root of |p + v t| = distance.
    """
    px = flights.x0 - ways.x0
    py = flights.y0 - ways.y0
    vx = (flights.x1 - ways.x1) - px
    vy = (flights.y1 - ways.y1) - py
    a = vx * vx + vy * vy
    b = px * vx + py * vy
    c = px * px + py * py - HIT_DISTANCE * HIT_DISTANCE
    root = b * b - a * c
    approaches = (root >= 0) & (b < 0)
    times = np.full(len(px), np.inf)
    times[approaches] = (-b[approaches] - np.sqrt(root[approaches])) / a[approaches]
    times[c <= 0] = 0.0
    return times
