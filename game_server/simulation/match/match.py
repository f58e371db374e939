"""A match: seats, inputs by tick, the rules, and what each viewer is shown. It knows nothing of sockets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Final, NamedTuple

import attrs

from game_server.errors import RequestRefused
from game_server.protocol import NO_PLAYER, ClientMessage, RefusalCode, pack_events, pack_events_head
from game_server.simulation.inputs.buffers import InputBuffers
from game_server.simulation.match.bot_sight import Sight
from game_server.simulation.match.journal import Journal
from game_server.simulation.match.message_handling import Messages
from game_server.simulation.match.participants import Player, Players
from game_server.simulation.match.ports import DirectWire, Outlet, Wire
from game_server.simulation.match.spectators import Gallery, Spectator
from game_server.simulation.replication.event_routing import Announcements, Audience
from game_server.simulation.replication.replication import Replication
from game_server.simulation.replication.table_replicas import Replicas
from game_server.simulation.world.game import Brain, Game
from game_server.simulation.world.interest import NOTHING
from game_server.telemetry.tick_profile import TickProfile

BOTS_A_TICK: Final = 32
"""Bots that think in one tick; when there are more they take turns, and the others go on as they were."""


class _Outgoing(NamedTuple):
    """What a tick has for the players who have an outlet, and who else may know what."""

    audience: Audience
    events: list[bytes]
    snapshots: list[bytes]


class Match:
    """One match of ``game``, driven by a `TickGroup`. Seat and unseat players between two ticks.

    Args:
        game: the rules, on a fresh world.
        on_message: called, while a tick drains, with the player and each message that is not for the match itself:
            see `Messages`. It must not seat or unseat anybody.
        hashed: whether snapshots carry a hash (see `Replication`).
        name: what the log calls it; that of the game when left out.
        journal: whether to keep a journal from the first tick on.

    Attributes:
        players: who has a seat, by number.
        spectators: who watches.
        inputs: the players' inputs on their way into their ticks.
        bots_rest: no bot thinks: all stand still, and the ticks cost what they cost without them.
        match_time: gives the match time for `pong`; whoever drives the match by a clock sets it.
        shown: asked between the rules and the snapshots of each tick; False when nobody is to see how they went on.
        tick_zero: gives when tick 0 was due on trio's clock, as `TickClock.due` has it; None while nobody drives the
            match.
    """

    def __init__(
        self,
        game: Game,
        *,
        on_message: Callable[[int, ClientMessage], None],
        hashed: bool = False,
        journal: bool = False,
        name: str = "",
    ) -> None:
        self.game = game
        self.name = name or game.name
        self.world = game.world
        self.spectators = Gallery()
        self.replication = Replication(game, hashed=hashed)
        self.journal = Journal.of(game) if journal else None
        self.profile = TickProfile(game.world.tick_rate)
        self.inputs = InputBuffers(game.world.max_players, game.world.tick_rate)
        self.players = Players(self.inputs)
        self.bots_rest = False
        self.match_time: Callable[[], float] = lambda: float(self.world.tick)
        self.shown: Callable[[], bool] = lambda: True
        self.tick_zero: Callable[[], float] | None = None
        self._messages = Messages(game.world, self.players, self.inputs, self._now, on_message)
        self._announced = Announcements()
        self._departed: Counter[str] = Counter()
        self._sight = Sight(game, self.replication)
        self._outgoing: _Outgoing | None

    # Who is there

    def seat(self, *, outlet: Outlet | None = None, brain_for: Callable[[int], Brain] | None = None) -> Player:
        """Give the lowest free seat to a person (``outlet``) or a bot (``brain_for`` makes its brain).

        Raises:
            RequestRefused: every seat is taken.
        """
        number = self.players.free_seat(self.world.max_players)
        if number is None:
            raise RequestRefused(RefusalCode.MATCH_FULL, f"all {self.world.max_players} seats are taken")
        brain = brain_for(number) if brain_for else None
        player = self.players[number] = Player(number)
        self.game.join(number)
        if self.journal:
            self.journal.arrival(self.world.tick + 1, number, came=True)
        self._give(number, outlet, brain)
        return player

    def unseat(self, number: int) -> None:
        """Take the seat ``number`` back; its connection, if there is one, is left as it is."""
        player = self.players[number]
        self._give(number, None, None)
        del self.players[number]
        self.inputs.depart(number)
        self.replication.forget(number)
        self._departed.update(snapshots_skipped=player.skipped, desyncs=player.desyncs)
        self.game.leave(number)
        if self.journal:
            self.journal.arrival(self.world.tick + 1, number, came=False)

    def detach(self, number: int, brain_for: Callable[[int], Brain] | None = None) -> None:
        """The person in the seat ``number`` is away: it stands still, or a brain plays, until `attach`."""
        self._give(number, None, brain_for(number) if brain_for else None)

    def attach(self, number: int, outlet: Outlet) -> None:
        """The person is back, by way of ``outlet``; row and score are as they are, and a keyframe comes next."""
        self._give(number, outlet, None)

    def watch(self, outlet: Outlet, follow: int = NO_PLAYER) -> Spectator:
        """Show the match to ``outlet``: what the player ``follow`` sees, or everything."""
        spectator = Spectator(outlet, follow)
        self._announced.came(spectator)
        self.spectators.append(spectator)
        return spectator

    def unwatch(self, spectator: Spectator) -> None:
        """Show it to ``spectator`` no longer; the connection is left as it is."""
        self.spectators.remove(spectator)

    def resync(self, who: int | Spectator) -> None:
        """A player or a spectator asks for a keyframe: it comes next, at most once a second."""
        if isinstance(who, int):
            self._messages.resync(who)
            return
        self._departed["desyncs"] += 1
        if self.world.tick - who.resync_served >= self.world.tick_rate:
            who.resync_served = self.world.tick
            who.shown = NOTHING

    def order(self, order: int) -> bool:
        """Let the host of the match start or end a round (`Game.order`). Call it between two ticks.

        Returns:
            Whether that could be done.
        """
        done = self.game.order(order)
        if self.journal:
            self.journal.order(self.world.tick + 1, order)
        return done

    def counts(self) -> dict[str, int]:
        """The sum of all players' counts since the match began, those who have left included."""
        players, departed = self.players.values(), self._departed
        return {
            "snapshots_skipped": departed["snapshots_skipped"] + sum(player.skipped for player in players),
            "desyncs": departed["desyncs"] + sum(player.desyncs for player in players),
            **attrs.asdict(self.inputs.totals(), recurse=False),
        }

    def announce(self, *events: tuple[Any, ...], but: int | None = None) -> None:
        """Tell everybody who is here now, but for the player ``but``, of ``events``, ``(code, field, ...)`` each.

        They go out with the next tick, before what happens in it: however many come and go at once, everybody is
        written to once.
        """
        self._announced.add(events, but)

    def conclude(self) -> None:
        """Tell what would go out with the next tick: there is none."""
        announced, self._announced = self._announced, Announcements()
        head = pack_events_head(self.world.tick)
        outlets: dict[Hashable, Outlet] = {n: player.outlet for n, player in self.players.items() if player.outlet}
        outlets |= {spectator: spectator.outlet for spectator in self.spectators}
        for listener, outlet in outlets.items():
            if told := announced.heard_by(listener):
                outlet.send(pack_events(head, told))

    # The tick

    @property
    def shape(self) -> Hashable:
        """Equal for matches whose tables can be followed together."""
        return self.replication.shape

    def connect(self, wire: Wire, first: int) -> None:
        """Serve the players through ``wire``, where player 0 has the number ``first``."""
        self.players.connect(wire, first)

    def disconnect(self) -> None:
        """Serve the players through a wire of their own: no group drives the match any more."""
        self.players.connect(DirectWire(), 0)

    def share(self, replicas: Replicas | None) -> None:
        """Have the tables followed in ``replicas``, which are captured after `step`; None for alone."""
        self.replication.share(replicas)
        self.players.behind.update(self.players.people)
        self.spectators.begin_anew()

    # The parts of a tick, in the order of `TickGroup.tick`

    def drain(self, mail: Iterable[int] = (), others: Iterable[tuple[int, bytes]] = ()) -> None:
        """Handle what has come, but for inputs that were read for many players at once.

        Args:
            mail: players whose outlets are to be drained first.
            others: after that, in their order: player and bytes of each other message.
        """
        self._messages.handle(mail, others)

    def step(self) -> None:
        """Advance the rules by one tick, with the inputs that the store has taken."""
        tick = self.world.tick + 1
        bots = self.players.bots
        if self.bots_rest:
            for player in bots:
                self.inputs.used.clear(player.number)
            bots = []
        turns = -(-len(bots) // BOTS_A_TICK)
        for turn, player in enumerate(bots):
            if turn % turns == tick % turns and player.brain:
                self.inputs.used.give(player.number, player.brain.decide(self._sight.view(player.number)))
        if self.journal:
            self.journal.inputs(tick, self.inputs.used)
        self.world.advance()
        self.game.step(self.inputs.used)

    def encode(self) -> None:
        """Make everybody's messages from the tables, which have been captured.

        Raises:
            RulesError: a message would be larger than the protocol allows.
        """
        if not self.shown():
            self._outgoing = None
            return
        self.replication.follow()
        audience = Audience(self.replication.grid, self.world, self._announced)
        if self._announced.any:
            self._announced = Announcements()
        people, behind = self.players.people, self.players.behind
        events = audience.messages(people, self.replication.centres)
        acks, depths = self.inputs.ack, self.inputs.depth
        snapshots = self.replication.snapshots(people, acks, depths, behind)
        behind.clear()
        self._outgoing = _Outgoing(audience, events, snapshots)

    def write(self) -> None:
        """Write what was encoded; it goes out when the wire is flushed."""
        if self._outgoing is None:
            return
        audience, events, snapshots = self._outgoing
        self.players.write(events, snapshots)
        self.spectators.show(self.replication, audience, self.players)

    def skip(self, number: int) -> None:
        """Note that the player ``number`` did not get the snapshot of this tick, and needs a keyframe."""
        self.players.behind.add(number)
        self.players[number].skipped += 1

    def _now(self) -> float:
        return self.match_time()

    def _give(self, number: int, outlet: Outlet | None, brain: Brain | None) -> None:
        self.players.give(number, outlet, brain)
        if outlet:
            self._announced.came(number)
