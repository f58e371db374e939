"""Whole snapshots among what many sockets had to read, found by the headers of their frames alone."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from game_server.batch_io import Arrivals
from game_server.loadtest.swarm.client_frames import BINARY
from game_server.loadtest.swarm.snapshot_scan import HEADER_BYTES, Headers
from game_server.protocol.server_messages import Events

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
        Their indices, ascending, and the heads of their snapshots.
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
