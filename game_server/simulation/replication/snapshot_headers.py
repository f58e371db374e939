"""Headers of snapshots: tick, kind, ack, depth, hash and own row of each player, laid out in one array."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from game_server.protocol import DELTA, KEYFRAME, NO_HASH, NO_OWN, Ids, Integers, Snapshot, bytes_header
from game_server.simulation.world.columns import Column, ColumnSpec

Bools = npt.NDArray[np.bool_]

_ARRAY_OF_8: Final = 0x98
_UINT: Final = {2: 0xCD, 4: 0xCE}
"""The msgpack tag of an unsigned integer, by its size in bytes."""
_SHORT_TICKS: Final = 2**16
_BEFORE_OWN: Final = 32
"""Bytes before the own row at most: ticks of 4 bytes, a hash, and the longest msgpack header of a byte string."""


@attrs.frozen(eq=False)
class HeaderFields:
    """What the headers of some players' snapshots say, one element of each field for each player.

    Attributes:
        keyframes: whether the snapshot is one.
        own: values of the columns of `SnapshotHeaders.own`; those of players who are not ``alive`` are anything.
        alive: whether the player has a row.
        hashed: whether the snapshot has a hash.
        hashes: anything for those that have none.
    """

    ticks: Integers
    keyframes: Bools
    acks: Integers
    depths: Integers
    own: list[Column]
    alive: Bools
    hashed: Bools
    hashes: Integers

    def of(self, places: Ids) -> HeaderFields:
        """Return those of some of the players, by their places among these."""
        return HeaderFields(
            self.ticks[places],
            self.keyframes[places],
            self.acks[places],
            self.depths[places],
            [column[places] for column in self.own],
            self.alive[places],
            self.hashed[places],
            self.hashes[places],
        )


class SnapshotHeaders:
    """The header and own row of each player's snapshot.

    Tick and ack take 2 bytes each while that is enough: the first half hour of a world at 30 ticks a second.

    Args:
        specs: the columns of the owned table.

    Attributes:
        own: names of the columns of which the owner gets the exact values.
        most_bytes: how long one may be.
    """

    def __init__(self, specs: Sequence[ColumnSpec]) -> None:
        own = [(spec.name, f"<{spec.dtype}") for spec in specs if spec.owner]
        self.own = [name for name, _ in own]
        self.most_bytes = _BEFORE_OWN + sum(np.dtype(code).itemsize for _, code in own)
        self._layouts = {
            (short, hashed): _Layout(2 if short else 4, own, hashed=hashed)
            for short, hashed in product((False, True), repeat=2)
        }

    def pack(self, fields: HeaderFields) -> list[bytes]:
        """Pack a header for each player."""
        short = fields.ticks < _SHORT_TICKS
        if short.all() and not fields.hashed.any():
            return self._layouts[True, False].pack(fields)
        heads = [b""] * len(short)
        for (is_short, is_hashed), layout in self._layouts.items():
            places = np.flatnonzero((short == is_short) & (fields.hashed == is_hashed))
            if len(places):
                for at, head in zip(places.tolist(), layout.pack(fields.of(places)), strict=True):
                    heads[at] = head
        return heads


class _Layout:
    """Headers with or without a hash whose ticks take ``width`` bytes: rows of a structured array, written by column.

    What is the same in all rows stays in them from call to call.
    """

    def __init__(self, width: int, own: list[tuple[str, str]], *, hashed: bool) -> None:
        head: list[Any] = [("array", "u1"), ("type", "u1")]
        head += [("tick.tag", "u1"), ("tick", f">u{width}"), ("kind", "u1")]
        head += [("ack.tag", "u1"), ("ack", f">u{width}"), ("depth", "u1")]
        head += [("hash.tag", "u1"), ("hash", ">u4")] if hashed else [("hash.tag", "u1")]
        size = sum(np.dtype(code).itemsize for _, code in own)
        self._own_header = bytes_header(size)
        row = [*head, ("own.header", f"V{len(self._own_header)}"), *((f"own.{name}", code) for name, code in own)]
        self._width, self._hashed = width, hashed
        self._own = [f"own.{name}" for name, _ in own]
        self._cut = np.dtype(head).itemsize
        """Bytes before the own row."""
        self._rows: npt.NDArray[np.void] = np.zeros(0, np.dtype(row))

    def pack(self, fields: HeaderFields) -> list[bytes]:
        """Pack as `SnapshotHeaders.pack`; every tick fits the width."""
        players = len(fields.ticks)
        if players > len(self._rows):
            self._grow(2 * players)
        rows = self._rows[:players]
        rows["tick"], rows["ack"], rows["depth"] = fields.ticks, fields.acks, fields.depths
        rows["kind"] = np.where(fields.keyframes, KEYFRAME, DELTA)
        if self._hashed:
            rows["hash"] = fields.hashes
        for name, column in zip(self._own, fields.own, strict=True):
            rows[name] = column
        # As raw bytes, every row becomes an object in one call.
        heads: list[bytes] = rows.view(f"V{rows.dtype.itemsize}").tolist()
        for at in np.flatnonzero(~fields.alive).tolist():
            heads[at] = heads[at][: self._cut] + NO_OWN
        return heads

    def _grow(self, players: int) -> None:
        rows = np.zeros(players, self._rows.dtype)
        rows["array"], rows["type"] = _ARRAY_OF_8, Snapshot.type
        rows["tick.tag"] = rows["ack.tag"] = _UINT[self._width]
        rows["hash.tag"] = _UINT[4] if self._hashed else NO_HASH[0]
        rows["own.header"] = np.void(self._own_header)
        self._rows = rows
