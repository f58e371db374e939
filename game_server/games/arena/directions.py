"""Directions: 4096 unit vectors, the same bits on every machine and in JavaScript.

Sines and cosines differ between machines and languages, so these are the Taylor series in a fixed order of
+ - * / on doubles, over one octant; the other seven are its mirror images. The error is below 1e-15.
`web_client/src/games/arena/directions.js` does the same.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from game_server.games.arena.constants import AIM_STEPS

Vectors = npt.NDArray[np.float64]

_QUARTER: Final = AIM_STEPS // 4
_EIGHTH: Final = AIM_STEPS // 8
_RADIANS_PER_STEP: Final = 3.141592653589793 / 2048


def _series(square: float, highest: int) -> float:
    """``1 - square / (n (n - 1)) * (1 - square / ((n - 2) (n - 3)) * ...)`` from the power ``n = highest`` down.

    With ``square`` that of an angle in radians: its cosine for an even ``highest``, sine / angle for an odd one.
    """
    total = 1.0
    for power in range(highest, 1, -2):
        total = 1.0 - (square / (power * (power - 1))) * total
    return total


def _table() -> tuple[Vectors, Vectors]:
    xs, ys = np.zeros(AIM_STEPS), np.zeros(AIM_STEPS)
    for step in range(_EIGHTH + 1):
        angle = step * _RADIANS_PER_STEP
        cosine = _series(angle * angle, 16)
        sine = angle * _series(angle * angle, 17)
        for at, x, y in ((step, cosine, sine), (_QUARTER - step, sine, cosine)):
            xs[at], ys[at] = x, y
            xs[at + _QUARTER], ys[at + _QUARTER] = 0.0 - y, x
            xs[at + 2 * _QUARTER], ys[at + 2 * _QUARTER] = 0.0 - x, 0.0 - y
            xs[(at + 3 * _QUARTER) % AIM_STEPS], ys[(at + 3 * _QUARTER) % AIM_STEPS] = y, 0.0 - x
    xs.flags.writeable = ys.flags.writeable = False
    return xs, ys


DIRECTION_X, DIRECTION_Y = _table()
"""The unit vector of each aim, 0 to 4095: 0 is +x, 1024 is +y (down)."""
