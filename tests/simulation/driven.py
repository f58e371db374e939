"""A match by itself in a group."""

from __future__ import annotations

import trio

from game_server.simulation import Match, TickGroup, Wire


async def drive(match: Match, wire: Wire | None = None, *, phase: float = 0.0) -> None:
    """Tick ``match`` until cancelled, or its rules raise."""
    group = TickGroup(match.world.tick_rate, wire, phase=phase)
    broken: Exception | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(group.run)
        try:
            await group.drive(match)
        except Exception as error:
            broken = error
        nursery.cancel_scope.cancel()
    if broken:
        raise broken
