"""Driving a match by the clock."""

from __future__ import annotations

import trio

from game_server.simulation.clock import TickClock
from game_server.simulation.garbage import Garbage
from game_server.simulation.match import Match
from game_server.simulation.wire import Wire

_GOLDEN = (5**0.5 - 1) / 2


async def drive(match: Match, wire: Wire | None = None, *, phase: float = 0.0, garbage: Garbage | None = None) -> None:
    """Tick ``match`` at its rate until cancelled; a tick is never cut short.

    What a tick raises comes out of here: the match is broken then, and whoever runs it has to end it.

    Args:
        wire: how the match reaches everybody; None when outlets see to their bytes themselves.
        phase: by how much of a tick to begin later, from 0 up to 1; see `spread`.
        garbage: collected after a tick, when there is time before the next.
    """
    ticked, rate = match.world.tick, match.world.tick_rate
    clock = TickClock(rate, trio.current_time() + (phase - ticked) / rate)
    clock.tick = ticked  # a match that stood still goes on where it was
    match.match_time = lambda: clock.match_time(trio.current_time())
    if wire is not None:
        match.connect(wire)
    while True:
        await trio.sleep_until(clock.deadline)
        began, dropped = trio.current_time(), clock.dropped
        late = clock.begin(began)
        match.tick()
        ended = trio.current_time()
        match.profile.record(late, ended - began)
        match.profile.dropped += clock.dropped - dropped
        if garbage:
            garbage.collect(ended, clock.deadline)


def spread(number: int) -> float:
    """The phase of the match ``number``, from 0 up to 1: so that the matches of a process do not tick all at once.

    Multiples of the golden ratio: however many matches there are, their phases lie about evenly (Knuth, The Art of
    Computer Programming, volume 3, section 6.4).
    """
    return number * _GOLDEN % 1.0
