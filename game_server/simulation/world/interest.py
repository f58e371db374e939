"""The interest grid: who sees which part of the world.

The world is cut into cells a little larger than half a view. A viewer sees the cell it is in and those around it,
3 x 3 in all: with cells numbered row by row these are three runs of neighbouring numbers, so what lies sorted by cell
can be handed out as three slices.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

Cells = npt.NDArray[np.intp]

HYSTERESIS: Final = 0.1
"""How far beyond its cell, in half views, a viewer may go before its view follows: no flicker at an edge."""


@attrs.frozen
class Interest:
    """What a game declares: the size of its world, and of what one player may see around its own row (world units)."""

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
    """Which cells went out of a view, stayed in it and came into it."""

    left: Runs
    stayed: Runs
    came: Runs


NOWHERE: Final = Area(0, 0, -1, -1)
"""The area of one who has no place."""
UNPLACED, NOTHING, ALL_CELLS = -1, -2, -3
"""In place of the cell in the middle of a view: of one who has no place, of one who has been shown nothing yet, and of
one who sees everything."""


class Spans(NamedTuple):
    """Cells of many views, three runs each: ``(views, 3)``."""

    first: Cells
    past: Cells

    def mask(self, cells: int) -> npt.NDArray[np.bool_]:
        """Which of so many cells are in one of them."""
        inside = np.zeros(cells, np.bool_)
        for first, past in zip(self.first.ravel().tolist(), self.past.ravel().tolist(), strict=True):
            inside[first:past] = True
        return inside


class Grid:
    """Cells over a world; without an `Interest` it is one cell that everybody sees.

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
        """The cell of each place; what lies outside the world belongs to the nearest cell."""
        if self.cells == 1:
            return np.zeros(len(x), np.intp)
        return _index(y, self._cell_height, self.rows) * self.columns + _index(x, self._cell_width, self.columns)

    def seen_from(self, cell: int) -> list[int]:
        """The cells in the middle of the views that hold ``cell``.

        A view is as wide to the left as to the right: those who see a cell are those whose cell is seen from it.
        """
        centres = self._seen_from.get(cell)
        if centres is None:
            runs = self.runs(self.around(cell))
            centres = self._seen_from[cell] = [centre for first, past in runs for centre in range(first, past)]
        return centres

    def centres(self, x: npt.NDArray[Any], y: npt.NDArray[Any], before: Cells) -> Cells:
        """The cell in the middle of each viewer's view: the one ``before`` while it is within the margin around that.

        ``before`` is -1 for a viewer who has had none.
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
        """The 3 x 3 cells around ``cell``, cut at the edge of the world; for a number below 0, what it stands for."""
        if cell < 0:
            return self.everything if cell == ALL_CELLS else NOWHERE
        row, column = divmod(cell, self.columns)
        return Area(max(column - 1, 0), max(row - 1, 0), min(column + 1, self.columns - 1), min(row + 1, self.rows - 1))

    def change(self, before: Area, now: Area) -> ViewChange:
        """What it means for a view to go from ``before`` to ``now``."""
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
        """The cells of ``area`` without those of ``but``, which lies within it or is empty."""
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
    index: Cells = (at / size).astype(np.intp)
    return index.clip(0, count - 1, out=index)


def _within(at: npt.NDArray[Any], low: npt.NDArray[Any], size: float, margin: float) -> npt.NDArray[np.bool_]:
    return (low - margin <= at) & (at < low + size + margin)
