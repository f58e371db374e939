from __future__ import annotations

import math
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.errors import ProtocolError
from game_server.protocol.closes import MAX_REASON_BYTES, CloseCode
from game_server.protocol.schema import FieldSchema, Schema, TableSchema
from tests.protocol.strategies import schemas

FIELD = ["x", 2, 0, 0.25]

json_like: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


@given(schemas())
def test_a_schema_comes_off_the_wire_as_it_went_onto_it(schema: Schema) -> None:
    assert Schema.from_wire(msgpack.unpackb(msgpack.packb(schema.to_wire()))) == schema


@given(json_like | st.tuples(json_like, json_like, json_like).map(list))
def test_nothing_but_a_protocol_error_comes_of_a_bad_schema(wire: Any) -> None:
    try:
        Schema.from_wire(wire)
    except ProtocolError as error:
        refused = error
    else:
        return
    assert refused.code == CloseCode.BAD_MESSAGE
    assert len(refused.reason.encode()) <= MAX_REASON_BYTES


@pytest.mark.parametrize(
    ("wire", "says"),
    [
        ([], "not enough values"),
        ([[], []], "not enough values"),
        ([[], [], [], []], "too many values"),
        ([[[256, "t", [FIELD]]], [], []], "table numbers"),
        ([[[-1, "t", [FIELD]]], [], []], "table numbers"),
        ([[[True, "t", [FIELD]]], [], []], "table numbers"),
        ([[[1, "t", [FIELD]], [1, "u", [FIELD]]], [], []], "table numbers"),
        ([[[1, "t", [FIELD]], [2, "t", [FIELD]]], [], []], "table names"),
        ([[[1, ["t"], [FIELD]]], [], []], "table names"),
        ([[[1, "t", []]], [], []], "0 fields in table t"),
        ([[[1, "t", [[f"f{i}", 1, 0, 1] for i in range(17)]]], [], []], "17 fields in table t"),
        ([[[1, "t", [["x", 3, 0, 1]]]], [], []], "3 bytes in field t.x"),
        ([[[1, "t", [["x", 8, 0, 1]]]], [], []], "8 bytes in field t.x"),
        ([[[1, "t", [["x", True, 0, 1]]]], [], []], "True bytes in field t.x"),
        ([[[1, "t", [["x", 1, "0", 1]]]], [], []], "scale '0' of field t.x"),
        ([[[1, "t", [["x", 1, 0, math.nan]]]], [], []], "scale nan of field t.x"),
        ([[[1, "t", [["x", 1, math.inf, 1]]]], [], []], "scale inf of field t.x"),
        ([[[1, "t", [FIELD, FIELD]]], [], []], "field of t names"),
        ([[[1, "t", [[1, 1, 0, 1]]]], [], []], "field of t names"),
        ([[], [["x", "f4"]], []], "code 'f4' of own field x"),
        ([[], [["x", "f8"], ["x", "f8"]], []], "own field names"),
        ([[], [[{}, "f8"]], []], "own field names"),
        ([[], [], [["16", "kill", []]]], "event numbers"),
        ([[], [], [[16, "kill", ["a", "a"]]]], "field of kill names"),
        ([[], [], [[16, "kill", []], [17, "kill", []]]], "event names"),
        ([[], [], [[16, "kill", []], [16, "hit", []]]], "event numbers"),
        ([[], [], [[2**32, "kill", []]]], "event numbers"),
        ([[], [], [[-1, "kill", []]]], "event numbers"),
    ],
)
def test_a_schema_that_is_not_of_section_5_is_refused_with_what_is_wrong(wire: list[Any], says: str) -> None:
    with pytest.raises(ProtocolError, match="^schema not understood: " + says):
        Schema.from_wire(wire)


@pytest.mark.parametrize(("count", "mask_size", "whole"), [(1, 1, 1), (8, 1, 0xFF), (9, 2, 0x1FF), (16, 2, 0xFFFF)])
def test_a_mask_takes_two_bytes_from_nine_fields_on(count: int, mask_size: int, whole: int) -> None:
    table = TableSchema(1, "t", tuple(FieldSchema(f"f{i}", 4, 0, 1) for i in range(count)))
    assert (table.mask_size, table.whole_mask, table.row_size) == (mask_size, whole, 4 * count)


def test_numbers_and_fields_may_be_as_many_as_fit() -> None:
    fields = [[f"f{number}", size, 0, 1] for number, size in enumerate([1, 2, 4, 4] * 4)]
    wire = [[[0, "t", fields], [255, "u", [FIELD]]], [], [[0, "a", []], [2**32 - 1, "b", []]]]
    assert Schema.from_wire(wire).to_wire() == wire


def test_an_own_row_has_the_widths_of_its_codes_and_no_padding() -> None:
    own = tuple((f"{code} field", code) for code in ("u1", "u2", "u4", "i1", "i2", "i4", "f8"))
    packed = "01 0200 03000000 ff feff fdffffff 000000000000f03f"
    assert Schema((), own, ()).own_struct.pack(1, 2, 3, -1, -2, -3, 1.0) == bytes.fromhex(packed)


def test_the_head_of_a_record_is_an_id_of_two_bytes_and_the_mask() -> None:
    sizes = [
        TableSchema(1, "t", tuple(FieldSchema(f"f{n}", 1, 0, 1) for n in range(count))).head_size for count in (8, 9)
    ]
    assert sizes == [3, 4]
