from __future__ import annotations

import pytest

from game_server.client import OwnRowCheck
from game_server.protocol import FieldSchema, Schema, TableSchema, View

SCHEMA = Schema(
    tables=(
        TableSchema(0, "prize", (FieldSchema("worth", 1, 0, 1),)),
        TableSchema(1, "ship", (FieldSchema("x", 2, -10, 0.25), FieldSchema("hue", 1, 0, 1))),
        TableSchema(2, "bolt", (FieldSchema("x", 2, 0, 0.25),)),
    ),
    own=(("x", "f8"), ("hue", "u1")),
    events=(),
)


def agrees(own: dict[str, float], ship: dict[str, float] | None, bolt_x: float = 0.0) -> bool:
    """Whether the player 3 may have ``own`` while everybody sees ``ship``."""
    tables = {"prize": {}, "ship": {} if ship is None else {3: ship}, "bolt": {3: {"x": bolt_x}}}
    return OwnRowCheck(SCHEMA).agrees(View(player=3, tables=tables, own=own))


@pytest.mark.parametrize(
    ("own", "ship", "may"),
    [
        (1.125, 1.0, True),
        (1.125, 1.25, True),
        (1.13, 1.0, False),
        (-11.0, -10.0, True),
        (1e9, -10 + 0.25 * 65535, True),
        (1e9, 16373.5, False),
    ],
)
def test_rows_may_differ_by_rounding_and_where_the_wire_ends(own: float, ship: float, may: bool) -> None:
    assert agrees({"x": own, "hue": 1}, {"x": ship, "hue": 1}) is may


def test_exact_fields_and_other_tables_rows_with_the_players_number_are_not_compared() -> None:
    assert agrees({"x": 1.0, "hue": 1}, {"x": 1.0, "hue": 2}, bolt_x=500.0)


def test_who_has_no_row_agrees() -> None:
    assert agrees({}, {"x": 1.0, "hue": 1})
    assert agrees({"x": 1.0, "hue": 1}, None)
