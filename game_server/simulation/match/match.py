"""A match: its seats, its rules, and the messages that each tick has for players and spectators."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

import attrs

from game_server.errors import RequestRefused, RulesError
from game_server.protocol import NO_PLAYER, ClientMessage, Command, RefusalCode, pack_events, pack_events_head
from game_server.simulation.inputs.buffers import InputBuffers
from game_server.simulation.match.bot_sight import BotSight
from game_server.simulation.match.checkpoint import checkpoint, restore
from game_server.simulation.match.message_handling import MessageHandler
from game_server.simulation.match.participants import Player, Players
from game_server.simulation.match.ports import DirectWire, MatchJournal, Outlet, Recorder, Wire
from game_server.simulation.match.spectators import Spectator, Spectators
from game_server.simulation.match.stillness import Stillness
from game_server.simulation.replication.event_routing import Announcements, EventRouter
from game_server.simulation.replication.replication import Replication
from game_server.simulation.replication.snapshot_encoder import SnapshotEncoder
from game_server.simulation.world.commands import COMMANDS_A_SECOND
from game_server.simulation.world.game import Brain, Game, Newcomer
from game_server.simulation.world.interest import ALL_CELLS, NOTHING
from game_server.telemetry import TickProfile

logger = logging.getLogger("game_server.simulation")

BOTS_A_TICK: Final = 32
"""Bots that decide in one tick; more of them take turns, and repeat their last command meanwhile."""
WAITS_FOR_AUTHOR: Final = "the rules of the match have failed; it stands still until they are changed"


class Match:
    """One match of ``game``, driven by a `TickGroup`. Seat and unseat players between two ticks.

    Args:
        game: the rules, on a fresh world.
        on_message: called, while a tick drains, with the player and each message that is not for the match itself:
            see `MessageHandler`. It must not seat or unseat anybody.
        hashed: whether every snapshot carries a hash (see `Replication`).
        name: what the log calls it; that of the game when left out.

    Attributes:
        players: those who have a seat, by number.
        spectators: those who watch.
        inputs: the players' inputs, waiting for their ticks.
        journal: what keeps the match; None for nothing.
        idle: whether nobody does anything. Then bots stand still without deciding, and steps that would change nothing
            are left out, so that a tick costs little; with the first input they are made again.
        match_time: returns the match time for `pong`, in ticks; set by the group that drives the match.
        shown: called between the rules and the snapshots of each tick; returns False to send no snapshots.
        events: the messages of events of the tick, one for each of `Players.people`, ``b""`` for none; None when nobody
            gets a snapshot.
        tick_zero: returns when tick 0 was due on trio's clock, as `TickClock.due` does; None while no group drives the
            match.
        recorder: takes every tick that is shown.
        desync_reported: whether a client has reported a desync; only the first report of a match is logged.
        waits_for_author: whether rules that raise end nothing: the world is as it was before, and stays so. What they
            have done for a player who leaves is not taken back.
        waits: whether it does, since they have raised.
    """

    def __init__(
        self,
        game: Game,
        *,
        on_message: Callable[[int, ClientMessage], None],
        hashed: bool = False,
        name: str = "",
    ) -> None:
        self.game = game
        self.name = name or game.name
        self.world = game.world
        self.spectators = Spectators()
        self.replication = Replication(game, hashed=hashed)
        self.journal: MatchJournal | None = None
        self.profile = TickProfile(game.world.tick_rate)
        self.inputs = InputBuffers(game.world.max_players, game.world.tick_rate)
        self.players = Players(self.inputs)
        self.idle = False
        self.match_time: Callable[[], float] = lambda: float(self.world.tick)
        self.shown: Callable[[], bool] = lambda: True
        self.tick_zero: Callable[[], float] | None = None
        self._messages = MessageHandler(self.players, self.inputs, self._now, self.resync, on_message)
        self._announced = Announcements()
        self._snapshots_skipped = 0
        """Those of players who have left."""
        self._bot_sight = BotSight(game, self.replication)
        self._stillness = Stillness(game)
        self.events: list[bytes] | None = None
        self.recorder: Recorder | None = None
        self.desync_reported = False
        self.waits_for_author = False
        self.waits = False
        self._desyncs = 0
        self._commands: list[tuple[int, int, tuple[int | str, ...]]] = []
        """Of players, for the next `act`."""

    # Who is there

    def seat(
        self,
        newcomer: Newcomer = Newcomer(),
        *,
        outlet: Outlet | None = None,
        brain_for: Callable[[int], Brain] | None = None,
    ) -> Player:
        """Give the lowest free seat to ``newcomer``.

        Args:
            outlet: of a person.
            brain_for: makes the brain that plays instead.

        Raises:
            RequestRefused: `MATCH_FULL`; every seat is taken. `BUSY`; the rules have raised, and `waits_for_author`.
        """
        number = self.players.free_seat(self.world.max_players)
        if number is None:
            raise RequestRefused(RefusalCode.MATCH_FULL, f"all {self.world.max_players} seats are taken")
        brain = brain_for(number) if brain_for else None
        if not self._runs(lambda: self.game.join(number, newcomer)):
            raise RequestRefused(RefusalCode.BUSY, WAITS_FOR_AUTHOR, 1)
        player = self.players[number] = Player(number)
        self._stillness.disturb()
        if self.journal:
            self.journal.came(number, newcomer)
        self._give(number, outlet, brain)
        return player

    def unseat(self, number: int) -> None:
        """Free the seat ``number``; its connection, if there is one, stays open."""
        player = self.players[number]
        self._give(number, None, None)
        del self.players[number]
        self.inputs.depart(number)
        self.replication.forget(number)
        self._snapshots_skipped += player.skipped
        if not self._runs(lambda: self.game.leave(number), undo=False) and self.game.owned.alive[number]:
            self.game.owned.remove(number)
        self._stillness.disturb()
        if self.journal:
            self.journal.left(number)

    def detach(self, number: int, brain_for: Callable[[int], Brain] | None = None) -> None:
        """Leave the seat ``number`` without its person until `attach`: it stands still, or a brain plays."""
        self._give(number, None, brain_for(number) if brain_for else None)

    def attach(self, number: int, outlet: Outlet) -> None:
        """Give the seat ``number`` back to its person, through ``outlet``; a keyframe comes next."""
        self._give(number, outlet, None)

    def watch(self, outlet: Outlet, follow: int = NO_PLAYER, *, counts: bool = False) -> Spectator:
        """Add a spectator who sees what the player ``follow`` sees, or everything.

        Args:
            counts: as in `Spectator`.
        """
        spectator = Spectator(outlet, follow, counts)
        self._announced.came(spectator)
        self.spectators.append(spectator)
        return spectator

    def unwatch(self, spectator: Spectator) -> None:
        """Remove ``spectator``; the connection stays open."""
        self.spectators.remove(spectator)

    def resync(self, who: int | Spectator, tick: int) -> None:
        """Count a desync that a player or a spectator reports, and send a keyframe next, at most once a second.

        Args:
            tick: of the snapshot that was wrong, as the client claims.
        """
        self._desyncs += 1
        self._note_desync(who, tick)
        viewer = self.players[who] if isinstance(who, int) else who
        if self.world.tick - viewer.resync_served < self.world.tick_rate:
            return
        viewer.resync_served = self.world.tick
        if isinstance(who, int):
            self.players.behind.add(who)
        else:
            who.shown = NOTHING

    def order(self, order: int) -> bool:
        """Start or end a round, as the host of the match orders (`Game.order`). Call it between two ticks.

        Returns:
            Whether it was possible.
        """
        possible = self._runs(lambda: bool(self.game.order(order)))
        self._stillness.disturb()
        if self.journal:
            self.journal.ordered(order)
        return possible

    def command(self, player: int, number: int, values: Sequence[int | str]) -> None:
        """Have the rules do with the next `act` what ``player`` asks for. Call it between two steps.

        Raises:
            RequestRefused: the game declares no such command, or other values, or the player asks too often.
        """
        forms = self.game.commands
        if number >= len(forms):
            raise RequestRefused(RefusalCode.NOT_ALLOWED, f"the game has no command {number}")
        seat, second = self.players[player], self.world.tick // self.world.tick_rate
        count = seat.commands[1] + 1 if seat.commands[0] == second else 1
        if count > COMMANDS_A_SECOND:
            raise RequestRefused(RefusalCode.WAIT, f"more than {COMMANDS_A_SECOND} commands a second", 1)
        seat.commands = second, count
        try:
            read = forms[number].read(values)
        except RulesError as error:
            raise RequestRefused(RefusalCode.BAD_OPTION, str(error)) from None
        self._commands.append((player, number, read))
        self._stillness.disturb()

    def checkpoint(self) -> bytes:
        """Pack the match as it stands between two ticks: the world, who has a seat, and the inputs used last.

        People's connections and inputs on their way, and what bots have in mind, are not in it.
        """
        return checkpoint(self.game, self.inputs.used, self.players)

    def restore(self, data: bytes) -> None:
        """Go on where the `checkpoint` of a match of the same game, rules, seed and options was made.

        Each taken seat is taken again, and its player repeats the last input, until `attach` gives it to a person, or
        `detach` to a brain or to nobody. Call it before anybody comes.

        Raises:
            RulesError: somebody has a seat already, or the bytes are not of such a match; then nothing has changed.
        """
        if self.players:
            raise RulesError(f"match {self.name} cannot be restored: {len(self.players)} seats are taken in it")
        inputs, seats = restore(self.game, data)
        self.players.update({number: Player(number) for number in seats})
        self.inputs.used.all[:] = inputs.all
        self.inputs.stand_at(self.world.tick)
        self._stillness.disturb()

    def counts(self) -> dict[str, int]:
        """Return the sums of all players' counts since the match began, those who have left included."""
        return {
            "snapshots_skipped": self._snapshots_skipped + sum(player.skipped for player in self.players.values()),
            "desyncs": self._desyncs,
            **attrs.asdict(self.inputs.totals()),
        }

    def announce(self, *events: tuple[Any, ...], but: int | None = None) -> None:
        """Send ``events``, ``(code, field, ...)`` each, to all who are present now, except to the player ``but``.

        They go out with the next tick, before its own events: however many come and go, everybody gets one message.
        """
        self._announced.add(events, but)

    def conclude(self) -> None:
        """Send what was announced at once, since there is no next tick."""
        announced, self._announced = self._announced, Announcements()
        head = pack_events_head(self.world.tick)
        outlets: dict[Hashable, Outlet] = {n: player.outlet for n, player in self.players.items() if player.outlet}
        outlets |= {spectator: spectator.outlet for spectator in self.spectators}
        for listener, outlet in outlets.items():
            if packed := announced.events_for(listener):
                outlet.send(pack_events(head, packed))
        if self.recorder and announced.any:
            self.recorder.send(pack_events(head, announced.everything()))

    # The tick

    @property
    def shape(self) -> Hashable:
        """A key that is equal for matches whose tables can be captured together."""
        return self.replication.shape

    def connect(self, wire: Wire, first: int) -> None:
        """Serve the players through ``wire``, where player 0 has the number ``first``."""
        self.players.connect(wire, first)

    def disconnect(self) -> None:
        """Serve the players through a wire of their own: no group drives the match any more."""
        self.players.connect(DirectWire(), 0)

    def share(self, encoder: SnapshotEncoder | None) -> None:
        """Have snapshots made by ``encoder``, which its owner captures after `step`; by its own for None."""
        self.replication.share(encoder)
        self.players.behind.update(self.players.people)
        self.spectators.require_keyframes()
        if self.recorder:
            self.recorder.restart()

    # The parts of a tick, in the order of `TickGroup.tick`

    def drain(self, mail: Iterable[int] = (), others: Iterable[tuple[int, bytes]] = ()) -> None:
        """Handle what has come, but for inputs that were read for many players at once.

        Args:
            mail: players whose outlets are to be drained first.
            others: after that, in their order: player and bytes of each other message.
        """
        self._messages.handle(mail, others)

    def measure(self, number: int) -> None:
        """Note the round trip of the connection of the player ``number``, if there is one."""
        player = self.players.get(number)
        if player and player.outlet:
            self.inputs.rewind.measured(number, player.outlet.round_trip)

    @property
    def acts(self) -> bool:
        """Whether there is something for `act` to do."""
        return bool(self._commands)

    def act(self) -> None:
        """Have the rules do what players have asked for since the last call: between two ticks, `step` does it, too."""
        if self.waits or not self._runs(self._act):
            self.world.forget_events()
            self._commands.clear()

    def _act(self) -> None:
        self.world.forget_events()
        commands, self._commands = self._commands, []
        for seat, number, values in commands:
            if seat in self.players:  # who may have left since
                if self.journal:
                    self.journal.commanded(seat, number, values)
                self.game.command(seat, number, values)

    def step(self) -> None:
        """Advance the world by one tick, by the rules and the inputs that the store has taken."""
        if self.waits or not self._runs(self._step):
            self._commands.clear()
            self.world.advance()

    def wait_for_author(self, error: BaseException) -> bool:
        """Stand still since the rules have raised ``error``; returns False where nobody is to change them."""
        if self.waits_for_author and not self.waits:
            logger.error(
                "match %s: its rules failed at tick %d; it waits until they are changed", self.name, self.world.tick,
                exc_info=error,
            )  # fmt: skip
            self.waits = True
        return self.waits

    def _runs(self, rules: Callable[[], bool | None], *, undo: bool = True) -> bool:
        """Call ``rules``; returns False if they return that, or raised and the match waits for their author.

        Args:
            undo: whether the world is then as it was before.
        """
        before = self.checkpoint() if self.waits_for_author else b""
        try:
            return rules() is not False
        except BaseException as error:  # noqa: ASYNC103 - nothing here awaits: it is no cancellation but the rules' own
            if not self.wait_for_author(error):
                raise
            if undo:
                restore(self.game, before)
            return False

    def _step(self) -> None:
        tick = self.world.tick + 1
        bots = self.players.bots
        if self.idle:
            for player in bots:
                self.inputs.used.clear(player.number)
            bots = []
        turns = -(-len(bots) // BOTS_A_TICK)
        for turn, player in enumerate(bots):
            if turn % turns == tick % turns and player.brain:
                *pressed, asks = Command(*player.brain.decide(self._bot_sight.view(player.number)))
                self.inputs.used.give(player.number, pressed)
                for number, values in asks:
                    with suppress(RequestRefused):  # people get an answer, which no bot would read
                        self.command(player.number, number, values)
        self._act()
        left_out = self.idle and self._stillness.covers(self.inputs.used)
        self.world.advance(keep_events=True)
        if left_out:
            return
        try:
            self.game.step(self.inputs.used)
        except BaseException:  # noqa: ASYNC103 - nothing here awaits: it is no cancellation but the rules' own
            if self.journal:
                self.journal.failed(self.inputs.used.all)
            raise
        if self.idle:
            self._stillness.look(self.inputs.used)
        else:
            self._stillness.disturb()

    def route(self) -> None:
        """Make everybody's events, and the messages of spectators, from the tables, which have been captured.

        Raises:
            RulesError: a message would be larger than the protocol allows.
        """
        if not self.shown():
            self.events = None
            return
        people = self.players.people
        if not (self.world.events or self._announced.any or self.spectators):
            self.events = [b""] * len(people)
            if self.recorder:
                self.recorder.record(self.replication, b"")
            return
        audience = EventRouter(self.replication.grid, self.world, self._announced)
        if self._announced.any:
            self._announced = Announcements()
        self.events = audience.messages(people, self.replication.centres)
        self.spectators.show(self.replication, audience, self.players)
        if self.recorder:
            self.recorder.record(self.replication, audience.message(self.recorder, ALL_CELLS))

    def skip(self, number: int) -> None:
        """Note that the player ``number`` did not get the snapshot of this tick, and needs a keyframe."""
        self.players.behind.add(number)
        self.players[number].skipped += 1

    def _note_desync(self, who: int | Spectator, tick: int) -> None:
        if self.desync_reported:
            return  # a client can report as many as it likes, and need not be right
        self.desync_reported = True
        viewer = f"player {who}" if isinstance(who, int) else "a spectator"
        logger.warning(
            "match %s: desync: %s reported at tick %d that its state contradicts the snapshot of tick %d; later "
            "reports in this match are only counted", self.name, viewer, self.world.tick, tick,
        )  # fmt: skip
        if self.journal:
            self.journal.desynced()

    def _now(self) -> float:
        return self.match_time()

    def _give(self, number: int, outlet: Outlet | None, brain: Brain | None) -> None:
        self.players.give(number, outlet, brain)
        if outlet:
            self._announced.came(number)
