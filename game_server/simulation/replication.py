"""From tables to snapshots: quantise, compare with what was sent before, pack once, hand each viewer its bytes.

WebSocket is ordered and reliable, so the baseline of a delta is simply the world as of the tick before: a viewer has
either been given every delta since its last keyframe, or gets a keyframe. No acknowledged history is kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from game_server.errors import RulesError
from game_server.protocol.codes import DELTA, KEYFRAME
from game_server.protocol.schema import EventSchema, FieldSchema, Schema, TableSchema
from game_server.protocol.snapshots import NO_HASH, NO_OWN, NO_TABLES, pack_hash, pack_snapshot, pack_some, pack_tables
from game_server.simulation.events import FIRST_GAME_CODE, field_names
from game_server.simulation.game import Game
from game_server.simulation.heads import Heads, Packed
from game_server.simulation.interest import EVERYWHERE, NOTHING, UNPLACED, Cells, Grid, Runs, ViewChange
from game_server.simulation.replica import CellBytes, TableReplica

Integers = npt.NDArray[np.int64]
_ALL_NEW: Final = ViewChange([], [], EVERYWHERE)
_ALL_STAYED: Final = ViewChange([], EVERYWHERE, [])
"""What becomes of a view of rows without a place."""

_CHANGES_KEPT: Final = 4096
"""Ways of a view from cell to cell that are remembered; most viewers stay or go to a neighbour."""


def schema_of(game: Game) -> Schema:
    """The schema that clients need to read the snapshots of ``game``.

    Raises:
        RulesError: an event's code is not the game's to give, or two events have the same; or the owned table has fewer
            rows than the match has seats.
    """
    codes = [event.code for event in game.event_types]
    if any(code < FIRST_GAME_CODE for code in codes) or len(set(codes)) < len(codes):
        raise RulesError(f"game {game.name!r} has events {codes}; their codes are from {FIRST_GAME_CODE} on, one each")
    if game.owned.capacity < game.world.max_players:
        raise RulesError(
            f"table {game.owned.name!r} has {game.owned.capacity} rows for {game.world.max_players} players' own"
        )
    tables = tuple(
        TableSchema(
            number,
            table.name,
            tuple(FieldSchema(s.name, s.wire.size, s.wire.offset, s.wire.step) for s in table.specs if s.wire),
        )
        for number, table in game.world.tables.items()
    )
    own = tuple((spec.name, spec.dtype) for spec in game.owned.specs if spec.owner)
    events = tuple(EventSchema(event.code, event.name, field_names(event)) for event in game.event_types)
    return Schema(tables, own, events)


class Replication:
    """The wire's side of a world. Call `capture` once after each step, then `snapshots`.

    Everybody whose view is around the same cell is given the same bytes, packed once; only the short head differs.

    Args:
        hashed: whether snapshots carry a hash of the rows they change, so that clients can tell a desync.

    Attributes:
        grid: the cells of the world.
        replicas: the tables, in the order of the schema.
        centres: by player, the cell around which he sees, as of the tick last captured; `UNPLACED` for no place.
    """

    def __init__(self, game: Game, *, hashed: bool = False) -> None:
        self.schema = schema_of(game)
        self.grid = Grid(game.interest)
        self._world = game.world
        self._owned = game.owned
        self.replicas = [
            TableReplica(table, schema, self.grid, hashed=hashed)
            for table, schema in zip(game.world.tables.values(), self.schema.tables, strict=True)
        ]
        self._heads = Heads(game.owned, game.world.max_players, hashed=hashed)
        self._hashed = hashed
        self._cells: Cells = np.full(game.world.max_players, UNPLACED, np.intp)
        self.centres: list[int] = self._cells.tolist()
        self._shown: list[int] = [NOTHING] * game.world.max_players
        self._changes: dict[tuple[int, int], ViewChange] = {}
        self._deltas: list[tuple[int, CellBytes]] = []
        self._everywhere = NO_TABLES
        self._packed: dict[tuple[int, int], Packed] = {}

    def capture(self) -> None:
        """Take the world as it stands; what has changed since the last call becomes the delta of this tick."""
        for replica in self.replicas:
            replica.capture()
        changed = [replica for replica in self.replicas if replica.changed]
        self._deltas = [(replica.schema.number, replica.delta.packed) for replica in changed if replica.placed]
        everywhere = [replica for replica in changed if not replica.placed]
        self._everywhere = pack_some((replica.schema.number, replica.delta.packed.data) for replica in everywhere)
        self._packed.clear()
        self._follow()

    def snapshots(
        self, players: list[int], acks: Integers, depths: Integers, keyframes: Iterable[int] = ()
    ) -> list[bytes]:
        """The snapshot message of the tick last captured for each of ``players``; to be asked for once.

        A delta follows on the last message made for that player, whether or not that was sent: when it was not, ask for
        a keyframe.

        Args:
            acks, depths: one element for each player there may be.
            keyframes: those of ``players`` who did not get the snapshot before, or any.
        """
        shown, centres, packed = self._shown, self.centres, self._packed
        whole = sorted(keyframes)
        for player in whole:
            shown[player] = NOTHING
        changes = [(shown[player], centres[player]) for player in players]
        for change in set(changes).difference(packed):
            self._pack(change)
        for player in players:
            shown[player] = centres[player]
        rest = [packed[change] for change in changes]
        return self._heads.join(self._world.tick, players, acks, depths, whole, rest)

    def watched(self, before: int, now: int) -> bytes:
        """The snapshot message for somebody without a row.

        Args:
            before: the cell in the middle of what was shown with the message before; `NOTHING` for a keyframe.
            now: the cell in the middle of what is to be shown, or `ALL_CELLS`.
        """
        packed = self._packed.get((before, now)) or self._pack((before, now))
        kind = KEYFRAME if before == NOTHING else DELTA
        return pack_snapshot(self._world.tick, kind, 0, 0, packed.hash, NO_OWN, packed.tables)

    def _follow(self) -> None:
        """Let every view follow its player's own row; without one it stays where it was."""
        position = self._owned.position
        if self.grid.cells == 1 or position is None:
            self._cells[:] = 0
        else:
            live = self._owned.live[: np.searchsorted(self._owned.live, len(self._cells))]
            x, y = (self._owned.column(name)[live] for name in position)
            self._cells[live] = self.grid.centres(x, y, self._cells[live])
        self.centres = self._cells.tolist()

    def _pack(self, change: tuple[int, int]) -> Packed:
        """The tables for those whose view was around the first of two cells and is around the second."""
        view = self._changes.get(change) or self._change(change)
        first = change[0] == NOTHING
        if first or view.left or view.came or self._hashed:
            packed = self._pack_anything(view, _ALL_NEW if first else _ALL_STAYED)
        else:
            packed = Packed(NO_HASH, pack_tables(self._changes_in(view.stayed), self._everywhere))
        self._packed[change] = packed
        return packed

    def _changes_in(self, runs: Runs) -> list[tuple[int, bytes]]:
        """Number and changes of each table with places. Nearly every view is three runs of cells: that is spelt out."""
        if len(runs) != 3:
            return [(number, delta.of(runs)) for number, delta in self._deltas]
        (a, b), (c, d), (e, f) = runs
        return [
            (number, data[starts[a] : starts[b]] + data[starts[c] : starts[d]] + data[starts[e] : starts[f]])
            for number, (data, starts) in self._deltas
        ]

    def _pack_anything(self, view: ViewChange, everywhere: ViewChange) -> Packed:
        """As `_pack`: rows with a place go by ``view``, the others by ``everywhere``."""
        parts, digest = [], 0
        for replica in self.replicas:
            number = replica.schema.number
            records, hashed = replica.records(view if replica.placed else everywhere)
            parts.append((number, records))
            if self._hashed and records:
                digest = zlib.crc32(hashed, zlib.crc32(bytes((number,)), digest))
        return Packed(pack_hash(digest if self._hashed else None), pack_tables(parts))

    def _change(self, cells: tuple[int, int]) -> ViewChange:
        change = self._changes.get(cells)
        if change is None:
            if len(self._changes) >= _CHANGES_KEPT:
                self._changes.clear()
            before, now = map(self.grid.around, cells)
            change = self._changes[cells] = self.grid.change(before, now)
        return change
