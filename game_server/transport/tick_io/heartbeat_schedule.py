"""When to look after which peer."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from itertools import count


class HeartbeatSchedule:
    """Descriptors by the time at which their peers are to be looked after."""

    def __init__(self) -> None:
        self._order: list[tuple[float, int, int]] = []
        self._numbers: dict[int, int] = {}
        """By descriptor, the number of the look that counts: a descriptor may be somebody else's by the next."""
        self._count = count()

    def at(self, fd: int, due: float) -> None:
        """Look at ``fd`` at ``due``; never, if that is infinite."""
        if due < math.inf:
            number = self._numbers[fd] = next(self._count)
            heapq.heappush(self._order, (due, number, fd))

    def forget(self, fd: int) -> None:
        """Do not look at ``fd`` any more."""
        self._numbers.pop(fd, None)

    def due(self, now: float) -> Iterator[int]:
        """The descriptors that are due, each once; `at` may be called meanwhile."""
        order, numbers = self._order, self._numbers
        while order and order[0][0] <= now:
            _, number, fd = heapq.heappop(order)
            if numbers.get(fd) == number:
                del numbers[fd]
                yield fd
