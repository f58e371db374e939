"""Snapshots among the bytes of many sockets, found and read without a loop over the sockets.

Nearly every read of a socket is exactly one snapshot. `find_snapshots` finds these by the headers of their frames and
returns the first bytes of each as a row of a matrix; `read_headers` reads tick, ack and depth of all rows
(docs/PROTOCOL.md, section 4). Everything else is left to `SocketReader`, which splits it frame by frame.
"""

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
"""Bytes of the longest header: array, type, tick, kind, ack and depth, with tick and ack as uint32."""

Whole = npt.NDArray[np.int64]
Headers = npt.NDArray[np.uint8]
"""The first `HEADER_BYTES` of each snapshot, one a row, padded with zeros."""


def _form(width: int) -> np.dtype[np.void]:
    """Return the layout of a header whose tick and ack take ``width`` bytes."""
    tick = [("array", "u1"), ("type", "u1"), ("tick_tag", "u1"), ("tick", f">u{width}"), ("kind", "u1")]
    ack = [("ack_tag", "u1"), ("ack", f">u{width}"), ("depth", "u1")]
    return np.dtype([*tick, *ack, ("rest", f"V{HEADER_BYTES - 6 - 2 * width}")])


_FORMS: Final = ((0xCD, _form(2)), (0xCE, _form(4)))
"""The msgpack tags of uint16 and uint32 with their layouts: tick and ack outgrow uint16 after half an hour."""


def headers_of(payloads: Sequence[bytes]) -> Headers:
    """Return the headers of whole snapshots."""
    padded = b"".join(payload[:HEADER_BYTES].ljust(HEADER_BYTES, b"\0") for payload in payloads)
    return np.frombuffer(padded, np.uint8).reshape(-1, HEADER_BYTES)


def read_headers(headers: Headers) -> tuple[Whole, Whole, Whole]:
    """Return ticks, acks and depths of snapshots; -1 for a header that cannot be read.

    Our server writes both tick and ack as uint16, or both as uint32. Such headers are read through a structured view:
    with the layout of uint16, the row ``97 11 cd 01 2c 00 cd 01 2b 02 ...`` has tick 300, kind 0, ack 299 and depth 2.
    Any others are read one by one.
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
"""In place of a length that is in the two bytes after it (RFC 6455, section 5.2)."""
_BEFORE: Final = 2
"""Messages with events that may come before the snapshot; with more, the bytes are left to the slow way."""
_HEAD: Final = np.arange(HEADER_BYTES)


def find_snapshots(arrivals: Arrivals, mark: tuple[int, int, int]) -> tuple[npt.NDArray[np.intp], Headers]:
    """Find the sockets of which exactly one snapshot was read, perhaps with events before it.

    All bytes are in one array; ``arrivals.starts`` and ``arrivals.sizes`` say which are whose. Say that socket 0 had a
    snapshot of 40 bytes, socket 1 events of 20 and a snapshot of 40, and socket 2 the first 20 bytes of a frame of 42::

        socket                0         1                2
        at, first turn        0        42              106
        frame ends at        42        64              148
        bytes end at         42       106              126
        first turn     snapshot    events    neither: left
        at, second turn       -        64                -
        second turn           -  snapshot                -

    Args:
        mark: as in `ProtocolAdapter`.

    Returns:
        Their indices, ascending, and the headers of their snapshots.
    """
    offset, mask, value = mark
    data, ends = arrivals.data, arrivals.starts + arrivals.sizes
    # Anything shorter than a header is left to the slow way, so that no index below leaves the array.
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
