from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from game_server.errors import RulesError
from game_server.simulation.world.columns import ColumnSpec, WireForm, allocate, column_specs, hidden, quantised, whole


def spec_of(column: Any) -> ColumnSpec:
    row = attrs.make_class("Row", {"field": column, "sent": whole(0, 1)})
    return column_specs(row)[0]


def wire_of(column: Any) -> WireForm:
    wire = spec_of(column).wire
    assert wire is not None
    return wire


@pytest.mark.parametrize(
    ("column", "size", "largest"),
    [
        (whole(0, 0), 1, 0),
        (whole(0, 255), 1, 255),
        (whole(0, 256), 2, 256),
        (whole(-100, 155), 1, 255),
        (whole(1, 65536), 2, 65535),
        (whole(0, 65536), 4, 65536),
        (whole(0, 2**32 - 1), 4, 2**32 - 1),
        (whole(-(2**31), 2**31 - 1), 4, 2**32 - 1),
        (quantised(0, 1, step=1), 1, 1),
        (quantised(0, 63.75, step=0.25), 1, 255),
        (quantised(0, 64, step=0.25), 2, 256),
        (quantised(-8192, 8191.75, step=0.25), 2, 65535),
        (quantised(0, 1, step=1e-6), 4, 1_000_000),
    ],
)
def test_the_width_on_the_wire_follows_from_the_number_of_steps(column: Any, size: int, largest: int) -> None:
    assert (wire_of(column).size, wire_of(column).largest) == (size, largest)


@pytest.mark.parametrize(
    ("low", "high", "step"),
    [(0, 10, 0), (0, 10, -1), (10, 0, 1), (0, 0, 1), (0, 0.5, 1), (0, 2**32, 1), (0, 1, 1e-12), (0, float("nan"), 1)],
)
def test_a_quantised_column_without_steps_or_with_too_many_is_refused(low: float, high: float, step: float) -> None:
    with pytest.raises(RulesError, match="1 to 2\\^32 - 1 fit on the wire"):
        quantised(low, high, step=step)


@pytest.mark.parametrize(("low", "high"), [(1, 0), (0, 2**32), (-1, 2**32 - 1)])
def test_a_whole_column_of_more_than_32_bits_is_refused(low: int, high: int) -> None:
    with pytest.raises(RulesError, match=r"whole\(.*\) spans"):
        whole(low, high)


def test_a_whole_column_has_the_room_it_needs_in_the_simulation() -> None:
    assert spec_of(whole(-(2**31), 2**31 - 1)).dtype == "i4"
    assert spec_of(whole(0, 2**32 - 1)).dtype == "i8"
    assert spec_of(whole(0, 2**31)).dtype == spec_of(whole(-(2**31) - 1, 0)).dtype == "i8"


@pytest.mark.parametrize("dtype", ["O", "U5", "M8[s]", "c16", "float", ""])
def test_a_hidden_column_of_something_else_than_numbers_is_refused(dtype: str) -> None:
    with pytest.raises(RulesError, match="a column is one of f8, "):
        hidden(dtype)


@pytest.mark.parametrize("declare", [lambda: hidden("i8", owner=True), lambda: whole(0, 2**32 - 1, owner=True)])
def test_an_owners_column_that_the_wire_has_no_code_for_is_refused(declare: Any) -> None:
    with pytest.raises(RulesError, match=r"an owner's column has one of the dtypes f8, .*, not 'i8'"):
        declare()


def test_a_field_that_is_no_column_is_refused_by_its_name() -> None:
    @attrs.define
    class Ship:
        x: Any = whole(0, 1)
        pilot: str = ""

    with pytest.raises(RulesError, match=r"Ship\.pilot is no column; declare it with quantised, whole or hidden"):
        column_specs(Ship)


def test_a_row_has_up_to_16_fields_on_the_wire() -> None:
    row = attrs.make_class("Row", {"still": hidden(), **{f"f{i}": whole(0, 1) for i in range(17)}})
    with pytest.raises(RulesError, match="Row has 17 fields with a wire form; a record has up to 16"):
        column_specs(row)
    assert len(column_specs(attrs.make_class("Row", {f"f{i}": whole(0, 1) for i in range(16)}))) == 16


def test_a_row_has_a_column() -> None:
    with pytest.raises(RulesError, match="Row has no fields; a row has at least one column"):
        column_specs(attrs.make_class("Row", {}))


def test_specs_come_in_the_order_of_the_fields_under_their_names() -> None:
    row = attrs.make_class("Row", {"b": hidden("u2"), "a": whole(0, 1), "c": quantised(0, 1, step=0.5, owner=True)})
    assert [(spec.name, spec.dtype, spec.owner) for spec in column_specs(row)] == [
        ("b", "u2", False),
        ("a", "i4", False),
        ("c", "f8", True),
    ]


def test_allocated_columns_are_zeros_of_their_dtype() -> None:
    row, _ = allocate(attrs.make_class("Row", {"a": whole(0, 1), "b": hidden("?")}), 3)
    assert row.a.tolist() == [0, 0, 0]
    assert row.b.dtype == np.bool_


def pair() -> tuple[Any, list[Any]]:
    return allocate(attrs.make_class("Pair", {"a": whole(0, 9), "b": hidden(), "c": whole(0, 9)}), 3)


def test_columns_of_one_dtype_lie_in_one_block() -> None:
    row, blocks = pair()
    row.a[:], row.b[:], row.c[:] = 1, 2, 3
    assert [block.tolist() for block in blocks] == [[[1, 1, 1], [3, 3, 3]], [[2, 2, 2]]]


def test_a_column_is_changed_in_place_and_not_set_to_another_array() -> None:
    row, blocks = pair()
    row.a += 5
    assert blocks[0][0].tolist() == [5, 5, 5]
    with pytest.raises(RulesError, match=r"Pair.a is set to another array; write into it: rows.a\[:\] = ..."):
        row.a = row.a + 1
    assert row.a.tolist() == [5, 5, 5]
