"""A client's part in one match, from one welcome to the next, sans-I/O."""

from __future__ import annotations

import math
from collections import deque
from typing import Final, Protocol

from game_server.client.figures import PING_INTERVAL, Figures, SnapshotArrivals
from game_server.client.input_latency import OVERDUE_TICKS, InputLatency
from game_server.client.own_row import OwnRowCheck
from game_server.client.tick_epochs import TickEpochs
from game_server.protocol import (
    BEHIND_STEPS,
    KEYFRAME,
    Act,
    Command,
    Input,
    OutOfSync,
    Ping,
    Pong,
    Resync,
    Schema,
    Snapshot,
    SnapshotDecoder,
    View,
    Welcome,
    encode,
)

FIRST_LEAD: Final = 3
"""Ticks from the newest snapshot to the tick of the first input."""
MAX_LEAD: Final = 24
RESYNC_INTERVAL: Final = 1.0
"""Seconds between two requests for a keyframe: the server serves no more."""
CALM_TICKS: Final = 60
"""Ticks in a row with more than one input waiting before the lead shrinks: 2 s at 30 ticks a second."""


class Controller(Protocol):
    """Decides the inputs of a player: a bot, or a program of your own."""

    def decide(self, view: View) -> Command:
        """Return buttons and aim for the tick after ``view.tick``, and what to ask of the rules."""
        ...


class MatchSession:
    """Reads the snapshots of one match, and answers each with an input if there is a controller.

    An input is meant for a tick a little ahead of the snapshot. How far ahead follows from the ``depth`` that snapshots
    report: further when inputs come too late, nearer when more than one input has long been waiting.

    Args:
        controller: decides the inputs; None for a spectator.
        figures: written to.
        tick_zeros: on the clock of ``now`` in the methods below.

    Raises:
        ProtocolError: the schema of ``welcome`` is invalid.
    """

    def __init__(
        self, welcome: Welcome, controller: Controller | None, figures: Figures, tick_zeros: TickEpochs
    ) -> None:
        self._controller = controller
        self._figures = figures
        self._tick_zeros = tick_zeros
        self._match = welcome.match.id
        schema = Schema.from_wire(welcome.schema)
        self._decoder = SnapshotDecoder(schema, welcome.player)
        self._own_row = OwnRowCheck(schema)
        self._intents = InputLatency(1 / welcome.tick_rate)
        self._tick_rate = welcome.tick_rate
        self._arrivals = SnapshotArrivals(welcome.tick_rate)
        self._next_ping = self._next_resync = 0.0
        self._pinged = -1.0
        self._lead = FIRST_LEAD
        self._calm = 0
        self._settle = 0
        self._late = False
        self._newest = 0
        self._sent: deque[int] = deque()
        self._acked = 0

    def pong(self, pong: Pong, now: float) -> None:
        """Take in a pong; one that answers no ping of this session is ignored."""
        if pong.client_time == self._pinged:
            self._figures.round_trips.append(now - pong.client_time)

    def snapshot(self, snapshot: Snapshot, now: float) -> list[bytes]:
        """Take in a snapshot and return the answers to send.

        Raises:
            ProtocolError: the snapshot does not follow the schema.
        """
        answers = []
        before = self._decoder.view.tick
        try:
            view = self._decoder.apply(snapshot)
            self._figures.faults += not self._own_row.agrees(view)
        except OutOfSync:
            self._figures.desyncs += 1
            view = self._decoder.view
            if now >= self._next_resync:
                self._next_resync = now + RESYNC_INTERVAL
                answers.append(encode(Resync(snapshot.tick)))
        self._measure(snapshot, before, now)
        self._adapt(snapshot)
        self._arrivals.add(snapshot.tick, now)
        if now >= self._next_ping:
            self._next_ping, self._pinged = now + PING_INTERVAL, now
            self._figures.delays.append(self._arrivals.delay())
            answers.append(encode(Ping(now)))
        tick = snapshot.tick + self._lead
        if self._controller and tick > self._newest:
            buttons, aim, _, asks = Command(*self._controller.decide(view))  # programs may return a plain tuple
            # The controller sees the newest snapshot without interpolation: it acts on a world this far behind.
            answers.append(encode(Input(tick, buttons, aim, self._lead * BEHIND_STEPS)))
            answers += [encode(Act(number, values)) for number, values in asks]
            self._newest = tick
            self._figures.inputs += 1
            self._sent.append(tick)
            self._intents.send(tick, now)
            self._give_up(self._intents.take_unanswered())
        return answers

    def end(self, now: float) -> None:
        """End the session: what is overdue took at least as long as it has waited."""
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
            between = max(0, snapshot.tick - before - 1)
            # Before a delta, nothing was new in these ticks; a keyframe comes after snapshots that were skipped.
            silent, missed = (0, between) if snapshot.kind == KEYFRAME else (between, 0)
            figures.gaps.append(max(0.0, now - figures.last_snapshot - silent / self._tick_rate))
            figures.missed_ticks += missed
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
            # The first snapshot may acknowledge an input from before, sent on an earlier connection to the same seat.
            figures.faults += snapshot.ack < self._acked or snapshot.ack > max(self._newest, self._acked)
        self._acked = snapshot.ack
        while self._sent and self._sent[0] <= snapshot.tick:
            if self._sent.popleft() > snapshot.ack:
                # Its tick is over and it was not used: it came too late.
                figures.late_inputs += 1
                self._late = True

    def _adapt(self, snapshot: Snapshot) -> None:
        """Adjust the lead, aiming for one waiting input a tick; a change shows in snapshots ``lead`` ticks later."""
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
