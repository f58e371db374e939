"""Rounds: warm-up, countdown, playing, results, and the next countdown.

::

    warm-up --two players--> countdown --3 s--> playing --enough kills or 5 min--> results --8 s--> countdown
       ^------------------------ fewer than two players (results are shown to their end) -------------'

Teams play only while each has a player. The host of the match may begin the countdown at any time, even for one
player alone, and end a countdown or a round at any time.

While weapons are locked, in countdown and results, every ship's `fire_wait` lasts to the end of the phase: so
movement needs to know nothing of phases.
"""

from __future__ import annotations

from typing import Final, Protocol

from game_server.games.arena.constants import (
    COUNTDOWN_SECONDS,
    PLAYERS_TO_START,
    PLAYING_SECONDS,
    RESULTS_SECONDS,
    ticks_of,
)
from game_server.games.arena.scoring import Scoring
from game_server.games.arena.tables import COUNTDOWN, NOBODY, PLAYING, RESULTS, WARM_UP, Ship
from game_server.games.arena.teams import Teams
from game_server.simulation import NEVER, Single, Table, World

PHASE_NAMES: Final = ("warm-up", "countdown", "playing", "results")


class Stage(Protocol):
    """The parts of the arena that a change of phase changes."""

    def clear(self) -> None:
        """Take all bolts out of the air."""

    def lock_weapons(self, ticks: int) -> None:
        """Lock all weapons for ``ticks``; 0 unlocks them."""

    def start_afresh(self) -> None:
        """Reset every ship and put every pick-up back."""


class Rounds:
    """The phases of a match, which are in ``round``."""

    def __init__(
        self,
        world: World,
        row: Single,
        ships: Table[Ship],
        teams: Teams,
        scoring: Scoring,
        stage: Stage,
    ) -> None:
        self.round = row
        row.phase, row.number, row.winner, row.teams = WARM_UP, 1, NOBODY, teams.count
        row.least = PLAYERS_TO_START
        self._world = world
        self._ships = ships
        self._teams = teams
        self._scoring = scoring
        self._stage = stage
        self._countdown = ticks_of(COUNTDOWN_SECONDS, world.tick_rate)
        self._playing = ticks_of(PLAYING_SECONDS, world.tick_rate)
        self._results = ticks_of(RESULTS_SECONDS, world.tick_rate)

    @property
    def phase(self) -> int:
        """`WARM_UP`, `COUNTDOWN`, `PLAYING` or `RESULTS`."""
        return int(self.round.phase)

    @property
    def due(self) -> int:
        """The tick in which this phase ends by time; `NEVER` for a warm-up."""
        return self.round.ends or NEVER

    @property
    def locked_ticks(self) -> int:
        """Ticks for which a ship that spawns now must not fire."""
        if self.phase in (COUNTDOWN, RESULTS):
            return int(self.round.ends) - self._world.tick
        return 0

    def step(self) -> None:
        """Go to the next phase when it is due."""
        phase = self.phase
        enough = len(self._ships) >= PLAYERS_TO_START
        over = self._world.tick >= self.round.ends
        if phase == WARM_UP:
            if enough:
                self._count_down()
        elif phase == RESULTS:
            if over:
                self.round.finished += 1
                self.round.number += 1
                if enough:
                    self._count_down()
                else:
                    self._warm_up()
        elif not self._goes_on():
            self._warm_up()
        elif phase == COUNTDOWN:
            if over:
                self._play()
        elif over or self._scoring.decided:
            self._show_results()

    def start(self) -> bool:
        """Restart the countdown of this round, or after results begin that of the next; False if nobody is there."""
        if not len(self._ships):
            return False
        if self.phase == RESULTS:
            self.round.number += 1
        self._count_down()
        self.round.least = min(PLAYERS_TO_START, len(self._ships))
        return True

    def end(self) -> bool:
        """Show the results now; False unless a round is counted down or played."""
        if self.phase not in (COUNTDOWN, PLAYING):
            return False
        self._show_results()
        return True

    def left(self, player: int) -> None:
        """Clear a win of ``player``, who has left: the next to take the seat has not won it."""
        if not self._teams.count and self.round.winner == player:
            self.round.winner = NOBODY

    def _goes_on(self) -> bool:
        """Return whether enough players are there; one is enough if the host began the round for one."""
        if len(self._ships) < self.round.least:
            return False
        divided = self._teams.count and self.phase == PLAYING and self.round.least == PLAYERS_TO_START
        return not divided or bool(self._teams.sizes().all())

    def _warm_up(self) -> None:
        self._enter(WARM_UP, 0)
        self._scoring.clear()
        self._stage.lock_weapons(0)

    def _count_down(self) -> None:
        self._enter(COUNTDOWN, self._countdown)
        self.round.least = PLAYERS_TO_START
        self._scoring.clear()
        self._teams.balance()
        self._stage.clear()
        self._stage.lock_weapons(self._countdown)

    def _play(self) -> None:
        self._enter(PLAYING, self._playing)
        self._teams.balance()  # some may have left since the countdown began
        self._stage.clear()
        self._stage.start_afresh()

    def _show_results(self) -> None:
        self._enter(RESULTS, self._results)
        self.round.winner = self._scoring.winner()
        self._stage.clear()
        self._stage.lock_weapons(self._results)

    def _enter(self, phase: int, ticks: int) -> None:
        self.round.phase = phase
        self.round.ends = self._world.tick + ticks if ticks else 0
        self.round.winner = NOBODY
