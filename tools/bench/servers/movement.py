"""A game of nothing but moving, for comparisons with servers that have no rules."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import attrs
import numpy as np

from game_server.errors import RulesError
from game_server.simulation import Brain, Column, Game, Inputs, Interest, World, hidden, quantised, whole
from tools.bench.servers.fields import SPEED, STEP, VIEW_HEIGHT, VIEW_WIDTH, Field

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
_LARGEST: Final = 65535 * STEP
_DIAGONAL: Final = 0.5**0.5


@attrs.define
class Mover:
    """A player: world units, world units a second, 256ths of a turn. The owner gets its own place exactly."""

    x: Column = quantised(0, _LARGEST, step=STEP, owner=True)
    y: Column = quantised(0, _LARGEST, step=STEP, owner=True)
    aim: Column = whole(0, 255)
    vx: Column = hidden(owner=True)
    vy: Column = hidden(owner=True)


class Movement(Game):
    """Everybody goes where the buttons say, at one speed, up to the edges of the world."""

    name: ClassVar[str] = "movement"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.field = self._field(world.max_players)
        self.movers = world.table(1, "mover", Mover, world.max_players, position=("x", "y"))
        self.owned = self.movers
        self.interest = self._interest()

    @staticmethod
    def _field(players: int) -> Field:
        return Field.for_players(players)

    def _interest(self) -> Interest | None:
        return Interest(self.field.width, self.field.height, VIEW_WIDTH, VIEW_HEIGHT)

    def setup(self) -> dict[str, Any]:
        """The size of the world."""
        return {"width": self.field.width, "height": self.field.height}

    def join(self, player: int) -> None:
        """Appear anywhere."""
        chance = self.world.random.random
        self.movers.add_at(player, x=chance() * self.field.width, y=chance() * self.field.height)

    def leave(self, player: int) -> None:
        """Disappear."""
        self.movers.remove(player)

    def step(self, inputs: Inputs) -> None:
        """Move."""
        rows, buttons = self.movers.rows, inputs.buttons
        right = ((buttons & RIGHT) != 0) * 1.0 - ((buttons & LEFT) != 0)
        down = ((buttons & DOWN) != 0) * 1.0 - ((buttons & UP) != 0)
        speed = np.where((right != 0) & (down != 0), _DIAGONAL, 1.0) * SPEED
        rows.vx[:] = right * speed
        rows.vy[:] = down * speed
        rows.x[:] = np.clip(rows.x + rows.vx * self.world.dt, 0, self.field.width)
        rows.y[:] = np.clip(rows.y + rows.vy * self.world.dt, 0, self.field.height)
        rows.aim[:] = inputs.aim >> 4

    def phase(self) -> str:
        """Always the same."""
        return "playing"

    @classmethod
    def brain(cls, setup: dict[str, Any], player: int, tick_rate: int, skill: str, seed: int) -> Brain:
        """No bots."""
        del setup, player, tick_rate, skill, seed
        raise RulesError("the game of the benchmarks has no bots")


class Skirmish(Movement):
    """The same in so small a world that everybody sees everybody."""

    name: ClassVar[str] = "skirmish"

    @staticmethod
    def _field(players: int) -> Field:
        del players
        return Field(columns=1, rows=1)

    def _interest(self) -> None:
        return None
