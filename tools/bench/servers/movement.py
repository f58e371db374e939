"""A game of nothing but moving, for comparisons with servers that have no rules."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import attrs
import numpy as np
import numpy.typing as npt

from game_server.errors import RulesError
from game_server.simulation import (
    Brain,
    Column,
    Game,
    Inputs,
    Interest,
    Newcomer,
    Rules,
    World,
    hidden,
    quantised,
    whole,
)
from tools.bench.servers.fields import SPEED, STEP, VIEW_HEIGHT, VIEW_WIDTH, Field

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
_LARGEST: Final = 65535 * STEP
_DIAGONAL: Final = 0.5**0.5
_WAY: Final = UP | DOWN | LEFT | RIGHT


def _speeds(forward: int, back: int, forward_too: int, back_too: int) -> npt.NDArray[np.float64]:
    """World units a second along one axis, by what is pressed."""
    ways = [
        ((way & forward > 0) - (way & back > 0), (way & forward_too > 0) - (way & back_too > 0))
        for way in range(_WAY + 1)
    ]
    return np.array([SPEED * along * (_DIAGONAL if across else 1.0) for along, across in ways])


_SPEED_X: Final = _speeds(RIGHT, LEFT, DOWN, UP)
_SPEED_Y: Final = _speeds(DOWN, UP, RIGHT, LEFT)


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

    def __init__(self, world: World, rules: Rules = Rules()) -> None:
        super().__init__(world, rules)
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

    def join(self, player: int, newcomer: Newcomer) -> None:  # noqa: ARG002 - all are alike
        """Appear anywhere."""
        chance = self.world.random.random
        self.movers.add_at(player, x=chance() * self.field.width, y=chance() * self.field.height)

    def leave(self, player: int) -> None:
        """Disappear."""
        self.movers.remove(player)

    def step(self, inputs: Inputs) -> None:
        """Move."""
        rows, way = self.movers.rows, inputs.buttons & _WAY
        _SPEED_X.take(way, out=rows.vx)
        _SPEED_Y.take(way, out=rows.vy)
        for at, speed, end in ((rows.x, rows.vx, self.field.width), (rows.y, rows.vy, self.field.height)):
            np.add(at, speed * self.world.dt, out=at)
            np.maximum(at, 0.0, out=at)
            np.minimum(at, end, out=at)
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
