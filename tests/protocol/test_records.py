from __future__ import annotations

import random
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    assert changed.tolist() == [0b001, 0b100]


def test_a_record_is_id_mask_and_changed_fields() -> None:
    records, sizes = RecordPacker(SCHEMA).pack(IDS, ROWS, np.array([0b001, 0b110], np.uint8))
    assert records == b"\x03\x00\x01\x00\x01\x34\x12\x06\x09\x0a\x0b\x0c\x0d"
    assert sizes.tolist() == [5, 8]


def test_a_row_without_changed_fields_is_packed_as_a_removal() -> None:
    packer, nothing = RecordPacker(SCHEMA), np.zeros(2, np.uint8)
    records, sizes = packer.pack(IDS, ROWS, nothing)
    assert records == packer.pack_removals(IDS)
    assert sizes.tolist() == [3, 3]


def test_a_whole_record_has_every_bit_and_every_field() -> None:
    packer = RecordPacker(SCHEMA)
    assert packer.pack_whole(IDS, ROWS) == b"\x03\x00\x07" + bytes(range(7)) + b"\x34\x12\x07" + bytes(range(7, 14))
    assert packer.pack_whole(IDS, ROWS) == packer.pack(IDS, ROWS, np.full(2, 0b111, np.uint8))[0]


@pytest.mark.parametrize("fields", [8, 9, 16])
def test_a_mask_has_a_second_byte_for_more_than_eight_fields(fields: int) -> None:
    schema = TableSchema(5, "t", tuple(FieldSchema(f"f{at}", 1, 0, 1) for at in range(fields)))
    packer, before = RecordPacker(schema), np.zeros((1, fields), np.uint8)
    after = before.copy()
    after[0, [0, fields - 1]] = 7, 9
    masks = packer.changed_fields(before, after)
    assert masks.tolist() == [1 | 1 << fields - 1]
    expected = b"\x03\x00" + int(masks[0]).to_bytes(schema.mask_size, "little") + b"\x07\x09"
    records, sizes = packer.pack(IDS[:1], after, masks)
    assert (records, sizes.tolist()) == (expected, [len(expected)])


def test_a_removal_is_an_id_and_an_empty_mask() -> None:
    assert RecordPacker(SCHEMA).pack_removals(IDS) == b"\x03\x00\x00\x34\x12\x00"


def test_no_rows_are_no_bytes() -> None:
    packer, none = RecordPacker(SCHEMA), np.empty(0, np.intp)
    assert packer.pack(none, ROWS[:0], np.empty(0, np.uint8))[0] == b""
    assert packer.pack_whole(none, ROWS[:0]) == packer.pack_removals(none) == b""


def test_the_checksum_of_a_row_is_the_crc_of_table_id_and_row() -> None:
    expected = [zlib.crc32(b"\x05\x03\x00" + bytes(range(7))), zlib.crc32(b"\x05\x34\x12" + bytes(range(7, 14)))]
    assert RecordPacker(SCHEMA).checksums(IDS, ROWS).tolist() == expected


@given(st.integers(0, 255), st.lists(st.sampled_from([1, 2, 4]), min_size=1, max_size=16), st.randoms())
def test_checksums_are_those_of_zlib_for_rows_of_any_size(number: int, sizes: list[int], chance: random.Random) -> None:
    schema = TableSchema(number, "t", tuple(FieldSchema(f"f{at}", size, 0, 1) for at, size in enumerate(sizes)))
    ids = [chance.randrange(65535) for _ in range(chance.randrange(9))]
    rows = [chance.randbytes(sum(sizes)) for _ in ids]
    found = RecordPacker(schema).checksums(
        np.array(ids, np.intp), np.frombuffer(b"".join(rows), np.uint8).reshape(len(ids), sum(sizes))
    )
    expected = [
        zlib.crc32(bytes([number]) + id_.to_bytes(2, "little") + row) for id_, row in zip(ids, rows, strict=True)
    ]
    assert found.tolist() == expected
