"""Fair bots, which play about as well as the weakest person of their match."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from game_server.simulation import GENTLE, SKILLS, Brain, Command, View

LEVELS: Final = (GENTLE, *SKILLS)
"""Skills, the weakest first; a level is a place in it."""
_EASY, _NORMAL, _HARD = (LEVELS.index(skill) for skill in SKILLS)
_GENTLE_FROM: Final = 2
"""Points by which a bot leads the weakest person, from which on it plays not to win."""
_EASY_ABOVE: Final = -3
"""Above it a bot plays easy: about as well as one who begins."""
_NORMAL_ABOVE: Final = -7
"""So far behind, the weakest person is better than a normal bot."""
_LOOK_SECONDS: Final = 2.0
"""How often a bot looks at the score: often enough to stop a bad run, too seldom to be noticed."""


def level_of(lead: int) -> int:
    """The index in `LEVELS` for a bot that is ``lead`` points ahead of the weakest person."""
    if lead >= _GENTLE_FROM:
        return 0
    if lead > _EASY_ABOVE:
        return _EASY
    return _NORMAL if lead > _NORMAL_ABOVE else _HARD


class FairBrain:
    """Plays by the brain of one skill or another, as the score is.

    What it does follows from the score at given ticks alone, so it does the same when a match is played again.

    Args:
        brain_of: makes the brain of a skill, for the bot's seat.
        lead: points by which the bot is ahead of the weakest person; None when there is no person.
        tick_rate: ticks a second.
    """

    def __init__(self, brain_of: Callable[[str], Brain], lead: Callable[[], int | None], tick_rate: int) -> None:
        self._brain_of = brain_of
        self._lead = lead
        self._look = round(_LOOK_SECONDS * tick_rate)
        self._looks = 0
        """Looks that were due by the last tick that was seen."""
        self._level = _EASY
        self._brain = brain_of(LEVELS[_EASY])

    def decide(self, view: View) -> Command:
        """The buttons and aim for the tick after ``view.tick``."""
        # Where bots are many, they take turns: this one may never be asked in the tick in which a look is due.
        looks = view.tick // self._look
        if looks != self._looks:
            self._looks = looks
            lead = self._lead()
            level = self._level if lead is None else level_of(lead)
            if level != self._level:
                # A new one each time: a brain that is asked again after a while would aim by what it saw then.
                self._level, self._brain = level, self._brain_of(LEVELS[level])
        return self._brain.decide(view)
