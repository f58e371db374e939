"""Rounds of the arena: what a change of phase does to ships, teams and scores.

Teams play only while each has a player. While weapons are locked, in countdown and results, every ship's `fire_wait`
lasts to the end of the phase: so movement needs to know nothing of phases.
"""

from __future__ import annotations

from typing import Final, Protocol

from game_server.author import RoundPhases
from game_server.author import Rounds as Lengths
from game_server.games.arena.constants import COUNTDOWN_SECONDS, PLAYERS_TO_START, PLAYING_SECONDS, RESULTS_SECONDS
from game_server.games.arena.scoring import Scoring
from game_server.games.arena.tables import COUNTDOWN, PLAYING, RESULTS, WARM_UP, Ship
from game_server.games.arena.teams import Teams
from game_server.simulation import Single, Table, World

LENGTHS: Final = Lengths(countdown=COUNTDOWN_SECONDS, play=PLAYING_SECONDS, results=RESULTS_SECONDS)


class Field(Protocol):
    """The parts of the arena that a change of phase changes."""

    def clear(self) -> None:
        """Take all bolts out of the air."""

    def lock_weapons(self, ticks: int) -> None:
        """Lock all weapons for ``ticks``; 0 unlocks them."""

    def start_afresh(self) -> None:
        """Reset every ship and put every pick-up back."""


class Rounds(RoundPhases):
    """The phases of a match, which are in ``round``, and the stage on which they are played."""

    def __init__(
        self,
        world: World,
        row: Single,
        ships: Table[Ship],
        teams: Teams,
        scoring: Scoring,
        field: Field,
    ) -> None:
        super().__init__(world, LENGTHS, PLAYERS_TO_START, row, self)
        row.teams = teams.count
        self._ships = ships
        self._teams = teams
        self._scoring = scoring
        self._field = field

    @property
    def locked_ticks(self) -> int:
        """Ticks for which a ship that spawns now must not fire."""
        if self.phase in (COUNTDOWN, RESULTS):
            return int(self.round.ends) - self.world.tick
        return 0

    def left(self, player: int) -> None:
        """Clear a win of ``player``, who has left; a team keeps its own."""
        if not self._teams.count:
            super().left(player)

    # The stage

    def present(self) -> int:
        """Count the ships."""
        return len(self._ships)

    def goes_on(self) -> bool:
        """Whether enough players are there; one is enough if the host began the round for one."""
        if len(self._ships) < self.round.least:
            return False
        divided = self._teams.count and self.phase == PLAYING and self.round.least == PLAYERS_TO_START
        return not divided or bool(self._teams.sizes().all())

    def decided(self) -> bool:
        """Whether somebody has the kills that end a round."""
        return self._scoring.decided

    def best(self) -> int:
        """Return the team or player who is ahead, or `NOBODY`."""
        return self._scoring.winner()

    def entered(self, phase: int, ticks: int) -> None:
        """Follow a change of phase: scores, teams, bolts and weapons."""
        if phase in (WARM_UP, COUNTDOWN):
            self._scoring.clear()
        if phase in (COUNTDOWN, PLAYING):
            self._teams.balance()  # some may have left since the countdown began
        if phase != WARM_UP:
            self._field.clear()
        if phase == PLAYING:
            self._field.start_afresh()
        else:
            self._field.lock_weapons(ticks)
