"""The tables of many views, cut out of the bytes of a tick in one go."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from game_server.protocol.snapshots import PackedTables, array_header, bytes_headers, table_number
from game_server.simulation.interest import NOWHERE, Cells, Grid, Spans
from game_server.simulation.replica import CellBytes

Edges = npt.NDArray[np.intp]
"""Left, top, right and bottom of areas: ``(4, areas)``."""

_ROWS: Final = np.arange(3)
_TOGETHER: Final = 128
"""Views whose bytes are picked together: so few that the indices stay in the processor's cache."""


class Cutter:
    """Makes what `pack_tables` makes, for hundreds of views together: a third of the time that it takes one by one.

    Every view is a number of pieces of one block of bytes: headers, and three runs of cells from each table. One array
    of indices picks the bytes of all pieces.

    Args:
        grid: of one plane.
        plane: of the world among those that share replicas.
    """

    def __init__(self, grid: Grid, plane: int) -> None:
        self._columns = grid.columns
        self._base = plane * grid.cells
        self._areas = np.array([*map(grid.around, range(grid.cells)), NOWHERE]).T
        """The edges of the view around each cell; with that of `UNPLACED` at the end."""

    def stay(self, centres: Cells, tables: Sequence[tuple[int, CellBytes]], more: PackedTables) -> list[bytes]:
        """The ``tables`` of a snapshot for the views that stay around each of ``centres``.

        Args:
            tables: number and changes of each that has rows with places.
            more: tables that follow, the same for all.
        """
        left, top, right, bottom = self._areas[:, centres]
        spans = self._rows(top, bottom, left, right)
        return cut(len(centres), [(number, [(changes, spans)]) for number, changes in tables], more)

    def moves(self, before: Cells, now: Cells) -> tuple[Spans, Spans, Spans]:
        """Which cells went out of each view, stayed in it and came into it: as `Grid.change` for all of them.

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
        """The cells of ``areas`` that are not in those of ``but``, which reach two edges of theirs or more.

        No view is wider than another but where it is cut at the edge of the world, and that is the edge of both.
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
        base = self._base + rows * self._columns
        there = (rows <= bottom) & (first < past)
        return Spans(np.where(there, base + first, 0), np.where(there, base + past, 0))


def cut(
    messages: int, tables: Sequence[tuple[int, Sequence[tuple[CellBytes, Spans]]]], more: PackedTables
) -> list[bytes]:
    """The ``tables`` of so many snapshots.

    Args:
        tables: number of each, and of which bytes each message has which cells.
        more: tables that follow, the same for all.
    """
    block = _Block(messages, 2 + sum(2 + 3 * len(sources) for _, sources in tables))
    counts = np.full(messages, more.tables)
    totals: list[npt.NDArray[np.intp]] = []
    cuts: list[list[tuple[bytes, npt.NDArray[np.intp], npt.NDArray[np.intp]]]] = []
    for _, sources in tables:
        pieces = []
        total = np.zeros(messages, np.intp)
        for (data, _, bounds), spans in sources:
            begins = bounds[spans.first]
            sizes = bounds[spans.past] - begins
            pieces.append((data, begins, sizes))
            total += sizes.sum(axis=1)
        cuts.append(pieces)
        totals.append(total)
        counts += total > 0
    block.choose([array_header(2 * count) for count in range(len(tables) + more.tables + 1)], counts)
    for (number, _), pieces, total in zip(tables, cuts, totals, strict=True):
        headers, header_sizes = bytes_headers(total)
        name, there = table_number(number), total > 0
        block.place(name, 0, len(name) * there)
        block.place(headers.tobytes(), np.arange(messages) * headers.shape[1], header_sizes * there)
        for data, begins, sizes in pieces:
            block.place_three(data, begins, sizes)
    block.place(more.data, 0, len(more.data))
    return block.join()


class _Block:
    """Messages of so many pieces each, out of one block of bytes."""

    def __init__(self, messages: int, pieces: int) -> None:
        self._messages = messages
        self._parts: list[bytes] = []
        self._length = 0
        self._placed = 0
        self._starts = np.empty((messages, pieces), np.intp)
        self._sizes = np.empty((messages, pieces), np.intp)

    def place(self, data: bytes, starts: npt.NDArray[np.intp] | int, sizes: npt.NDArray[np.intp] | int) -> None:
        """The next piece of each message lies in ``data``: from ``starts``, so long as ``sizes``."""
        self._starts[:, self._placed] = starts
        self._sizes[:, self._placed] = sizes
        self._append(data, 1)

    def place_three(self, data: bytes, starts: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp]) -> None:
        """The next three pieces of each message lie in ``data``: one row for each message."""
        self._starts[:, self._placed : self._placed + 3] = starts
        self._sizes[:, self._placed : self._placed + 3] = sizes
        self._append(data, 3)

    def choose(self, pieces: Sequence[bytes], which: npt.NDArray[np.intp]) -> None:
        """The next piece of each message is that one of ``pieces``."""
        sizes = np.array([len(piece) for piece in pieces])
        self.place(b"".join(pieces), (np.cumsum(sizes) - sizes)[which], sizes[which])

    def join(self) -> list[bytes]:
        """The messages."""
        block = np.frombuffer(b"".join(self._parts), np.uint8)
        joined: list[bytes] = []
        for begin in range(0, self._messages, _TOGETHER):
            some = slice(begin, begin + _TOGETHER)
            joined += _cut_out(block, self._starts[some], self._sizes[some])
        return joined

    def _append(self, data: bytes, pieces: int) -> None:
        self._starts[:, self._placed : self._placed + pieces] += self._length
        self._placed += pieces
        self._parts.append(data)
        self._length += len(data)


def _cut_out(block: npt.NDArray[np.uint8], starts: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp]) -> list[bytes]:
    """Of ``block`` the pieces of each row, joined."""
    ends = np.cumsum(sizes)
    places = np.repeat(starts.ravel() - (ends - sizes.ravel()), sizes.ravel())
    places += np.arange(len(places))
    data = block[places].tobytes()
    pieces = sizes.shape[1]
    return [data[begin:end] for begin, end in pairwise([0, *ends[pieces - 1 :: pieces].tolist()])]
