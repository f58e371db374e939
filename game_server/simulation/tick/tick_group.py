"""Matches that tick at the same moments, driven by one clock."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import attrs
import trio

from game_server.errors import as_fault
from game_server.protocol import read_inputs
from game_server.simulation.inputs.store import InputStore
from game_server.simulation.match.match import Match
from game_server.simulation.match.ports import DirectWire, Wire
from game_server.simulation.match.snapshot_batch import SnapshotBatch
from game_server.simulation.replication.snapshot_encoder import SnapshotEncoder
from game_server.simulation.tick.clock import TickClock
from game_server.telemetry import Garbage

logger = logging.getLogger("game_server.simulation")

STALL: Final = 1.0
"""Seconds of one tick after which the log names the match: everybody in the process has seen it stand still."""
ANSWER_SECONDS: Final = 1 / 60
"""From one look at the sockets to the next between slow ticks of matches that take commands: so a click is answered in
the next frame or the one after it, and not with the next tick."""
SLOW_RATE: Final = 20
"""Ticks a second below which ticks are slow; at 30, each of them is an answer soon enough."""
_LATENESS_WEIGHT: Final = 1 / 15
"""Of a tick beside those before: half a second of them counts, at 30 a second."""

_DRAIN, _RULES, _ENCODE, _WRITE = range(4)
"""Places in `_Driven.spent`, in the order of `tick_profile.PHASES`."""


@attrs.define(eq=False)
class _Alike:
    """Matches whose tables have the same shape, so that their snapshots are made together."""

    encoder: SnapshotEncoder
    driven: list[_Driven] = attrs.Factory(list)


@attrs.define(eq=False)
class _Driven:
    """A match of the group. Times are seconds of the tick that is being made, what has come is for that tick."""

    match: Match
    first: int
    """The number of player 0 in the group."""
    alike: _Alike
    ended: trio.Event = attrs.Factory(trio.Event)
    error: Exception | None = None
    mail: list[int] = attrs.Factory(list)
    others: list[tuple[int, bytes]] = attrs.Factory(list)
    late: float = 0.0
    spent: list[float] = attrs.Factory(lambda: [0.0] * 4)


class TickGroup:
    """Drives matches of one tick rate; while there are none, it stands still.

    What can be done for all at once is done once: reading and writing sockets, storing and taking inputs, and making
    the snapshots of matches whose tables have the same shape. Every player has one number in the group, which the
    sockets and the input store share: the base of the match, which the group gives, plus the number in the match.

    Args:
        tick_rate: ticks a second.
        wire: the connections of the players; by default, outlets that move their own bytes.
        phase: by how much of a tick to begin later, from 0 up to 1.
        garbage: collected after a tick, when there is time before the next.

    Attributes:
        lateness: how late ticks begin, in ticks: a mean in which those of the last half second count most.
    """

    def __init__(
        self, tick_rate: int, wire: Wire | None = None, *, phase: float = 0.0, garbage: Garbage | None = None
    ) -> None:
        self._rate = tick_rate
        self._wire: Wire = DirectWire() if wire is None else wire
        self._phase = phase
        self._garbage = garbage
        self._reserved: dict[int, int] = {}
        """By base, the number past the last of a match."""
        self._driven: list[_Driven] = []
        self._of_player: dict[int, _Driven] = {}
        """By number."""
        self._alike: dict[Hashable, _Alike] = {}
        """By the shape of their tables."""
        self._inputs = InputStore(tick_rate)
        self.lateness = 0.0
        self._begin = trio.Event()
        self._clock = TickClock(tick_rate, 0.0)
        """Of the matches that are driven; a new one for the first of them."""
        self._answers = False
        """Whether to look at the sockets between ticks."""
        self._looked_at = 0.0
        """When the sockets were read last, in seconds."""
        self._late = self._received = 0.0
        """Seconds of the tick that is being made: how late it began, and a match's share of the time to receive."""

    def reserve(self, seats: int) -> int:
        """Reserve numbers for the players of a match until `free`; returns the base, the number of player 0."""
        first = 0
        for base, past in sorted(self._reserved.items()):
            if first + seats <= base:
                break
            first = past
        self._reserved[first] = first + seats
        return first

    def free(self, first: int) -> None:
        """Free the numbers that were reserved with the base ``first``; the match is not driven any more."""
        del self._reserved[first]

    async def run(self) -> None:
        """Tick until cancelled; a tick is never cut short."""
        while True:
            await self._begin.wait()
            while self._driven:
                await trio.sleep_until(self._wakes_at())
                # Meanwhile the last match may have left, and another begun with a new clock.
                if self._driven and trio.current_time() >= self._clock.deadline:
                    self.tick()
                elif self._driven and trio.current_time() >= self._wakes_at():
                    self.answer()
            self._begin = trio.Event()
            self.lateness = 0.0

    async def drive(self, match: Match, first: int | None = None) -> None:
        """Tick ``match`` with the others until cancelled.

        Args:
            first: the base that was reserved for it; None to reserve one while it is driven.

        Raises:
            Exception: whatever the rules raised in a tick. The match is broken then; the others go on.
        """
        base = self.reserve(match.world.max_players) if first is None else first
        if not self._driven:
            self._clock = TickClock(self._rate, trio.current_time() + self._phase / self._rate)
        clock, before = self._clock, match.world.tick - self._clock.tick
        match.match_time = lambda: before + clock.match_time(trio.current_time())
        match.tick_zero = lambda: clock.due(-before)
        driven = self._take_in(match, base)
        self._begin.set()
        try:
            await driven.ended.wait()
        finally:
            if driven in self._driven:
                self._let_go(driven)
            if first is None:
                self.free(base)
        if driven.error:
            raise driven.error

    def release(self, match: Match) -> None:
        """Stop ticking ``match`` at once; its `drive`, when cancelled, ends later."""
        for driven in [driven for driven in self._driven if driven.match is match]:
            self._let_go(driven)

    # Protected, a Ctrl-C waits until the tick is over: a KeyboardInterrupt in here is one that the rules raise.
    @trio.lowlevel.enable_ki_protection
    def tick(self) -> None:
        """Advance every match by one tick. Nothing here waits.

        Each part is done for all matches before the next: the code and data that the processor has cached for one
        match serve the others. A match whose rules raise is let go, and takes no part in the rest.
        """
        self._looked_at = trio.current_time()
        dropped = self._clock.dropped
        self._late = self._clock.begin(trio.current_time())
        self.lateness += (self._late * self._rate - self.lateness) * _LATENESS_WEIGHT

        self._receive()
        self._measure()
        self._drain()
        self._inputs.take()
        self._each(_RULES, lambda driven: driven.match.step())
        self._note_lateness()
        self._journal()
        self._flush(self._show())

        self._record(self._clock.dropped - dropped)
        if self._garbage:
            self._garbage.collect(trio.current_time(), self._clock.deadline)

    @trio.lowlevel.enable_ki_protection
    def answer(self) -> None:
        """Do what players have commanded since the last tick, and show it to everybody; nobody's tick advances.

        What else has come is taken in as well. Without commands nothing is captured and no snapshot sent.
        """
        self._looked_at = trio.current_time()
        self._receive()
        self._drain()
        batches: list[SnapshotBatch] = []
        if any(driven.match.acts for driven in self._driven):
            # All of them: what changes between two captures is in one delta, so nobody may miss a capture.
            self._each(_RULES, lambda driven: driven.match.act())
            batches = self._show()
        self._flush(batches)

    def _wakes_at(self) -> float:
        """When to look at the sockets next, in seconds: at the next tick, or before it if commands may come."""
        deadline = self._clock.deadline
        if not self._answers:
            return deadline
        look = self._looked_at + ANSWER_SECONDS
        return look if look < deadline - ANSWER_SECONDS / 2 else deadline

    def _drain(self) -> None:
        """Let each match handle what has come for it, but for inputs."""
        addressed = [driven for driven in self._driven if driven.mail or driven.others]
        self._each(_DRAIN, lambda driven: driven.match.drain(driven.mail, driven.others), addressed)

    def _show(self) -> list[SnapshotBatch]:
        """Make what everybody gets of the worlds as they stand."""
        self._capture()
        self._each(_ENCODE, lambda driven: driven.match.route())
        return self._encode()

    def _receive(self) -> None:
        """Put inputs into the store, and sort all else by match."""
        began = trio.current_time()
        for driven in self._driven:
            if driven.mail or driven.others:
                driven.mail, driven.others = [], []
        received = self._wire.receive()
        for number in received.mail:
            if whose := self._of_player.get(number):
                whose.mail.append(number - whose.first)
        for at, batch in enumerate(received.batches):
            inputs, others = read_inputs(batch)
            self._inputs.offer(inputs)
            for other in others:
                number = int(batch.players[other])
                # The sockets have charged for the messages of later batches; in the first, only inputs are free.
                charged = at > 0 or self._wire.charge(number, int(batch.sizes[other]))
                if charged and (whose := self._of_player.get(number)):
                    whose.others.append((number - whose.first, batch.message(other)))
        self._received = (trio.current_time() - began) / len(self._driven)
        for driven in self._driven:
            driven.spent = [self._received, 0.0, 0.0, 0.0]

    def _measure(self) -> None:
        """Note the round trip of each connection once a second; pings are rarer still."""
        for number in range(self._clock.tick % self._rate, max(self._reserved.values()), self._rate):
            if whose := self._of_player.get(number):
                whose.match.measure(number - whose.first)

    def _note_lateness(self) -> None:
        """A match begins as late as the group, and as those before it made it wait."""
        late = self._late
        for driven in self._driven:
            driven.late = late
            late += driven.spent[_DRAIN] - self._received + driven.spent[_RULES]

    def _journal(self) -> None:
        """Log what the tick was made of, before anybody is sent anything of it."""
        journals = [(journal, driven.first) for driven in self._driven if (journal := driven.match.journal)]
        if journals:
            journals[0][0].ticks.ticked(self, journals, self._inputs.used)

    def _capture(self) -> None:
        """Find out what has changed, in all tables of one shape at once."""
        for alike in list(self._alike.values()):
            with self._timed(alike):
                try:
                    alike.encoder.capture()
                except BaseException:  # noqa: ASYNC103 - nothing here awaits: it is no cancellation but the rules' own
                    self._part(alike, lambda _match: None)

    def _encode(self) -> list[SnapshotBatch]:
        """Make the snapshots of all players of one shape at once."""
        batches: list[SnapshotBatch] = []
        for alike in list(self._alike.values()):
            with self._timed(alike):
                try:
                    batches.extend(SnapshotBatch.of([driven.match for driven in alike.driven]))
                except BaseException:  # noqa: ASYNC103 - as in `_capture`
                    self._part(alike, lambda match: batches.extend(SnapshotBatch.of([match])))
        return batches

    def _part(self, alike: _Alike, act: Callable[[Match], None]) -> None:
        """Capture each match alone and ``act``, since together one or more fail, and go on with those that do not."""
        for driven in list(alike.driven):
            driven.match.share(None)
            self._let(driven, lambda driven: driven.match.replication.capture())
            if driven in alike.driven:
                self._let(driven, lambda driven: act(driven.match))
        if not alike.driven:
            return
        alike.encoder = alike.driven[0].match.replication.fresh()
        for driven in alike.driven:
            driven.match.share(alike.encoder)
        try:
            alike.encoder.capture()
        except BaseException as error:  # noqa: ASYNC103 - as in `_capture`
            for driven in list(alike.driven):
                self._fail(driven, error)

    @contextmanager
    def _timed(self, alike: _Alike) -> Iterator[None]:
        """Count the time of the block towards `_ENCODE`, shared by the matches that are left."""
        began = trio.current_time()
        yield
        took = trio.current_time() - began
        for driven in alike.driven:
            driven.spent[_ENCODE] += took / len(alike.driven)

    def _flush(self, batches: Iterable[SnapshotBatch]) -> None:
        """Write everything out, and note which players were skipped."""
        began = trio.current_time()
        for batch in batches:
            batch.write(self._wire)
        self._wire.flush()
        for number in self._wire.skipped():
            if whose := self._of_player.get(number):
                whose.match.skip(number - whose.first)
        took = trio.current_time() - began
        for driven in self._driven:
            driven.spent[_WRITE] += took / len(self._driven)

    def _record(self, dropped: int) -> None:
        for driven in self._driven:
            match, spent = driven.match, driven.spent
            if sum(spent) >= STALL:
                logger.warning(
                    "match %s held everybody up for %.1f s with tick %d", match.name, sum(spent), match.world.tick
                )
            match.profile.record(driven.late, spent)
            match.profile.dropped += dropped

    def _each(self, phase: int, act: Callable[[_Driven], None], some: list[_Driven] | None = None) -> None:
        """Let each match, or each of ``some``, do a part of its tick, and count the time towards ``phase``."""
        began = trio.current_time()
        for driven in list(self._driven) if some is None else some:
            self._let(driven, act)
            ended = trio.current_time()
            driven.spent[phase] += ended - began
            began = ended

    def _let(self, driven: _Driven, act: Callable[[_Driven], None]) -> None:
        """Do ``act``; whatever it raises ends this match alone."""
        try:
            act(driven)
        except BaseException as error:  # noqa: ASYNC103 - as in `_capture`
            self._fail(driven, error)

    def _fail(self, driven: _Driven, error: BaseException) -> None:
        driven.error = as_fault(error)
        driven.ended.set()
        self._let_go(driven)

    def _take_in(self, match: Match, first: int) -> _Driven:
        alike = self._alike.get(match.shape)
        if alike is None:
            alike = self._alike[match.shape] = _Alike(match.replication.fresh())
        match.share(alike.encoder)
        match.inputs.stand_at(match.world.tick)
        match.inputs.share(self._inputs, first)
        match.connect(self._wire, first)
        driven = _Driven(match, first, alike)
        alike.driven.append(driven)
        self._driven.append(driven)
        self._of_player.update(dict.fromkeys(range(first, first + match.world.max_players), driven))
        self._answers |= self._rate < SLOW_RATE and bool(match.game.commands)
        return driven

    def _let_go(self, driven: _Driven) -> None:
        alike, match, first = driven.alike, driven.match, driven.first
        self._driven.remove(driven)
        self._answers &= any(driven.match.game.commands for driven in self._driven)
        alike.driven.remove(driven)
        if not alike.driven:
            del self._alike[match.shape]
        for number in range(first, first + match.world.max_players):
            del self._of_player[number]
        match.share(None)
        match.inputs.share(None)
        match.disconnect()
        match.tick_zero = None


def tick_alone(match: Match) -> None:
    """Advance by one tick a ``match`` that no group drives, by the parts of `TickGroup.tick`: for tests and tools.

    Raises:
        Exception: whatever the rules raise.
    """
    wire = match.players.wire
    for number in range(match.world.tick % match.world.tick_rate, match.world.max_players, match.world.tick_rate):
        match.measure(number)
    match.drain(wire.receive().mail)
    match.inputs.store.take()
    match.step()
    if match.journal:
        match.journal.ticks.ticked(match, [(match.journal, 0)], match.inputs.store.used)
    match.replication.capture()
    match.route()
    for batch in SnapshotBatch.of([match]):
        batch.write(wire)
    wire.flush()
    for number in wire.skipped():
        match.skip(number)
