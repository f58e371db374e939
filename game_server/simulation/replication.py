"""From tables to snapshots: quantise, compare with what was sent before, pack once, hand each viewer its bytes.

WebSocket is ordered and reliable, so the baseline of a delta is simply the world as of the tick before: a viewer has
either been given every delta since its last keyframe, or gets a keyframe. No acknowledged history is kept.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from game_server.errors import RulesError
from game_server.protocol.messages import DELTA, KEYFRAME
from game_server.protocol.records import Bytes2D, Ids, RecordPacker
from game_server.protocol.schema import EventSchema, FieldSchema, Schema, TableSchema
from game_server.protocol.snapshots import pack_snapshot, pack_tables
from game_server.simulation.columns import ColumnSpec
from game_server.simulation.events import FIRST_GAME_CODE, field_names
from game_server.simulation.game import Game
from game_server.simulation.table import Table


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

    Args:
        hashed: whether snapshots carry a hash of the rows they change, so that clients can tell a desync.
    """

    def __init__(self, game: Game, *, hashed: bool = False) -> None:
        self.schema = schema_of(game)
        self._world = game.world
        self._replicas = [
            _TableReplica(table, schema)
            for table, schema in zip(game.world.tables.values(), self.schema.tables, strict=True)
        ]
        self._own = _OwnRows(game.owned)
        self._hashed = hashed
        self._delta: _Packed = _Packed(b"", None)
        self._keyframe: _Packed | None = None

    def capture(self) -> None:
        """Take the world as it stands; what has changed since the last call becomes the delta of this tick."""
        parts = [replica.capture() for replica in self._replicas]
        self._delta = self._pack([part for part in parts if part is not None])
        self._keyframe = None
        self._own.capture()

    def snapshot(self, player: int, *, keyframe: bool, ack: int, depth: int) -> bytes:
        """The snapshot message for ``player`` of the tick last captured."""
        if keyframe and self._keyframe is None:
            # Made only when a viewer asks: most ticks have none that does.
            self._keyframe = self._pack([part for replica in self._replicas if (part := replica.keyframe())])
        packed = self._keyframe if keyframe and self._keyframe else self._delta
        return pack_snapshot(
            self._world.tick,
            KEYFRAME if keyframe else DELTA,
            ack,
            depth,
            packed.digest,
            self._own.row(player),
            packed.tables,
        )

    def _pack(self, parts: list[_Part]) -> _Packed:
        digest: int | None = None
        if self._hashed:
            digest = 0
            for part in parts:
                digest = part.packer.hash(part.ids, part.rows, digest)
        return _Packed(pack_tables((part.packer.schema.number, part.records) for part in parts), digest)


@attrs.frozen
class _Packed:
    tables: bytes
    digest: int | None


@attrs.frozen
class _Part:
    """One table's share of a snapshot: its records, and the rows behind those that are no removals."""

    packer: RecordPacker
    records: bytes
    ids: Ids
    rows: Bytes2D


class _TableReplica:
    """A table as all viewers have it after the last delta."""

    def __init__(self, table: Table[Any], schema: TableSchema) -> None:
        self._table = table
        self._packer = RecordPacker(schema)
        self._quantise = _Quantiser([spec for spec in table.specs if spec.wire])
        self._ids: Ids = np.empty(0, np.intp)
        self._rows = np.zeros((table.capacity, schema.row_size), np.uint8)
        self._generation = np.zeros(table.capacity, np.uint32)

    def capture(self) -> _Part | None:
        table, ids = self._table, self._table.live
        rows = self._quantise.rows(table, ids)
        changed = self._packer.changed_fields(self._rows[ids], rows)
        changed[self._generation[ids] != table.generation[ids]] = True
        touched = changed.any(axis=1)
        gone = self._ids[~table.alive[self._ids]]
        self._ids = ids
        self._rows[ids] = rows
        self._generation[ids] = table.generation[ids]
        if not (touched.any() or len(gone)):
            return None
        ids, rows = ids[touched], rows[touched]
        records = self._packer.pack_removals(gone) + self._packer.pack(ids, rows, changed[touched])
        return _Part(self._packer, records, ids, rows)

    def keyframe(self) -> _Part | None:
        if not len(self._ids):
            return None
        rows = self._rows[self._ids]
        return _Part(self._packer, self._packer.pack_whole(self._ids, rows), self._ids, rows)


class _Quantiser:
    """Turns columns into rows of bytes, many rows at a time."""

    def __init__(self, specs: list[ColumnSpec]) -> None:
        self._specs = [(spec.name, spec.wire) for spec in specs if spec.wire]
        self._dtype = np.dtype([(name, f"<u{wire.size}") for name, wire in self._specs])

    def rows(self, table: Table[Any], ids: Ids) -> Bytes2D:
        rows = np.empty(len(ids), self._dtype)
        for name, wire in self._specs:
            rows[name] = wire.quantise(table.column(name)[ids])
        return rows.view(np.uint8).reshape(len(ids), self._dtype.itemsize)


class _OwnRows:
    """Every player's own row, exactly."""

    def __init__(self, table: Table[Any]) -> None:
        self._table = table
        self._names = [spec.name for spec in table.specs if spec.owner]
        dtypes = [(spec.name, f"<{spec.dtype}") for spec in table.specs if spec.owner]
        self._rows: npt.NDArray[np.void] = np.zeros(table.capacity, np.dtype(dtypes))
        self._bytes = b""

    def capture(self) -> None:
        for name in self._names:
            self._rows[name] = self._table.column(name)
        self._bytes = self._rows.tobytes()

    def row(self, player: int) -> bytes:
        if not self._table.alive[player]:
            return b""
        size = self._rows.dtype.itemsize
        return self._bytes[player * size : (player + 1) * size]
