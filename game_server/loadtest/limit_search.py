"""How many clients a server carries: more and more until something bounds it, then closer and closer."""

from __future__ import annotations

import enum
from collections.abc import Generator
from typing import Final

import attrs

CLOSE_ENOUGH: Final = 0.05
"""Share of the number that is told, within which the search ends."""


class Bound(enum.Enum):
    """Why there cannot be more clients."""

    CONDITION = enum.auto()
    """They are all in, and the condition does not hold; or the server is too slow to let them in, or to keep them."""
    ROOM = enum.auto()
    """The server turns further clients away."""
    TESTER = enum.auto()
    """The tester cannot make more."""


@attrs.frozen
class Attempt:
    """What became of a number of clients: it passed, or something was in the way.

    Attributes:
        bound: None when it passed.
        room: how many got in, where that is the bound.
    """

    bound: Bound | None = None
    room: int = 0


@attrs.frozen
class Limit:
    """What is known.

    Attributes:
        passed: the largest number that did, 0 if none.
        above: the smallest that did not; None if all did.
        bound: what was in the way of ``above``.
    """

    passed: int = 0
    above: int | None = None
    bound: Bound | None = None


class LimitSearch:
    """Doubles while runs pass, never beyond ``most``, then halves what is left.

    Where the server turned clients away, it is tried next how those go who found room: what was measured while others
    knocked in vain tells nothing of them.

    Attributes:
        limit: as far as it is known.
        most: clients that may be tried.
    """

    def __init__(self, first: int, most: int) -> None:
        self.limit = Limit()
        self._first = min(first, most)
        self.most = most

    def run(self) -> Generator[int, Attempt, None]:
        """Yields numbers of clients to try; send what became of each."""
        number = self._first
        while True:
            tried = yield number
            if tried.bound is None:
                self.limit = attrs.evolve(self.limit, passed=number)
            elif tried.bound is Bound.ROOM:
                self.limit = attrs.evolve(self.limit, above=max(tried.room, self.limit.passed) + 1, bound=Bound.ROOM)
                if tried.room > self.limit.passed:
                    number = tried.room
                    continue
            else:
                self.limit = attrs.evolve(self.limit, above=number, bound=tried.bound)
            passed, above = self.limit.passed, self.limit.above
            if above is None:
                if passed >= self.most:
                    return
                number = min(2 * passed, self.most)
            elif above - passed <= max(1, CLOSE_ENOUGH * above):
                return
            else:
                number = (passed + above) // 2
