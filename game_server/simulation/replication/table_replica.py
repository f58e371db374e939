"""A replica of one table in all worlds that share it: what clients have of it, and what has changed since.

Rows are numbered through all worlds, and so are cells; each world is a *plane*. With two worlds of a 2 x 2 grid and a
table of 100 rows, row 7 of the second world is number 107 here, and its cell 3 is number 7. So every array operation
serves all worlds, and what belongs to one is a slice of the result.

What is packed lies sorted by cell, as `CellBytes`: ``data`` is the records of cell 0, then those of cell 1, and so on,
and ``bounds`` says where each begins. With records of 4, 0, 8 and 4 bytes in four cells, ``bounds`` is ``[0, 4, 4, 12,
16]``, and the bytes for a viewer of the cells 0, 1 and 3 are ``data[0:4] + data[12:16]``. Records are packed once a
tick, and a view is at most three slices per table, however many viewers there are.

A row that goes from cell 0 to cell 1 is a removal among the records of cell 0 and a whole row among those of cell 1. To
a viewer of both cells go both, and the whole row wins, whatever the order (docs/PROTOCOL.md section 6).

Private fields go the same way: their cells are the seats of a plane, and one more for rows that nobody owns. A row lies
in the cell of its owner, who alone is given that cell, so that a row that changes hands goes from one cell to another.
"""

from __future__ import annotations

import enum
from operator import is_
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from game_server.protocol import Ids, Masks, RecordPacker, Row, TableSchema
from game_server.simulation.replication.quantiser import Quantiser
from game_server.simulation.world.columns import Column, ColumnSpec
from game_server.simulation.world.interest import Cells, Grid, Runs, ViewChange
from game_server.simulation.world.table import Table

Bools = npt.NDArray[np.bool_]
Sums = npt.NDArray[np.uint64]

_NO_IDS: Final[Ids] = np.empty(0, np.intp)
"""Stands for sizes that are not needed: all bytes belong to the one cell."""


class Reach(enum.IntEnum):
    """Who is shown a row."""

    EVERYBODY = 0
    NEAR = 1
    """Those whose view has the place of the row in it."""
    OWNER = 2


class CellBytes(NamedTuple):
    """Bytes sorted by cell: those of cell *c* are ``data[bounds[c] : bounds[c + 1]]``."""

    data: bytes
    bounds: npt.NDArray[np.intp]

    def with_more(self, cells: int) -> CellBytes:
        """Append ``cells`` empty cells."""
        return CellBytes(self.data, np.concatenate((self.bounds, np.repeat(self.bounds[-1:], cells))))

    def of(self, runs: Runs) -> bytes:
        """Join the bytes of all cells in ``runs``."""
        data, bounds = self
        return b"".join([data[bounds[first] : bounds[past]] for first, past in runs])


class TableReplica:
    """Follows a table of each of some worlds from tick to tick. Call `capture` once after each step.

    Rows that everybody sees are in the one cell of a grid of one.

    Args:
        table: of one of the worlds; those of the others are declared alike.
        schema: of the table, or of a part of it.
        specs: the columns that ``schema`` is of.
        reach: who sees these.
        grid: the cells of one plane.
        seats: that can own a row.

    Attributes:
        schema: of the table, or of a part of it.
        reach: who sees these rows.
        cells: in one plane.
        ids: the numbers of the rows that exist, ascending, as last captured.
        alive: by number, whether the row exists, as last captured.
        delta: the changes between the last two captures.
    """

    def __init__(
        self,
        table: Table[Any],
        schema: TableSchema,
        specs: tuple[ColumnSpec, ...],
        reach: Reach,
        grid: Grid,
        seats: int,
    ) -> None:
        self.schema = schema
        self.reach = reach
        self._position = table.position if reach is Reach.NEAR else None
        self._owner = table.owner if reach is Reach.OWNER else None
        self._grid = grid
        self._seats = seats
        self.cells = {Reach.EVERYBODY: 1, Reach.NEAR: grid.cells, Reach.OWNER: seats + 1}[reach]
        self._capacity = table.capacity
        self._packer = RecordPacker(schema)
        self._quantiser = Quantiser(specs)
        self._dtypes = {spec.name: spec.dtype for spec in table.specs}
        self._planes: list[Table[Any] | None] = []
        self._live: list[Ids] = []
        """Of each plane, as last captured; a table replaces the array when a row comes or goes, and only then."""
        self._columns: dict[str, Column] = {}
        """What `column` has joined since the last capture began."""
        self._first_cells: Cells = np.empty(0, np.intp)
        """For each row, the first cell of its plane."""
        self._generation = np.zeros(0, np.uint32)
        self.alive = np.zeros(0, np.bool_)
        self._cell = np.zeros(0, np.intp)
        self._rows = np.zeros((0, schema.row_size), np.uint8)
        self.ids: Ids = _NO_IDS
        self._cells: Cells = np.empty(0, np.intp)
        self._ids_before, self._cells_before = self.ids, self._cells
        self._nothing = CellBytes(b"", np.zeros(1, np.intp))
        self.delta = self._nothing
        self._by_cell_now: tuple[Ids, list[int]] | None = None
        self._whole: CellBytes | None = None
        self._checksums: Sums | None = None
        self._removals_before: CellBytes | None = None

    def follow(self, plane: int, table: Table[Any] | None) -> None:
        """Follow ``table`` as that of the world ``plane`` from now on; None for no world."""
        if plane == len(self._planes):
            self._planes.append(None)
            for name in ("_generation", "alive", "_cell", "_rows"):
                before = getattr(self, name)
                setattr(
                    self, name, np.concatenate((before, np.zeros((self._capacity, *before.shape[1:]), before.dtype)))
                )
            self._nothing = self._nothing.with_more(self.cells)
            self.delta = self.delta.with_more(self.cells)
        self._planes[plane] = table
        self._live = []
        # Nothing of the world that was there before is left: rows of the next have the same numbers.
        first, past = plane * self._capacity, (plane + 1) * self._capacity
        self._generation[first:past] = 0
        self.alive[first:past] = False
        others = (self.ids < first) | (self.ids >= past)
        self.ids, self._cells = self.ids[others], self._cells[others]
        self._by_cell_now = self._whole = self._removals_before = self._checksums = None

    def capture(self) -> None:
        """Compare the tables with what was captured before: the changes become `delta`."""
        self._columns.clear()
        alive, ids = self._look()
        rows, cells = self._quantiser.rows(lambda name: self._values(name, ids), len(ids)), self._locate(ids)
        changed = self._packer.changed_fields(self._rows[ids], rows)
        # A row that changes cells is a removal in the old cell and a whole row in the new one.
        left = _NO_IDS
        if ids is not self.ids:
            generation = self._join([table.generation for table in self._planes if table is not None], np.uint32)[ids]
            changed[self._generation[ids] != generation] = self.schema.whole_mask
            self._generation[ids] = generation
            left = self.ids[~alive[self.ids]]
        if self.cells > 1:
            moved = self.alive[ids] & (self._cell[ids] != cells)
            changed[moved] = self.schema.whole_mask
            left = np.concatenate((left, ids[moved]))
        if not (changed.any() or len(left)):
            self._stand_still()
            return
        left_cells = self._cell[left]
        self._ids_before, self._cells_before = self.ids, self._cells
        self.alive, self.ids, self._cells = alive, ids, cells
        self._cell[ids] = cells
        self._rows[ids] = rows
        self.delta = self._delta(left, left_cells, changed)
        self._by_cell_now = self._whole = self._removals_before = self._checksums = None

    def column(self, name: str) -> Column:
        """Return the column ``name`` of all worlds, by number, as of the last capture; do not write into it.

        Of one world it is the table's own column. Elements of rows that do not exist are anything.
        """
        column = self._columns.get(name)
        if column is None:
            tables = [table for table in self._planes if table is not None]
            column = self._columns[name] = self._join([table.column(name) for table in tables], self._dtypes[name])
        return column

    def records(self, change: ViewChange) -> bytes:
        """Return the records for a view that makes this change.

        Cells that stayed in view contribute their changes, cells that entered all rows in them now, and cells that left
        removals of all rows that were in them.
        """
        left, stayed, came = change
        packed = self.delta.of(stayed)
        if came:
            packed += self.whole.of(came)
        if left:
            packed += self.removals_before.of(left)
        return packed

    def rows_in(self, runs: Runs) -> dict[int, Row]:
        """Return the rows in these cells, by id, as a client has them."""
        ids, starts = self._sorted
        ids = np.concatenate([ids[starts[first] : starts[past]] for first, past in runs] or [_NO_IDS])
        return dict(zip(self._own(ids).tolist(), self._quantiser.read(self._rows[ids]), strict=True))

    def changed_in(self, runs: Runs) -> bool:
        """Return whether a row in these cells came, went or changed on the wire between the last two captures."""
        return bool(self.delta.of(runs))

    @property
    def _sorted(self) -> tuple[Ids, list[int]]:
        """The rows by cell: their ids, and where each cell begins."""
        if self._by_cell_now is None:
            order = self._order(self._cells)
            starts = np.searchsorted(self._cells[order], np.arange(len(self._planes) * self.cells + 1))
            self._by_cell_now = self.ids[order], starts.tolist()
        return self._by_cell_now

    @property
    def _is_one(self) -> bool:
        """Whether there is one cell in all."""
        return self.cells == len(self._planes) == 1

    @property
    def whole(self) -> CellBytes:
        """Every row, whole; packed when first asked for."""
        if self._whole is None:
            ids, _ = self._sorted
            self._whole = self._pack_whole(ids, self._cell[ids])
        return self._whole

    @property
    def checksums(self) -> Sums:
        """For each cell, the sum of `RecordPacker.checksums` of all rows in the cells before it, modulo 2**64.

        With rows of the checksums 5, 7 and 9 in cell 0, in cell 0 and in cell 2, it is ``[0, 12, 12, 21]``, and those
        of the cells 1 and 2 have the sum 21 - 12.
        """
        if self._checksums is None:
            crcs = self._packer.checksums(self._own(self.ids), self._rows[self.ids])
            cells = len(self._planes) * self.cells
            # Floats, exact up to 2**53: a cell has at most 2**16 rows with 32 bits each.
            by_cell = np.bincount(self._cells, crcs, cells).astype(np.uint64)
            self._checksums = np.zeros(cells + 1, np.uint64)
            np.cumsum(by_cell, out=self._checksums[1:])
        return self._checksums

    @property
    def removals_before(self) -> CellBytes:
        """A removal for every row of the capture before the last, by the cell that it was in then."""
        if self._removals_before is None:
            order = self._order(self._cells_before)
            self._removals_before = self._pack_removals(self._ids_before[order], self._cells_before[order])
        return self._removals_before

    def whole_in(self, cells: Bools) -> CellBytes:
        """Pack the whole rows in these ``cells`` of all planes."""
        ids = self.ids[cells[self._cells]]
        ids = ids[self._order(self._cell[ids])]
        return self._pack_whole(ids, self._cell[ids])

    def removals_in(self, cells: Bools) -> CellBytes:
        """Pack the removals of `removals_before` for these ``cells`` of all planes."""
        there = cells[self._cells_before]
        ids, cells_before = self._ids_before[there], self._cells_before[there]
        order = self._order(cells_before)
        return self._pack_removals(ids[order], cells_before[order])

    def _pack_whole(self, ids: Ids, cells: Cells) -> CellBytes:
        sizes = np.full(len(ids), self.schema.head_size + self.schema.row_size)
        return self._by_cell(self._packer.pack_whole(self._own(ids), self._rows[ids]), cells, sizes)

    def _pack_removals(self, ids: Ids, cells: Cells) -> CellBytes:
        sizes = np.full(len(ids), self.schema.head_size)
        return self._by_cell(self._packer.pack_removals(self._own(ids)), cells, sizes)

    def _stand_still(self) -> None:
        """Note that nothing has changed: what was packed whole still holds."""
        self.delta = self._nothing
        if self._cells_before is not self._cells:
            self._ids_before, self._cells_before = self.ids, self._cells
            self._removals_before = None

    def _look(self) -> tuple[Bools, Ids]:
        """Return which rows exist, and their numbers: the same arrays as before if none came or went."""
        live = [_NO_IDS if table is None else table.live for table in self._planes]
        if len(live) == len(self._live) and all(map(is_, live, self._live)):
            return self.alive, self.ids
        self._live = live
        alive = self._join([table.alive for table in self._planes if table is not None], np.bool_)
        if len(self._planes) == 1:
            alive, ids = alive.copy(), live[0]  # the table writes into its own
        else:
            ids = np.flatnonzero(alive)
        self._first_cells = ids // self._capacity * self.cells
        return alive, ids

    def _join(self, columns: list[Column], dtype: npt.DTypeLike) -> Column:
        """Join columns, one for each plane with a table; the only one is returned as it is.

        Raises:
            ValueError: a column is not as long as the table: the rules have put another in its place.
        """
        if len(columns) == len(self._planes) == 1:
            return columns[0]
        none = np.zeros(self._capacity, dtype)
        there = iter(columns)
        joined = np.concatenate([none if table is None else next(there) for table in self._planes])
        if len(joined) != len(self._planes) * self._capacity:
            raise ValueError(f"columns of table {self.schema.name} are not {self._capacity} elements long")
        return joined

    def _values(self, name: str, ids: Ids) -> Column:
        """Return the elements of a column for the rows ``ids``."""
        column = self.column(name)
        return column if len(ids) == len(column) else column[ids]

    def _own(self, ids: Ids) -> Ids:
        """Return the ids that these rows have in their own tables."""
        return ids % self._capacity if len(self._planes) > 1 else ids

    def _locate(self, ids: Ids) -> Cells:
        if self._owner is not None:
            owners = self._values(self._owner, ids).astype(np.intp)
            owned = (owners > 0) & (owners <= self._seats)
            return np.where(owned, owners - 1, self._seats) + self._first_cells
        if self._position is None or self.cells == 1:
            return self._first_cells
        x, y = (self._values(name, ids) for name in self._position)
        return self._grid.cells_at(x, y) + self._first_cells

    def _delta(self, left: Ids, left_cells: Cells, changed: Masks) -> CellBytes:
        """Pack a removal for each row that ``left`` a cell or the table, and the changes of those that exist."""
        touched = changed.nonzero()[0]
        ids, cells, changed = self.ids[touched], self._cells[touched], changed[touched]
        if len(left):
            # Removals come first in their cell; with an empty mask nothing of a row is packed.
            ids, cells = np.concatenate((left, ids)), np.concatenate((left_cells, cells))
            changed = np.concatenate((np.zeros(len(left), changed.dtype), changed))
        order = self._order(cells)
        ids, cells, changed = ids[order], cells[order], changed[order]
        data, sizes = self._packer.pack(self._own(ids), self._rows[ids], changed)
        return self._by_cell(data, cells, sizes)

    def _order(self, cells: Cells) -> Any:
        if self._is_one:
            return slice(None)
        # numpy sorts integers of 16 bits by radix, which is four times as fast.
        few = len(self._planes) * self.cells <= 1 << 16
        return (cells.astype(np.uint16) if few else cells).argsort(kind="stable")

    def _by_cell(self, data: bytes, cells: Cells, sizes: npt.NDArray[np.integer]) -> CellBytes:
        if self._is_one:
            return CellBytes(data, np.array((0, len(data))))
        ends = np.concatenate(([0], np.cumsum(sizes)))
        return CellBytes(data, ends[np.searchsorted(cells, np.arange(len(self._planes) * self.cells + 1))])
