"""Navigation: lines of sight and paths over the tiles of a map."""

from __future__ import annotations

import functools
import heapq
import itertools
import math
from typing import Any, Final

from game_server.games.arena.constants import SHIP_RADIUS
from game_server.games.arena.map import walls_of

Point = tuple[float, float]

_SEARCH_LIMIT: Final = 400
"""Tiles that a search visits before it settles for the one nearest to the goal."""
_MARGIN: Final = SHIP_RADIUS + 3

_STEPS: Final = tuple(
    (column, row, math.hypot(column, row)) for column in (-1, 0, 1) for row in (-1, 0, 1) if column or row
)


class NavigationMap:
    """The map as bots use it; immutable, shared by all bots in a process."""

    def __init__(self, width: int, height: int, tile: int, wall: bytes) -> None:
        self.width = width
        self.height = height
        self.tile = tile
        self._wall = wall

    def is_wall(self, x: float, y: float) -> bool:
        """Return whether the point ``x, y`` (world units) is in a wall or off the map."""
        column, row = int(x // self.tile), int(y // self.tile)
        if 0 <= column < self.width and 0 <= row < self.height:
            return bool(self._wall[row * self.width + column])
        return True

    def sees(self, x0: float, y0: float, x1: float, y1: float) -> bool:
        """Return whether no wall is between two points on the map."""
        tile, width, wall = self.tile, self.width, self._wall
        column, row = int(x0 // tile), int(y0 // tile)
        last_column, last_row = int(x1 // tile), int(y1 // tile)
        dx, dy = x1 - x0, y1 - y0
        right, down = (1 if dx > 0 else -1), (1 if dy > 0 else -1)
        # How far along the line, 0 to 1, the next column and the next row begin.
        next_x = ((column + (dx > 0)) * tile - x0) / dx if dx else math.inf
        next_y = ((row + (dy > 0)) * tile - y0) / dy if dy else math.inf
        per_column = abs(tile / dx) if dx else math.inf
        per_row = abs(tile / dy) if dy else math.inf
        for _ in range(abs(last_column - column) + abs(last_row - row)):
            if next_x < next_y:
                column += right
                next_x += per_column
            else:
                row += down
                next_y += per_row
            if wall[row * width + column]:
                return False
        return True

    def lets_pass(self, x0: float, y0: float, x1: float, y1: float) -> bool:
        """Return whether a ship can fly straight from one point to the other."""
        away = math.hypot(x1 - x0, y1 - y0)
        if away < 1:
            return True
        side_x, side_y = (y0 - y1) / away * _MARGIN, (x1 - x0) / away * _MARGIN
        return self.sees(x0 + side_x, y0 + side_y, x1 + side_x, y1 + side_y) and self.sees(
            x0 - side_x, y0 - side_y, x1 - side_x, y1 - side_y
        )

    def way(self, x0: float, y0: float, x1: float, y1: float) -> list[Point]:
        """Return a path from ``x0, y0`` to ``x1, y1``: points to fly to, the last one first.

        If the goal is too far for the search, the path leads to where the search came nearest to it.
        """
        if self.lets_pass(x0, y0, x1, y1):
            return [(x1, y1)]
        tiles = self._search(self._tile_at(x0, y0), self._tile_at(x1, y1))
        middles = [((tile % self.width + 0.5) * self.tile, (tile // self.width + 0.5) * self.tile) for tile in tiles]
        points: list[Point] = []
        at = (x0, y0)
        for here, after in itertools.pairwise(middles):
            if not self.lets_pass(*at, *after):
                points.append(here)
                at = here
        points += middles[-1:]
        return points[::-1]

    def _tile_at(self, x: float, y: float) -> int:
        return int(y // self.tile) * self.width + int(x // self.tile)

    def _search(self, start: int, goal: int) -> list[int]:
        """Search with A* over tiles, diagonally only past open corners; returns the tiles after ``start``."""
        width, wall = self.width, self._wall
        goal_column, goal_row = goal % width, goal // width
        came_from = {start: start}
        cost = {start: 0.0}
        nearest, nearest_distance = start, math.inf
        heap = [(0.0, start)]
        settled: set[int] = set()
        while heap and len(settled) < _SEARCH_LIMIT:
            _, tile = heapq.heappop(heap)
            if tile in settled:
                continue
            settled.add(tile)
            column, row = tile % width, tile // width
            distance = math.hypot(goal_column - column, goal_row - row)
            if distance < nearest_distance:
                nearest, nearest_distance = tile, distance
                if tile == goal:
                    break
            for right, down, length in _STEPS:
                after = tile + down * width + right
                if wall[after] or wall[tile + right] or wall[tile + down * width]:
                    continue
                total = cost[tile] + length
                if total < cost.get(after, math.inf):
                    cost[after] = total
                    came_from[after] = tile
                    to_go = math.hypot(goal_column - column - right, goal_row - row - down)
                    heapq.heappush(heap, (total + to_go, after))
        path = [nearest]
        while path[-1] != start:
            path.append(came_from[path[-1]])
        return path[-2::-1]


def navigation_map(setup: dict[str, Any]) -> NavigationMap:
    """The chart of the map in ``setup``; the same one for the same map."""
    return _chart(setup["width"], setup["height"], setup["tile"], setup["walls"])


@functools.lru_cache(maxsize=16)
def _chart(width: int, height: int, tile: int, walls: bytes) -> NavigationMap:
    return NavigationMap(width, height, tile, walls_of({"width": width, "height": height, "walls": walls}).tobytes())
