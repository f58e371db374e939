from __future__ import annotations

import numpy as np

from game_server.protocol.records import RecordPacker
from game_server.protocol.schema import FieldSchema, TableSchema

SCHEMA = TableSchema(5, "t", (FieldSchema("a", 2, 0, 1), FieldSchema("b", 1, 0, 1), FieldSchema("c", 4, 0, 1)))
ROWS = np.arange(14, dtype=np.uint8).reshape(2, 7)
IDS = np.array([3, 0x1234])


def test_a_field_has_changed_when_any_of_its_bytes_has() -> None:
    after = ROWS.copy()
    after[0, 1] = 99
    after[1, 6] = 99
    changed = RecordPacker(SCHEMA).changed_fields(ROWS, after)
    assert changed.tolist() == [[True, False, False], [False, False, True]]


def test_a_record_is_id_mask_and_changed_fields() -> None:
    changed = np.array([[True, False, False], [False, True, True]])
    packer = RecordPacker(SCHEMA)
    assert packer.pack(IDS, ROWS, changed) == b"\x03\x00\x01\x00\x01\x34\x12\x06\x09\x0a\x0b\x0c\x0d"
    assert packer.sizes(changed).tolist() == [5, 8]


def test_a_row_without_changed_fields_is_packed_as_a_removal() -> None:
    packer, nothing = RecordPacker(SCHEMA), np.zeros((2, 3), np.bool_)
    assert packer.pack(IDS, ROWS, nothing) == packer.pack_removals(IDS)
    assert packer.sizes(nothing).tolist() == [3, 3]


def test_a_whole_record_has_every_bit_and_every_field() -> None:
    packer = RecordPacker(SCHEMA)
    assert packer.pack_whole(IDS, ROWS) == b"\x03\x00\x07" + bytes(range(7)) + b"\x34\x12\x07" + bytes(range(7, 14))
    assert packer.pack_whole(IDS, ROWS) == packer.pack(IDS, ROWS, np.ones((2, 3), np.bool_))


def test_a_removal_is_an_id_and_an_empty_mask() -> None:
    assert RecordPacker(SCHEMA).pack_removals(IDS) == b"\x03\x00\x00\x34\x12\x00"


def test_no_rows_are_no_bytes() -> None:
    packer, none = RecordPacker(SCHEMA), np.empty(0, np.intp)
    assert packer.pack(none, ROWS[:0], np.empty((0, 3), np.bool_)) == b""
    assert packer.pack_whole(none, ROWS[:0]) == packer.pack_removals(none) == b""


def test_the_hash_of_rows_is_taken_over_their_ids_and_all_their_bytes() -> None:
    expected = b"\x03\x00" + bytes(range(7)) + b"\x34\x12" + bytes(range(7, 14))
    assert RecordPacker(SCHEMA).hash_input(IDS, ROWS) == expected
