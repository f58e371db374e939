"""A match that ticks by itself, and not in a group."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from game_server.simulation.match.match import Match


class Alone:
    """The parts of a tick of one match.

    Args:
        match: nobody else ticks it.
    """

    def __init__(self, match: Match) -> None:
        self._match = match
        self._captured = self._flushed = 0.0

    def receive(self) -> None:
        """Whatever has come the wire has for the match."""

    def drain(self) -> None:
        """Take in what has come."""
        self._match.drain()

    def take(self) -> None:
        """Take the inputs for this tick."""
        self._match.inputs.store.take()

    def step(self) -> None:
        """Let the rules go on."""
        self._match.step()

    def capture(self) -> None:
        """Find out what has changed."""
        began = perf_counter()
        self._match.replication.capture()
        self._captured = perf_counter() - began

    def encode(self) -> None:
        """Make everybody's messages."""
        self._match.encode(self._captured)

    def write(self) -> None:
        """Write them."""
        self._match.write()

    def flush(self) -> None:
        """Bring them out."""
        began = perf_counter()
        self._match.players.wire.flush()
        self._flushed = perf_counter() - began

    def settle(self) -> None:
        """Learn who was not reached."""
        self._match.settle(self._flushed)
