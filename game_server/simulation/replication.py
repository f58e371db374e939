"""From tables to snapshots: quantise, compare with what was sent before, pack once, hand each viewer its bytes.

WebSocket is ordered and reliable, so the baseline of a delta is simply the world as of the tick before: a viewer has
either been given every delta since its last keyframe, or gets a keyframe. No acknowledged history is kept.
"""

from __future__ import annotations

import zlib
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from game_server.errors import RulesError
from game_server.protocol.messages import DELTA, KEYFRAME
from game_server.protocol.schema import EventSchema, FieldSchema, Schema, TableSchema
from game_server.protocol.snapshots import bytes_header, pack_hash, pack_snapshot, pack_tables
from game_server.simulation.events import FIRST_GAME_CODE, field_names
from game_server.simulation.game import Game
from game_server.simulation.interest import EVERYWHERE, NOWHERE, Cells, Grid, ViewChange
from game_server.simulation.replica import TableReplica
from game_server.simulation.table import Table

_NOTHING: Final = -2
"""In place of the cell that a viewer was in: it has been shown nothing yet."""
_NO_ROW: Final = bytes_header(0)
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
    """The wire's side of a world. Call `capture` once after each step, then `snapshot` for each viewer.

    Everybody whose view is around the same cell is given the same bytes, packed once; only the short head differs.

    Args:
        hashed: whether snapshots carry a hash of the rows they change, so that clients can tell a desync.

    Attributes:
        grid: the cells of the world.
        replicas: the tables, in the order of the schema.
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
        self._own = _OwnRows(game.owned)
        self._hashed = hashed
        self._centres: Cells = np.full(game.world.max_players, -1, np.intp)
        self._views: list[int] = self._centres.tolist()
        self._shown: list[int] = [-1] * game.world.max_players
        self._changes: dict[tuple[int, int], ViewChange] = {}
        self._unplaced: dict[bool, list[tuple[int, bytes, bytes]]] = {}
        self._packed: dict[tuple[int, int], _Packed] = {}

    def capture(self) -> None:
        """Take the world as it stands; what has changed since the last call becomes the delta of this tick."""
        for replica in self.replicas:
            replica.capture()
        self._own.capture()
        self._packed.clear()
        self._unplaced.clear()
        self._follow()

    def centre(self, player: int) -> int:
        """The cell around which ``player`` sees, as of the tick last captured; -1 for one who has no place."""
        return self._views[player]

    def snapshot(self, player: int, *, keyframe: bool, ack: int, depth: int) -> bytes:
        """The snapshot message for ``player`` of the tick last captured.

        A delta follows on the last message made for this player, whether or not that was sent: when it was not, ask for
        a keyframe.
        """
        before, now = _NOTHING if keyframe else self._shown[player], self._views[player]
        self._shown[player] = now
        packed = self._packed.get((before, now))
        if packed is None:
            packed = self._packed[before, now] = self._pack(before, now)
        return pack_snapshot(
            self._world.tick,
            KEYFRAME if keyframe else DELTA,
            ack,
            depth,
            packed.hash,
            self._own.row(player),
            packed.tables,
        )

    def _follow(self) -> None:
        """Let every view follow its player's own row; without one it stays where it was."""
        position = self._owned.position
        if self.grid.cells == 1 or position is None:
            self._centres[:] = 0
        else:
            live = self._owned.live[: np.searchsorted(self._owned.live, len(self._centres))]
            x, y = (self._owned.column(name)[live] for name in position)
            self._centres[live] = self.grid.centres(x, y, self._centres[live])
        self._views = self._centres.tolist()

    def _pack(self, before: int, now: int) -> _Packed:
        """The tables for those whose view was around the cell ``before`` and is around ``now``."""
        first = before == _NOTHING
        if first not in self._unplaced:
            change = ViewChange([], [], EVERYWHERE) if first else ViewChange([], EVERYWHERE, [])
            self._unplaced[first] = self._parts(change, placed=False)
        parts = self._parts(self._change(before, now), placed=True) + self._unplaced[first]
        digest = None
        if self._hashed:
            digest = 0
            for number, _, hashed in parts:
                digest = zlib.crc32(hashed, zlib.crc32(bytes((number,)), digest))
        return _Packed(pack_tables((number, records) for number, records, _ in parts), pack_hash(digest))

    def _parts(self, change: ViewChange, *, placed: bool) -> list[tuple[int, bytes, bytes]]:
        """Number, records and what is hashed of each table, placed or not, that has records for this change."""
        parts = []
        for replica in self.replicas:
            if replica.placed is placed:
                records, hashed = replica.records(change)
                if records:
                    parts.append((replica.schema.number, records, hashed))
        return parts

    def _change(self, before: int, now: int) -> ViewChange:
        change = self._changes.get((before, now))
        if change is None:
            if len(self._changes) >= _CHANGES_KEPT:
                self._changes.clear()
            seen = NOWHERE if before == _NOTHING else self.grid.around(before)
            change = self._changes[before, now] = self.grid.change(seen, self.grid.around(now))
        return change


@attrs.frozen
class _Packed:
    tables: bytes
    hash: bytes


class _OwnRows:
    """Every player's own row, exactly, as it stands in a snapshot."""

    def __init__(self, table: Table[Any]) -> None:
        self._table = table
        self._names = [spec.name for spec in table.specs if spec.owner]
        fields = np.dtype([(spec.name, f"<{spec.dtype}") for spec in table.specs if spec.owner])
        header = bytes_header(fields.itemsize)
        self._rows: npt.NDArray[np.void] = np.zeros(table.capacity, [("", f"V{len(header)}"), *fields.descr])
        self._rows["f0"] = np.void(header)
        self._size = self._rows.dtype.itemsize
        self._bytes = b""
        self._alive: list[bool] = []

    def capture(self) -> None:
        for name in self._names:
            self._rows[name] = self._table.column(name)
        self._bytes = self._rows.tobytes()
        self._alive = self._table.alive.tolist()

    def row(self, player: int) -> bytes:
        """The ``own`` of ``player`` with what stands before it."""
        return self._bytes[player * self._size : (player + 1) * self._size] if self._alive[player] else _NO_ROW
