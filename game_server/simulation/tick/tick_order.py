"""The order of a tick."""

from __future__ import annotations

from typing import Protocol


class Ticking(Protocol):
    """What goes on by a tick: a match by itself, or all matches of a group."""

    def receive(self) -> None:
        """Take in what has come for all at once."""
        ...

    def drain(self) -> None:
        """Take in what has come for each match."""
        ...

    def take(self) -> None:
        """Take the inputs that are for this tick."""
        ...

    def step(self) -> None:
        """Let the rules go on by one tick."""
        ...

    def capture(self) -> None:
        """Find out what has changed in the tables."""
        ...

    def encode(self) -> None:
        """Make everybody's messages."""
        ...

    def write(self) -> None:
        """Hand the messages to the wires."""
        ...

    def flush(self) -> None:
        """Bring out what was written."""
        ...

    def settle(self) -> None:
        """Learn who was not reached, and note how long all this took."""
        ...


def tick(ticking: Ticking) -> None:
    """Let ``ticking`` go on by one tick. Nothing here waits.

    Each part is done for all matches before the next: what the processor has at hand for one is of use to the others.
    """
    ticking.receive()
    ticking.drain()
    ticking.take()
    ticking.step()
    ticking.capture()
    ticking.encode()
    ticking.write()
    ticking.flush()
    ticking.settle()
