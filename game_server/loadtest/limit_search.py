"""The search strategy for a capacity: double until something bounds it, then halve what is left."""

from __future__ import annotations

import enum
from collections.abc import Generator
from typing import Final

import attrs

CLOSE_ENOUGH: Final = 0.05
"""Share of the number of clients within which the limit is known well enough: runs differ by more."""


class Bound(enum.Enum):
    """Why there cannot be more clients."""

    CONDITION = enum.auto()
    """The condition does not hold with all in; or the server was too slow to let all in, or did not keep them."""
    ROOM = enum.auto()
    """The server turns further clients away."""
    TESTER = enum.auto()
    """The tester cannot drive more."""


@attrs.frozen
class Attempt:
    """The outcome of a probe.

    Attributes:
        bound: what was in the way; None if the probe passed.
        room: how many clients got in, if room is the bound.
    """

    bound: Bound | None = None
    room: int = 0


@attrs.frozen
class Limit:
    """What is known of the limit.

    Attributes:
        passed: the largest number of clients that passed; 0 if none did.
        above: the smallest that did not; None if all did.
        bound: what was in the way of ``above``.
    """

    passed: int = 0
    above: int | None = None
    bound: Bound | None = None


class LimitSearch:
    """Doubles the number of clients while probes pass, never beyond ``most``, then halves what is left.

    If the server turned clients away, the number that found room is probed next: figures that were measured while
    others were turned away say nothing about it.

    Attributes:
        limit: what is known so far.
        most: clients beyond which the search does not go.
    """

    def __init__(self, first: int, most: int) -> None:
        self.limit = Limit()
        self._first = min(first, most)
        self.most = most

    def run(self) -> Generator[int, Attempt, None]:
        """Yield numbers of clients to probe; send the outcome of each."""
        number = self._first
        while True:
            attempt = yield number
            if attempt.bound is None:
                self.limit = attrs.evolve(self.limit, passed=number)
            elif attempt.bound is Bound.ROOM:
                self.limit = attrs.evolve(self.limit, above=max(attempt.room, self.limit.passed) + 1, bound=Bound.ROOM)
                if attempt.room > self.limit.passed:
                    number = attempt.room
                    continue
            else:
                self.limit = attrs.evolve(self.limit, above=number, bound=attempt.bound)
            passed, above = self.limit.passed, self.limit.above
            if above is None:
                if passed >= self.most:
                    return
                number = min(2 * passed, self.most)
            elif above - passed <= max(1, CLOSE_ENOUGH * above):
                return
            else:
                number = (passed + above) // 2
