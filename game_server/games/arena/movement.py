"""Movement of ships: a pure function of a ship's own row, its player's buttons and aim, and the map.

Other ships play no part, so the browser can predict its own ship exactly:
`web_client/src/games/arena/movement.js` does the same operations in the same order on the same doubles.
Change both together and run ``tools/make_vectors``.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from game_server.games.arena.constants import (
    ACCELERATION,
    DASH,
    DASH_COOLDOWN,
    DASH_SECONDS,
    DASH_SPEED,
    DOWN,
    FIRE,
    FIRE_COOLDOWN,
    FRICTION,
    LEFT,
    RAPID_FIRE_COOLDOWN,
    RIGHT,
    SHIP_RADIUS,
    STOP_SPEED,
    TILE,
    TOP_SPEED,
    UP,
    ticks_of,
)
from game_server.games.arena.directions import DIRECTION_X, DIRECTION_Y
from game_server.games.arena.tables import Ship

_NO_HEADING: Final = -1


def _heading(held: int) -> int:
    across = bool(held & RIGHT) - bool(held & LEFT)
    down = bool(held & DOWN) - bool(held & UP)
    return ((2560, 3072, 3584), (2048, _NO_HEADING, 0), (1536, 1024, 512))[down + 1][across + 1]


HEADINGS: Final = np.array([_heading(held) for held in range(16)])
"""The aim of each combination of up, down, left and right; -1 where they cancel out."""
_DRIFTS: Final = HEADINGS == _NO_HEADING


class Mover:
    """Moves ships through one map at one tick rate.

    Args:
        walls: bool per tile, ``[row, column]``; all around is wall.
        tick_rate: ticks a second.
    """

    def __init__(self, walls: npt.NDArray[np.bool_], tick_rate: int) -> None:
        self._wall = walls.ravel()
        self._width = walls.shape[1]
        dt = 1.0 / tick_rate
        thrust = ACCELERATION * dt
        self._push_x = np.where(_DRIFTS, 0.0, DIRECTION_X[HEADINGS]) * thrust
        self._push_y = np.where(_DRIFTS, 0.0, DIRECTION_Y[HEADINGS]) * thrust
        self._drag = 1.0 / (1.0 + FRICTION * dt)
        self._after_dash = TOP_SPEED / DASH_SPEED
        # No hop of a hull is longer than half a tile, so none can pass over a wall.
        self._hops = math.ceil((DASH_SPEED * dt) / (TILE / 2))
        self._hop = dt / self._hops
        self._dash_ticks = ticks_of(DASH_SECONDS, tick_rate)
        self._dash_wait = ticks_of(DASH_COOLDOWN, tick_rate)
        self._fire_wait = ticks_of(FIRE_COOLDOWN, tick_rate)
        self._rapid_wait = ticks_of(RAPID_FIRE_COOLDOWN, tick_rate)

    def step(self, ships: Ship, buttons: npt.NDArray[np.uint16], aim: npt.NDArray[np.uint16]) -> npt.NDArray[np.intp]:
        """Move every ship one tick on, in place, and return the indices of those that fired.

        ``buttons`` and ``aim`` are as long as the columns of ``ships``. What stands at an empty seat is moved too,
        to no effect: that is cheaper than picking out the taken ones.
        """
        held = buttons * ships.alive
        for timer in (ships.dash_wait, ships.fire_wait, ships.rapid_left, ships.shield_left, ships.respawn_wait):
            np.subtract(timer, timer > 0, out=timer)
        held_heading = held & 15

        self._start_dashes(ships, held, aim, HEADINGS[held_heading])
        vx = (ships.vx + self._push_x[held_heading]) * self._drag
        vy = (ships.vy + self._push_y[held_heading]) * self._drag
        stops = _DRIFTS[held_heading] & (vx * vx + vy * vy < STOP_SPEED * STOP_SPEED)
        vx[stops] = 0.0
        vy[stops] = 0.0
        dashing = np.flatnonzero(ships.dash_left)
        if len(dashing):
            vx[dashing] = DIRECTION_X[ships.dash_aim[dashing]] * DASH_SPEED
            vy[dashing] = DIRECTION_Y[ships.dash_aim[dashing]] * DASH_SPEED

        x, y = ships.x, ships.y
        for _ in range(self._hops):
            x += vx * self._hop
            self._stop_at_walls(x, vx, y, 1, self._width)
            y += vy * self._hop
            self._stop_at_walls(y, vy, x, self._width, 1)

        if len(dashing):
            ships.dash_left[dashing] -= 1
            over = dashing[ships.dash_left[dashing] == 0]
            vx[over] *= self._after_dash
            vy[over] *= self._after_dash
        ships.vx[:] = vx
        ships.vy[:] = vy
        return self._fire(ships, held)

    def _start_dashes(self, ships: Ship, held: Any, aim: npt.NDArray[np.uint16], heading: npt.NDArray[Any]) -> None:
        """A dash goes where the ship is steered; where it aims, when it is not steered."""
        starts = np.flatnonzero(((held & DASH) != 0) & (ships.dash_wait == 0))
        if len(starts):
            ships.dash_left[starts] = self._dash_ticks
            ships.dash_wait[starts] = self._dash_wait
            steered = heading[starts]
            ships.dash_aim[starts] = np.where(steered == _NO_HEADING, aim[starts], steered)

    def _stop_at_walls(self, along: Any, speed: Any, across: Any, stride: int, across_stride: int) -> None:
        """Put hulls that have just moved ``along`` an axis into a wall back to its face, and stop them.

        A hull that touches a wall is not in it. Strides are steps in the flat map, one tile along and across.
        """
        forward = speed > 0
        edge = (along + np.where(forward, SHIP_RADIUS, -SHIP_RADIUS)) / TILE
        tile = np.where(forward, np.ceil(edge) - 1, np.floor(edge)).astype(np.intp)
        low = np.floor((across - SHIP_RADIUS) / TILE).astype(np.intp)
        high = (np.ceil((across + SHIP_RADIUS) / TILE) - 1).astype(np.intp)
        front = tile * stride
        hit = np.flatnonzero(self._wall[front + low * across_stride] | self._wall[front + high * across_stride])
        if len(hit):
            tile = tile[hit]
            along[hit] = np.where(forward[hit], tile * TILE - SHIP_RADIUS, (tile + 1) * TILE + SHIP_RADIUS)
            speed[hit] = 0.0

    def _fire(self, ships: Ship, held: Any) -> npt.NDArray[np.intp]:
        fired = np.flatnonzero(((held & FIRE) != 0) & (ships.fire_wait == 0))
        if len(fired):
            ships.fire_wait[fired] = np.where(ships.rapid_left[fired] > 0, self._rapid_wait, self._fire_wait)
        return fired
