"""A match: seats, inputs by tick, the rules, and what each viewer is shown. It knows nothing of sockets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final, Protocol

import attrs

from game_server.errors import JoinRefused, ProtocolError
from game_server.protocol.closes import CloseCode
from game_server.protocol.codec import decode_client, encode
from game_server.protocol.messages import Chat, Events, Hello, Input, Ping, Pong, Resync
from game_server.simulation.audience import Audience
from game_server.simulation.game import Brain, Game, Inputs
from game_server.simulation.inputs import InputBuffer
from game_server.simulation.journal import Journal
from game_server.simulation.replication import Replication
from game_server.simulation.rewind import RewindLimit
from game_server.simulation.sight import Sight
from game_server.telemetry.tick_profile import TickProfile

BOTS_A_TICK: Final = 32
"""Bots that think in one tick; when there are more they take turns, and the others go on as they were."""


class Outlet(Protocol):
    """The connection of one player, as the match sees it. None of these waits for the network.

    ``round_trip`` is what the server has measured of it, in seconds; 0 while it has not.
    """

    @property
    def round_trip(self) -> float:
        """Seconds."""
        ...

    def drain(self) -> list[bytes]:
        """Every message that has come since the last call, in order."""
        ...

    def send(self, message: bytes, /) -> None:
        """Write ``message``, in order and without fail while the connection lives."""
        ...

    def offer(self, snapshot: bytes, /) -> bool:
        """Write ``snapshot`` if what was offered before is out; False if it is not, and nothing was taken."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close when what was sent is out."""
        ...


class Wire(Protocol):
    """What carries the outlets' bytes, as the match sees it. Neither of these waits."""

    def receive(self) -> None:
        """Bring in what has come, so that outlets can be drained."""
        ...

    def flush(self) -> None:
        """Bring out what was sent and offered."""
        ...


@attrs.define
class Player:
    """A seat that is taken: by a person (``outlet``) or by a bot (``brain``)."""

    number: int
    outlet: Outlet | None
    brain: Brain | None
    inputs: InputBuffer
    needs_keyframe: bool = True
    skipped: int = 0
    """Snapshots not sent because the connection was full."""
    desyncs: int = 0
    _resync_served: int = -(2**31)

    def counts(self) -> dict[str, int]:
        """What became of the player's inputs, and of the snapshots."""
        return {**attrs.asdict(self.inputs.counts), "snapshots_skipped": self.skipped, "desyncs": self.desyncs}

    def wants_resync(self, tick: int, tick_rate: int) -> None:
        """The client disagrees with a snapshot; serve a keyframe, at most once a second."""
        self.desyncs += 1
        if tick - self._resync_served >= tick_rate:
            self._resync_served = tick
            self.needs_keyframe = True


class Match:
    """One match of ``game``. Call `tick` when `TickClock` says so; between ticks, seat and unseat players.

    Args:
        game: the rules, on a fresh world.
        on_chat: called with the player and the message while a tick drains.
        hashed: whether snapshots carry a hash (see `Replication`).
        journal: whether to keep a journal from the first tick on.

    Attributes:
        players: who has a seat, by number.
        match_time: gives the match time for `pong`; whoever drives the match by a clock sets it.
        wire: what to receive from and to flush in each tick; None when outlets see to it themselves.
    """

    def __init__(
        self, game: Game, *, on_chat: Callable[[int, Chat], None], hashed: bool = False, journal: bool = False
    ) -> None:
        self.game = game
        self.world = game.world
        self.players: dict[int, Player] = {}
        self.replication = Replication(game, hashed=hashed)
        self.journal = Journal.of(game) if journal else None
        self.profile = TickProfile(game.world.tick_rate)
        self.match_time: Callable[[], float] = lambda: float(self.world.tick)
        self.wire: Wire | None = None
        self._on_chat = on_chat
        self._departed: Counter[str] = Counter()
        self._sight = Sight(game, self.replication)
        self._inputs = Inputs.none(game.world.max_players)

    def seat(self, *, outlet: Outlet | None = None, brain_for: Callable[[int], Brain] | None = None) -> Player:
        """Give the lowest free seat to a person (``outlet``) or a bot (``brain_for`` makes its brain).

        Raises:
            JoinRefused: every seat is taken.
        """
        number = next((n for n in range(self.world.max_players) if n not in self.players), None)
        if number is None:
            raise JoinRefused(CloseCode.MATCH_FULL, f"all {self.world.max_players} seats are taken; try again later")
        inputs = InputBuffer(RewindLimit(self.world.tick_rate))
        player = Player(number, outlet, brain_for(number) if brain_for else None, inputs)
        self.players[number] = player
        self.game.join(number)
        if self.journal:
            self.journal.arrival(self.world.tick + 1, number, came=True)
        return player

    def unseat(self, number: int) -> None:
        """Take the seat ``number`` back; its connection, if there is one, is left as it is."""
        self._departed.update(self.players.pop(number).counts())
        self.game.leave(number)
        self._inputs.clear(number)
        if self.journal:
            self.journal.arrival(self.world.tick + 1, number, came=False)

    def counts(self) -> dict[str, int]:
        """The sum of all players' counts since the match began, those who have left included."""
        total = Counter(self._departed)
        for player in self.players.values():
            total.update(player.counts())
        return dict(total)

    def announce(self, *events: tuple[Any, ...], but: int | None = None) -> None:
        """Tell everybody in the match, but for the player ``but``, of ``events``, ``(code, field, ...)`` each."""
        self._broadcast(encode(Events(self.world.tick, events)), but)

    def tick(self) -> None:
        """Advance by one tick: receive and drain, step, encode, write and flush. Nothing here waits."""
        began = perf_counter()
        self._drain()
        drained = perf_counter()
        self._step()
        stepped = perf_counter()
        self.replication.capture()
        encoded = perf_counter()
        self._write()
        self.profile.phases(drained - began, stepped - drained, encoded - stepped, perf_counter() - encoded)

    def _drain(self) -> None:
        if self.wire:
            self.wire.receive()
        # A list, because chat may make the host unseat somebody while we drain.
        for player in list(self.players.values()):
            if player.outlet is None:
                continue
            player.inputs.rewind.measured(player.outlet.round_trip)
            try:
                for data in player.outlet.drain():
                    self._receive(player, player.outlet, data)
            except ProtocolError as error:
                player.outlet.close(error.code, error.reason)

    def _receive(self, player: Player, outlet: Outlet, data: bytes) -> None:
        match decode_client(data):
            case Input() as message:
                player.inputs.offer(message, self.world.tick)
            case Ping(client_time):
                outlet.send(encode(Pong(client_time, self.match_time())))
            case Chat() as message:
                self._on_chat(player.number, message)
            case Resync():
                player.wants_resync(self.world.tick, self.world.tick_rate)
            case Hello():
                raise ProtocolError(CloseCode.BAD_MESSAGE, "hello is sent once, before anything else")

    def _step(self) -> None:
        tick = self.world.tick + 1
        bots = [player for player in self.players.values() if player.brain]
        turns = -(-len(bots) // BOTS_A_TICK)
        for turn, player in enumerate(bots):
            if turn % turns == tick % turns and player.brain:
                self._inputs.give(player.number, player.brain.decide(self._sight.view(player.number)))
        for player in self.players.values():
            if player.outlet:
                self._inputs.give(player.number, player.inputs.take(tick))
        if self.journal:
            self.journal.inputs(tick, self._inputs)
        self.world.advance()
        self.game.step(self._inputs)

    def _write(self) -> None:
        replication = self.replication
        audience = Audience(replication.grid, self.world) if self.world.events else None
        for player in self.players.values():
            outlet = player.outlet
            if outlet is None:
                continue
            if audience and (message := audience.message(player.number, replication.centre(player.number))):
                outlet.send(message)
            inputs = player.inputs
            snapshot = replication.snapshot(
                player.number, keyframe=player.needs_keyframe, ack=inputs.ack, depth=inputs.depth
            )
            taken = outlet.offer(snapshot)
            player.needs_keyframe = not taken
            player.skipped += not taken
        if self.wire:
            self.wire.flush()

    def _broadcast(self, message: bytes, but: int | None = None) -> None:
        for player in self.players.values():
            if player.outlet and player.number != but:
                player.outlet.send(message)
