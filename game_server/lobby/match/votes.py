"""What people want after a round: a rematch, or the next map and mode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from game_server.protocol import Choice


class Votes:
    """One vote for each of those who are there."""

    def __init__(self) -> None:
        self._votes: dict[Hashable, Choice] = {}

    def cast(self, who: Hashable, choice: Choice) -> bool:
        """``who`` is for ``choice``; whether that is news. `Choice.NONE` takes a vote back."""
        before = self._votes.pop(who, Choice.NONE)
        if choice is not Choice.NONE:
            self._votes[who] = choice
        return choice is not before

    def withdraw(self, who: Hashable) -> bool:
        """``who`` is gone; whether there was a vote."""
        return self._votes.pop(who, None) is not None

    def clear(self) -> None:
        """Nobody has voted yet."""
        self._votes.clear()

    def tally(self) -> tuple[int, int]:
        """Votes for a rematch, and for the next."""
        count = Counter(self._votes.values())
        return count[Choice.REMATCH], count[Choice.NEXT]

    def winner(self) -> Choice:
        """What most voted for; `Choice.NONE` when neither has more."""
        rematch, following = self.tally()
        if rematch == following:
            return Choice.NONE
        return Choice.REMATCH if rematch > following else Choice.NEXT

    def goes_on(self, people: int) -> bool:
        """Whether more than half of ``people`` want to play on after the last round."""
        return 2 * sum(self.tally()) > people
