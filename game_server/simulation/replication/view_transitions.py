"""The ways of a view from cell to cell, remembered: most viewers stay, or go to a neighbour."""

from __future__ import annotations

from typing import Final

from game_server.simulation.world.interest import Grid, Runs, ViewChange

KEPT: Final = 4096
"""Ways that are remembered at most."""


class Ways:
    """Which cells leave, stay and come on each way, as they are numbered among those of all planes.

    A world for 2,000 has thousands of ways, but few different runs: those are kept once, which takes a third of the
    room.

    Args:
        grid: of one plane.
        plane: of the world among those that share replicas.
    """

    def __init__(self, grid: Grid, plane: int) -> None:
        self._grid = grid
        self._first = plane * grid.cells
        self._ways: dict[tuple[int, int], ViewChange] = {}
        self._known: dict[tuple[int, int], tuple[int, int]] = {}

    def __len__(self) -> int:
        """Ways that are remembered."""
        return len(self._ways)

    def between(self, way: tuple[int, int]) -> ViewChange:
        """What it means for a view to be around the first of two cells, and then around the second."""
        change = self._ways.get(way)
        if change is None:
            if len(self._ways) >= KEPT:
                self._ways.clear()
                self._known.clear()
            before, now = map(self._grid.around, way)
            change = self._ways[way] = ViewChange(*map(self._placed, self._grid.change(before, now)))
        return change

    def around(self, centre: int) -> Runs:
        """The cells of the view around ``centre``."""
        return self._placed(self._grid.runs(self._grid.around(centre)))

    def _placed(self, runs: Runs) -> Runs:
        first, known = self._first, self._known
        moved = ((first + begin, first + past) for begin, past in runs)
        return tuple([known.setdefault(run, run) for run in moved])
