"""Packing of snapshots, in which what all viewers share is packed once, and their decoding into a `View`."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import Final, NamedTuple

import msgpack
import numpy as np
import numpy.typing as npt

from game_server.errors import ProtocolError
from game_server.protocol.closes import CloseCode, close_reason
from game_server.protocol.codes import KEYFRAME
from game_server.protocol.schema import Schema, TableSchema
from game_server.protocol.server_messages import Snapshot
from game_server.protocol.view import Row, View

_FIELD_STRUCT_CODES: Final = {1: "B", 2: "H", 4: "I"}
_HEAD: Final = struct.Struct(">BBBIBBIB")
"""An array of 8, the type, then tick, kind, ack and depth. Tick and ack always take 4 bytes, so that all heads
have one size and can be written as the rows of a matrix."""
_ARRAY_OF_8, _UINT32 = 0x98, 0xCE
_NUMBER_AND_ID: Final = struct.Struct("<BH")
NO_HASH: Final = b"\xc0"
"""The packed ``hash`` of a snapshot without one: nil."""
_SHORT_ARRAYS: Final = tuple(bytes((0x90 + length,)) for length in range(16))
_SHORT_BYTES: Final = tuple(bytes((0xC4, size)) for size in range(256))
_medium_bytes = struct.Struct(">BH").pack
_TABLE_NUMBERS: Final[tuple[bytes, ...]] = tuple(msgpack.packb(number) for number in range(256))


def pack_tables(tables: Iterable[tuple[int, bytes]]) -> bytes:
    """Pack the ``tables`` of a snapshot from number and records of each, once for all viewers who get the same.

    A table without records is left out.
    """
    parts: list[bytes] = []
    for number, records in tables:
        if records:
            parts += _TABLE_NUMBERS[number], bytes_header(len(records)), records
    return b"".join((array_header(2 * len(parts) // 3), *parts))


def array_header(length: int) -> bytes:
    """Pack what stands before an array of ``length`` values, up to 65,535."""
    return _SHORT_ARRAYS[length] if length < 16 else b"\xdc" + length.to_bytes(2, "big")


def table_number(number: int) -> bytes:
    """Pack the number of a table, from 0 to 255, which stands before its records."""
    return _TABLE_NUMBERS[number]


def pack_hash(digest: int | None) -> bytes:
    """Pack the ``hash`` of a snapshot."""
    return NO_HASH if digest is None else _UINT32.to_bytes(1, "big") + digest.to_bytes(4, "big")


def bytes_header(size: int) -> bytes:
    """Pack what stands before a `bin` of ``size`` bytes, less than 2**32."""
    if size < 2**8:
        return _SHORT_BYTES[size]
    return _medium_bytes(0xC5, size) if size < 2**16 else b"\xc6" + size.to_bytes(4, "big")


def bytes_headers(sizes: npt.NDArray[np.integer]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.intp]]:
    """Pack `bytes_header` of many sizes at once.

    The sizes 7, 300 and 70,000 give the rows ``c4 07 . . .``, ``c5 01 2c . .`` and ``c6 00 01 11 70``, and the lengths
    2, 3 and 5.

    Returns:
        Rows of 5 bytes, and how many of each are the header.
    """
    rows = np.zeros((len(sizes), 5), np.uint8)
    big = sizes.astype(">u4").view(np.uint8).reshape(-1, 4)
    short, medium = sizes < 2**8, sizes < 2**16
    rows[:, 0], rows[:, 1:] = 0xC6, big
    rows[medium, 0], rows[medium, 1:3] = 0xC5, big[medium, 2:]
    rows[short, 0], rows[short, 1] = 0xC4, big[short, 3]
    return rows, np.where(short, 2, np.where(medium, 3, 5))


NO_OWN: Final = bytes_header(0)
"""The packed ``own`` of a viewer without a row."""


def pack_snapshot(
    tick: int, kind: int, ack: int, depth: int, packed_hash: bytes, packed_own: bytes, packed_tables: bytes
) -> bytes:
    """Join parts that are packed already to the bytes of a `snapshot` message.

    ``tick``, ``kind``, ``ack`` and ``depth`` are within the ranges of docs/PROTOCOL.md; they are not checked.
    """
    head = _HEAD.pack(_ARRAY_OF_8, Snapshot.type, _UINT32, tick, kind, _UINT32, ack, depth)
    return b"".join((head, packed_hash, packed_own, packed_tables))


class Snapshots(NamedTuple):
    """The `snapshot` messages of some players, each as two parts that follow each other.

    The tables are the same object for all who see the same, so the parts stay apart until they are written.
    """

    heads: list[bytes]
    tables: list[bytes]

    def message(self, at: int) -> bytes:
        """Return one message whole."""
        return self.heads[at] + self.tables[at]


class OutOfSync(ProtocolError):
    """A snapshot does not fit what the client has, which should send a `Resync`. The view is left as at the fault."""


class SnapshotDecoder:
    """Decoder that applies snapshots, one after the other, to a `View`."""

    def __init__(self, schema: Schema, player: int) -> None:
        self.view = View(player, tables={table.name: {} for table in schema.tables})
        self._own = schema.own_struct
        self._own_names = [name for name, _ in schema.own]
        self._tables = {table.number: _TableDecoder(table) for table in schema.tables}

    def apply(self, snapshot: Snapshot) -> View:
        """Apply ``snapshot`` to the view and return it; it is the same object each time.

        Raises:
            OutOfSync: a record changes a row that is not there, or the hash does not match.
            ProtocolError: the bytes are not records of this schema, or the tick goes back.
        """
        view = self.view
        if snapshot.tick < view.tick:
            raise _bad(f"snapshot of tick {snapshot.tick} after that of tick {view.tick}")
        view.tick = snapshot.tick
        if snapshot.kind == KEYFRAME:
            for decoder in self._tables.values():
                decoder.clear()
            for rows in view.tables.values():
                rows.clear()
        self._read_own(snapshot.own)
        for number, records in snapshot.tables:
            table = self._tables.get(number)
            if table is None:
                raise _bad(f"snapshot of table {number}, which the schema does not have")
            table.apply(records, view.tables[table.schema.name])
        if snapshot.hash is not None and snapshot.hash != (found := self._hash()):
            raise OutOfSync(
                CloseCode.BAD_MESSAGE, f"hash {found} of tick {snapshot.tick}, the server has {snapshot.hash}"
            )
        return view

    def _hash(self) -> int:
        return sum(table.sum_of_checksums() for table in self._tables.values()) % 2**32

    def _read_own(self, own: bytes) -> None:
        if not own:
            self.view.own = {}
            return
        if len(own) != self._own.size:
            raise _bad(f"own row of {len(own)} bytes; the schema has {self._own.size}")
        self.view.own = dict(zip(self._own_names, self._own.unpack(own), strict=True))


class _TableDecoder:
    """Decoder of the records of one table; keeps its rows as raw bytes as well, for the hash."""

    def __init__(self, schema: TableSchema) -> None:
        self.schema = schema
        self._raw: dict[int, bytearray] = {}
        self._head = struct.Struct("<H" + ("B" if schema.mask_size == 1 else "H"))
        self._plans: dict[int, _Plan] = {}

    def clear(self) -> None:
        self._raw.clear()

    def sum_of_checksums(self) -> int:
        """Return the sum of the CRC-32 of every row, with number and id before it."""
        of = self.schema.number
        return sum(zlib.crc32(raw, zlib.crc32(_NUMBER_AND_ID.pack(of, row_id))) for row_id, raw in self._raw.items())

    def apply(self, records: bytes, rows: dict[int, Row]) -> None:
        """Apply ``records`` to ``rows``, the rows of this table in the view.

        Raises:
            OutOfSync: a record changes a row that is not there.
            ProtocolError: the bytes are not records of this table.
        """
        whole = self.schema.whole_mask
        came: set[int] = set()
        gone: list[int] = []
        at, end = 0, len(records)
        try:
            while at < end:
                row_id, mask = self._head.unpack_from(records, at)
                at += self._head.size
                if mask == 0:
                    gone.append(row_id)
                    continue
                plan = self._plans.get(mask) or self._plan(mask)
                if mask == whole:
                    came.add(row_id)
                    rows[row_id] = {}
                    self._raw[row_id] = bytearray(self.schema.row_size)
                elif row_id not in rows:
                    reason = close_reason(f"a change to {self.schema.name} {row_id}, which is not there")
                    raise OutOfSync(CloseCode.BAD_MESSAGE, reason)
                plan.read(records, at, rows[row_id])
                plan.copy(records, at, self._raw[row_id])
                at += plan.size
        except struct.error as error:
            raise _bad(f"records of table {self.schema.number} end in the middle of one") from error
        for row_id in gone:
            if row_id not in came:
                rows.pop(row_id, None)
                self._raw.pop(row_id, None)

    def _plan(self, mask: int) -> _Plan:
        if mask > self.schema.whole_mask:
            raise _bad(f"mask {mask:#x} in table {self.schema.name}, which has {len(self.schema.fields)} fields")
        plan = self._plans[mask] = _Plan(self.schema, mask)
        return plan


class _Plan:
    """Plan for reading the fields that one mask names; made once for each mask that occurs.

    With the fields ``x`` (2 bytes), ``y`` (2 bytes) and ``health`` (1 byte), the mask 5 names ``x`` and ``health``: the
    struct is ``<HB``, and the spans (offset in the row, offset in the record, size) are (0, 0, 2) and (4, 2, 1).
    """

    def __init__(self, schema: TableSchema, mask: int) -> None:
        fields = [field for i, field in enumerate(schema.fields) if mask >> i & 1]
        self._struct = struct.Struct("<" + "".join(_FIELD_STRUCT_CODES[field.size] for field in fields))
        self.size = self._struct.size
        self._scaled = [
            (field.name, None if (field.offset, field.step) == (0, 1) else (field.offset, field.step))
            for field in fields
        ]
        self._spans: list[tuple[int, int, int]] = []
        offset = at = 0
        for i, field in enumerate(schema.fields):
            if mask >> i & 1:
                self._add_span(offset, at, field.size)
                at += field.size
            offset += field.size

    def read(self, records: bytes, at: int, row: Row) -> None:
        for (name, scale), raw in zip(self._scaled, self._struct.unpack_from(records, at), strict=True):
            row[name] = raw if scale is None else scale[0] + scale[1] * raw

    def _add_span(self, offset: int, at: int, size: int) -> None:
        if self._spans and sum(self._spans[-1][::2]) == offset:  # fields that follow each other are copied in one go
            offset, at, before = self._spans.pop()
            size += before
        self._spans.append((offset, at, size))

    def copy(self, records: bytes, at: int, raw: bytearray) -> None:
        for target, source, size in self._spans:
            raw[target : target + size] = records[at + source : at + source + size]


def _bad(reason: str) -> ProtocolError:
    return ProtocolError(CloseCode.BAD_MESSAGE, close_reason(reason))
