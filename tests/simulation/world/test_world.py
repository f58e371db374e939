from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from game_server.errors import RulesError
from game_server.simulation import World
from tests.simulation.toy_game import Dawn, Prize, Runner, Toy, toy


def world(seed: int = 1) -> World:
    return World(seed=seed, max_players=4, tick_rate=30)


@pytest.mark.parametrize("number", [-1, 256, 7])
def test_a_table_number_is_from_0_to_255_and_nobody_elses(number: int) -> None:
    declared = world()
    declared.table(7, "prize", Prize, 3)
    with pytest.raises(RulesError, match=f"number {number} is taken or not from 0 to 255"):
        declared.table(number, "runner", Runner, 4)
    declared.table(0, "first", Runner, 4)
    declared.table(255, "last", Runner, 4)
    assert list(declared.tables) == [7, 0, 255]


def test_a_table_name_is_nobody_elses() -> None:
    declared = world()
    declared.table(7, "prize", Prize, 3)
    with pytest.raises(RulesError, match="the name 'prize' is taken"):
        declared.table(8, "prize", Runner, 4)


def test_a_tick_begins_without_events() -> None:
    advanced = world()
    advanced.emit(Dawn("good morning"))
    advanced.advance()
    assert (advanced.tick, advanced.events) == (1, [])


def test_equal_seeds_give_equal_chance() -> None:
    assert world(5).random.random() == world(5).random.random() != world(6).random.random()


def populated() -> Toy:
    game = toy()
    game.runners.add_at(0, x=1.0, steps=4)
    game.runners.add_at(2, vx=-0.5)
    game.prizes.add(worth=3)
    return game


def test_worlds_made_alike_have_one_hash() -> None:
    assert populated().world.hash() == populated().world.hash()
    assert len(populated().world.hash()) == 32


def _use_chance(game: Toy) -> None:
    game.world.random.random()


def _turn_ids(game: Toy) -> None:
    game.prizes.remove(game.prizes.add())


def _add_and_remove_the_last(game: Toy) -> None:
    """Leave the turn of the ids as it was."""
    game.runners.add_at(3)
    game.runners.remove(3)


@pytest.mark.parametrize(
    "change",
    [
        lambda game: game.world.advance(),
        _use_chance,
        _turn_ids,
        _add_and_remove_the_last,
        lambda game: game.runners.rows.x.__setitem__(0, 1.0000000000000002),
        lambda game: game.runners.rows.vx.__setitem__(2, -0.25),
        lambda game: game.runners.rows.steps.__setitem__(0, 5),
        lambda game: game.runners.remove(2),
        lambda game: game.runners.add_at(3),
        lambda game: game.prizes.rows.worth.__setitem__(0, 4),
    ],
    ids=[
        "tick",
        "chance",
        "turn of ids",
        "additions",
        "last bit",
        "hidden double",
        "hidden integer",
        "gone",
        "come",
        "other table",
    ],
)
def test_the_hash_shows_every_difference_that_matters(change: Callable[[Toy], None]) -> None:
    game = populated()
    before = game.world.hash()
    change(game)
    assert game.world.hash() != before


def test_the_hash_does_not_depend_on_what_dead_rows_hold() -> None:
    game = populated()
    before = game.world.hash()
    game.runners.rows.x[3] = 99
    assert game.world.hash() == before


def place(number: int, *places: float) -> World:
    """A world in which row ``number``, the only one, was at ``places``, one in each tick."""
    walked = world()
    table = walked.table(1, "runner", Runner, 4, ("x", "y"), history=0.2)
    table.add_at(number)
    for x in places:
        walked.advance()
        table.rows.x[number] = x
    return walked


def test_the_hash_shows_where_a_row_was_if_others_may_still_see_it_there() -> None:
    assert place(2, 5, 8, 8).hash() == place(2, 5, 8, 8).hash() != place(2, 6, 8, 8).hash()


def test_the_hash_forgets_where_a_row_was_when_nobody_sees_it_there_any_more() -> None:
    assert place(2, 5, *[8] * 7).hash() == place(2, 6, *[8] * 7).hash()
    assert place(2, 5, *[8] * 6).hash() != place(2, 6, *[8] * 6).hash()


def test_the_hash_is_the_same_whether_the_past_was_looked_at() -> None:
    looked_at, other = place(2, 5, 8), place(2, 5, 8)
    history = looked_at.tables[1].history
    assert history
    history.segments(np.array([2]), np.array([0.5]))
    assert looked_at.hash() == other.hash()


def test_the_hash_does_not_depend_on_the_rows_that_had_its_ids() -> None:
    first, second = place(2, 5, 8), place(2, 9, 7)
    for again in (first, second):
        again.tables[1].remove(2)
        again.advance()
        again.tables[1].add_at(2)
    assert first.hash() == second.hash()
