"""The headers of many snapshots at once: tick, kind, ack and depth (docs/PROTOCOL.md, section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgpack
import numpy as np
import numpy.typing as npt

from game_server.batch_io import Arrivals
from game_server.loadtest.swarm.client_frames import BINARY
from game_server.protocol import Events

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
    """The headers of snapshots."""
    padded = b"".join(payload[:HEADER_BYTES].ljust(HEADER_BYTES, b"\0") for payload in payloads)
    return np.frombuffer(padded, np.uint8).reshape(-1, HEADER_BYTES)


def read_headers(headers: Headers) -> tuple[Whole, Whole, Whole]:
    """Ticks, acks and depths of snapshots; -1 for what cannot be read.

    A server that writes both tick and ack in two bytes, or in four, as ours does, is read in one go, any other one by
    one.
    """
    read = np.full((3, len(headers)), -1, np.int64)
    other = np.ones(len(headers), np.bool_)
    for tag, form in _FORMS:
        rows = headers.view(form)[:, 0]
        here = (rows["tick_tag"] == tag) & (rows["ack_tag"] == tag)
        if here.any():
            for column, name in zip(read, ("tick", "ack", "depth"), strict=True):
                np.copyto(column, rows[name], where=here)
            other &= ~here
    for at in np.flatnonzero(other).tolist():
        read[:, at] = _read_one(headers[at].tobytes())
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


_FINAL_BINARY: Final = 0x80 | BINARY
_LONG: Final = 126
"""In place of a length that stands in the two bytes behind."""
_BEFORE: Final = 2
"""Messages of events that may come before the snapshot."""
_HEAD: Final = np.arange(HEADER_BYTES)


def find_snapshots(arrivals: Arrivals, mark: tuple[int, int, int]) -> tuple[npt.NDArray[np.intp], Headers]:
    """Which sockets had exactly one snapshot to read, maybe with events before it.

    Args:
        mark: how a payload that is a snapshot is known, as in `Dialect`.

    Returns:
        Their indices, ascending, and the headers of their snapshots.
    """
    offset, mask, value = mark
    data, ends = arrivals.data, arrivals.starts + arrivals.sizes
    # Whatever is shorter than a head is left to those who look at each byte.
    left = np.flatnonzero(arrivals.sizes >= 2 + HEADER_BYTES)
    at = arrivals.starts[left]
    found: list[npt.NDArray[np.intp]] = []
    starts: list[npt.NDArray[np.intp]] = []
    for _ in range(_BEFORE + 1):
        length = data[at + 1].astype(np.intp)
        long = length == _LONG
        start = at + 2 + 2 * long
        length = np.where(long, data[at + 2].astype(np.intp) << 8 | data[at + 3], length)
        end = start + length
        binary = data[at] == _FINAL_BINARY
        whole = binary & (end == ends[left]) & (length >= HEADER_BYTES) & (data[start + offset] & mask == value)
        found.append(left[whole])
        starts.append(start[whole])
        more = binary & (end + 2 + HEADER_BYTES <= ends[left]) & (data[start + 1] == Events.type)
        if not more.any():
            break
        left, at = left[more], end[more]
    indices = np.concatenate(found)
    order = np.argsort(indices)
    return indices[order], data[np.concatenate(starts)[order, None] + _HEAD]
