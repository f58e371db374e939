"""Spawns: where ships appear, and in what state."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from game_server.games.arena.constants import MAX_HEALTH, PROTECTION_SECONDS, SPAWN_CLEARANCE, ticks_of
from game_server.games.arena.events import Respawn
from game_server.games.arena.geometry import all_pairs, near_pairs
from game_server.games.arena.map import Points
from game_server.games.arena.tables import Ship
from game_server.simulation import Table, World

_CANDIDATES: Final = 96
"""Places considered in a tick with spawns; an arena for up to 20 players has no more."""
_MANY_PAIRS: Final = 10_000
"""Places times ships from which on sorting them by cell is quicker than `all_pairs`."""

Ids = npt.NDArray[np.intp]


class Spawns:
    """Puts ships on the map."""

    def __init__(self, world: World, ships: Table[Ship], places: Points) -> None:
        self._world = world
        self._ships = ships
        self._places = places
        self._protection = ticks_of(PROTECTION_SECONDS, world.tick_rate)

    def appear(self, players: list[int], fire_wait: int) -> None:
        """Put these ships far from living enemies and from each other; they may fire after ``fire_wait`` ticks."""
        places = self._candidates()
        teams = self._ships.rows.team[players].tolist()
        clearances = {team: self._clearance(places, team) for team in sorted(set(teams))}
        taken = np.full(len(places), np.inf)
        for player, team in zip(players, teams, strict=True):
            clearance = np.minimum(clearances[team], taken)
            best = np.flatnonzero(clearance == clearance.max())
            place = places[best[self._world.random.below(len(best))]]
            self._reset(np.array([player]), place[None, :], fire_wait)
            taken = np.minimum(taken, ((places - place) ** 2).sum(axis=1))

    def respawn_the_due(self, fire_wait: int) -> None:
        """Bring back those whose wait is over."""
        rows = self._ships.rows
        ids = self._ships.live
        due = ids[(rows.alive[ids] == 0) & (rows.respawn_wait[ids] == 0)].tolist()
        if due:
            self.appear(due, fire_wait)
        for player in due:
            self._world.emit(Respawn(player), at=(rows.x[player], rows.y[player]))

    def deal(self) -> None:
        """Put everybody on places far from each other, dealt at random, as a round begins."""
        players = self._ships.live
        turn = np.argsort(self._world.random.many(len(players)), kind="stable") % len(self._places)
        self._reset(players, self._places[turn], 0)

    def protect(self, fired: Ids) -> None:
        """Count protection down; it ends at once for those who fired."""
        left = self._ships.rows.protected_left
        left -= left > 0
        left[fired] = 0

    def _reset(self, players: Ids, places: Points, fire_wait: int) -> None:
        rows = self._ships.rows
        rows.x[players] = places[:, 0]
        rows.y[players] = places[:, 1]
        self._ships.restart_history(players)
        for still in (rows.vx, rows.vy, rows.dash_wait, rows.dash_left, rows.rapid_left, rows.shield_left):
            still[players] = 0
        rows.respawn_wait[players] = 0
        rows.fire_wait[players] = fire_wait
        rows.protected_left[players] = self._protection
        rows.health[players] = MAX_HEALTH
        rows.alive[players] = 1

    def _candidates(self) -> Points:
        """Return every place, or a random sample where there are many."""
        if len(self._places) <= _CANDIDATES:
            return self._places
        return self._places[(self._world.random.many(_CANDIDATES) * len(self._places)).astype(np.intp)]

    def _clearance(self, places: Points, team: int) -> npt.NDArray[np.float64]:
        """Return the squared distance from each place to the nearest living enemy, at most `SPAWN_CLEARANCE` squared.

        Without a ``team`` (0), everybody is an enemy.
        """
        ids = self._ships.live
        ids = ids[self._ships.rows.alive[ids] != 0]
        if team:
            ids = ids[self._ships.rows.team[ids] != team]
        x, y = self._ships.rows.x[ids], self._ships.rows.y[ids]
        if len(places) * len(ids) <= _MANY_PAIRS:
            place, enemy = all_pairs(len(places), len(ids))
        else:
            place, enemy = near_pairs((places[:, 0], places[:, 1]), (x, y), SPAWN_CLEARANCE)
        dx, dy = places[place, 0] - x[enemy], places[place, 1] - y[enemy]
        nearest = np.full(len(places), float(SPAWN_CLEARANCE * SPAWN_CLEARANCE))
        np.minimum.at(nearest, place, dx * dx + dy * dy)
        return nearest
