"""Snapshots of a world: what changed since the last tick, packed once for everybody who sees the same cells.

WebSocket is ordered and reliable, so the baseline of a delta is simply the world as of the tick before: a viewer has
either been given every delta since its last keyframe, or gets a keyframe. No acknowledged history is kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Container, Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from game_server.errors import RulesError
from game_server.protocol import (
    DELTA,
    KEYFRAME,
    MAX_SERVER_MESSAGE_BYTES,
    NO_HASH,
    NO_OWN,
    NO_TABLES,
    Row,
    pack_hash,
    pack_snapshot,
    pack_some,
    pack_tables,
)
from game_server.simulation.replication.snapshot_assembly import assemble
from game_server.simulation.replication.snapshot_headers import SnapshotBody, SnapshotHeaders
from game_server.simulation.replication.table_replica import CellBytes
from game_server.simulation.replication.table_replicas import TableReplicas, schema_of, shape_of
from game_server.simulation.replication.view_transitions import ViewSpans, ViewTransitions
from game_server.simulation.world.game import Game
from game_server.simulation.world.interest import NOTHING, UNPLACED, Cells, Runs, ViewChange

Integers = npt.NDArray[np.int64]

MANY: Final = 400
"""Players from which on it is quicker to assemble the tables of all together (`snapshot_assembly`) than view by view.

Measured in the arena, everybody moving, CPU of `Replication.snapshots` together and view by view: 0.18 and 0.14 ms for
100 players, 0.61 and 0.62 for 400, 1.07 and 1.52 for 1,000, 1.7 and 3.5 for 2,000.
"""


class Replication:
    """Makes the snapshots of a world. Call `capture` and `follow` once after each step, then `snapshots`.

    Everybody whose view is around the same cell gets the same bytes, packed once; only the short header differs.

    The world's tables are followed in `TableReplicas` of their own, or in some that worlds `share`: then the driver of
    the worlds captures these.

    Args:
        hashed: whether snapshots carry a hash of the rows they change, so that clients can detect a desync.

    Attributes:
        shape: equal for those that can share replicas.
        grid: the cells of the world.
        centres: by player, the cell in the middle of the view, as of the tick last captured; `UNPLACED` for no place.
    """

    def __init__(self, game: Game, *, hashed: bool = False) -> None:
        self.schema = schema_of(game)
        self._game = game
        self._world = game.world
        self._owned = game.owned
        self.shape = shape_of(game, hashed=hashed)
        self._replicas = TableReplicas(game, hashed=hashed)
        self._plane = self._replicas.add(game.world)
        self.grid = self._replicas.grid
        self._headers = SnapshotHeaders(game.owned, game.world.max_players, hashed=hashed)
        self._hashed = hashed
        self._places = game.owned.position if self.grid.cells > 1 else None
        """The columns of a player's position, around which the view lies; None where all see the same."""
        self._cells: Cells = np.full(game.world.max_players, UNPLACED, np.intp)
        self.centres: list[int] = self._cells.tolist()
        self._shown: list[int] = [NOTHING] * game.world.max_players
        self._transitions, self._views = ViewTransitions(self.grid, self._plane), ViewSpans(self.grid)
        self._deltas: list[tuple[int, CellBytes]] = []
        self._everywhere = NO_TABLES
        self._packed: dict[tuple[int, int], SnapshotBody] = {}

    def share(self, replicas: TableReplicas | None) -> None:
        """Follow the world in ``replicas``, of its shape; in its own for None. Everybody must get a keyframe next."""
        self._replicas.remove(self._plane)
        self._replicas = self.fresh() if replicas is None else replicas
        self._plane = self._replicas.add(self._world)
        self._transitions = ViewTransitions(self.grid, self._plane)
        self._shown = [NOTHING] * len(self._shown)

    def forget(self, player: int) -> None:
        """Forget where ``player`` was: the next in this seat sees nothing that has a place before having a row."""
        if self._places:
            self._cells[player] = self.centres[player] = UNPLACED

    def fresh(self) -> TableReplicas:
        """Make replicas for worlds of this shape."""
        return TableReplicas(self._game, hashed=self._hashed)

    def capture(self) -> None:
        """Capture the tables, unless a group does it for all that share the replicas."""
        self._replicas.capture()

    def follow(self) -> None:
        """Go on to the tick that the replicas have captured."""
        here = self._here
        self._deltas = [
            (table.schema.number, table.delta.packed)
            for table in self._replicas.tables
            if table.placed and table.delta.packed.data
        ]
        self._everywhere = pack_some(
            (table.schema.number, table.delta.packed.of(here)) for table in self._replicas.tables if not table.placed
        )
        self._packed.clear()
        self._follow_players()

    def snapshots(
        self, players: list[int], acks: Integers, depths: Integers, keyframes: Iterable[int] = ()
    ) -> list[bytes]:
        """Make the snapshot message of the tick last captured for each of ``players``. Call it once a tick.

        A delta follows on the last message made for that player, sent or not: if it was not sent, ask for a keyframe.

        Args:
            acks, depths: one element for each seat.
            keyframes: players who missed the snapshot before, or never had one; they need not be among ``players``.

        Raises:
            RulesError: there is more in a view than a message may hold.
        """
        whole = sorted(keyframes)
        for player in whole:
            self._shown[player] = NOTHING
        if len(players) < MANY or self._hashed or self.grid.cells == 1:
            packed = self._packed_for(players)
            hashes, tables = [each.hash for each in packed], [each.tables for each in packed]
        else:
            hashes, tables = [], self._tables_for_many(players)
        return self._headers.join(self._world.tick, players, acks, depths, whole, hashes, tables)

    def watched(self, before: int, now: int) -> bytes:
        """Make the snapshot message for a viewer without a row: a spectator.

        Args:
            before: the cell in the middle of what was shown with the message before; `NOTHING` for a keyframe.
            now: the cell in the middle of what is to be shown, or `ALL_CELLS`.

        Raises:
            RulesError: as for `snapshots`.
        """
        packed = self._packed.get((before, now)) or self._pack((before, now))
        kind = KEYFRAME if before == NOTHING else DELTA
        return pack_snapshot(self._world.tick, kind, 0, 0, packed.hash, NO_OWN, packed.tables)

    def rows_around(self, centre: int) -> dict[str, dict[int, Row]]:
        """Return the rows in the view around ``centre``, by table and id; do not write into them."""
        runs = self._transitions.around(centre)
        return {table.schema.name: table.rows_in(runs) for table in self._replicas.tables if table.placed}

    def rows_everywhere(self, known: Container[str]) -> dict[str, dict[int, Row]]:
        """Return the rows without a place, by table and id, of the tables that changed or are not in ``known``."""
        here = self._here
        return {
            table.schema.name: table.rows_in(here)
            for table in self._replicas.tables
            if not table.placed and (table.schema.name not in known or table.changed_in(here))
        }

    @property
    def _here(self) -> Runs:
        """The one cell of this world's plane that holds the rows without a place."""
        return ((self._plane, self._plane + 1),)

    def _follow_players(self) -> None:
        """Move every view to its player's own row; without one it stays where it was."""
        position = self._places
        if position is None:
            if self.centres[0] == UNPLACED:
                self.centres = [0] * len(self.centres)
            return
        live = self._owned.live[: np.searchsorted(self._owned.live, len(self._cells))]
        x, y = (self._owned.column(name)[live] for name in position)
        self._cells[live] = self.grid.centres(x, y, self._cells[live])
        self.centres = self._cells.tolist()

    def _packed_for(self, players: list[int]) -> list[SnapshotBody]:
        """Return the body of each player's snapshot, and note that they have been shown what is around their cells."""
        shown, centres, packed = self._shown, self.centres, self._packed
        changes = list(zip(map(shown.__getitem__, players), map(centres.__getitem__, players), strict=True))
        ways = set(changes)
        for change in ways.difference(packed):
            self._pack(change)
        if any(before != now for before, now in ways):
            for player in players:
                shown[player] = centres[player]
        return [packed[change] for change in changes]

    def _tables_for_many(self, players: list[int]) -> list[bytes]:
        """As `_packed_for`, without hashes: assembled at once for views that stay, and for those that move."""
        ids = np.array(players)
        before, now = np.array(self._shown)[ids], np.array(self.centres)[ids]
        stay = (before == now) & (now >= 0)
        cells, which = np.unique(now[stay], return_inverse=True)
        spans = self._views.around(cells)
        tables_staying = [(number, [(self._own(changes), spans)]) for number, changes in self._deltas]
        staying = assemble(len(cells), tables_staying, self._everywhere, self._check)
        if len(which) == len(ids):
            return [staying[at] for at in which.tolist()]
        tables = [b""] * len(ids)
        for at, cell in zip(np.flatnonzero(stay).tolist(), which.tolist(), strict=True):
            tables[at] = staying[cell]
        move = (before != now) & (before >= UNPLACED) & (now >= 0)
        movers = np.flatnonzero(move).tolist()
        moving = self._tables_for_movers(before[move], now[move])
        for at, packed_tables in zip(movers, moving, strict=True):
            tables[at] = packed_tables
            self._shown[players[at]] = self.centres[players[at]]
        for at in np.flatnonzero(~(stay | move)).tolist():
            [packed] = self._packed_for(players[at : at + 1])
            tables[at] = packed.tables
        return tables

    def _tables_for_movers(self, before: Cells, now: Cells) -> list[bytes]:
        """Assemble the tables for views that go from one cell to another; only whole rows that enter are packed."""
        if not len(now):
            return []
        left, stayed, came = self._views.moves(before, now)
        cells = slice(self._plane * self.grid.cells, (self._plane + 1) * self.grid.cells)
        gone, new = np.zeros((2, self._replicas.cells), np.bool_)
        gone[cells], new[cells] = left.mask(self.grid.cells), came.mask(self.grid.cells)
        alone = len(self._replicas) == 1  # what is packed of all rows serves all worlds that share them
        tables = []
        for table in self._replicas.tables:
            if table.placed:
                whole = table.whole_in(new) if alone else table.whole.packed
                removals = table.removals_in(gone) if alone else table.removals_before
                sources = [(table.delta.packed, stayed), (whole, came), (removals, left)]
                tables.append((table.schema.number, [(self._own(packed), spans) for packed, spans in sources]))
        return assemble(len(now), tables, self._everywhere, self._check)

    def _own(self, cells: CellBytes) -> CellBytes:
        return cells.of_plane(self._plane, self.grid.cells)

    def _pack(self, change: tuple[int, int]) -> SnapshotBody:
        """Pack the tables for a view that was around the first of two cells and is around the second."""
        view = self._transitions.between(change)
        first = change[0] == NOTHING
        if first or view.left or view.came or self._hashed:
            here = self._here
            packed = self._pack_anything(view, ViewChange((), (), here) if first else ViewChange((), here, ()))
        else:
            packed = SnapshotBody(NO_HASH, pack_tables(self._changes_in(view.stayed), self._everywhere))
        self._check(len(packed.tables))
        self._packed[change] = packed
        return packed

    def _check(self, size: int) -> None:
        if size > MAX_SERVER_MESSAGE_BYTES - self._headers.most_bytes:
            raise RulesError(
                f"the snapshot of tick {self._world.tick} has {size} bytes of tables for one viewer; a message holds "
                f"{MAX_SERVER_MESSAGE_BYTES}: keep fewer rows, or give them places and a smaller view"
            )

    def _changes_in(self, runs: Runs) -> list[tuple[int, bytes]]:
        """Return number and changes of each table with places. Nearly every view is three runs: these are unrolled."""
        if len(runs) != 3:
            return [(number, delta.of(runs)) for number, delta in self._deltas]
        (a, b), (c, d), (e, f) = runs
        return [
            (number, data[starts[a] : starts[b]] + data[starts[c] : starts[d]] + data[starts[e] : starts[f]])
            for number, (data, starts, _) in self._deltas
        ]

    def _pack_anything(self, view: ViewChange, everywhere: ViewChange) -> SnapshotBody:
        """Pack as `_pack` does, whatever changed: rows with a place by ``view``, the others by ``everywhere``."""
        parts, digest = [], 0
        for table in self._replicas.tables:
            number = table.schema.number
            records, hashed = table.records(view if table.placed else everywhere)
            parts.append((number, records))
            if self._hashed and records:
                digest = zlib.crc32(hashed, zlib.crc32(bytes((number,)), digest))
        return SnapshotBody(pack_hash(digest if self._hashed else None), pack_tables(parts))
