"""Pick-ups: health, rapid fire and shields, on fixed spots where they come back."""

from __future__ import annotations

import numpy as np

from game_server.games.arena.constants import (
    HEALTH_PACK_POINTS,
    MAX_HEALTH,
    PICKUP_REACH,
    PICKUP_SECONDS,
    RAPID_SECONDS,
    SHIELD_SECONDS,
    TILE,
    ticks_of,
)
from game_server.games.arena.events import PickupTaken
from game_server.games.arena.map import ArenaMap
from game_server.games.arena.tables import HEALTH_PACK, RAPID_FIRE, Pickup, Ship, Spot
from game_server.simulation import NEVER, Table, World

_NO_SPOT = -1


class Pickups:
    """The pick-ups of the map; a spot's number is the id of its row, which exists while the pick-up is there."""

    def __init__(self, world: World, ships: Table[Ship], arena_map: ArenaMap) -> None:
        self._world = world
        self._ships = ships
        self._spots = arena_map.pickups
        self._kinds = arena_map.pickup_kinds
        self.table: Table[Pickup] = world.table(3, "pickup", Pickup, len(self._spots), ("x", "y"))
        spots: Table[Spot] = world.table(7, "spot", Spot, len(self._spots))
        spots.add_many(len(self._spots))
        self._returns = spots.rows.returns
        self._width = arena_map.width
        # A pick-up lies in the middle of its tile, and its reach is within the tile.
        self._spot_in = np.full(arena_map.walls.size, _NO_SPOT)
        columns, rows = (self._spots // TILE).astype(np.intp).T
        self._spot_in[rows * self._width + columns] = np.arange(len(self._spots))
        self._away = ticks_of(PICKUP_SECONDS, world.tick_rate)
        self._rapid = ticks_of(RAPID_SECONDS, world.tick_rate)
        self._shield = ticks_of(SHIELD_SECONDS, world.tick_rate)
        self.put_all_back()

    @property
    def due(self) -> int:
        """The tick in which the next pick-up comes back; `NEVER` while all are there."""
        gone = self._returns[~self.table.alive]
        return int(gone.min()) if len(gone) else NEVER

    def step(self) -> None:
        """Bring back pick-ups that are due, and give those in reach to ships."""
        if len(self.table) < self.table.capacity:
            for spot in np.flatnonzero(self._returns == self._world.tick).tolist():
                self._put(spot)
        self._give()

    def put_all_back(self) -> None:
        """Put a pick-up on every spot."""
        for spot in np.flatnonzero(~self.table.alive).tolist():
            self._put(spot)

    def _give(self) -> None:
        """Give each pick-up to the nearest living ship in reach that has a use for it."""
        rows = self._ships.rows
        ids = self._ships.live
        tiles = (rows.y[ids] / TILE).astype(np.intp) * self._width + (rows.x[ids] / TILE).astype(np.intp)
        spots = self._spot_in[tiles]
        near = np.flatnonzero((spots != _NO_SPOT) & (rows.alive[ids] != 0))
        if not len(near):
            return
        ids, spots = ids[near], spots[near]
        dx = rows.x[ids] - self._spots[spots, 0]
        dy = rows.y[ids] - self._spots[spots, 1]
        distance = dx * dx + dy * dy
        useful = (self._kinds[spots] != HEALTH_PACK) | (rows.health[ids] < MAX_HEALTH)
        takes = (distance <= PICKUP_REACH * PICKUP_REACH) & useful & self.table.alive[spots]
        for at in np.lexsort((ids, distance)).tolist():
            if takes[at] and self.table.alive[spots[at]]:
                self._take(int(ids[at]), int(spots[at]))

    def _take(self, player: int, spot: int) -> None:
        rows = self._ships.rows
        kind = int(self._kinds[spot])
        if kind == HEALTH_PACK:
            rows.health[player] = min(rows.health[player] + HEALTH_PACK_POINTS, MAX_HEALTH)
        elif kind == RAPID_FIRE:
            rows.rapid_left[player] = self._rapid
        else:
            rows.shield_left[player] = self._shield
        self.table.remove(spot)
        self._returns[spot] = self._world.tick + self._away
        self._world.emit(PickupTaken(player, kind), at=(rows.x[player], rows.y[player]))

    def _put(self, spot: int) -> None:
        x, y = self._spots[spot]
        self._returns[spot] = 0
        self.table.add_at(spot, x=x, y=y, kind=self._kinds[spot])
