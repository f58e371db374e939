"""How far it is to a wall."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from game_server.games.arena.constants import TILE
from game_server.games.arena.directions import DIRECTION_X, DIRECTION_Y

Floats = npt.NDArray[np.float64]


def reach_of(walls: npt.NDArray[np.bool_], x: Floats, y: Floats, aim: npt.NDArray[Any], farthest: float) -> Floats:
    """World units from each ``x, y`` in the direction ``aim`` to the first wall, at most ``farthest``.

    A way enters a wall where it crosses a line between two columns or two rows of tiles, so it is enough to look
    behind each such line.
    """
    ux, uy = DIRECTION_X[aim], DIRECTION_Y[aim]
    flat, width = walls.ravel(), walls.shape[1]
    return np.minimum(
        _to_wall(flat, x, ux, 1, y, uy, width, farthest), _to_wall(flat, y, uy, width, x, ux, 1, farthest)
    )


def _to_wall(
    flat: npt.NDArray[np.bool_],
    along: Floats,
    u: Floats,
    stride: int,
    across: Floats,
    v: Floats,
    across_stride: int,
    farthest: float,
) -> Floats:
    """The distance at which the first line across the axis ``along`` with a wall behind it is crossed."""
    forward = (u > 0)[:, None]
    lines = np.arange(int(farthest / TILE) + 1)
    first = np.floor(along / TILE).astype(np.intp)[:, None]
    # The line that is crossed, and the tile behind it.
    line = np.where(forward, first + 1 + lines, first - lines)
    behind = np.where(forward, line, line - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = (line * TILE - along[:, None]) / u[:, None]
    distance = np.where((distance >= 0) & (distance < farthest), distance, farthest)
    beside = np.floor((across[:, None] + v[:, None] * distance) / TILE).astype(np.intp)
    blocked = (distance < farthest) & np.take(flat, behind * stride + beside * across_stride, mode="clip")
    nearest: Floats = np.where(blocked, distance, farthest).min(axis=1)
    return nearest
