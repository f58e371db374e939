"""A shooting range: the arena's own rules on an open field, with a target that flies to and fro at constant speed."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np

from game_server.games.arena import Arena
from game_server.games.arena.constants import LEFT, MAX_HEALTH, RIGHT, TILE
from game_server.games.arena.map import ArenaMap
from game_server.simulation import Brain, Command, Inputs, Newcomer, Rules, View, World

WIDTH: Final = 40
HEIGHT: Final = 14
"""Tiles."""
TARGET: Final = 0
"""The target's seat: a bot takes it before anybody joins."""
LANE_Y: Final = 250.0
LANE: Final = (760.0, 1800.0)
"""World units: where the target turns."""
STRAIGHT: Final = (900.0, 1660.0)
"""World units: where it surely flies at its top speed."""
STAND: Final = (1280.0, 600.0)
"""World units: where the others appear."""


class Range(Arena):
    """Nobody dies, and everybody has a place."""

    name: ClassVar[str] = "arena"

    def __init__(self, world: World, rules: Rules = Rules()) -> None:
        super().__init__(world, rules, _open_field())

    def join(self, player: int, newcomer: Newcomer) -> None:
        """Take the place."""
        super().join(player, newcomer)
        self._place(player)

    def start_afresh(self) -> None:
        """Take the place again when a round begins."""
        super().start_afresh()
        for player in self.ships.live.tolist():
            self._place(player)

    def step(self, inputs: Inputs) -> None:
        """As in the arena, but what hurts heals at once."""
        super().step(inputs)
        self.ships.rows.health[self.ships.live] = MAX_HEALTH

    @classmethod
    def brain(cls, setup: dict[str, Any], player: int, tick_rate: int, skill: str, seed: int) -> Brain:
        """The target's."""
        del setup, player, tick_rate, skill, seed
        return Pacer()

    def _place(self, player: int) -> None:
        x, y = (LANE[0], LANE_Y) if player == TARGET else STAND
        self.ships.rows.x[player], self.ships.rows.y[player] = x, y
        self.ships.restart_history(player)


class Pacer:
    """Flies to and fro."""

    def __init__(self) -> None:
        self._button = RIGHT

    def decide(self, view: View) -> Command:
        """Turn at the ends of the lane."""
        if view.own:
            if view.own["x"] <= LANE[0]:
                self._button = RIGHT
            elif view.own["x"] >= LANE[1]:
                self._button = LEFT
        return Command(self._button, 0)


def _open_field() -> ArenaMap:
    walls = np.ones((HEIGHT, WIDTH), np.bool_)
    walls[1:-1, 1:-1] = False
    spawns = (np.array([[10.0, 3.0], [30.0, 9.0]]) + 0.5) * TILE
    # The table of things must have a row: one lies in the wall, out of reach.
    return ArenaMap(walls, spawns, np.full((1, 2), TILE / 2), np.zeros(1, np.int32))
