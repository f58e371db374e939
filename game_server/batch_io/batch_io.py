"""How many sockets are read and written in one go, and which way is taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from game_server.batch_io.arrivals import SLACK, Arrivals, Integers
from game_server.batch_io.ring import Ring
from game_server.batch_io.system_calls import SystemCalls

__all__ = ["SLACK", "Arrivals", "BatchIO", "Integers", "open_batch_io"]


class BatchIO(Protocol):
    """Reads and writes many sockets, none of which may block. Nothing here waits."""

    def read(self, fds: Sequence[int]) -> Arrivals:
        """Read each of these sockets once, up to as many bytes as there is room for."""
        ...

    def write(self, fds: Sequence[int], data: bytes, sizes: Integers) -> Integers:
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
            return Ring(room)
        except OSError:
            pass  # an old kernel, or one that is told not to: containers often are
    return SystemCalls(room)
