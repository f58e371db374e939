"""A client's side of the protocol, sans-I/O: bytes in, bytes out, and figures on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from game_server.bots.figures import PING_INTERVAL, Arrivals, Figures
from game_server.errors import ProtocolError
from game_server.protocol.closes import CloseCode
from game_server.protocol.codec import decode_server, encode
from game_server.protocol.limits import BEHIND_STEPS, MAX_BEHIND
from game_server.protocol.messages import Command, Hello, Input, Ping, Pong, Resync, Snapshot, Welcome
from game_server.protocol.schema import Schema
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


class Client:
    """One player. Feed it what arrives; send what it returns.

    Each snapshot is answered with the input for a tick a little ahead. How far follows from the ``depth`` that
    snapshots report: further when inputs come too late, nearer when more than one has long been waiting.
    """

    def __init__(self, nickname: str, match: str, make_brain: Callable[[Welcome], Brain]) -> None:
        self.hello: Final = encode(Hello(nickname, match, "game-server bots"))
        self.figures = Figures()
        self.welcome: Welcome | None = None
        self._make_brain = make_brain
        self._brain: Brain | None = None
        self._decoder: SnapshotDecoder | None = None
        self._arrivals: Arrivals | None = None
        self._next_ping = 0.0
        self._pinged = -1.0
        self._lead = FIRST_LEAD
        self._calm = 0
        self._settle = 0
        self._late = False
        self._newest = 0
        self._sent: dict[int, float] = {}

    def receive(self, data: bytes, now: float) -> list[bytes]:
        """Take one message in and return the answers; ``now`` is in seconds of any steady clock.

        Raises:
            ProtocolError: the server broke the protocol.
        """
        if self.figures.snapshots:
            self.figures.bytes_in += len(data)
        message = decode_server(data)
        if isinstance(message, Welcome):
            if self.welcome is not None:
                raise ProtocolError(CloseCode.BAD_MESSAGE, "a second welcome")
            self.welcome = message
            self._decoder = SnapshotDecoder(Schema.from_wire(message.schema), message.player)
            self._brain = self._brain_for(message)
            self._arrivals = Arrivals(message.tick_rate)
        elif isinstance(message, Snapshot):
            return self._snapshot(message, now)
        elif isinstance(message, Pong) and message.client_time == self._pinged:
            self.figures.round_trips.append(now - message.client_time)
        return []

    def _brain_for(self, welcome: Welcome) -> Brain:
        try:
            return self._make_brain(welcome)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise ProtocolError(CloseCode.BAD_MESSAGE, f"a setup that no bot can read: {error!r}") from error

    def _snapshot(self, snapshot: Snapshot, now: float) -> list[bytes]:
        if self._decoder is None or self._brain is None or self._arrivals is None:
            raise ProtocolError(CloseCode.BAD_MESSAGE, "a snapshot before the welcome")
        answers = []
        before = self._decoder.view.tick
        try:
            view = self._decoder.apply(snapshot)
        except OutOfSync:
            self.figures.desyncs += 1
            view = self._decoder.view
            answers.append(encode(Resync(snapshot.tick)))
        self._measure(snapshot, before, now)
        self._adapt(snapshot)
        self._arrivals.add(snapshot.tick, now)
        if now >= self._next_ping:
            self._next_ping, self._pinged = now + PING_INTERVAL, now
            self.figures.delays.append(self._arrivals.delay())
            answers.append(encode(Ping(now)))
        tick = snapshot.tick + self._lead
        if tick > self._newest:
            buttons, aim, _ = self._brain.decide(view)
            # What the brain acts on is the newest snapshot, as it stands: that is its screen.
            behind = min((tick - view.tick) * BEHIND_STEPS, MAX_BEHIND)
            answers.append(encode(Input(tick, buttons, aim, behind)))
            self._newest = tick
            self._sent[tick] = now
        return answers

    def _measure(self, snapshot: Snapshot, before: int, now: float) -> None:
        figures = self.figures
        if figures.snapshots:
            figures.gaps.append(now - figures.last_snapshot)
            figures.missed_ticks += snapshot.tick - before - 1
        else:
            figures.first_snapshot = now
            self._next_ping = now + PING_INTERVAL
        figures.snapshots += 1
        figures.keyframes += snapshot.kind
        figures.last_snapshot = now
        figures.depths.append(snapshot.depth)
        for tick in [tick for tick in self._sent if tick <= snapshot.tick]:
            sent = self._sent.pop(tick)
            if tick == snapshot.ack:
                figures.acks.append(now - sent)
            elif tick > snapshot.ack:
                # Its tick is over, and it was not used: it came too late, and has no latency.
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
