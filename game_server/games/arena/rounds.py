"""The course of a match: warm-up, countdown, playing, results, and the next countdown.

::

    warm-up --two players--> countdown --3 s--> playing --20 kills or 5 min--> results --8 s--> countdown
       ^------------------------ fewer than two players (results are shown to their end) ---------'

While weapons are locked, in countdown and results, every ship's `fire_wait` lasts to the end of the phase: so
movement needs to know nothing of phases.
"""

from __future__ import annotations

from typing import Any, Final, Protocol

import numpy as np

from game_server.games.arena.constants import (
    COUNTDOWN_SECONDS,
    KILLS_TO_WIN,
    PLAYERS_TO_START,
    PLAYING_SECONDS,
    RESULTS_SECONDS,
    ticks_of,
)
from game_server.games.arena.tables import COUNTDOWN, NOBODY, PLAYING, RESULTS, WARM_UP, Round, Score
from game_server.simulation import Table, World

PHASE_NAMES: Final = ("warm-up", "countdown", "playing", "results")


class Stage(Protocol):
    """What a change of phase does to the arena."""

    def clear(self) -> None:
        """No bolts in the air."""

    def lock_weapons(self, ticks: int) -> None:
        """Nobody fires for ``ticks``; 0 unlocks."""

    def start_afresh(self) -> None:
        """Every ship new and in its place, every thing back on its spot."""


class Rounds:
    """The phases of a match, in the one row of `table`."""

    def __init__(self, world: World, scores: Table[Score], stage: Stage) -> None:
        self.table: Table[Round] = world.table(5, "round", Round, 1)
        self.table.add(phase=WARM_UP, number=1, winner=NOBODY)
        self._world = world
        self._scores = scores
        self._stage = stage
        self._countdown = ticks_of(COUNTDOWN_SECONDS, world.tick_rate)
        self._playing = ticks_of(PLAYING_SECONDS, world.tick_rate)
        self._results = ticks_of(RESULTS_SECONDS, world.tick_rate)

    @property
    def phase(self) -> int:
        """`WARM_UP`, `COUNTDOWN`, `PLAYING` or `RESULTS`."""
        return int(self.table.rows.phase[0])

    @property
    def locked_ticks(self) -> int:
        """Ticks for which a ship that appears now must not fire."""
        if self.phase in (COUNTDOWN, RESULTS):
            return int(self.table.rows.ends[0]) - self._world.tick
        return 0

    def step(self) -> None:
        """Go to the next phase when its time has come."""
        phase = self.phase
        enough = len(self._scores) >= PLAYERS_TO_START
        over = self._world.tick >= self.table.rows.ends[0]
        if phase == WARM_UP:
            if enough:
                self._count_down()
        elif phase == RESULTS:
            if over:
                self.table.rows.number[0] += 1
                if enough:
                    self._count_down()
                else:
                    self._warm_up()
        elif not enough:
            self._warm_up()
        elif phase == COUNTDOWN:
            if over:
                self._play()
        elif over or self._highest("kills") >= KILLS_TO_WIN:
            self._show_results()

    def left(self, player: int) -> None:
        """Whoever takes the seat of ``player`` next has not won what ``player`` won."""
        if self.table.rows.winner[0] == player:
            self.table.rows.winner[0] = NOBODY

    def _warm_up(self) -> None:
        self._enter(WARM_UP, 0)
        self._clear_scores()
        self._stage.lock_weapons(0)

    def _count_down(self) -> None:
        self._enter(COUNTDOWN, self._countdown)
        self._clear_scores()
        self._stage.clear()
        self._stage.lock_weapons(self._countdown)

    def _play(self) -> None:
        self._enter(PLAYING, self._playing)
        self._stage.clear()
        self._stage.start_afresh()

    def _show_results(self) -> None:
        self._enter(RESULTS, self._results)
        self.table.rows.winner[0] = self._winner()
        self._stage.clear()
        self._stage.lock_weapons(self._results)

    def _enter(self, phase: int, ticks: int) -> None:
        rows = self.table.rows
        rows.phase[0] = phase
        rows.ends[0] = self._world.tick + ticks if ticks else 0
        rows.winner[0] = NOBODY

    def _clear_scores(self) -> None:
        self._scores.rows.kills[:] = 0
        self._scores.rows.deaths[:] = 0

    def _winner(self) -> int:
        """Who has the most kills, and of those the fewest deaths; nobody when that is still a tie, or no kill fell."""
        ids = self._scores.live
        kills, deaths = self._scores.rows.kills[ids], self._scores.rows.deaths[ids]
        best = ids[(kills == kills.max()) & (kills > 0)]
        best = best[self._scores.rows.deaths[best] == deaths[kills == kills.max()].min()]
        return int(best[0]) if len(best) == 1 else NOBODY

    def _highest(self, column: str) -> int:
        values: Any = self._scores.column(column)[self._scores.live]
        return int(np.max(values, initial=0))
