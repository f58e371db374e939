"""The wait before a worker is started again."""

from __future__ import annotations

from typing import Final

import attrs

FIRST: Final = 0.1
"""Seconds: a worker that dies once is back before most clients have tried a second time."""
LONGEST: Final = 5.0
HEALTHY_AFTER: Final = 30.0
"""Seconds of life after which the next death counts as the first one."""


@attrs.define
class Backoff:
    """Doubles the wait with each death in a row, from `FIRST` to `LONGEST` seconds."""

    _next: float = FIRST

    def died(self, lived: float) -> float:
        """Seconds to wait after a death, when the worker has lived for ``lived`` seconds."""
        if lived >= HEALTHY_AFTER:
            self._next = FIRST
        wait, self._next = self._next, min(self._next * 2, LONGEST)
        return wait
