"""Teams in the mode `TEAM_PLAY`; in `FREE_FOR_ALL` everybody plays alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from game_server.games.arena.constants import TEAM_PLAY
from game_server.games.arena.tables import TEAM_IDS, Score, Ship, Team
from game_server.simulation import Table, World

Ids = npt.NDArray[np.intp]


class Teams:
    """Puts players into teams: newcomers into the smaller one, and enough others over for a round to begin evenly.

    Args:
        world: where `table` is declared.
        ships, scores: tables with a column for the player's team.
        mode: one of the arena's.

    Attributes:
        table: a row for each team; none when everybody plays alone.
        count: the number of teams; 0 when everybody plays alone.
    """

    def __init__(self, world: World, ships: Table[Ship], scores: Table[Score], mode: str) -> None:
        self.table: Table[Team] = world.table(6, "team", Team, max(TEAM_IDS) + 1)
        self.count = len(TEAM_IDS) if mode == TEAM_PLAY else 0
        for team in TEAM_IDS[: self.count]:
            self.table.add_at(team)
        self._ships = ships
        self._scores = scores

    def join(self, player: int) -> None:
        """Put ``player``, who has a ship and a score already, into the smaller team, the first of two that are even."""
        joined = self._ships.rows.joined
        joined[player] = joined[self._ships.live].max() + 1
        if self.count:
            self._put(player, TEAM_IDS[int(np.argmin(self.sizes()))])

    def balance(self) -> None:
        """Move the newest members of the larger team over, until the two differ by one at most."""
        if not self.count:
            return
        sizes = self.sizes()
        surplus = abs(int(sizes[0] - sizes[1])) // 2
        if surplus:
            larger, smaller = TEAM_IDS if sizes[0] > sizes[1] else TEAM_IDS[::-1]
            members = self.members(larger)
            newest = members[np.argsort(self._ships.rows.joined[members])][-surplus:]
            self._put(newest, smaller)

    def members(self, team: int) -> Ids:
        """Return the players of ``team``, ascending."""
        ids = self._ships.live
        members: Ids = ids[self._ships.rows.team[ids] == team]
        return members

    def sizes(self) -> Ids:
        """Return the number of players of each team."""
        teams = self._ships.rows.team[self._ships.live]
        sizes: Ids = np.bincount(teams, minlength=max(TEAM_IDS) + 1)[TEAM_IDS[0] :]
        return sizes

    def of(self, player: int) -> int:
        """Return the team of ``player``; 0 for none."""
        return int(self._ships.rows.team[player])

    def _put(self, players: int | Ids, team: int) -> None:
        self._ships.rows.team[players] = team
        self._scores.rows.team[players] = team
