"""Many bots at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs
import trio

from game_server.bots.client import Brain, Client
from game_server.bots.network import Network
from game_server.bots.player import Outcome, play
from game_server.bots.target import Target
from game_server.games import SKILLS, game_named
from game_server.protocol.messages import Welcome

STARTS_A_SECOND: Final = 50.0


@attrs.define
class Swarm:
    """``count`` bots that join one after the other and play until ``duration`` seconds after the start.

    Attributes:
        outcomes: one for each bot started so far.
        network: what each of them is put behind; None for nothing.
        started, ends: when, on trio's clock; known once it runs.
    """

    target: Target
    count: int
    duration: float
    seed: int = 1
    network: Network | None = None
    outcomes: list[Outcome] = attrs.Factory(list)
    started: float = 0.0
    ends: float = 0.0

    async def run(self) -> None:
        """Play to the end. Cancelled, every bot leaves and what was measured stays in `outcomes`."""
        self.started = trio.current_time()
        self.ends = self.started + self.duration
        async with trio.open_nursery() as nursery:
            for number in range(self.count):
                outcome = Outcome(Client(f"Bot {number + 1}", self.target.match, self._brain_maker(number)))
                self.outcomes.append(outcome)
                nursery.start_soon(play, self.target, outcome, self.ends, self.network, self.seed + number)
                await trio.sleep(1 / STARTS_A_SECOND)

    def _brain_maker(self, number: int) -> Callable[[Welcome], Brain]:
        def make(welcome: Welcome) -> Brain:
            game = game_named(welcome.match.game)
            skill = SKILLS[number % len(SKILLS)]
            return game.brain(welcome.setup, welcome.player, welcome.tick_rate, skill, self.seed + number)

        return make
