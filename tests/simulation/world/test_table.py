from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.errors import RulesError
from game_server.simulation import Column, Table, hidden, quantised, whole


@attrs.define
class Ship:
    x: Column = quantised(0, 100, step=0.25)
    y: Column = quantised(0, 100, step=0.25)
    health: Column = whole(0, 100)
    speed: Column = hidden()


def table(capacity: int = 4) -> Table[Ship]:
    return Table("ship", Ship, capacity, position=("x", "y"))


@pytest.mark.parametrize("capacity", [-1, 0, 65536])
def test_a_table_has_1_to_65535_rows(capacity: int) -> None:
    with pytest.raises(RulesError, match=f"table 'ship' asks for {capacity} rows"):
        table(capacity)


@pytest.mark.parametrize("position", [("x", "z"), ("x", "health")])
def test_a_position_names_two_columns_of_doubles(position: tuple[str, str]) -> None:
    with pytest.raises(RulesError, match="does not name two columns of doubles"):
        Table("ship", Ship, 4, position)


def test_a_new_row_is_zeros_but_for_what_it_is_given() -> None:
    ships = table()
    row = ships.add(x=1.5, health=100)
    assert ships.row(row) == {"x": 1.5, "y": 0.0, "health": 100, "speed": 0.0}


def test_a_row_that_takes_an_old_id_has_none_of_the_old_values() -> None:
    ships = table(1)
    ships.add(x=9, health=5, speed=3)
    ships.remove(0)
    ships.add(y=1)
    assert ships.row(0) == {"x": 0.0, "y": 1.0, "health": 0, "speed": 0.0}


def test_ids_are_given_out_in_turn_so_that_an_old_one_comes_back_last() -> None:
    ships = table(4)
    given_out = []
    for _ in range(8):
        row = ships.add()
        given_out.append(row)
        ships.remove(row)
    assert given_out == [0, 1, 2, 3, 0, 1, 2, 3]


def test_the_turn_passes_over_ids_that_are_taken() -> None:
    ships = table(4)
    ships.add_at(1)
    assert ships.add_many(2).tolist() == [0, 2]
    ships.remove(0)
    assert ships.add_many(2).tolist() == [3, 0]


def test_a_full_table_refuses_one_more_row() -> None:
    ships = table(2)
    ships.add_many(2)
    with pytest.raises(RulesError, match="table 'ship' is full: all 2 rows are taken"):
        ships.add()


@pytest.mark.parametrize(("count", "made"), [(-3, 0), (0, 0), (2, 2), (3, 3), (99, 3)])
def test_as_many_rows_are_made_as_there_is_room_for(count: int, made: int) -> None:
    ships = table(4)
    ships.add_at(2)
    assert len(ships.add_many(count)) == made
    assert len(ships) == 1 + made


@pytest.mark.parametrize("row", [-1, 4, 1])
def test_a_row_that_is_taken_or_out_of_range_is_refused(row: int) -> None:
    ships = table(4)
    ships.add_at(1)
    with pytest.raises(RulesError, match=f"row {row} is taken or out of range 0 to 3"):
        ships.add_at(row)


def test_the_generation_of_a_row_is_that_of_no_row_before_it() -> None:
    ships = table(2)
    generations = []
    for row in (1, 0, 1, 0):
        ships.remove(row)
        ships.add_at(row)
        generations.append(int(ships.generation[row]))
    assert generations == [1, 2, 3, 4]


def test_tables_with_the_same_columns_have_one_layout() -> None:
    assert table().layout == table().layout


def of_columns(**columns: Any) -> Table[Any]:
    row: Any = attrs.make_class("Row", columns)
    return Table("ship", row, 4)


OTHERS: dict[str, Callable[[], Table[Any]]] = {
    "name": lambda: Table("shop", Ship, 4, position=("x", "y")),
    "capacity": lambda: Table("ship", Ship, 5, position=("x", "y")),
    "history": lambda: Table("ship", Ship, 4, position=("x", "y"), history_ticks=5),
    "name of a column": lambda: of_columns(health=whole(0, 9)),
    "dtype of a column": lambda: of_columns(healing=hidden("u2")),
    "number of columns": lambda: of_columns(healing=whole(0, 9), x=hidden()),
}


@pytest.mark.parametrize("what", OTHERS)
def test_tables_that_differ_have_another_layout(what: str) -> None:
    assert OTHERS[what]().layout not in (of_columns(healing=whole(0, 9)).layout, table().layout)


def test_removing_what_does_not_exist_is_no_error() -> None:
    ships = table(4)
    ships.add_at(0)
    ships.remove(3)
    ships.remove([1, 2])
    ships.remove(np.array([], np.intp))
    ships.remove([])
    assert ships.live.tolist() == [0]


def test_rows_are_removed_one_or_many_at_a_time() -> None:
    ships = table(4)
    ships.add_many(4)
    ships.remove(0)
    ships.remove(np.array([1, 2]))
    assert ships.live.tolist() == [3]
    ships.remove(iter([3]))
    assert len(ships) == 0


def test_the_ids_of_the_living_are_found_once_until_a_row_comes_or_goes() -> None:
    ships = table(4)
    ships.add_many(2)
    live = ships.live
    assert ships.live is live
    ships.rows.x[live] = 5
    assert ships.live is live
    ships.add()
    assert ships.live.tolist() == [0, 1, 2]


def test_rows_are_read_and_written_through_their_columns() -> None:
    ships = table(4)
    ids = ships.add_many(3)
    ships.rows.x[ids] = [1, 2, 3]
    ships.column("x")[ids] += 1
    assert ships.rows.x[ships.live].tolist() == [2, 3, 4]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=40))
def test_whatever_comes_and_goes_the_living_are_as_many_as_came_less_those_that_went(
    deeds: list[tuple[bool, int]],
) -> None:
    ships = table(5)
    alive: set[int] = set()
    for add, number in deeds:
        if add:
            made = ships.add_many(number).tolist()
            assert len(made) == min(number, 5 - len(alive))
            assert not alive.intersection(made)
            alive.update(made)
        elif number < 5:
            ships.remove(number)
            alive.discard(number)
        assert ships.live.tolist() == sorted(alive)
