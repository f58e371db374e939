"""How many sockets are read and written in one go, and which way is taken."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from game_server.batch_io.arrivals import Arrivals, Ids
from game_server.batch_io.ring import Ring
from game_server.batch_io.system_calls import SystemCalls

logger = logging.getLogger("game_server.batch_io")


class RingOrCalls:
    """`BatchIO` by a `Ring`; when that fails, by `SystemCalls` from the next batch on, for good.

    A kernel that has the ring may forbid it later, to a process that gives up rights. What the ring did not do in the
    batch in which it failed counts as not ready, and is not done twice.

    Args:
        room: bytes that are read from a socket at once.

    Raises:
        OSError: there is no ring from the beginning.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._ring: Ring | None = Ring(room)
        self._io: Ring | SystemCalls = self._ring

    def read(self, fds: Sequence[int]) -> Arrivals:
        """As `BatchIO.read`."""
        came = self._io.read(fds)
        if self._ring and self._ring.failure:
            self._give_up(self._ring.failure)
        return came

    def write(self, fds: Sequence[int], data: bytes, sizes: Ids) -> Ids:
        """As `BatchIO.write`."""
        taken = self._io.write(fds, data, sizes)
        if self._ring and self._ring.failure:
            self._give_up(self._ring.failure)
        return taken

    def _give_up(self, failure: OSError) -> None:
        logger.warning("io_uring fails (%s): from now on there is a system call for each socket", failure.strerror)
        self._ring, self._io = None, SystemCalls(self._room)


class BatchIO(Protocol):
    """Reads and writes many sockets, none of which may block. Nothing here waits."""

    def read(self, fds: Sequence[int]) -> Arrivals:
        """Read each of these sockets once, up to as many bytes as there is room for."""
        ...

    def write(self, fds: Sequence[int], data: bytes, sizes: Ids) -> Ids:
        """Write to each of these sockets its part of ``data``, which has them one after the other.

        Args:
            sizes: bytes of each part; none is empty.

        Returns:
            How many bytes each socket took, or the error's number below 0: ``-errno.EAGAIN`` when it is full.
        """
        ...


def open_batch_io(room: int, *, ring: bool = True) -> BatchIO:
    """The quickest way that there is here.

    Args:
        room: bytes that are read from a socket at once.
        ring: whether a `Ring` may be used, where the kernel has that.
    """
    if ring:
        try:
            return RingOrCalls(room)
        except OSError:
            pass  # an old kernel, or one that is told not to: containers often are
    return SystemCalls(room)


def batch_io_here(*, ring: bool = True) -> str:
    """Which way `open_batch_io` takes here, and why, in words for a log."""
    if not ring:
        return "a system call for each"
    try:
        Ring(1)
    except OSError as error:
        return f"a system call for each, since io_uring cannot be used: {error.strerror}"
    return "io_uring"
