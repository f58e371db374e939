"""Fields: what each kind holds, at its edges, and the column that each becomes."""

from __future__ import annotations

from typing import Any

import pytest

from game_server.author import Entity, count, flag, number, place, player, ticks, total
from game_server.authoring.entities import columns_of
from game_server.authoring.fields import Field
from game_server.errors import RulesError
from game_server.simulation import MOST_SEATS
from game_server.simulation.world.columns import ColumnSpec, column_specs


def row_of(name: str, **fields: Any) -> type[Entity]:
    return type(name, (Entity,), fields)


def specs(name: str, exact: tuple[str, ...] = (), **fields: Any) -> dict[str, ColumnSpec]:
    return {spec.name: spec for spec in column_specs(columns_of(row_of(name, **fields), exact))}


@pytest.mark.parametrize(
    ("field", "least", "most"),
    [
        (count(-3, 4), -3, 4),
        (count(-(2**31), 2**31 - 1), -(2**31), 2**31 - 1),
        (ticks(), 0, 65535),
        (total("Points"), 0, 2**31 - 1),
    ],
)
def test_a_whole_field_holds_its_limits_and_nothing_beyond(field: Field, least: int, most: int) -> None:
    row_of("Row", n=field)
    assert (field.checked(least, "Row"), field.checked(float(most), "Row")) == (least, most)
    assert type(field.checked(float(most), "Row")) is int
    for value in (least - 1, most + 1, most - 0.5):
        with pytest.raises(RulesError, match=rf"Row.n is set to {value}; it is a whole number from"):
            field.checked(value, "Row")


def test_a_field_of_a_player_holds_any_seat_or_nobody() -> None:
    row_of("Row", n=(field := player()))
    kept = {None: 0, 0: 1, MOST_SEATS - 1: MOST_SEATS}
    assert {value: field.checked(value, "Row") for value in kept} == kept
    for value in (MOST_SEATS, -1, True, 1.0):
        with pytest.raises(RulesError, match="it is a player, its id, or None"):
            field.checked(value, "Row")


def test_a_flag_holds_true_and_false_and_a_number_whatever_is_finite() -> None:
    row_of("Row", n=(switch := flag()), x=(exact := number(seen_by="nobody")))
    assert [switch.checked(value, "Row") for value in (True, False, 1, 0)] == [1, 0, 1, 0]
    assert [exact.checked(value, "Row") for value in (-1e300, "2.5", True)] == [-1e300, 2.5, 1]
    for value in (-1, 2, 0.5, "1"):
        with pytest.raises(RulesError, match="a flag is True or False"):
            switch.checked(value, "Row")


@pytest.mark.parametrize(
    "declare",
    [
        lambda: count(-(2**31) - 1, 0),
        lambda: count(0, 2**31),
        lambda: count(5, 5),
        lambda: place(float("-inf"), 5),
        lambda: place(0, float("nan")),
        lambda: place(7, 5),
        lambda: number(0, 5),
        lambda: number(5, 3),
        lambda: number(5, 3, step=1),
        lambda: number(0, 0, step=1),
        lambda: number(0, float("inf"), step=1),
        lambda: number(0, 5, step=float("inf")),
        lambda: total(""),
    ],
)
def test_limits_that_make_no_sense_are_refused(declare: Any) -> None:
    with pytest.raises(RulesError):
        declare()


@pytest.mark.parametrize(
    ("declared", "dtype", "largest", "least", "step"),
    [
        (place(0, 1280), "f8", 40960, 0, 1 / 32),
        (place(-65535 / 2, 65535 / 2), "f8", 65535, -65535 / 2, 1),
        (number(-1, 3, step=0.25), "f8", 16, -1, 0.25),
        (count(-3, 9), "i4", 12, -3, 1),
        (ticks(), "i4", 65535, 0, 1),
        (flag(), "i4", 1, 0, 1),
        (player(), "i4", MOST_SEATS, 0, 1),
        (total("Points"), "i4", 2**31 - 1, 0, 1),
    ],
)
def test_what_everybody_sees_goes_on_the_wire_in_steps(
    declared: Any, dtype: str, largest: int, least: float, step: float
) -> None:
    spec = specs("Player", n=declared)["n"]
    assert spec.wire is not None
    assert (spec.dtype, spec.wire.largest, spec.wire.offset, spec.wire.step) == (dtype, largest, least, step)
    assert (spec.owner, spec.private) == (False, False)


def test_who_gets_a_field_depends_on_the_field_and_on_whose_the_rows_are() -> None:
    of_player = specs(
        "Player", ("a", "b"), a=count(0, 9), b=number(0, 9, step=1), c=count(0, 9, seen_by="owner"),
        d=number(seen_by="owner"), e=count(0, 9, seen_by="nobody"), f=place(0, 9, seen_by="owner"),
    )  # fmt: skip
    assert {name: (spec.wire is not None, spec.owner, spec.private) for name, spec in of_player.items()} == {
        "a": (True, True, False),
        "b": (True, True, False),
        "c": (False, True, False),
        "d": (False, True, False),
        "e": (False, False, False),
        "f": (False, True, False),
    }
    of_others = specs(
        "Card", holder=player(), c=count(2, 9, seen_by="owner"), d=number(0, 9, step=3, seen_by="owner"),
        e=count(0, 9, seen_by="nobody"), f=ticks(seen_by="nobody"),
    )  # fmt: skip
    assert {name: (spec.wire is not None, spec.owner, spec.private) for name, spec in of_others.items()} == {
        "holder": (True, False, False),
        "c": (True, False, True),
        "d": (True, False, True),
        "e": (False, False, False),
        "f": (False, False, False),
    }
    assert (of_others["e"].dtype, of_others["f"].dtype) == ("i4", "u2")
    assert of_others["d"].wire is not None
    assert (of_others["d"].wire.largest, of_others["d"].wire.step) == (3, 3)
