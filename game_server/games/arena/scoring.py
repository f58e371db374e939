"""Scores of players and teams, and who wins by them."""

from __future__ import annotations

from typing import Any

import numpy as np

from game_server.games.arena.constants import KILLS_TO_WIN, TEAM_KILLS_A_SEAT, TEAM_KILLS_TO_WIN
from game_server.games.arena.tables import MOST_TEAM_KILLS, NOBODY, TEAM_IDS, Score
from game_server.games.arena.teams import Teams
from game_server.simulation import Table


class Scoring:
    """Keeps the scores of players and teams. A team keeps its kills when members leave.

    Attributes:
        kills_to_win: of a player, or in team play of a team.
    """

    def __init__(self, scores: Table[Score], teams: Teams) -> None:
        team_kills = max(TEAM_KILLS_TO_WIN, int(scores.capacity * TEAM_KILLS_A_SEAT))
        self.kills_to_win = min(team_kills, MOST_TEAM_KILLS) if teams.count else KILLS_TO_WIN
        self._scores = scores
        self._teams = teams

    @property
    def decided(self) -> bool:
        """Whether a player or team has the kills that end a round."""
        table: Table[Any] = self._teams.table if self._teams.count else self._scores
        return int(np.max(table.rows.kills[table.live], initial=0)) >= self.kills_to_win

    def count(self, killer: int, victim: int) -> None:
        """Count a kill for the killer and their team; one less for a kill of a mate."""
        scores, team = self._scores.rows, self._teams.of(killer)
        gain = -1 if team and team == self._teams.of(victim) else 1
        scores.kills[killer] = max(0, scores.kills[killer] + gain)
        scores.deaths[victim] += 1
        if team:
            kills = self._teams.table.rows.kills
            kills[team] = max(0, kills[team] + gain)

    def clear(self) -> None:
        """Reset all scores to 0."""
        self._scores.rows.kills[:] = 0
        self._scores.rows.deaths[:] = 0
        self._teams.table.rows.kills[:] = 0

    def winner(self) -> int:
        """Return the team or player who is ahead; `NOBODY` for a tie, or without kills."""
        return self._best_team() if self._teams.count else self._best_player()

    def _best_team(self) -> int:
        first, second = (int(self._teams.table.rows.kills[team]) for team in TEAM_IDS)
        if first == second:
            return NOBODY
        return TEAM_IDS[0] if first > second else TEAM_IDS[1]

    def _best_player(self) -> int:
        """Return the player with the most kills, and among equals with the fewest deaths."""
        ids = self._scores.live
        kills, deaths = self._scores.rows.kills[ids], self._scores.rows.deaths[ids]
        best = np.flatnonzero((kills > 0) & (kills == np.max(kills, initial=0)))
        best = best[deaths[best] == np.min(deaths[best], initial=np.iinfo(deaths.dtype).max)]
        return int(ids[best[0]]) if len(best) == 1 else NOBODY
