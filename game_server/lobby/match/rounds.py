"""What comes after a round: the next one, another map or mode, or the end."""

from __future__ import annotations

import enum

from game_server.lobby.match.votes import Votes
from game_server.protocol import MODES, Choice


class Course(enum.Enum):
    """How a match goes on."""

    AS_IT_IS = "as it is"
    ANEW = "anew"
    NO_FURTHER = "no further"


class Rounds:
    """Counts the rounds of a match, and decides what comes after each.

    Args:
        limit: rounds until the match ends; 0 for no end.
        rotation: what changes from round to round; bits `MAPS` and `MODES`.
        modes: of the game, in the order in which they take turns.
    """

    def __init__(self, limit: int, rotation: int, modes: tuple[str, ...]) -> None:
        self._limit = limit
        self._rotation = rotation
        self._modes = modes
        self._played = 0

    @property
    def left(self) -> int:
        """How many are to be played, the one that runs included; 0 for no end."""
        return self._limit - self._played if self._limit else 0

    def finished(self, count: int, votes: Votes, people: int) -> Course:
        """``count`` more rounds are over, and ``votes`` are what ``people`` want."""
        self._played += count
        if self._limit and self._played >= self._limit:
            if not votes.goes_on(people):
                return Course.NO_FURTHER
            self._played = 0
        return Course.ANEW if self._rotation and votes.winner() is not Choice.REMATCH else Course.AS_IT_IS

    def mode_after(self, mode: str) -> str:
        """The mode of a match that begins anew after ``mode``."""
        if not self._rotation & MODES or mode not in self._modes:
            return mode
        return self._modes[(self._modes.index(mode) + 1) % len(self._modes)]
