"""Single rows of a world."""

from __future__ import annotations

import attrs
import pytest

from game_server.errors import RulesError
from game_server.simulation import Column, Single, World, hidden, whole


@attrs.define
class Day:
    number: Column = whole(0, 65535)
    light: Column = hidden()
    over: Column = hidden("?")


def day(world: World) -> Single:
    return world.single(4, "day", Day, number=3)


@pytest.fixture
def world() -> World:
    return World(seed=1, max_players=2, tick_rate=30)


def test_a_single_row_begins_with_zeros_but_for_what_it_is_given(world: World) -> None:
    row = day(world)
    assert (row.number, row.light, row.over) == (3, 0.0, False)
    assert [type(value) for value in (row.number, row.light, row.over)] == [int, float, bool]


def test_what_is_written_is_read_and_stands_in_the_table(world: World) -> None:
    row = day(world)
    row.number += 1
    row.light, row.over = 0.25, True
    assert (row.number, row.light, row.over) == (4, 0.25, True)
    assert world.tables[4].row(0) == {"number": 4, "light": 0.25, "over": True}


def test_a_single_row_is_a_table_of_one_row_with_a_name_and_a_number(world: World) -> None:
    day(world)
    assert (world.tables[4].name, world.tables[4].live.tolist(), world.tables[4].capacity) == ("day", [0], 1)
    with pytest.raises(RulesError, match="number 4 is taken"):
        day(world)


def test_a_field_that_was_not_declared_is_neither_read_nor_written(world: World) -> None:
    row = day(world)
    with pytest.raises(AttributeError, match="there is no field 'length', but number, light, over"):
        print(row.length)
    with pytest.raises(AttributeError, match="there is no field 'length', but number, light, over"):
        row.length = 1


def test_a_value_that_the_field_cannot_hold_is_refused(world: World) -> None:
    with pytest.raises(OverflowError):
        day(world).number = 2**40
