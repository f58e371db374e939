"""What a client does in a match from one welcome to the next, sans-I/O."""

from __future__ import annotations

import math
from collections import deque
from typing import Final, Protocol

from game_server.client.figures import PING_INTERVAL, Figures, SnapshotArrivals
from game_server.client.input_latency import OVERDUE_TICKS, InputLatency
from game_server.client.own_row import OwnRowCheck
from game_server.client.tick_epochs import TickEpochs
from game_server.protocol.client_messages import Command, Input, Ping, Resync
from game_server.protocol.codec import encode
from game_server.protocol.limits import BEHIND_STEPS, MAX_BEHIND
from game_server.protocol.schema import Schema
from game_server.protocol.server_messages import Pong, Snapshot, Welcome
from game_server.protocol.snapshots import OutOfSync, SnapshotDecoder
from game_server.protocol.view import View

FIRST_LEAD: Final = 3
"""Ticks ahead of the newest snapshot for which the first input is meant."""
MAX_LEAD: Final = 24
CALM_TICKS: Final = 60
"""Ticks for which more inputs than one must have waited before the lead shrinks."""


class Brain(Protocol):
    """Decides what to press."""

    def decide(self, view: View) -> Command:
        """The buttons and aim for the tick after ``view.tick``."""
        ...


class MatchSession:
    """Reads the snapshots of one match; a brain plays in it, or None does not.

    With a brain, each snapshot is answered with the input for a tick a little ahead. How far follows from the ``depth``
    that snapshots report: further when inputs come too late, nearer when more than one has long been waiting.

    Args:
        figures: where to write down what is measured.
        tick_zeros: on the clock that tells when something comes.

    Raises:
        ProtocolError: the schema of ``welcome`` is none.
    """

    def __init__(self, welcome: Welcome, brain: Brain | None, figures: Figures, tick_zeros: TickEpochs) -> None:
        self._brain = brain
        self._figures = figures
        self._tick_zeros = tick_zeros
        self._match = welcome.match.id
        schema = Schema.from_wire(welcome.schema)
        self._decoder = SnapshotDecoder(schema, welcome.player)
        self._own_row = OwnRowCheck(schema)
        self._intents = InputLatency(1 / welcome.tick_rate)
        self._tick_rate = welcome.tick_rate
        self._arrivals = SnapshotArrivals(welcome.tick_rate)
        self._next_ping = 0.0
        self._pinged = -1.0
        self._lead = FIRST_LEAD
        self._calm = 0
        self._settle = 0
        self._late = False
        self._newest = 0
        self._sent: deque[int] = deque()
        self._acked = 0

    def pong(self, pong: Pong, now: float) -> None:
        """The answer to a ping has come, or one that answers none."""
        if pong.client_time == self._pinged:
            self._figures.round_trips.append(now - pong.client_time)

    def snapshot(self, snapshot: Snapshot, now: float) -> list[bytes]:
        """Take a snapshot in and return the answers.

        Raises:
            ProtocolError: it is not what the schema allows.
        """
        answers = []
        before = self._decoder.view.tick
        try:
            view = self._decoder.apply(snapshot)
            self._figures.faults += not self._own_row.agrees(view)
        except OutOfSync:
            self._figures.desyncs += 1
            view = self._decoder.view
            answers.append(encode(Resync(snapshot.tick)))
        self._measure(snapshot, before, now)
        self._adapt(snapshot)
        self._arrivals.add(snapshot.tick, now)
        if now >= self._next_ping:
            self._next_ping, self._pinged = now + PING_INTERVAL, now
            self._figures.delays.append(self._arrivals.delay())
            answers.append(encode(Ping(now)))
        tick = snapshot.tick + self._lead
        if self._brain and tick > self._newest:
            buttons, aim, _ = self._brain.decide(view)
            # What the brain acts on is the newest snapshot, as it stands: that is its screen.
            behind = min((tick - view.tick) * BEHIND_STEPS, MAX_BEHIND)
            answers.append(encode(Input(tick, buttons, aim, behind)))
            self._newest = tick
            self._figures.inputs += 1
            self._sent.append(tick)
            self._intents.send(tick, now)
            self._give_up(self._intents.take_unanswered())
        return answers

    def end(self, now: float) -> None:
        """It is over: what is still waited for, and is overdue, has taken so long at least."""
        figures = self._figures
        self._give_up(self._intents.end(now))
        silence = now - figures.last_snapshot
        if self._decoder.view.tick and silence > OVERDUE_TICKS / self._tick_rate:
            figures.gaps.append(silence)
            figures.left = now

    def _give_up(self, waits: list[float]) -> None:
        self._figures.acks.extend(waits)
        self._figures.unanswered_inputs += len(waits)

    def _measure(self, snapshot: Snapshot, before: int, now: float) -> None:
        figures = self._figures
        if before:
            figures.gaps.append(now - figures.last_snapshot)
            figures.missed_ticks += snapshot.tick - before - 1
        else:
            self._next_ping = now + PING_INTERVAL
            if not figures.snapshots:
                figures.first_snapshot = now
        figures.snapshots += 1
        figures.keyframes += snapshot.kind
        figures.last_snapshot = now
        figures.depths.append(snapshot.depth)
        zero = self._tick_zeros.of(self._match)
        if not math.isnan(zero):
            figures.ages.append(now - zero - snapshot.tick / self._tick_rate)
        figures.acks.extend(self._intents.answer(snapshot.ack, now))
        if before:
            # What was acknowledged before the first snapshot is from an earlier stay in the same seat.
            figures.faults += snapshot.ack < self._acked or snapshot.ack > max(self._newest, self._acked)
        self._acked = snapshot.ack
        while self._sent and self._sent[0] <= snapshot.tick:
            if self._sent.popleft() > snapshot.ack:
                # Its tick is over, and it was not used: it came too late.
                figures.late_inputs += 1
                self._late = True

    def _adapt(self, snapshot: Snapshot) -> None:
        """Aim for one input waiting at each tick; a change shows in the snapshots only ``lead`` ticks later."""
        self._settle -= 1
        if self._late and self._settle <= 0:
            self._change_lead(min(self._lead + 1, MAX_LEAD))
        elif snapshot.depth <= 1:
            self._calm = 0
        else:
            self._calm += 1
            if self._calm >= CALM_TICKS:
                self._change_lead(max(self._lead - 1, 1))
        self._late = False

    def _change_lead(self, lead: int) -> None:
        self._lead, self._calm, self._settle = lead, 0, lead
