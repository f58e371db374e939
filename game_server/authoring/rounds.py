"""Rounds as a ready part: warm-up, countdown, playing, results, and the next countdown.

::

    warm-up --enough players--> countdown --> playing --time is up, or the rules say so--> results --> countdown
       ^----------------------- too few players (results are shown to their end) ----------------'

The host of a match may begin a countdown at any time, even for one player alone, and end a countdown or a round.
"""

from __future__ import annotations

from typing import Final, Protocol

import attrs

from game_server.errors import RulesError
from game_server.simulation import END_ROUND, NEVER, START_ROUND, Column, Game, Single, World, hidden, whole

WARM_UP, COUNTDOWN, PLAYING, RESULTS = 0, 1, 2, 3
PHASE_NAMES: Final = ("warm-up", "countdown", "playing", "results")
NOBODY: Final = 65535


@attrs.define
class RoundRow:
    """The round. ``ends`` is a tick, 0 for none; ``winner`` a player, or `NOBODY`.

    ``least`` is the number of players that it goes on with, and ``finished`` that of the rounds before whose results
    have been shown to their end.
    """

    phase: Column = whole(0, 3)
    ends: Column = whole(0, 2**32 - 1)
    number: Column = whole(0, 65535)
    winner: Column = whole(0, NOBODY)
    least: Column = hidden("u1")
    finished: Column = hidden("u4")


@attrs.frozen(kw_only=True)
class Rounds:
    """How long the phases of a round last, in seconds: ``Rounds(play=60)``."""

    countdown: float = 3.0
    play: float = 120.0
    results: float = 8.0

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(type(self)):
            seconds = getattr(self, field.name)
            if not isinstance(seconds, int | float) or not 0 < seconds <= 86400:
                raise RulesError(f"Rounds({field.name}={seconds!r}): it is seconds, more than 0 and at most a day")


class Stage(Protocol):
    """The rules whose rounds these are."""

    def present(self) -> int:
        """Count the players."""

    def goes_on(self) -> bool:
        """Whether enough players are there to go on with a countdown or a round."""

    def decided(self) -> bool:
        """Whether the round that is played has been won before its time is up."""

    def entered(self, phase: int, ticks: int) -> None:
        """Follow a change of phase, which has happened; it lasts ``ticks``, 0 for no end."""

    def best(self) -> int:
        """Return the player who has won the round that ends now, or `NOBODY`."""


class RoundPhases:
    """The phases of a match, which are in ``round``.

    Args:
        rounds: how long they last.
        least: players that a round needs.
        row: a row of `RoundRow`, or of a class derived from it.
        stage: the rules.
    """

    def __init__(self, world: World, rounds: Rounds, least: int, row: Single, stage: Stage) -> None:
        self.round = row
        row.phase, row.number, row.winner, row.least = WARM_UP, 1, NOBODY, least
        self.world = world
        self._least = least
        self._stage = stage
        seconds = {COUNTDOWN: rounds.countdown, PLAYING: rounds.play, RESULTS: rounds.results}
        self._ticks = {phase: max(1, round(length * world.tick_rate)) for phase, length in seconds.items()}

    @property
    def phase(self) -> int:
        """`WARM_UP`, `COUNTDOWN`, `PLAYING` or `RESULTS`."""
        return int(self.round.phase)

    @property
    def called(self) -> str:
        """The phase in words: ``warm-up``, ``countdown``, ``playing`` or ``results``."""
        return PHASE_NAMES[self.phase]

    @property
    def is_played(self) -> bool:
        """Whether a round is played, or its results are shown."""
        return self.phase in (PLAYING, RESULTS)

    @property
    def due(self) -> int:
        """The tick in which this phase ends by time; `NEVER` for a warm-up."""
        return self.round.ends or NEVER

    def step(self) -> None:
        """Go to the next phase when it is due."""
        phase, enough = self.phase, self._stage.present() >= self._least
        over = self.world.tick >= self.round.ends
        if phase == WARM_UP:
            if enough:
                self._count_down()
        elif phase == RESULTS:
            if over:
                self.round.finished += 1
                self.round.number = self.round.number % NOBODY + 1
                if enough:
                    self._count_down()
                else:
                    self._enter(WARM_UP)
        elif not self._stage.goes_on():
            self._enter(WARM_UP)
        elif phase == COUNTDOWN:
            if over:
                self._enter(PLAYING)
        elif over or self._stage.decided():
            self.end()

    def start(self) -> bool:
        """Restart the countdown of this round, or after results begin that of the next; False if nobody is there."""
        present = self._stage.present()
        if not present:
            return False
        if self.phase == RESULTS:
            self.round.number = self.round.number % NOBODY + 1
        self._count_down()
        self.round.least = min(self._least, present)
        return True

    def end(self, winner: int | None = None) -> bool:
        """Show the results now; False unless a round is counted down or played, and somebody is there to see them.

        Args:
            winner: who has won it; the best by the stage if left out.
        """
        if self.phase not in (COUNTDOWN, PLAYING) or not self._stage.present():
            return False
        self._enter(RESULTS, self._stage.best() if winner is None else winner)
        return True

    def left(self, player: int) -> None:
        """Clear a win of ``player``, who has left: the next to take the seat has not won it."""
        if self.round.winner == player:
            self.round.winner = NOBODY

    def _count_down(self) -> None:
        self.round.least = self._least
        self._enter(COUNTDOWN)

    def _enter(self, phase: int, winner: int = NOBODY) -> None:
        self.round.phase = phase
        ticks = self._ticks.get(phase, 0)
        self.round.ends = self.world.tick + ticks if ticks else 0
        self.round.winner = winner
        self._stage.entered(phase, ticks)


class PlayedInRounds(Game):
    """Rules that are played in rounds, which are ``_phases``: None in a game without rounds.

    Rules of tables, such as the arena's, set it; it is done for declared ones.
    """

    _phases: RoundPhases | None = None

    def phase(self) -> str:
        """``warm-up``, ``countdown``, ``playing`` or ``results``; ``playing`` in a game without rounds."""
        return self._phases.called if self._phases else PHASE_NAMES[PLAYING]

    @property
    def rounds_finished(self) -> int:
        """Rounds whose results have been shown to their end."""
        return int(self._phases.round.finished) if self._phases else 0

    @property
    def round_goes_on(self) -> bool:
        """Whether a round is played, or its results are shown."""
        return self._phases is not None and self._phases.is_played

    def order(self, order: int) -> bool:
        """Begin a countdown, or show the results; returns whether it was possible."""
        if self._phases is None:
            return False
        return self._phases.start() if order == START_ROUND else order == END_ROUND and self._phases.end()
