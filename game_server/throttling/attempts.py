"""Limits on attempts in a row, after which a key has to wait: for passwords, tokens, new matches."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

import attrs

from game_server.errors import RequestRefused
from game_server.protocol import RefusalCode

PASSWORD_TRIES: Final = 5
PASSWORD_WAIT: Final = 30.0
"""Seconds to wait after that many wrong passwords, from one address for one match, or wrong admin tokens."""
REMEMBERED: Final = 4096
"""Keys whose attempts are counted; beyond that, the one that tried least recently is forgotten."""
_ROUNDING: Final = 1e-6


@attrs.define
class _Tried:
    count: int
    at: float


class AttemptLimit:
    """Counts attempts by key: after ``tries`` of them the key has to wait for ``wait`` seconds.

    Attempts are forgotten ``wait`` seconds after the last one. ``now`` is in seconds of any steady clock. Unlike an
    `AddressBudget` it holds for everybody, also for those that nothing is charged to, and a success forgives.

    Args:
        what: names the attempts in the refusal: ``too many wrong passwords``.
    """

    def __init__(self, what: str, *, tries: int = PASSWORD_TRIES, wait: float = PASSWORD_WAIT) -> None:
        self._what = what
        self._tries = tries
        self._wait = wait
        self._tried: OrderedDict[Hashable, _Tried] = OrderedDict()

    def __len__(self) -> int:
        """Keys that are remembered."""
        return len(self._tried)

    def check(self, key: Hashable, now: float) -> None:
        """Check that ``key`` may try.

        Raises:
            RequestRefused: `WAIT`, with the seconds that are left.
        """
        tried = self._tried.get(key)
        if tried is None:
            return
        left = tried.at + self._wait - now
        if left <= 0:
            del self._tried[key]
        elif tried.count >= self._tries:
            seconds = max(1, math.ceil(left - _ROUNDING))
            raise RequestRefused(RefusalCode.WAIT, f"{self._what}; try again in {seconds} s", seconds)

    def count(self, key: Hashable, now: float) -> None:
        """Count an attempt of ``key``."""
        tried = self._tried.setdefault(key, _Tried(0, now))
        tried.count += 1
        tried.at = now
        self._tried.move_to_end(key)
        if len(self._tried) > REMEMBERED:
            self._tried.popitem(last=False)

    def forgive(self, key: Hashable) -> None:
        """Forget the attempts of ``key``, which has succeeded."""
        self._tried.pop(key, None)
