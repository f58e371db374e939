"""How the clients of the swarm get in."""

from __future__ import annotations

import select
from collections.abc import Callable
from typing import Final

from tools.bench.swarm.dialects import Dialect, Seat
from tools.bench.swarm.wire import Refused, Talk, Wire

JOINING: Final = 32
"""Clients that are let in at the same time."""


class Door:
    """Lets clients in, a few at a time.

    Args:
        admit: is given each client that has a seat.

    Attributes:
        failures: why clients did not get in.
    """

    def __init__(self, dialect: Dialect, port: int, clients: int, admit: Callable[[Wire, Seat], None]) -> None:
        self._dialect = dialect
        self._port = port
        self._waiting = clients
        self._admit = admit
        self._talks: dict[int, Talk[tuple[Wire, Seat]]] = {}
        self._poll = select.epoll()
        self.failures: list[str] = []

    @property
    def shut(self) -> bool:
        """Whether nobody is waiting any more."""
        return not self._waiting and not self._talks

    def step(self) -> None:
        """Go on with every conversation that can go on."""
        while self._waiting and len(self._talks) < JOINING:
            self._waiting -= 1
            try:
                self._resume(self._dialect.join(Wire(self._port)))
            except OSError as error:
                self.failures.append(str(error))
        if self._talks:
            for fd, _ in self._poll.poll(0):
                self._poll.unregister(fd)
                self._resume(self._talks.pop(fd))

    def _resume(self, talk: Talk[tuple[Wire, Seat]]) -> None:
        try:
            fd = next(talk)
        except StopIteration as done:
            self._admit(*done.value)
        except (Refused, OSError) as error:
            self.failures.append(str(error))
        else:
            self._talks[fd] = talk
            self._poll.register(fd, select.EPOLLIN)
