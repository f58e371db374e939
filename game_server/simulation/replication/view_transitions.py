"""Transitions of views: which cells leave a view, stay in it and enter it as its viewer goes from cell to cell.

A view is the 3 x 3 cells around the viewer's own. On a grid of 10 columns the view around cell 44 goes to that around
45, one to the right::

    33 34 35 .           . 34 35 36       left     33 43 53
    43 44 45 .    ->     . 44 45 46       stayed   34-35 44-45 54-55
    53 54 55 .           . 54 55 56       entered  36 46 56

Cells of one row have neighbouring numbers, so each of the three answers is at most three runs ``(first, past)``.

`ViewTransitions` finds and remembers the answer for one pair of cells. `ViewSpans` computes it for hundreds of views in
a few array operations, as three runs of each, empty ones included; what that gives is measured at `replication.MANY`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from game_server.simulation.world.interest import NOWHERE, Cells, Grid, Runs, Spans, ViewChange

KEPT: Final = 4096
"""Transitions that are remembered at most, so that a wide world cannot fill the memory."""


class ViewTransitions:
    """The transitions between two views at a time, with cells numbered among those of all planes.

    A world for 2,000 players has thousands of transitions, but few different runs: each run is kept once, which takes a
    third of the memory.

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
        """Count the transitions that are remembered."""
        return len(self._ways)

    def between(self, way: tuple[int, int]) -> ViewChange:
        """Return what changes for a view that was around the first of two cells and is around the second."""
        change = self._ways.get(way)
        if change is None:
            if len(self._ways) >= KEPT:
                self._ways.clear()
                self._known.clear()
            before, now = map(self._grid.around, way)
            change = self._ways[way] = ViewChange(*map(self._placed, self._grid.change(before, now)))
        return change

    def around(self, centre: int) -> Runs:
        """Return the cells of the view around ``centre``."""
        return self._placed(self._grid.runs(self._grid.around(centre)))

    def _placed(self, runs: Runs) -> Runs:
        first, known = self._first, self._known
        moved = ((first + begin, first + past) for begin, past in runs)
        return tuple([known.setdefault(run, run) for run in moved])


Edges = npt.NDArray[np.intp]
"""Left, top, right and bottom of areas: ``(4, areas)``."""

_ROWS: Final = np.arange(3)


class ViewSpans:
    """The views around the cells of a grid: `Grid.around` and `Grid.change` for many views at once.

    Args:
        grid: of one plane; cells are numbered as in there.
    """

    def __init__(self, grid: Grid) -> None:
        self._columns = grid.columns
        self._areas = np.array([*map(grid.around, range(grid.cells)), NOWHERE]).T
        """The edges of the view around each cell; with that of `UNPLACED` at the end."""

    def around(self, centres: Cells) -> Spans:
        """Return the cells of the view around each of ``centres``."""
        left, top, right, bottom = self._areas[:, centres]
        return self._rows(top, bottom, left, right)

    def moves(self, before: Cells, now: Cells) -> tuple[Spans, Spans, Spans]:
        """Return which cells left each view, stayed in it and entered it.

        Args:
            before, now: around which cells; of ``before`` some may be `UNPLACED`.
        """
        seen, sees = self._areas[:, before], self._areas[:, now]
        shared = np.stack((*np.maximum(seen, sees)[:2], *np.minimum(seen, sees)[2:]))
        left, top, right, bottom = shared
        bottom = np.where(left <= right, bottom, top - 1)
        shared[3] = bottom
        return self._without(seen, shared), self._rows(top, bottom, left, right), self._without(sees, shared)

    def _without(self, areas: Edges, but: Edges) -> Spans:
        """Return the cells of ``areas`` outside those of ``but``, each of which touches two edges of its area or more.

        Views differ in width only where the edge of the world cuts them, and that is the edge of both: what remains
        of a row is one run, to the left or to the right of ``but``.
        """
        left, top, right, bottom = (edge[:, None] for edge in areas)
        but_left, but_top, but_right, but_bottom = (edge[:, None] for edge in but)
        rows = top + _ROWS
        beside = (but_top <= rows) & (rows <= but_bottom)
        first = np.where(beside & (but_left <= left), but_right + 1, left)
        past = np.where(beside & (but_left > left), but_left, right + 1)
        return self._spans(rows, bottom, first, past)

    def _rows(self, top: Cells, bottom: Cells, left: Cells, right: Cells) -> Spans:
        return self._spans(top[:, None] + _ROWS, bottom[:, None], left[:, None], right[:, None] + 1)

    def _spans(self, rows: Cells, bottom: Cells, first: Cells, past: Cells) -> Spans:
        """In each of three ``rows``, unless it is below the ``bottom``, from one column to before another."""
        base = rows * self._columns
        there = (rows <= bottom) & (first < past)
        return Spans(np.where(there, base + first, 0), np.where(there, base + past, 0))
