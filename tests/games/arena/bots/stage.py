"""Bots on a stage: who plays, on which map, for how long."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from game_server.games.arena.tables import PLAYING
from game_server.protocol import Command, View
from game_server.simulation import Brain, Rules
from game_server.simulation.match.bot_sight import BotSight
from game_server.simulation.replication.replication import Replication
from tests.games.arena.playground import Playground


class BotStage:
    """A playground whose first seats are bots'.

    Attributes:
        ground: the playground, in play.
        brains: by player.
        think_every: ticks between two decisions of a bot.
    """

    def __init__(
        self,
        skills: Sequence[str],
        *,
        seed: int = 1,
        players: int | None = None,
        drawing: str | None = None,
        rules: Rules = Rules(),
    ) -> None:
        self.ground = Playground(players or len(skills), drawing=drawing, seed=seed, rules=rules)
        if (players or len(skills)) > 1:
            self.ground.play()
        arena = self.ground.arena
        self.brains: list[Brain] = [
            arena.brain(arena.setup(), player, 30, skill, seed=100 * seed + player)
            for player, skill in enumerate(skills)
        ]
        self.think_every = 1
        self._replication = Replication(arena)
        self._sight = BotSight(arena, self._replication)
        self._captured = -1

    def view(self, player: int) -> View:
        """What the server would show a bot."""
        if self._captured != self.ground.world.tick:
            self._captured = self.ground.world.tick
            self._replication.capture()
        return self._sight.view(player)

    def run(self, ticks: int, watch: Callable[[int, Command], None] | None = None) -> None:
        """Let bots play; ``watch`` is called with each decision."""
        for tick in range(ticks):
            if tick % self.think_every == 0:
                for player, brain in enumerate(self.brains):
                    command = brain.decide(self.view(player))
                    self.ground.hold(player, *command[:3])
                    if watch:
                        watch(player, command)
            self.ground.run(1)

    def kills(self) -> list[int]:
        """By player, in this round, which must not be over."""
        assert self.ground.arena.rounds.phase == PLAYING
        kills: list[int] = self.ground.arena.scores.rows.kills.tolist()
        return kills
