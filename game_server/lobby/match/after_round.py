"""What follows a round: the votes of those who play, the count of rounds, and another map or mode."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable

from game_server.protocol import MODES, VoteChoice


class Votes:
    """What people want after a round: a rematch, or the next map and mode. One vote for each voter."""

    def __init__(self) -> None:
        self._votes: dict[int, VoteChoice] = {}

    def cast(self, voter: int, choice: VoteChoice) -> bool:
        """Count ``choice``, or with `VoteChoice.NONE` take the vote back; whether anything has changed."""
        before = self._votes.pop(voter, VoteChoice.NONE)
        if choice is not VoteChoice.NONE:
            self._votes[voter] = choice
        return choice is not before

    def withdraw(self, voter: int) -> bool:
        """Forget the vote of a ``voter`` who has gone; whether there was one."""
        return self._votes.pop(voter, None) is not None

    def items(self) -> Iterable[tuple[int, VoteChoice]]:
        """Every vote, with its voter."""
        return self._votes.items()

    def clear(self) -> None:
        """Forget every vote."""
        self._votes.clear()

    def tally(self) -> tuple[int, int]:
        """Votes for a rematch, and for the next map and mode."""
        count = Counter(self._votes.values())
        return count[VoteChoice.REMATCH], count[VoteChoice.NEXT]

    def winner(self) -> VoteChoice:
        """The choice with most votes; `VoteChoice.NONE` when neither has more."""
        rematch, following = self.tally()
        if rematch == following:
            return VoteChoice.NONE
        return VoteChoice.REMATCH if rematch > following else VoteChoice.NEXT

    def majority(self, people: int) -> bool:
        """Whether more than half of ``people`` want to play on after the last round."""
        return 2 * sum(self.tally()) > people


class AfterRound(enum.Enum):
    """How a match goes on."""

    CONTINUE = "the world goes on with its next round"
    NEW_WORLD = "another map or mode"
    END = "the last round has been played"


class RoundPlan:
    """Counts the rounds of a match and decides what follows each.

    Args:
        limit: rounds until the match ends; 0 for no end.
        rotation: what changes from round to round; bits `MAPS` and `MODES`.
        modes: of the game, in the order in which they take turns.

    Attributes:
        played: rounds that count towards ``limit``.
    """

    def __init__(self, limit: int, rotation: int, modes: tuple[str, ...]) -> None:
        self._limit = limit
        self._rotation = rotation
        self._modes = modes
        self.played = 0

    @property
    def left(self) -> int:
        """Rounds still to be played, the current one included; 0 for no end."""
        return self._limit - self.played if self._limit else 0

    def finished(self, count: int, votes: Votes, people: int) -> AfterRound:
        """Count ``count`` more rounds as played and decide, by the ``votes`` of ``people``, what follows."""
        self.played += count
        if self._limit and self.played >= self._limit:
            if not votes.majority(people):
                return AfterRound.END
            self.played = 0
        if self._rotation and votes.winner() is not VoteChoice.REMATCH:
            return AfterRound.NEW_WORLD
        return AfterRound.CONTINUE

    def mode_after(self, mode: str) -> str:
        """The mode of the world that follows one of ``mode``."""
        if not self._rotation & MODES or mode not in self._modes:
            return mode
        return self._modes[(self._modes.index(mode) + 1) % len(self._modes)]
