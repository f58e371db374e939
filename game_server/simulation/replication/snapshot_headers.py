"""Headers of snapshots: tick, kind, ack, depth, hash and own row of each player, laid out in one array."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from game_server.protocol import DELTA, KEYFRAME, NO_HASH, NO_OWN, Snapshot, bytes_header
from game_server.simulation.world.table import Table

Integers = npt.NDArray[np.int64]

_ARRAY_OF_8: Final = 0x98
_UINT: Final = {2: 0xCD, 4: 0xCE}
"""The msgpack tag of an unsigned integer, by its size in bytes."""
_SHORT_TICKS: Final = 2**16
_BEFORE_OWN: Final = 32
"""Bytes before the own row at most: ticks of 4 bytes, a hash, and the longest msgpack header of a byte string."""


class SnapshotBody(NamedTuple):
    """The part of a snapshot that many viewers share: hash and tables, packed."""

    hash: bytes
    tables: bytes


class SnapshotHeaders:
    """The header and own row of each player's snapshot, around the hash if there is one.

    The headers of all players are rows of one structured array, written column by column. Tick and ack take 2 bytes
    each while that is enough: the first half hour at 30 ticks a second.

    Args:
        table: the owned one.
        players: how many there may be.
        hashed: whether a hash comes between head and own row.

    Attributes:
        most_bytes: how long one may be.
    """

    def __init__(self, table: Table[Any], players: int, *, hashed: bool) -> None:
        self._table = table
        self._players = players
        self._hashed = hashed
        self._own = [(spec.name, f"<{spec.dtype}") for spec in table.specs if spec.owner]
        self.most_bytes = _BEFORE_OWN + self._own_bytes
        self._asked_for: list[int] = []
        self._ids = np.array(self._asked_for, np.intp)
        self._lay_out(2)

    def join(
        self,
        tick: int,
        players: list[int],
        acks: Integers,
        depths: Integers,
        keyframes: list[int],
        hashes: list[bytes],
        tables: list[bytes],
    ) -> list[bytes]:
        """Join headers, owned rows as they stand, and bodies to the snapshots of ``players``.

        Args:
            acks, depths: one element for each player there may be.
            keyframes: those whose snapshot is one.
            hashes, tables: the packed body for each of ``players``; no hashes when snapshots have none.
        """
        if tick >= _SHORT_TICKS and self._width == 2:
            self._lay_out(4)
        for name, column in self._own_columns:
            column[:] = self._table.column(name)[: self._players]
        self._ticks[:], self._acks[:], self._depths[:] = tick, acks, depths
        if keyframes:
            self._kinds[keyframes] = KEYFRAME
        if players != self._asked_for:
            self._asked_for, self._ids = players.copy(), np.array(players, np.intp)
        ids = self._ids
        heads: list[bytes] = self._raw[ids].tolist()
        if keyframes:
            self._kinds[keyframes] = DELTA
        cut = self._cut
        if self._hashed:
            heads = [head[:cut] + digest + head[cut:] for head, digest in zip(heads, hashes, strict=True)]
            cut += len(hashes[0]) if hashes else 0
        alive = self._table.alive
        if len(self._table) < self._table.capacity and not alive[ids].all():
            for at, player in enumerate(players):
                if not alive[player]:
                    heads[at] = heads[at][:cut] + NO_OWN
        return [head + rest for head, rest in zip(heads, tables, strict=True)]

    @property
    def _own_bytes(self) -> int:
        return sum(np.dtype(code).itemsize for _, code in self._own)

    def _lay_out(self, width: int) -> None:
        header = bytes_header(self._own_bytes)
        head: list[Any] = [("array", "u1"), ("type", "u1")]
        head += [("tick.tag", "u1"), ("tick", f">u{width}"), ("kind", "u1")]
        head += [("ack.tag", "u1"), ("ack", f">u{width}"), ("depth", "u1")]
        if not self._hashed:
            head.append(("hash", "u1"))
        own = [("own.header", f"V{len(header)}"), *((f"own.{name}", code) for name, code in self._own)]
        rows: npt.NDArray[np.void] = np.zeros(self._players, np.dtype([*head, *own]))
        rows["array"], rows["type"], rows["kind"] = _ARRAY_OF_8, Snapshot.type, DELTA
        rows["tick.tag"] = rows["ack.tag"] = _UINT[width]
        if not self._hashed:
            rows["hash"] = NO_HASH[0]
        rows["own.header"] = np.void(header)
        self._width = width
        self._ticks, self._acks, self._depths, self._kinds = (rows[name] for name in ("tick", "ack", "depth", "kind"))
        self._own_columns = [(name, rows[f"own.{name}"]) for name, _ in self._own]
        # As raw bytes, every row becomes an object in one call.
        self._raw, self._cut = rows.view(f"V{rows.dtype.itemsize}"), np.dtype(head).itemsize
