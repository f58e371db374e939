"""A match by itself in a group."""

from __future__ import annotations

import trio

from game_server.protocol.inputs import InputRows
from game_server.simulation.match.match import Match
from game_server.simulation.match.ports import Wire
from game_server.simulation.tick.tick_group import TickGroup


class _Alone:
    """The exchange of one match, whose wire receives by itself."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def receive(self) -> list[InputRows]:
        return []

    def flush(self) -> None:
        self._wire.flush()


async def drive(match: Match, wire: Wire | None = None, *, phase: float = 0.0) -> None:
    """Tick ``match`` until cancelled, or its rules raise."""
    group = TickGroup(match.world.tick_rate, _Alone(wire) if wire else None, phase=phase)
    broken: Exception | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(group.run)
        try:
            await group.drive(match, wire)
        except Exception as error:
            broken = error
        nursery.cancel_scope.cancel()
    if broken:
        raise broken
