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
    DASH_SPEED,
    RAPID_FIRE_COOLDOWN,
    SHIP_RADIUS,
    TILE,
    ticks_of,
)
from game_server.games.arena.directions import DIRECTION_X, DIRECTION_Y
from game_server.games.arena.pairs import all_pairs, near_pairs
from game_server.games.arena.sight import reach_of
from game_server.games.arena.tables import Bolt
from game_server.simulation import Grid, Table, World

RANGE: Final = BOLT_SPEED * BOLT_LIFETIME
"""World units: how far a bolt flies when nothing is in the way."""
HIT_DISTANCE: Final = SHIP_RADIUS + BOLT_RADIUS

_FEW_PAIRS: Final = 4096

Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.intp]


@attrs.frozen(eq=False)
class Hits:
    """What bolts hit in a tick, in the order in which it happened; arrays of one length.

    Attributes:
        attackers: players whose bolts they were.
        victims: players who were hit.
        x, y: where, world units.
    """

    attackers: npt.NDArray[np.int32]
    victims: Ids
    x: Floats
    y: Floats


_NO_HITS: Final = Hits(np.zeros(0, np.int32), np.zeros(0, np.intp), np.zeros(0), np.zeros(0))


@attrs.frozen(eq=False)
class Paths:
    """Straight ways from ``x0, y0`` to ``x1, y1`` in one tick; arrays of one length."""

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats

    def middles(self) -> tuple[Floats, Floats]:
        """The points half-way."""
        return (self.x0 + self.x1) * 0.5, (self.y0 + self.y1) * 0.5


class Bolts:
    """Every bolt of a match, in ``table``."""

    def __init__(self, world: World, walls: npt.NDArray[np.bool_], grid: Grid) -> None:
        rate = world.tick_rate
        flying_at_once = -(-ticks_of(BOLT_LIFETIME, rate) // ticks_of(RAPID_FIRE_COOLDOWN, rate)) + 1
        self.table: Table[Bolt] = world.table(
            2, "bolt", Bolt, min(world.max_players * flying_at_once, 65535), ("at_x", "at_y")
        )
        self._world = world
        self._walls = walls
        self._grid = grid
        self._stride = BOLT_SPEED * world.dt
        # Two that touch in a tick have their middles of the way less than this apart.
        self._cell = max(float(TILE), (self._stride + DASH_SPEED * world.dt) / 2 + HIT_DISTANCE)

    def fire(self, players: Ids, x: Floats, y: Floats, aim: npt.NDArray[Any]) -> None:
        """Let ``players`` fire from ``x, y`` in the directions ``aim``; a table that is full takes no more."""
        if not len(players):
            return
        ids = self.table.add_many(len(players))
        players, x, y, aim = players[: len(ids)], x[: len(ids)], y[: len(ids)], aim[: len(ids)]
        rows = self.table.rows
        rows.x[ids] = rows.at_x[ids] = x
        rows.y[ids] = rows.at_y[ids] = y
        rows.aim[ids] = aim
        rows.owner[ids] = players
        rows.born[ids] = self._world.tick & 65535
        rows.reach[ids] = reach_of(self._walls, x, y, aim, RANGE)

    def fly(self, targets: Ids, ways: Paths) -> Hits:
        """Move every bolt one tick on and end those that hit something.

        Args:
            targets: players who can be hit, ascending.
            ways: how they moved in this tick, so that a bolt and a dash that cross do not miss each other.
        """
        ids = self.table.live
        if not len(ids):
            return _NO_HITS
        rows = self.table.rows
        aim = rows.aim[ids]
        age = (self._world.tick - rows.born[ids]) & 65535
        reach = rows.reach[ids]
        flown = np.minimum(age * self._stride, reach)
        paths = Paths(
            rows.at_x[ids],
            rows.at_y[ids],
            rows.x[ids] + DIRECTION_X[aim] * flown,
            rows.y[ids] + DIRECTION_Y[aim] * flown,
        )
        rows.at_x[ids] = paths.x1
        rows.at_y[ids] = paths.y1
        if self._grid.cells > 1:
            self._forget_origins(ids, paths, flown)
        bolts, victims, times = self._first_hits(paths, rows.owner[ids], targets, ways)
        hits = Hits(
            rows.owner[ids[bolts]],
            targets[victims],
            paths.x0[bolts] + (paths.x1[bolts] - paths.x0[bolts]) * times,
            paths.y0[bolts] + (paths.y1[bolts] - paths.y0[bolts]) * times,
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

    def _forget_origins(self, ids: Ids, paths: Paths, flown: Floats) -> None:
        """Let bolts that enter another cell begin anew there: those who see only that cell must not learn who fired."""
        grid, rows = self._grid, self.table.rows
        crossing = grid.cells_at(paths.x0, paths.y0) != grid.cells_at(paths.x1, paths.y1)
        ids = ids[crossing]
        rows.x[ids], rows.y[ids] = paths.x1[crossing], paths.y1[crossing]
        rows.born[ids] = self._world.tick & 65535
        rows.reach[ids] -= flown[crossing]

    def _first_hits(self, paths: Paths, owners: Any, targets: Ids, ways: Paths) -> tuple[Ids, Ids, Floats]:
        """Each bolt's first hit, if any: indices into ``paths`` and ``targets``, and when, 0 to 1; earliest first."""
        if len(owners) * len(targets) <= _FEW_PAIRS:
            bolts, ships = all_pairs(len(owners), len(targets))
        else:
            bolts, ships = near_pairs(paths.middles(), ways.middles(), self._cell)
        others = owners[bolts] != targets[ships]
        bolts, ships = bolts[others], ships[others]
        times = touch_times(paths, bolts, ways, ships)
        hit = np.flatnonzero(times <= 1)
        bolts, ships, times = bolts[hit], ships[hit], times[hit]
        if len(hit) > 1:
            order = np.lexsort((ships, times, bolts))
            order = order[np.diff(bolts[order], prepend=-1) != 0]
            order = order[np.lexsort((bolts[order], times[order]))]
            bolts, ships, times = bolts[order], ships[order], times[order]
        return bolts, ships, times


def touch_times(paths: Paths, bolts: Ids, ways: Paths, ships: Ids) -> Floats:
    """When each bolt of a pair comes within `HIT_DISTANCE` of the ship, 0 to 1 of the tick; infinity for never.

    Seen from the ship the bolt flies straight from p to p + v: the earlier root of |p + v t| = distance.
    """
    px = paths.x0[bolts] - ways.x0[ships]
    py = paths.y0[bolts] - ways.y0[ships]
    vx = (paths.x1[bolts] - ways.x1[ships]) - px
    vy = (paths.y1[bolts] - ways.y1[ships]) - py
    a = vx * vx + vy * vy
    b = px * vx + py * vy
    c = px * px + py * py - HIT_DISTANCE * HIT_DISTANCE
    root = b * b - a * c
    approaches = (root >= 0) & (b < 0)
    times = np.full(len(bolts), np.inf)
    times[approaches] = (-b[approaches] - np.sqrt(root[approaches])) / a[approaches]
    times[c <= 0] = 0.0
    return times
