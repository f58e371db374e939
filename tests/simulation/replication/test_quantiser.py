from __future__ import annotations

from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from game_server.simulation import Table, quantised, whole
from game_server.simulation.replication.quantiser import Quantiser


def read_back(column: Any, value: float) -> Any:
    """``value`` in a table's only field, as a client reads it."""
    table: Table[Any] = Table("t", attrs.make_class("Row", {"field": column}), 1)
    row = table.add(field=value)
    quantiser = Quantiser(table.specs)
    return next(quantiser.read(quantiser.rows(lambda name: table.column(name)[[row]], 1)))["field"]


@given(st.floats(-1e9, 1e9), st.sampled_from([0.01, 0.25, 1.0, 3.0]))
def test_a_quantised_value_is_at_most_half_a_step_from_the_true_one_within_the_range(value: float, step: float) -> None:
    within = min(max(value, -300), 300)
    assert abs(read_back(quantised(-300, 300, step=step), value) - within) <= step / 2 + 1e-9


@given(st.integers(-(2**31), 2**31 - 1), st.sampled_from([(0, 100), (-5, 5), (-(2**31), 2**31 - 1), (0, 100_000)]))
def test_a_whole_value_within_its_range_is_exact(value: int, ends: tuple[int, int]) -> None:
    low, high = ends
    assert read_back(whole(low, high), value) == min(max(value, low), high)


def test_a_whole_number_from_zero_is_read_as_an_int() -> None:
    assert type(read_back(whole(0, 100), 7)) is int


def test_no_rows_are_no_bytes() -> None:
    table: Table[Any] = Table("t", attrs.make_class("Row", {"field": whole(0, 1)}), 1)
    quantiser = Quantiser(table.specs)
    rows = quantiser.rows(table.column, 0)
    assert rows.size == 0
    assert list(quantiser.read(rows)) == []
