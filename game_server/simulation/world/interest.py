"""Areas of interest: which part of the world a player is shown.

The world is divided into cells a little larger than half a view. A viewer sees the cell it is in and those around it,
3 x 3 in all, which covers the screen wherever in the cell the viewer is. Cells are numbered row by row, so that these
are three runs of neighbouring numbers: with 10 columns, the view around cell 44 is 33-35, 43-45 and 53-55. What lies
sorted by cell can be handed out as three slices.

A viewer at the edge of two cells would flip between views; a view follows only when its viewer is a margin beyond its
cell (`HYSTERESIS`), which is why cells are larger than half a view by that margin.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

Cells = npt.NDArray[np.intp]

HYSTERESIS: Final = 0.1
"""Half views by which a viewer may be beyond its cell before its view follows: no flicker at an edge."""


@attrs.frozen
class Interest:
    """The sizes of a game's world and of what one player may see around its own row, in world units."""

    world_width: float
    world_height: float
    view_width: float
    view_height: float


class Area(NamedTuple):
    """A rectangle of cells, its edges included."""

    left: int
    top: int
    right: int
    bottom: int


Runs = tuple[tuple[int, int], ...]
"""Cells as runs of neighbouring numbers: ``(first, past the last)``."""


class ViewChange(NamedTuple):
    """The cells that left a view, stayed in it and entered it."""

    left: Runs
    stayed: Runs
    came: Runs


NOWHERE: Final = Area(0, 0, -1, -1)
"""The empty area: what a viewer without a place sees."""
UNPLACED, NOTHING, ALL_CELLS = -1, -2, -3
"""Stand for the cell in the middle of a view: of a viewer without a place, of one who has been shown nothing yet, and
of one who sees everything."""


class Spans(NamedTuple):
    """The cells of many views, the same number of runs each: arrays ``(views, runs)``. An empty run may be anywhere."""

    first: Cells
    past: Cells

    def moved(self, by: Cells) -> Spans:
        """Return them with the numbers of the cells of each view raised by an element of ``by``."""
        return Spans(self.first + by[:, None], self.past + by[:, None])

    def mask(self, cells: int) -> npt.NDArray[np.bool_]:
        """Return a bool for each of ``cells`` cells: whether it is in one of the runs.

        Of the runs 1-3 and 2-4, one begins at 1 and one at 2, one ends at 3 and one at 4. The sums of beginnings minus
        ends, ``0 1 2 1 0``, say for each cell how many runs it is in.
        """
        begun, ended = (np.bincount(edge.ravel(), minlength=cells + 1) for edge in self)
        return np.cumsum(begun - ended)[:cells] > 0


class Grid:
    """The cells of a world; without an `Interest`, one cell that everybody sees.

    Attributes:
        columns, rows: cells across and down.
        cells: cells in all.
    """

    def __init__(self, interest: Interest | None) -> None:
        self.columns = self.rows = 1
        self._cell_width = self._cell_height = self._margin_x = self._margin_y = math.inf
        if interest is not None:
            self._margin_x = interest.view_width / 2 * HYSTERESIS
            self._margin_y = interest.view_height / 2 * HYSTERESIS
            self._cell_width = interest.view_width / 2 + self._margin_x
            self._cell_height = interest.view_height / 2 + self._margin_y
            self.columns = max(1, math.ceil(interest.world_width / self._cell_width))
            self.rows = max(1, math.ceil(interest.world_height / self._cell_height))
        self.cells = self.columns * self.rows
        self._seen_from: dict[int, list[int]] = {}

    @property
    def everything(self) -> Area:
        """The whole world."""
        return Area(0, 0, self.columns - 1, self.rows - 1)

    def cells_at(self, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> Cells:
        """Return the cell of each place; places outside the world belong to the nearest cell."""
        if self.cells == 1:
            return np.zeros(len(x), np.intp)
        return _index(y, self._cell_height, self.rows) * self.columns + _index(x, self._cell_width, self.columns)

    def seen_from(self, cell: int) -> list[int]:
        """Return the cells in the middle of the views that contain ``cell``: those seen from it, by symmetry."""
        centres = self._seen_from.get(cell)
        if centres is None:
            runs = self.runs(self.around(cell))
            centres = self._seen_from[cell] = [centre for first, past in runs for centre in range(first, past)]
        return centres

    def centres(self, x: npt.NDArray[Any], y: npt.NDArray[Any], before: Cells) -> Cells:
        """Return the cell in the middle of each viewer's view.

        Args:
            before: the cells so far, kept while the viewer is within the margin around them; -1 for none.
        """
        cells = self.cells_at(x, y)
        if self.cells == 1:
            return cells
        row, column = np.divmod(before, self.columns)
        left, top = column * self._cell_width, row * self._cell_height
        near = (before >= 0) & _within(x, left, self._cell_width, self._margin_x)
        near &= _within(y, top, self._cell_height, self._margin_y)
        return np.where(near, before, cells)

    def around(self, cell: int) -> Area:
        """Return the 3 x 3 cells around ``cell``, cut off at the edge of the world; see also `UNPLACED`."""
        if cell < 0:
            return self.everything if cell == ALL_CELLS else NOWHERE
        row, column = divmod(cell, self.columns)
        return Area(max(column - 1, 0), max(row - 1, 0), min(column + 1, self.columns - 1), min(row + 1, self.rows - 1))

    def change(self, before: Area, now: Area) -> ViewChange:
        """Return which cells leave, stay and enter when a view goes from ``before`` to ``now``."""
        if before == now:
            return ViewChange((), self.runs(now), ())
        shared = Area(
            max(before.left, now.left),
            max(before.top, now.top),
            min(before.right, now.right),
            min(before.bottom, now.bottom),
        )
        return ViewChange(self.runs(before, shared), self.runs(shared), self.runs(now, shared))

    def runs(self, area: Area, but: Area = NOWHERE) -> Runs:
        """Return the cells of ``area`` except those of ``but``, which lies within it or is empty."""
        empty = but.left > but.right or but.top > but.bottom
        runs: list[tuple[int, int]] = []
        for row in range(area.top, area.bottom + 1):
            if empty or not but.top <= row <= but.bottom:
                spans = [(area.left, area.right + 1)]
            else:
                spans = [(area.left, but.left), (but.right + 1, area.right + 1)]
            base = row * self.columns
            runs.extend((base + first, base + past) for first, past in spans if first < past)
        return tuple(runs)


def _index(at: npt.NDArray[Any], size: float, count: int) -> Cells:
    index: Cells = (at / size).astype(np.intp).clip(0, count - 1)
    return index


def _within(at: npt.NDArray[Any], low: npt.NDArray[Any], size: float, margin: float) -> npt.NDArray[np.bool_]:
    return (low - margin <= at) & (at < low + size + margin)
