"""Tables of rows: the entities of a match."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import Any, Final, Generic, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from game_server.errors import RulesError
from game_server.simulation.world.columns import Block, Column, ColumnSpec, allocate, column_specs
from game_server.simulation.world.history import History

Row = TypeVar("Row", bound=attrs.AttrsInstance)

_HEAD: Final = struct.Struct("<HIH")
"""Turn, additions, and number of rows."""
_ID: Final = np.dtype("<u2")
_LAST_ADDITION: Final = 2**32 - 1
"""After it they count from 0 again; two of one id that are so far apart are never compared."""


@attrs.frozen(eq=False)
class TableContent:
    """All that is kept of a table: its turn, its additions, the ids of its rows, and their values, block by block."""

    turn: int
    additions: int
    ids: npt.NDArray[np.intp]
    blocks: list[Block]


class Table(Generic[Row]):
    """Up to ``capacity`` rows of one kind; a row's id is its index into every column, 0 to ``capacity - 1``.

    Attributes:
        rows: the columns; ``table.rows.x[ids]`` reads or writes the field ``x`` of the rows ``ids``.
        alive: bool per id, whether the row exists.
        generation: for each id, the number of the addition that made its row; distinguishes it from the former row with
            its id.
        turn: the id from which the next free one is looked for.
        blocks: the columns and `generation`, as arrays ``(columns, capacity)`` of which they are views.
        position: the names of the two columns that place a row in the world, or None for a row that is everywhere.
        owner: the name of the column that says whose a row is, the player's number plus 1: 0, as in a fresh row, is
            nobody's. None for a table without private columns.
        history: where its rows were in the last ticks; None for a table without a history.
        history_ticks: for how many ticks it has that; 0 for none.
        layout: a checksum of name, capacity and columns: equal for tables that can `read` each other's content.
    """

    def __init__(
        self,
        name: str,
        row_type: type[Row],
        capacity: int,
        position: tuple[str, str] | None = None,
        *,
        history_ticks: int = 0,
        owner: str | None = None,
    ) -> None:
        if not 1 <= capacity <= 65535:
            raise RulesError(f"table {name!r} asks for {capacity} rows; ids have 16 bits, so 1 to 65535 fit")
        self.name = name
        self.capacity = capacity
        self.position = position
        self.owner = owner
        self.history_ticks = history_ticks
        self.specs: tuple[ColumnSpec, ...] = column_specs(row_type)
        doubles = {spec.name for spec in self.specs if spec.dtype == "f8"}
        if position and not doubles.issuperset(position):
            raise RulesError(f"table {name!r}: position {position} does not name two columns of doubles")
        whole = {spec.name for spec in self.specs if spec.dtype != "f8"}
        if owner is not None and owner not in whole:
            raise RulesError(f"table {name!r}: owner {owner!r} does not name a column of whole numbers")
        if owner is None and any(spec.private for spec in self.specs):
            raise RulesError(f"table {name!r} has private columns, so owner= names the column that says whose a row is")
        if history_ticks and not position:
            raise RulesError(f"table {name!r}: a history is one of places; name the two columns that hold them")
        rows, blocks = allocate(row_type, capacity)
        self.rows: Row = rows
        self.alive: npt.NDArray[np.bool_] = np.zeros(capacity, np.bool_)
        self.generation: npt.NDArray[np.uint32] = np.zeros(capacity, np.uint32)
        self.blocks: list[Block] = [*blocks, self.generation[None, :]]
        self._live: npt.NDArray[np.intp] | None = None
        self._head: bytes | None = None
        """The first part of `content`; None when a row has come or gone since."""
        self.turn = 0
        self._additions = 0
        self.history: History | None = None
        if position and history_ticks:
            self.history = History(self.column(position[0]), self.column(position[1]), history_ticks)
        columns = [(spec.name, spec.dtype) for spec in self.specs]
        self.layout = zlib.crc32(repr((name, capacity, position, history_ticks, columns)).encode())

    def __len__(self) -> int:
        return len(self.live)

    @property
    def is_shown(self) -> bool:
        """Whether a field has a wire form; nobody is shown a table without one."""
        return any(spec.wire for spec in self.specs)

    @property
    def live(self) -> npt.NDArray[np.intp]:
        """The ids of the rows that exist, ascending. Do not write into it; it stands until a row comes or goes."""
        if self._live is None:
            self._live = np.flatnonzero(self.alive)
        return self._live

    def column(self, name: str) -> Column:
        """The column called ``name``, all ``capacity`` elements."""
        column: Column = getattr(self.rows, name)
        return column

    def add(self, **values: float) -> int:
        """Add a row, its fields 0 except for ``values``, and return its id.

        Raises:
            RulesError: the table is full.
        """
        ids = self.add_many(1)
        if not len(ids):
            raise RulesError(f"table {self.name!r} is full: all {self.capacity} rows are taken")
        row = int(ids[0])
        self._fill(row, values)
        return row

    def add_at(self, row: int, **values: float) -> None:
        """Add the row with the id ``row``, its fields 0 except for ``values``.

        Raises:
            RulesError: that row exists already, or ``row`` is out of range.
        """
        if not 0 <= row < self.capacity or self.alive[row]:
            raise RulesError(f"table {self.name!r}: row {row} is taken or out of range 0 to {self.capacity - 1}")
        self._claim(np.array([row]))
        self._fill(row, values)

    def add_many(self, count: int) -> npt.NDArray[np.intp]:
        """Add up to ``count`` rows of zeros, as many as there is room for, and return their ids.

        Ids are given out in turn, so that one comes back only when all the others were used: a late message
        about an old row does not hit a new one. A ``count`` below 0 is 0.
        """
        free = np.flatnonzero(~self.alive)
        first = int(np.searchsorted(free, self.turn))
        ids = np.concatenate((free[first:], free[:first]))[: max(count, 0)]
        if len(ids):
            self.turn = (int(ids[-1]) + 1) % self.capacity
            self._claim(ids)
        return ids

    def remove(self, rows: int | npt.NDArray[np.intp] | Iterable[int]) -> None:
        """Remove the row, or rows, with these ids; one that does not exist is no error."""
        if isinstance(rows, int | np.integer | np.ndarray):
            self.alive[rows] = False
        else:
            self.alive[list(rows)] = False
        self._live = self._head = None

    def content(self) -> list[bytes | memoryview]:
        """Return all that the future of the table depends on, as buffers: rows that do not exist are left out.

        A few numbers and, unless the table is full, the ids of the rows come first, then of each block what belongs to
        these rows.
        """
        live = self.live
        full = len(live) == self.capacity
        if self._head is None:
            ids = b"" if full else live.astype(_ID).tobytes()
            self._head = _HEAD.pack(self.turn, self._additions, len(live)) + ids
        blocks = self._all_blocks() if len(live) else []
        if not full:
            blocks = [block.take(live, axis=1) for block in blocks]
        return [self._head, *(block.data for block in blocks)]

    def read(self, content: bytes) -> TableContent:
        """Read what `content` of a table of the same layout has given, joined; the table does not change.

        Raises:
            RulesError: it is too short or too long, or an id or the turn is out of range.
        """
        if len(content) < _HEAD.size:
            raise RulesError(f"{len(content)} bytes of table {self.name!r} are too few")
        turn, additions, count = _HEAD.unpack_from(content)
        full = count == self.capacity
        kinds = [(block.dtype, len(block)) for block in self._all_blocks()]
        row_size = sum(dtype.itemsize * columns for dtype, columns in kinds)
        at = _HEAD.size + (0 if full else count * _ID.itemsize)
        if len(content) != at + count * row_size:
            raise RulesError(f"{len(content)} bytes of table {self.name!r} are not {count} rows of {row_size} bytes")
        ids = np.arange(count) if full else np.frombuffer(content, _ID, count, _HEAD.size).astype(np.intp)
        if turn >= self.capacity or (np.diff(ids) <= 0).any() or (count and ids[-1] >= self.capacity):
            raise RulesError(f"rows of table {self.name!r} are out of range 0 to {self.capacity - 1}, or out of order")
        blocks = []
        for dtype, columns in kinds:
            blocks.append(np.frombuffer(content, dtype, columns * count, at).reshape(columns, count))
            at += blocks[-1].nbytes
        return TableContent(turn, additions, ids, blocks)

    def restore(self, content: TableContent, tick: int) -> None:
        """Put in place of all rows those of ``content``, as they were at ``tick``.

        What stands in the columns elsewhere does not matter: it is cleared when a row is added there.
        """
        self.turn, self._additions = content.turn, content.additions
        self.alive[:] = False
        self.alive[content.ids] = True
        self._live = self._head = None
        for block, values in zip(self.blocks, content.blocks[: len(self.blocks)], strict=True):
            block[:, content.ids] = values
        if self.history:
            self.history.restore(tick, content.blocks[len(self.blocks) :], content.ids)

    def restart_history(self, rows: int | npt.NDArray[np.intp]) -> None:
        """Note that these rows were put elsewhere: lag compensation does not move them there from where they were."""
        if self.history:
            self.history.restart(rows)

    def row(self, row: int) -> dict[str, Any]:
        """Return one row as plain Python values, for tests and for people."""
        return {spec.name: self.column(spec.name)[row].item() for spec in self.specs}

    def _all_blocks(self) -> list[Block]:
        return self.blocks + (self.history.blocks() if self.history else [])

    def _claim(self, ids: npt.NDArray[np.intp]) -> None:
        for block in self.blocks:
            block[:, ids] = 0
        self.alive[ids] = True
        self._additions = self._additions + 1 & _LAST_ADDITION
        self.generation[ids] = self._additions
        if self.history:
            self.history.forget(ids)
        self._live = self._head = None

    def _fill(self, row: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            self.column(name)[row] = value
