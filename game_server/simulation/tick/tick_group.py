"""Matches that tick at the same moments, driven by one clock."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from typing import Final, Protocol

import attrs
import numpy as np
import trio

from game_server.errors import as_fault
from game_server.protocol.inputs import InputRows
from game_server.simulation.inputs.store import InputStore
from game_server.simulation.match.match import Match
from game_server.simulation.match.ports import Wire
from game_server.simulation.replication.table_replicas import Replicas
from game_server.simulation.tick.clock import TickClock
from game_server.simulation.tick.tick_order import tick
from game_server.telemetry.garbage import Garbage

logger = logging.getLogger("game_server.simulation")

STALL: Final = 1.0
"""Seconds of one tick after which the log names the match: everybody in the process has seen it stand still."""
_GOLDEN: Final = (5**0.5 - 1) / 2
_NOBODY: Final = -1
_LATENESS_WEIGHT: Final = 1 / 15
"""Of a tick beside those before: half a second of them counts, at 30 a second."""


class Exchange(Protocol):
    """Where the bytes of all matches of a group come in and go out. Nothing here waits."""

    def receive(self) -> list[InputRows]:
        """Take in what has come, and let each match's wire have its part.

        Returns:
            Inputs, whose players are counted on from `Wire.first`; in each element a player has at most one.
        """
        ...

    def flush(self) -> None:
        """Flush the wires of all matches."""
        ...


@attrs.define(eq=False)
class _Alike:
    """Matches whose tables are followed together."""

    replicas: Replicas
    driven: list[_Driven] = attrs.Factory(list)


@attrs.define(eq=False)
class _Driven:
    """A match of the group; times are seconds of the tick that is being made."""

    match: Match
    wire: Wire | None
    alike: _Alike
    ended: trio.Event = attrs.Factory(trio.Event)
    error: Exception | None = None
    late: float = 0.0
    spent: float = 0.0
    captured: float = 0.0
    """Of what was spent, for capturing the tables."""


class TickGroup:
    """Drives matches of one tick rate.

    What can be done for all at once is done once: taking in what has come, encoding the tables of those whose tables
    are alike, and bringing out what was written.

    Without matches it stands still, and begins anew with the next one.

    Args:
        tick_rate: ticks a second.
        exchange: of the matches' wires; None when outlets see to their bytes themselves.
        phase: by how much of a tick to begin later, from 0 up to 1; see `spread`.
        garbage: collected after a tick, when there is time before the next.

    Attributes:
        lateness: how late ticks begin, in ticks: a mean in which those of the last half second count most.
    """

    def __init__(
        self, tick_rate: int, exchange: Exchange | None = None, *, phase: float = 0.0, garbage: Garbage | None = None
    ) -> None:
        self._rate = tick_rate
        self._exchange = exchange
        self._phase = phase
        self._garbage = garbage
        self._driven: list[_Driven] = []
        self._alike: dict[Hashable, _Alike] = {}
        """By the shape of their tables."""
        self._inputs = InputStore(tick_rate)
        self._number()
        self.lateness = 0.0
        self._begin = trio.Event()
        self._clock = TickClock(tick_rate, 0.0)
        self._late = self._received = self._flushed = 0.0
        """Seconds of the tick that is being made: what it began late by, and what it took to receive and to flush."""

    async def run(self) -> None:
        """Tick until cancelled; a tick is never cut short."""
        while True:
            await self._begin.wait()
            while self._driven:
                await trio.sleep_until(self._clock.deadline)
                # Meanwhile the last match may have gone, and another begun anew with a clock of its own.
                if self._driven and trio.current_time() >= self._clock.deadline:
                    self._tick()
            self._begin = trio.Event()
            self.lateness = 0.0

    async def drive(self, match: Match, wire: Wire | None = None) -> None:
        """Tick ``match`` with the others until cancelled.

        What a tick raises comes out of here: the match is broken then, and whoever runs it has to end it. The others
        go on.

        Args:
            wire: how the match reaches everybody, by way of the exchange; None when outlets see to their bytes
                themselves.
        """
        if wire is not None:
            match.connect(wire)
        if not self._driven:
            self._clock = TickClock(self._rate, trio.current_time() + self._phase / self._rate)
        clock, before = self._clock, match.world.tick - self._clock.tick
        match.match_time = lambda: before + clock.match_time(trio.current_time())
        match.tick_zero = lambda: clock.due(-before)
        driven = self._take_in(match, wire)
        self._begin.set()
        try:
            await driven.ended.wait()
        finally:
            if driven in self._driven:
                self._let_go(driven)
        if driven.error:
            raise driven.error

    def release(self, match: Match) -> None:
        """``match`` is not ticked any more, from now on and not only when its `drive` has been cancelled."""
        for driven in [driven for driven in self._driven if driven.match is match]:
            self._let_go(driven)

    @trio.lowlevel.enable_ki_protection
    def _tick(self) -> None:
        # Protected, a Ctrl-C waits until the tick is over: a KeyboardInterrupt in here is one that the rules raise.
        dropped = self._clock.dropped
        self._late = self._clock.begin(trio.current_time())
        self.lateness += (self._late * self._rate - self.lateness) * _LATENESS_WEIGHT
        tick(self)
        dropped = self._clock.dropped - dropped
        for driven in self._driven:
            if driven.spent >= STALL:
                match = driven.match
                logger.warning(
                    "match %s held everybody up for %.1f s with tick %d", match.name, driven.spent, match.world.tick
                )
            driven.match.profile.record(driven.late, driven.spent)
            driven.match.profile.dropped += dropped
        if self._garbage:
            self._garbage.collect(trio.current_time(), self._clock.deadline)

    # The parts of a tick

    def receive(self) -> None:
        """Take in what has come for all matches, and put the inputs into the store."""
        began = trio.current_time()
        for inputs in self._exchange.receive() if self._exchange else ():
            seats = self._seats.take(inputs.players, mode="clip")
            placed = InputRows(seats, inputs.ticks, inputs.commands)
            here = seats >= 0
            self._inputs.offer(placed if here.all() else placed[here])
        self._received = (trio.current_time() - began) / len(self._driven)
        for driven in self._driven:
            driven.spent = self._received

    def drain(self) -> None:
        """Take in what has come for each match."""
        self._let_each(lambda driven: driven.match.drain(self._received))

    def take(self) -> None:
        """Take the inputs of all."""
        self._inputs.take()

    def step(self) -> None:
        """Let the rules of each go on."""
        self._let_each(lambda driven: driven.match.step())
        late = self._late
        for driven in self._driven:
            driven.late, late = late, late + driven.spent - self._received

    def capture(self) -> None:
        """Find out what has changed, in the tables of all that are alike at once."""
        for alike in list(self._alike.values()):
            self._capture(alike)

    def encode(self) -> None:
        """Make the messages of each."""
        self._let_each(lambda driven: driven.match.encode(driven.captured))

    def write(self) -> None:
        """Let each write its messages."""
        self._let_each(lambda driven: driven.match.write())

    def flush(self) -> None:
        """Bring out what all have written."""
        began = trio.current_time()
        if self._exchange:
            self._exchange.flush()
        self._flushed = (trio.current_time() - began) / (len(self._driven) or 1)
        for driven in self._driven:
            driven.spent += self._flushed

    def settle(self) -> None:
        """Let each learn whom it did not reach."""
        self._let_each(lambda driven: driven.match.settle(self._flushed))

    # Within

    def _capture(self, alike: _Alike) -> None:
        began = trio.current_time()
        try:
            alike.replicas.capture()
        except BaseException:  # noqa: ASYNC103 - nothing in here awaits, so it is no cancellation but the rules' own
            self._capture_without_faults(alike)
        took = (trio.current_time() - began) / (len(alike.driven) or 1)
        for driven in alike.driven:
            driven.spent += took
            driven.captured = took

    def _capture_without_faults(self, alike: _Alike) -> None:
        """The tables of one match, or more, cannot be read: look at each alone, and go on with the others."""
        for driven in list(alike.driven):
            driven.match.share(None)
            self._let(driven, lambda driven: driven.match.replication.capture())
        if not alike.driven:
            return
        alike.replicas = alike.driven[0].match.replication.fresh()
        for driven in alike.driven:
            driven.match.share(alike.replicas)
        try:
            alike.replicas.capture()
        except BaseException as error:  # noqa: ASYNC103 - as in `_capture`
            for driven in list(alike.driven):
                self._fail(driven, error)

    def _let_each(self, act: Callable[[_Driven], None]) -> None:
        """Let each match do a part of its tick, and count the time; whatever comes out of that ends the match alone."""
        began = trio.current_time()
        for driven in list(self._driven):
            self._let(driven, act)
            ended = trio.current_time()
            driven.spent += ended - began
            began = ended

    def _let(self, driven: _Driven, act: Callable[[_Driven], None]) -> None:
        try:
            act(driven)
        except BaseException as error:  # noqa: ASYNC103 - as in `_capture`
            self._fail(driven, error)

    def _fail(self, driven: _Driven, error: BaseException) -> None:
        driven.error = as_fault(error)
        driven.ended.set()
        self._let_go(driven)

    def _take_in(self, match: Match, wire: Wire | None) -> _Driven:
        alike = self._alike.get(match.shape)
        if alike is None:
            alike = self._alike[match.shape] = _Alike(match.replication.fresh())
        match.share(alike.replicas)
        match.inputs.stand_at(match.world.tick)
        match.inputs.share(self._inputs)
        driven = _Driven(match, wire, alike)
        alike.driven.append(driven)
        self._driven.append(driven)
        self._number()
        return driven

    def _let_go(self, driven: _Driven) -> None:
        alike, match = driven.alike, driven.match
        self._driven.remove(driven)
        alike.driven.remove(driven)
        if not alike.driven:
            del self._alike[match.shape]
        match.share(None)
        match.inputs.share(None)
        match.tick_zero = None
        self._number()

    def _number(self) -> None:
        """Learn where in the store the players are whose numbers come from the exchange."""
        wired = [(driven.wire.first, driven.match) for driven in self._driven if driven.wire]
        past = max((first + match.world.max_players for first, match in wired), default=0)
        self._seats = np.full(past + 1, _NOBODY, np.intp)
        for first, match in wired:
            seats = match.world.max_players
            self._seats[first : first + seats] = match.inputs.first + np.arange(seats)


def spread(number: int) -> float:
    """The phase of the group ``number``, from 0 up to 1: so that the groups of a process do not tick all at once.

    Multiples of the golden ratio: however many groups there are, their phases lie about evenly (Knuth, The Art of
    Computer Programming, volume 3, section 6.4).
    """
    return number * _GOLDEN % 1.0
