"""The kinds that fields declare; what each refuses is in the tests of the messages."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple, get_args

import attrs
import pytest

from game_server.errors import ProtocolError
from game_server.protocol import server_messages
from game_server.protocol.client_messages import ClientMessage
from game_server.protocol.fields import (
    ArrayOf,
    EventRow,
    Integer,
    IntegerOrText,
    Kind,
    MapOf,
    Nullable,
    Number,
    Plain,
    Row,
    TableRecords,
    Text,
    kinds_of,
)
from game_server.protocol.server_messages import ServerMessage

MESSAGES = [*get_args(ClientMessage), *get_args(ServerMessage)]
ROWS = [value for value in vars(server_messages).values() if isinstance(value, type) and issubclass(value, tuple)]


class Point(NamedTuple):
    name: Annotated[str, Text(4)]
    at: Annotated[int | None, Nullable(Integer(1, 9))]


def refusal(kind: Kind, value: Any) -> str:
    with pytest.raises(ProtocolError) as caught:
        kind.read(value, "field")
    return caught.value.reason


@pytest.mark.parametrize("message", MESSAGES)
def test_every_field_of_a_message_declares_its_kind_in_the_order_of_the_wire(message: Any) -> None:
    assert list(kinds_of(message)) == [field.name for field in attrs.fields(message)]


@pytest.mark.parametrize("row", ROWS)
def test_every_field_of_a_row_declares_its_kind_in_the_order_of_the_wire(row: Any) -> None:
    assert list(kinds_of(row)) == list(row._fields)


def test_a_row_is_read_as_its_named_tuple() -> None:
    assert Row(Point, "point").read(["a", 9], "field") == Point("a", 9)


def test_a_fault_in_a_row_has_the_name_of_the_field_in_it() -> None:
    assert refusal(Row(Point, "point"), ["a", 0]) == "point.at is from 1 to 9, not 0"
    assert refusal(Row(Point, "point"), ["a"]) == "field has 2 elements, not 1"


def test_a_fault_in_an_array_has_the_name_of_an_element() -> None:
    points = ArrayOf(Row(Point, "point"), "a point")
    assert points.read([["a", 1], ["b", None]], "field") == (Point("a", 1), Point("b", None))
    assert refusal(points, [["a", 1], 7]) == "a point is an array, not an integer"
    assert refusal(points, {}) == "field is an array, not a map"


def test_a_boolean_is_no_integer() -> None:
    assert refusal(Integer(0, 1), True) == "field is an integer, not a boolean"


def test_a_kind_is_a_value_that_is_shown_as_it_was_declared() -> None:
    one, other = Row(Point, "point"), Row(Point, "point")
    assert one == other
    assert {one: 1}[other] == 1
    assert repr(one) == f"Row(made={Point!r}, prefix='point')"
    with pytest.raises(TypeError):
        Row(Point, "point", [])  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Integer(-3, 9), [-3, 9], [-4, 10]),
        (Number(0, 9), [0, 9, 0.0, 9.0], [-0.1, 9.1]),
        (Text(3), ["", "xyz"], ["wxyz"]),
        (
            MapOf(2, Text(2), Integer(0, 1), "one"),
            [{}, {"aa": 0, "b": 1}],
            [{"a": 0, "b": 1, "c": 0}, {"aaa": 0}, {"a": 2}],
        ),
        (IntegerOrText(Integer(0, 1), Text(1)), [0, 1, "", "x"], [2, "xx", None]),
        (TableRecords(Integer(0, 1), Plain(bytes)), [[], [1, b""]], [[1], [1, b"", 1], [2, b""]]),
        (EventRow(), [[0], [16, "x"]], [[], ["x"], [True], {}]),
    ],
)
def test_a_range_has_both_of_its_ends(kind: Kind, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        kind.read(value, "field")
    for value in bad:
        assert refusal(kind, value)
