"""The smallest game that uses all of the engine: people run about and snatch prizes."""

from __future__ import annotations

import random
from typing import Any, ClassVar

import attrs
import numpy as np

from game_server.protocol import Command, View
from game_server.simulation import (
    Brain,
    Column,
    CommandForm,
    Event,
    Game,
    Inputs,
    Newcomer,
    Option,
    Rules,
    Switch,
    TextValue,
    WholeValue,
    World,
    hidden,
    quantised,
    whole,
)

LEFT, RIGHT, SNATCH = 1, 2, 16
PRIZE_EVERY = 7
"""Ticks between two prizes."""
DAY = 100
"""Ticks between two dawns."""


@attrs.define
class Runner:
    """A player; the id is the player."""

    x: Column = quantised(-100, 100, step=0.25, owner=True)
    y: Column = quantised(-100, 100, step=0.25, owner=True)
    mood: Column = whole(-5, 5)
    taken: Column = whole(0, 2**32 - 1)
    vx: Column = hidden(owner=True)
    tired: Column = hidden("u2", owner=True)
    steps: Column = hidden("i8")


@attrs.define
class Prize:
    """Something to snatch, seen from everywhere."""

    worth: Column = whole(1, 10)
    born: Column = whole(0, 65535)


@attrs.frozen
class Snatched(Event):
    """A player has a prize."""

    code = 16
    name = "snatched"
    player: int
    worth: int


@attrs.frozen
class Dawn(Event):
    """A day begins."""

    code = 20
    name = "dawn"
    greeting: str


class Toy(Game):
    """The rules."""

    name = "toy"
    has_rounds = True
    """Those that are derived from it play rounds as a test says."""
    prize_every = PRIZE_EVERY
    options: ClassVar[tuple[Option, ...]] = (Switch("generous", "Prizes are worth more"),)
    commands: ClassVar[tuple[CommandForm, ...]] = (
        CommandForm("wish", (WholeValue("worth", 1, 10), TextValue("why", 9))),
    )
    event_types: ClassVar[tuple[type[Event], ...]] = (Snatched, Dawn)

    def __init__(self, world: World, rules: Rules = Rules()) -> None:
        super().__init__(world, rules)
        self.runners = world.table(1, "runner", Runner, world.max_players, position=("x", "y"))
        self.prizes = world.table(7, "prize", Prize, 3)
        self.owned = self.runners
        self.wishes = 0

    def setup(self) -> dict[str, Any]:
        return {"size": 100}

    def join(self, player: int, newcomer: Newcomer) -> None:  # noqa: ARG002
        self.runners.add_at(player, x=self.world.random.random() * 100, y=-10)

    def leave(self, player: int) -> None:
        self.runners.remove(player)

    def step(self, inputs: Inputs) -> None:
        world, rows, live = self.world, self.runners.rows, self.runners.live
        held = inputs.buttons[live].astype(np.intp)
        push = ((held & RIGHT) // RIGHT - (held & LEFT)) * 40.0
        rows.vx[live] = rows.vx[live] * 0.9 + push * world.dt
        rows.x[live] = np.clip(rows.x[live] + rows.vx[live] * world.dt, -100, 100)
        rows.y[live] = (inputs.aim[live] - 2048.0) / 32
        rows.steps[live] += 1
        rows.tired[live] = np.maximum(rows.tired[live].astype(np.intp) - 1, 0)
        if world.tick % self.prize_every == 0:
            made = self.prizes.add_many(1)
            self.prizes.rows.worth[made] = 1 + int(world.random.random() * 10)
            self.prizes.rows.born[made] = world.tick % 65536
        for player in live[(held & SNATCH != 0) & (rows.tired[live] == 0)].tolist():
            self._snatch(player)
        if world.tick % DAY == 0:
            world.emit(Dawn(f"day {world.tick // DAY}"))

    def command(self, player: int, number: int, values: tuple[int | str, ...]) -> None:
        worth, why = values
        self.wishes += 1
        assert number == 0
        if isinstance(worth, int) and len(self.prizes) < self.prizes.capacity:
            self.prizes.add(worth=worth, born=self.world.tick % 65536)
            self.world.emit(Dawn(f"{player}: {why}"))

    def _snatch(self, player: int) -> None:
        if not len(self.prizes):
            return
        prize = int(self.prizes.live[0])
        worth = int(self.prizes.rows.worth[prize])
        self.prizes.remove(prize)
        rows = self.runners.rows
        rows.taken[player] += worth
        rows.mood[player] = min(5, int(rows.mood[player]) + 1)
        rows.tired[player] = 10
        self.world.emit(Snatched(player, worth))

    def phase(self) -> str:
        return "playing"

    @classmethod
    def brain(cls, setup: dict[str, Any], player: int, tick_rate: int, skill: str, seed: int) -> Brain:  # noqa: ARG003
        return ToyBrain(seed)


class Restless(Toy):
    """Something is new for everybody in every tick."""

    def step(self, inputs: Inputs) -> None:
        super().step(inputs)
        self.runners.rows.taken[self.runners.live] += 1


class Welcoming(Toy):
    """It notes who has taken which seat, in every match."""

    came: ClassVar[list[tuple[int, Newcomer]]] = []

    def join(self, player: int, newcomer: Newcomer) -> None:
        super().join(player, newcomer)
        self.came.append((player, newcomer))

    @classmethod
    def came_lately(cls) -> list[tuple[int, Newcomer]]:
        """Return who has come since the last call."""
        came, cls.came = cls.came, []
        return came


class ToyBrain:
    """Runs about at random, and snatches when there is something to snatch."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def decide(self, view: View) -> Command:
        snatch = SNATCH if view.own and view.tables["prize"] else 0
        return Command(self._random.choice((0, LEFT, RIGHT)) | snatch, int(self._random.random() * 4096))


def toy(*, seed: int = 1, max_players: int = 4, tick_rate: int = 30) -> Toy:
    """A toy game on a fresh world."""
    return Toy(World(seed=seed, max_players=max_players, tick_rate=tick_rate))
