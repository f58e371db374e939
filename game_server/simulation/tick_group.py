"""Matches that tick at the same moments, driven by the clock."""

from __future__ import annotations

from typing import Protocol

import attrs
import trio

from game_server.simulation.clock import TickClock
from game_server.simulation.garbage import Garbage
from game_server.simulation.match import Match
from game_server.simulation.wire import Wire

_GOLDEN = (5**0.5 - 1) / 2


class Intake(Protocol):
    """Where the bytes for all matches of a group come in."""

    def receive(self) -> None:
        """Take in what has come, and let each match's wire have its part. Nothing here waits."""
        ...


@attrs.define(eq=False)
class _Driven:
    match: Match
    ended: trio.Event = attrs.Factory(trio.Event)
    error: Exception | None = None


class TickGroup:
    """Drives matches of one tick rate by one clock, one after the other, so that what they share is done once.

    Without matches it stands still, and begins anew with the next one.

    Args:
        tick_rate: ticks a second.
        intake: of the matches' wires; None when each sees to that itself.
        phase: by how much of a tick to begin later, from 0 up to 1; see `spread`.
        garbage: collected after a tick, when there is time before the next.
    """

    def __init__(
        self, tick_rate: int, intake: Intake | None = None, *, phase: float = 0.0, garbage: Garbage | None = None
    ) -> None:
        self._rate = tick_rate
        self._intake = intake
        self._phase = phase
        self._garbage = garbage
        self._driven: list[_Driven] = []
        self._begin = trio.Event()
        self._clock = TickClock(tick_rate, 0.0)

    async def run(self) -> None:
        """Tick until cancelled; a tick is never cut short."""
        while True:
            await self._begin.wait()
            while self._driven:
                await trio.sleep_until(self._clock.deadline)
                if self._driven:
                    self._tick()
            self._begin = trio.Event()

    async def drive(self, match: Match, wire: Wire | None = None) -> None:
        """Tick ``match`` with the others until cancelled.

        What a tick raises comes out of here: the match is broken then, and whoever runs it has to end it.

        Args:
            wire: how the match reaches everybody; None when outlets see to their bytes themselves.
        """
        if wire is not None:
            match.connect(wire)
        if not self._driven:
            self._clock = TickClock(self._rate, trio.current_time() + self._phase / self._rate)
        clock, before = self._clock, match.world.tick - self._clock.tick
        match.match_time = lambda: before + clock.match_time(trio.current_time())
        driven = _Driven(match)
        self._driven.append(driven)
        self._begin.set()
        try:
            await driven.ended.wait()
        finally:
            if driven in self._driven:
                self._driven.remove(driven)
        if driven.error:
            raise driven.error

    def _tick(self) -> None:
        clock, now = self._clock, trio.current_time
        began, dropped = now(), clock.dropped
        late = clock.begin(began)
        if self._intake:
            self._intake.receive()
        received = now() - began
        share = received / len(self._driven)
        waited = 0.0
        for driven in list(self._driven):
            profile, started = driven.match.profile, now()
            try:
                driven.match.tick(share)
            except Exception as error:
                driven.error = error
                driven.ended.set()
                self._driven.remove(driven)
                continue
            took = now() - started
            profile.record(late + waited, share + took)
            profile.dropped += clock.dropped - dropped
            waited += took
        if self._garbage:
            self._garbage.collect(now(), clock.deadline)


def spread(number: int) -> float:
    """The phase of the group ``number``, from 0 up to 1: so that the groups of a process do not tick all at once.

    Multiples of the golden ratio: however many groups there are, their phases lie about evenly (Knuth, The Art of
    Computer Programming, volume 3, section 6.4).
    """
    return number * _GOLDEN % 1.0
