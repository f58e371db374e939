"""The heads of many snapshots at once: tick, kind, ack and depth (docs/PROTOCOL.md, section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgpack
import numpy as np
import numpy.typing as npt

HEADER_BYTES: Final = 14

Whole = npt.NDArray[np.int64]
Headers = npt.NDArray[np.uint8]
"""The first `HEADER_BYTES` of each snapshot, one a row; zeros behind a shorter one."""


def _form(width: int) -> np.dtype[np.void]:
    """Headers whose tick and ack take ``width`` bytes."""
    tick = [("array", "u1"), ("type", "u1"), ("tick_tag", "u1"), ("tick", f">u{width}"), ("kind", "u1")]
    ack = [("ack_tag", "u1"), ("ack", f">u{width}"), ("depth", "u1")]
    return np.dtype([*tick, *ack, ("rest", f"V{HEADER_BYTES - 6 - 2 * width}")])


_FORMS: Final = ((0xCD, _form(2)), (0xCE, _form(4)))
"""What stands before tick and ack, and the form of the head then: the first half hour of a match, and after it."""


def headers_of(payloads: Sequence[bytes]) -> Headers:
    """The heads of snapshots."""
    padded = b"".join(payload[:HEADER_BYTES].ljust(HEADER_BYTES, b"\0") for payload in payloads)
    return np.frombuffer(padded, np.uint8).reshape(-1, HEADER_BYTES)


def read_headers(heads: Headers) -> tuple[Whole, Whole, Whole]:
    """Ticks, acks and depths of snapshots; -1 for what cannot be read.

    A server that writes both tick and ack in two bytes, or in four, as ours does, is read in one go, any other one by
    one.
    """
    read = np.full((3, len(heads)), -1, np.int64)
    other = np.ones(len(heads), np.bool_)
    for tag, form in _FORMS:
        rows = heads.view(form)[:, 0]
        here = (rows["tick_tag"] == tag) & (rows["ack_tag"] == tag)
        if here.any():
            for column, name in zip(read, ("tick", "ack", "depth"), strict=True):
                np.copyto(column, rows[name], where=here)
            other &= ~here
    for at in np.flatnonzero(other).tolist():
        read[:, at] = _read_one(heads[at].tobytes())
    ticks, acks, depths = read
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
