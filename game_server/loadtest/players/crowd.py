"""Many players at once, who come and leave as a timeline says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import attrs
import trio

from game_server.client import Client, ConnectError, Controller, Purpose, Target, TickEpochs
from game_server.errors import ConfigError
from game_server.games import SKILLS, game_named
from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.network.model import Network
from game_server.loadtest.players.drain import FigureDrain
from game_server.loadtest.players.player import Outcome
from game_server.loadtest.players.reconnecting import play_on
from game_server.loadtest.scenario.scenario import Life
from game_server.protocol import Welcome

_DRAIN_INTERVAL: Final = 0.5
"""Seconds."""


@attrs.define
class Crowd:
    """The players of one process.

    Attributes:
        targets: assigned to the players in turn.
        lives: when each player comes and leaves.
        network_of: returns the simulated network of a player, by number; None for none.
        reconnect: whether players come back when their connection breaks by itself.
        tick_zeros: on trio's clock; for players without a simulated network.
        outcomes: one for each player that has come so far.
        started: when the timeline began, on trio's clock; set by `run`.
    """

    targets: Sequence[Target]
    lives: Sequence[Life]
    meter: Meter
    seed: int = 1
    network_of: Callable[[int], Network | None] = lambda _number: None
    purpose: Purpose = Purpose.PLAY
    reconnect: bool = False
    tick_zeros: TickEpochs = attrs.Factory(TickEpochs)
    outcomes: list[Outcome] = attrs.Factory(list)
    started: float = 0.0
    _drains: dict[int, FigureDrain] = attrs.Factory(dict)

    async def run(self, started: float | None = None) -> None:
        """Play to the end. Cancelled, all players leave; what was measured until then is in the meter.

        Args:
            started: when the timeline began, on trio's clock; now if None.
        """
        self.started = trio.current_time() if started is None else started
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._drain)
                async with trio.open_nursery() as players:
                    for life in sorted(self.lives, key=lambda life: life.comes):
                        await trio.sleep_until(self.started + life.comes)
                        players.start_soon(self._live, life)
                nursery.cancel_scope.cancel()
        finally:
            for drain in self._drains.values():
                drain.end(trio.current_time())
            self._drains.clear()
            self._report()

    async def _live(self, life: Life) -> None:
        target = self.targets[life.number % len(self.targets)]
        network = self.network_of(life.number)
        tick_zeros = self.tick_zeros if network is None else None
        brain_maker = self._brain_maker(life.number)
        client = Client(f"Bot {life.number + 1}", target.match, brain_maker, self.purpose, tick_zeros)
        outcome = Outcome(client, due=self.started + life.comes)
        self.outcomes.append(outcome)
        drain = self._drains[life.number] = FigureDrain(outcome, self.meter)
        cuts = [self.started + cut for cut in life.cuts]
        until = self.started + life.goes
        await play_on(target, outcome, until, network, self.seed + life.number, cuts, reconnect=self.reconnect)
        del self._drains[life.number]
        drain.end(trio.current_time())

    async def _drain(self) -> None:
        while True:
            await trio.sleep(_DRAIN_INTERVAL)
            self._report()

    def _report(self) -> None:
        for drain in self._drains.values():
            drain.take()
        self.meter.level("players", sum(drain.outcome.client.settled for drain in self._drains.values()))

    def _brain_maker(self, number: int) -> Callable[[Welcome], Controller]:
        def make(welcome: Welcome) -> Controller:
            try:
                game = game_named(welcome.match.game)
            except ConfigError as error:
                raise ConnectError(
                    f"the game {welcome.match.game!r} is not installed here; name it with --game module:Class"
                ) from error
            skill = SKILLS[number % len(SKILLS)]
            return game.brain(welcome.setup, welcome.player, welcome.tick_rate, skill, self.seed + number)

        return make
