"""Batched I/O with a system call for each socket, which works everywhere."""

from __future__ import annotations

import os

import numpy as np

from game_server.batch_io.arrivals import SLACK, Arrivals, Descriptors, Ids


class SystemCalls:
    """A `BatchIO` by ``read`` and ``write``.

    Args:
        room: bytes read from a socket at once.
    """

    def __init__(self, room: int) -> None:
        self._room = room

    def read(self, fds: Descriptors) -> Arrivals:
        """As `BatchIO.read`."""
        room, read = self._room, os.read
        parts: list[bytes] = []
        sizes: list[int] = []
        for fd in np.asarray(fds).tolist():
            try:
                part = read(fd, room)
            except OSError as error:
                sizes.append(-(error.errno or 1))
                part = b""
            else:
                sizes.append(len(part))
            parts.append(part)
        came = np.array(sizes, np.intp)
        ends = np.cumsum(np.maximum(came, 0))
        data = np.frombuffer(b"".join(parts) + bytes(SLACK), np.uint8)
        return Arrivals(data, ends - np.maximum(came, 0), came)

    def write(self, fds: Descriptors, data: bytes, sizes: Ids) -> Ids:
        """As `BatchIO.write`."""
        write, view = os.write, memoryview(data)
        taken: list[int] = []
        at = 0
        for fd, size in zip(np.asarray(fds).tolist(), sizes.tolist(), strict=True):
            end = at + size
            try:
                taken.append(write(fd, view[at:end]))
            except OSError as error:
                taken.append(-(error.errno or 1))
            at = end
        return np.array(taken, np.intp)
