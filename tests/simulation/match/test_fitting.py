"""Checkpoints of a game whose rules have changed since."""

from __future__ import annotations

import json
from typing import Any

import attrs
import numpy as np
import pytest

from game_server.author import Entity, Game, Single, count, flag, number, place, ticks
from game_server.errors import RulesError
from game_server.simulation import (
    Column,
    Inputs,
    Newcomer,
    Rules,
    World,
    checkpoint,
    described,
    fitted,
    hidden,
    quantised,
    restore,
    whole,
)
from tests.simulation.toy_game import Toy

SEATS = 4


def begun(game: type[Game] | type[Toy], *, seats: int = SEATS, tick_rate: int = 30) -> Any:
    return game(World(seed=1, max_players=seats, tick_rate=tick_rate))


class Coins(Game):
    """As it was."""

    size = (100, 100)

    class Player(Entity):
        x = place(0, 100)
        y = place(0, 100)
        speed = number(seen_by="nobody")
        coins = count(0, 100)

    class Coin(Entity, most=8):
        worth = count(0, 9)

    coins: Any

    def started(self) -> None:
        self.coins.add(worth=5)


def left_by(game: type[Game]) -> tuple[bytes, list[Any]]:
    """A checkpoint of two players at tick 7, and the description of its tables as a process passes it on."""
    match = begun(game)
    for player in (0, 2):
        match.join(player, Newcomer())
    match.players[2].place(30, 40)
    match.players[2].coins, match.players[2].speed = 70, 2.5
    match.coins.remove(match.coins.add())
    match.world.tick = 7
    inputs = Inputs.none(SEATS)
    inputs.buttons[2] = 4
    return checkpoint(match, inputs, [0, 2]), json.loads(json.dumps(described(match.world)))


def gone_on(game: type[Game] | type[Toy], data: bytes, tables: list[Any]) -> tuple[Any, Inputs, list[int]]:
    match = begun(game)
    inputs, players = restore(match, fitted(data, tables, begun(game)))
    return match, inputs, players


def test_a_field_that_was_added_is_0_and_everything_else_is_kept() -> None:
    class More(Coins):
        name = "coins"

        class Player(Entity):
            frozen = ticks()
            x = place(0, 100)
            it = flag()
            y = place(0, 100)
            speed = number(seen_by="nobody")
            coins = count(0, 100)

    match, inputs, players = gone_on(More, *left_by(Coins))
    row = match.players[2]
    assert (row.x, row.y, row.speed, row.coins, row.frozen, row.it) == (30, 40, 2.5, 70, 0, False)
    assert (match.world.tick, players, inputs.buttons[2]) == (7, [0, 2], 4)
    assert match.world.random.state == begun(Coins).world.random.state
    assert [coin.worth for coin in match.coins] == [5]
    assert match.coins.add().id == 2, "that of the removed row comes back when all others have been used"


def test_a_removed_field_is_gone_and_one_beyond_its_new_range_is_at_the_limit() -> None:
    class Less(Coins):
        name = "coins"

        class Player(Entity):
            x = place(0, 20)
            y = place(0, 100)
            coins = count(0, 50)

    match, _, _ = gone_on(Less, *left_by(Coins))
    assert (match.players[2].x, match.players[2].coins) == (20, 50)


def test_an_entity_that_was_added_is_as_in_a_fresh_match() -> None:
    class Board(Coins):
        name = "coins"

        class State(Single):
            turn = count(0, 9)

        class Stone(Entity):
            at = count(0, 99)

        stones: Any

        def started(self) -> None:
            self.stones.add(at=42)

    match, _, _ = gone_on(Board, *left_by(Coins))
    assert ([stone.at for stone in match.stones], match.state.turn) == ([42], 0)
    assert match.players[2].coins == 70


def test_rows_without_a_place_and_another_tick_rate_are_refused_in_words() -> None:
    class Few(Coins):
        name = "coins"

        class Coin(Entity, most=1):
            worth = count(0, 9)

    match = begun(Coins)
    match.coins.add(worth=1)
    data = checkpoint(match, Inputs.none(SEATS), [])
    with pytest.raises(RulesError, match="coin 1 has no place among 1 rows"):
        fitted(data, described(match.world), begun(Few))
    with pytest.raises(RulesError, match="its tick rate was 30, and is 60 now"):
        fitted(data, described(match.world), begun(Coins, tick_rate=60))
    with pytest.raises(RulesError, match="its number of seats was 4, and is 5 now"):
        fitted(data, described(match.world), begun(Coins, seats=5))


@attrs.define
class Before:
    """A row as it was."""

    x: Column = quantised(0, 100, step=0.25)
    y: Column = quantised(0, 100, step=0.25)
    health: Column = whole(-100, 100)
    kept: Column = hidden("i8")
    smaller: Column = hidden("i8")
    unsigned: Column = hidden("i4")
    exact: Column = hidden("f8")
    truth: Column = hidden("?")


@attrs.define
class After:
    """The same with other kinds and ranges."""

    health: Column = whole(-10, 10)
    x: Column = quantised(20, 100, step=0.5)
    y: Column = quantised(0, 30, step=0.5)
    kept: Column = hidden("i8")
    smaller: Column = hidden("i2")
    unsigned: Column = hidden("u1")
    exact: Column = hidden("f4")
    truth: Column = hidden("?")


class Rowed(Toy):
    """A toy with one more table."""

    row: type[attrs.AttrsInstance] = Before
    capacity = 4
    history = 0.1
    rows_at_first = 0

    def __init__(self, world: World, rules: Rules = Rules()) -> None:
        super().__init__(world, rules)
        self.things = world.table(3, "thing", self.row, self.capacity, ("x", "y"), history=self.history)
        for row in range(self.rows_at_first):
            self.things.add_at(row, x=99)


class Refitted(Rowed):
    row = After
    capacity = 3
    history = 0.3
    rows_at_first = 3


def test_values_beyond_a_new_range_are_at_its_limit_and_all_others_are_the_same_bits() -> None:
    before, large = begun(Rowed), 2**62 + 1
    one, other = before.things.add_many(2)
    before.things.add_at(1 + other)
    for row, sign in ((one, 1), (other, -1)):
        for name, value in (("health", 50), ("kept", large), ("smaller", large), ("unsigned", 300), ("exact", 0.1)):
            before.things.column(name)[row] = sign * value
    before.things.rows.x[one], before.things.rows.y[one] = 10.25, 70
    before.things.rows.truth[one] = True
    before.world.tick = 7
    data = checkpoint(before, Inputs.none(SEATS), [])
    match, _, _ = gone_on(Refitted, data, described(before.world))
    third = dict.fromkeys(("y", "health", "kept", "smaller", "unsigned"), 0) | {"x": 20, "exact": 0, "truth": False}
    exact = np.float32(0.1).item()
    assert [match.things.row(row) for row in match.things.live.tolist()] == [
        {
            "health": 10,
            "x": 20,
            "y": 30,
            "kept": large,
            "smaller": 2**15 - 1,
            "unsigned": 255,
            "exact": exact,
            "truth": True,
        },
        {
            "health": -10,
            "x": 20,
            "y": 0,
            "kept": -large,
            "smaller": -(2**15),
            "unsigned": 0,
            "exact": -exact,
            "truth": False,
        },
        third,
    ]
    assert (match.things.turn, match.things.history.tick) == (before.things.turn, 7)


def test_a_single_row_that_a_table_does_not_have_is_refused_in_words() -> None:
    class Lonely(Rowed):
        capacity = 1
        rows_at_first = 1

    before = begun(Rowed)
    data = checkpoint(before, Inputs.none(SEATS), [])
    with pytest.raises(RulesError, match="thing is a single row now, which is missing"):
        fitted(data, described(before.world), begun(Lonely))
    before.things.add_at(0, x=5)
    data = checkpoint(before, Inputs.none(SEATS), [])
    match, _, _ = gone_on(Lonely, data, described(before.world))
    assert match.things.rows.x[0] == 5


def test_what_could_not_be_restored_afterwards_is_refused_at_once() -> None:
    before = begun(Rowed)
    data = checkpoint(before, Inputs.none(SEATS), [SEATS])
    with pytest.raises(RulesError, match="its seat 4 is not from 0 to 3"):
        fitted(data, described(before.world), begun(Rowed))
