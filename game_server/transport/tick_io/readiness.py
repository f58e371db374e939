"""Which sockets are worth a read in a tick."""

from __future__ import annotations

import select
from typing import Final

FEW: Final = 0.1
"""Share of the sockets without bytes from which on it is worth asking which have some."""


class Readiness:
    """Some sockets, in an epoll set.

    Raises:
        OSError: there is no descriptor left for the set.
    """

    available = hasattr(select, "epoll")
    """Whether there is such a thing on this system."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._descriptors: set[int] = set()
        self._few = True

    def add(self, fd: int) -> None:
        """Look at ``fd``, too."""
        self._epoll.register(fd, select.EPOLLIN)
        self._descriptors.add(fd)

    def discard(self, fd: int) -> None:
        """Look at ``fd`` no longer, if it was looked at: it must still be open."""
        if fd in self._descriptors:
            self._descriptors.remove(fd)
            self._epoll.unregister(fd)

    def ready(self) -> list[int]:
        """The sockets that are worth a read: while nearly all have bytes, to read them all costs less than to ask."""
        if not self._few:
            return list(self._descriptors)
        ready = [fd for fd, _ in self._epoll.poll(0, len(self._descriptors))] if self._descriptors else []
        self._few = len(ready) < (1 - FEW) * len(self._descriptors)
        return ready

    def found_empty(self, count: int) -> None:
        """So many of the last `ready` had nothing to read."""
        self._few = self._few or count > FEW * len(self._descriptors)
