"""The interface of batched I/O, and the choice between io_uring and system calls."""

from __future__ import annotations

import logging
from typing import Protocol

from game_server.batch_io.arrivals import Arrivals, Descriptors, Ids
from game_server.batch_io.ring import Ring
from game_server.batch_io.system_calls import SystemCalls

logger = logging.getLogger("game_server.batch_io")


class RingOrCalls:
    """A `BatchIO` by a `Ring`; once that fails, by `SystemCalls` from the next batch on.

    A kernel with io_uring may forbid it later, when the process gives up privileges. Operations that the ring had not
    done when it failed are reported as not ready, so that none is done twice.

    Args:
        room: bytes read from a socket at once.

    Raises:
        OSError: io_uring is not available from the beginning.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._ring: Ring | None = Ring(room)
        self._io: Ring | SystemCalls = self._ring

    def read(self, fds: Descriptors) -> Arrivals:
        """As `BatchIO.read`."""
        came = self._io.read(fds)
        if self._ring and self._ring.failure:
            self._give_up(self._ring.failure)
        return came

    def write(self, fds: Descriptors, data: bytes, sizes: Ids) -> Ids:
        """As `BatchIO.write`."""
        taken = self._io.write(fds, data, sizes)
        if self._ring and self._ring.failure:
            self._give_up(self._ring.failure)
        return taken

    def _give_up(self, failure: OSError) -> None:
        logger.warning("io_uring fails (%s): from now on there is a system call for each socket", failure.strerror)
        self._ring, self._io = None, SystemCalls(self._room)


class BatchIO(Protocol):
    """Reads and writes many sockets, all of them non-blocking. No call waits."""

    def read(self, fds: Descriptors) -> Arrivals:
        """Read each of these sockets once, up to ``room`` bytes."""
        ...

    def write(self, fds: Descriptors, data: bytes, sizes: Ids) -> Ids:
        """Write to each of these sockets its part of ``data``, in which the parts follow each other.

        Args:
            sizes: bytes of each part, 1 or more.

        Returns:
            Bytes that each socket took, or minus the error number: ``-errno.EAGAIN`` when it is full.
        """
        ...


def open_batch_io(room: int, *, ring: bool = True) -> BatchIO:
    """Open the quickest way that this system has.

    Args:
        room: bytes read from a socket at once.
        ring: whether io_uring may be used, where the kernel has it.
    """
    if ring:
        try:
            return RingOrCalls(room)
        except OSError:
            pass  # an old kernel, or io_uring is disabled, as in many containers
    return SystemCalls(room)


def batch_io_here(*, ring: bool = True) -> str:
    """Say for the log which way `open_batch_io` chooses here, and why."""
    if not ring:
        return "a system call for each"
    try:
        Ring(1)
    except OSError as error:
        return f"a system call for each, since io_uring cannot be used: {error.strerror}"
    return "io_uring"
