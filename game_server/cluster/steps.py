"""Procedures of a node as steps: generators that ask for a call to the directory, or for time, and do no I/O.

What drives them answers each call, or raises in the generator what the directory has raised. So the same procedure runs
on trio and in a simulation that kills, stalls and cuts off nodes between any two steps.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final, TypeAlias, TypeVar

import attrs
import trio

from game_server.cluster.directory import Directory
from game_server.errors import GameServerError

T = TypeVar("T")
CALL_LASTS: Final = 2.0
"""Seconds after which a call has no effect any more, in each adapter."""


@attrs.frozen
class Call:
    """A call to the directory: the name of a method of the port, and its arguments."""

    name: str
    args: tuple[Any, ...]


@attrs.frozen
class Pause:
    """Time to let pass, in seconds."""

    seconds: float


Steps: TypeAlias = Generator[Call | Pause, Any, T]


async def drive(steps: Steps[T], directory: Directory) -> T:
    """Carry ``steps`` out on ``directory``; returns their result. Cancelled, they end between two steps."""
    answer: Any = None
    error: GameServerError | None = None
    try:
        while True:
            step = steps.throw(error) if error else steps.send(answer)
            answer, error = None, None
            if isinstance(step, Pause):
                await trio.sleep(step.seconds)
                continue
            try:
                answer = await getattr(directory, step.name)(*step.args)
            except GameServerError as raised:
                error = raised
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        steps.close()
