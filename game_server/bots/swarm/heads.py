"""The heads of many snapshots at once: tick, kind, ack and depth (docs/PROTOCOL.md, section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgpack
import numpy as np
import numpy.typing as npt

HEAD_BYTES: Final = 14
_USUAL: Final = np.dtype(
    [
        ("array", "u1"),
        ("type", "u1"),
        ("tick_width", "u1"),
        ("tick", ">u4"),
        ("kind", "u1"),
        ("ack_width", "u1"),
        ("ack", ">u4"),
        ("depth", "u1"),
    ]
)
_UINT32: Final = 0xCE

Whole = npt.NDArray[np.int64]


def read_heads(heads: Sequence[bytes]) -> tuple[Whole, Whole, Whole]:
    """Ticks, acks and depths of snapshots, of each the first `HEAD_BYTES`; -1 for what cannot be read.

    A server that writes tick and ack in four bytes, as ours does, is read in one go, any other one by one.
    """
    padded = b"".join(heads)
    if len(padded) != HEAD_BYTES * len(heads):
        padded = b"".join(head.ljust(HEAD_BYTES, b"\0") for head in heads)
    rows = np.frombuffer(padded, _USUAL)
    ticks, acks = rows["tick"].astype(np.int64), rows["ack"].astype(np.int64)
    depths = rows["depth"].astype(np.int64)
    for at in np.flatnonzero((rows["tick_width"] != _UINT32) | (rows["ack_width"] != _UINT32)):
        ticks[at], acks[at], depths[at] = _read_one(heads[int(at)])
    return ticks, acks, depths


def _read_one(head: bytes) -> tuple[int, int, int]:
    unpacker = msgpack.Unpacker()
    unpacker.feed(head)
    try:
        unpacker.read_array_header()
        _, tick, _, ack, depth = (unpacker.unpack() for _ in range(5))
    except (msgpack.UnpackException, ValueError):
        return -1, -1, -1
    whole = type(tick) is type(ack) is type(depth) is int
    return (tick, ack, depth) if whole else (-1, -1, -1)
