"""The ring as long as it works, and system calls from then on."""

from __future__ import annotations

import logging
from collections.abc import Sequence

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
