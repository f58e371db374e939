"""Driving a match by the clock."""

from __future__ import annotations

import trio

from game_server.simulation.clock import TickClock
from game_server.simulation.match import Match


async def drive(match: Match) -> None:
    """Tick ``match`` at its rate until cancelled; a tick is never cut short.

    What a tick raises comes out of here: the match is broken then, and whoever runs it has to end it.
    """
    clock = TickClock(match.world.tick_rate, trio.current_time())
    match.match_time = lambda: clock.match_time(trio.current_time())
    while True:
        await trio.sleep_until(clock.deadline)
        began = trio.current_time()
        late = clock.begin(began)
        match.tick()
        match.profile.record(late, trio.current_time() - began)
        match.profile.dropped = clock.dropped
