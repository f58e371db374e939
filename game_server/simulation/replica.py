"""One table as its viewers have it: what changed, what is there and what was there, each sorted by cell."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import attrs
import numpy as np
import numpy.typing as npt

from game_server.protocol.records import Bools2D, Bytes2D, Ids, RecordPacker
from game_server.protocol.schema import ID_SIZE, TableSchema
from game_server.protocol.view import Row
from game_server.simulation.interest import Cells, Grid, Runs, ViewChange
from game_server.simulation.quantiser import Quantiser
from game_server.simulation.table import Table

_NO_IDS: Final[Ids] = np.empty(0, np.intp)
_ONE_CELL: Final = _NO_IDS
"""In place of sizes that nobody asks for: all bytes are those of the one cell."""


class CellBytes(NamedTuple):
    """Bytes sorted by cell: those of cell *c* are ``data[starts[c] : starts[c + 1]]``."""

    data: bytes
    starts: list[int]

    def of(self, runs: Runs) -> bytes:
        """The bytes of all cells in ``runs``."""
        data, starts = self
        return b"".join([data[starts[first] : starts[past]] for first, past in runs])


@attrs.frozen
class Records:
    """Records sorted by cell, and what the hash of each cell is taken over (nothing where snapshots have no hash)."""

    packed: CellBytes
    hashed: CellBytes


class TableReplica:
    """Follows a table from tick to tick. Call `capture` once after each step.

    Rows without a position are in cell 0 of a grid of one.

    Attributes:
        table, schema: what it follows.
        placed: whether its rows have a position; those of the others are everywhere.
        delta: the changes between the last two captures.
    """

    def __init__(self, table: Table[Any], schema: TableSchema, grid: Grid, *, hashed: bool) -> None:
        self.schema = schema
        self.table = table
        self.placed = table.position is not None
        self._grid = grid if self.placed else Grid(None)
        self._hashed = hashed
        self._packer = RecordPacker(schema)
        self._quantiser = Quantiser(table.specs)
        self._generation = np.zeros(table.capacity, np.uint32)
        self._alive = np.zeros(table.capacity, np.bool_)
        self._cell = np.zeros(table.capacity, np.intp)
        self._rows = np.zeros((table.capacity, schema.row_size), np.uint8)
        self._ids: Ids = _NO_IDS
        self._cells: Cells = np.empty(0, np.intp)
        self._ids_before, self._cells_before = self._ids, self._cells
        self._nothing = CellBytes(b"", [0] * (self._grid.cells + 1))
        self.delta = Records(self._nothing, self._nothing)
        self._by_cell_now: tuple[Ids, list[int]] | None = None
        self._whole: Records | None = None
        self._removals_before: CellBytes | None = None

    def capture(self) -> None:
        """Take the table as it stands."""
        table, ids = self.table, self.table.live
        rows, cells = self._quantiser.rows(table, ids), self._locate(ids)
        changed = self._packer.changed_fields(self._rows[ids], rows)
        # A row that leaves a cell is taken from those who see that cell, and given whole to those who see its new one.
        left = _NO_IDS
        if ids is not self._ids:  # a table makes this array anew when a row comes or goes, and only then
            changed[self._generation[ids] != table.generation[ids]] = True
            left = self._ids[~table.alive[self._ids]]
        if self._grid.cells > 1:
            moved = self._alive[ids] & (self._cell[ids] != cells)
            changed[moved] = True
            left = np.concatenate((left, ids[moved]))
        touched = np.flatnonzero(changed.any(axis=1))
        self.delta = self._delta(left, self._cell[left], ids[touched], cells[touched], rows[touched], changed[touched])
        self._ids_before, self._cells_before = self._ids, self._cells
        if ids is not self._ids:
            self._alive[self._ids] = False
            self._alive[ids] = True
            self._generation[ids] = table.generation[ids]
        self._ids, self._cells = ids, cells
        self._cell[ids] = cells
        self._rows[ids] = rows
        self._by_cell_now = self._whole = self._removals_before = None

    def records(self, change: ViewChange) -> tuple[bytes, bytes]:
        """The records for a view that changes so, and what the snapshot's hash is taken over for them.

        Cells that stayed in view give their changes, those that came all that is in them now, and those that left a
        removal of all that was in them.
        """
        left, stayed, came = change
        packed = self.delta.packed.of(stayed)
        if not (came or left or self._hashed):
            return packed, b""  # nearly always
        if came:
            packed += self.whole.packed.of(came)
        if left:
            packed += self.removals_before.of(left)
        if not self._hashed:
            return packed, b""
        hashed = self.delta.hashed.of(stayed)
        return packed, hashed + self.whole.hashed.of(came) if came else hashed

    def rows_in(self, runs: Runs) -> dict[int, Row]:
        """The rows in these cells, by id, as a client has them."""
        ids, starts = self._sorted
        ids = np.concatenate([ids[starts[first] : starts[past]] for first, past in runs] or [_NO_IDS])
        return dict(zip(ids.tolist(), self._quantiser.read(self._rows[ids]), strict=True))

    @property
    def changed(self) -> bool:
        """Whether any row came, went or changed on the wire between the last two captures."""
        return bool(self.delta.packed.data)

    @property
    def _sorted(self) -> tuple[Ids, list[int]]:
        """The rows by cell: their ids, and where each cell begins."""
        if self._by_cell_now is None:
            order = self._order(self._cells)
            starts = np.searchsorted(self._cells[order], np.arange(self._grid.cells + 1))
            self._by_cell_now = self._ids[order], starts.tolist()
        return self._by_cell_now

    @property
    def whole(self) -> Records:
        """Every row, whole; packed when first asked for."""
        if self._whole is None:
            ids, _ = self._sorted
            cells = self._cell[ids]
            rows = self._rows[ids]
            sizes = np.full(len(ids), self.schema.head_size + self.schema.row_size)
            packed = self._by_cell(self._packer.pack_whole(ids, rows), cells, sizes)
            self._whole = Records(packed, self._hash_input(ids, cells, rows))
        return self._whole

    @property
    def removals_before(self) -> CellBytes:
        """A removal for every row of the capture before the last, by the cell that it was in then."""
        if self._removals_before is None:
            order = self._order(self._cells_before)
            ids, cells = self._ids_before[order], self._cells_before[order]
            sizes = np.full(len(ids), self.schema.head_size)
            self._removals_before = self._by_cell(self._packer.pack_removals(ids), cells, sizes)
        return self._removals_before

    def _locate(self, ids: Ids) -> Cells:
        if self.table.position is None or self._grid.cells == 1:
            return np.zeros(len(ids), np.intp)
        x, y = (self.table.column(name)[ids] for name in self.table.position)
        return self._grid.cells_at(x, y)

    def _delta(self, left: Ids, left_cells: Cells, ids: Ids, cells: Cells, rows: Bytes2D, changed: Bools2D) -> Records:
        if not len(left) and not len(ids):
            return Records(self._nothing, self._nothing)
        order = self._order(cells)
        ids, cells, rows, changed = ids[order], cells[order], rows[order], changed[order]
        hashed = self._hash_input(ids, cells, rows)
        if len(left):
            ids, cells = np.concatenate((left, ids)), np.concatenate((left_cells, cells))
            rows = np.concatenate((np.zeros((len(left), rows.shape[1]), np.uint8), rows))
            changed = np.concatenate((np.zeros((len(left), changed.shape[1]), np.bool_), changed))
            order = self._order(cells)
            ids, cells, rows, changed = ids[order], cells[order], rows[order], changed[order]
        data = self._packer.pack(ids, rows, changed)
        sizes = _ONE_CELL if self._grid.cells == 1 else self._packer.sizes(changed)
        return Records(self._by_cell(data, cells, sizes), hashed)

    def _order(self, cells: Cells) -> Any:
        return slice(None) if self._grid.cells == 1 else np.argsort(cells, kind="stable")

    def _hash_input(self, ids: Ids, cells: Cells, rows: Bytes2D) -> CellBytes:
        if not self._hashed:
            return self._nothing
        data = self._packer.hash_input(ids, rows)
        return self._by_cell(data, cells, np.full(len(ids), ID_SIZE + self.schema.row_size))

    def _by_cell(self, data: bytes, cells: Cells, sizes: npt.NDArray[np.integer]) -> CellBytes:
        if self._grid.cells == 1:
            return CellBytes(data, [0, len(data)])
        ends = np.concatenate(([0], np.cumsum(sizes)))
        starts = ends[np.searchsorted(cells, np.arange(self._grid.cells + 1))]
        return CellBytes(data, starts.tolist())
