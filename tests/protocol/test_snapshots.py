from __future__ import annotations

import random
import zlib

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.errors import ProtocolError
from game_server.protocol.closes import MAX_REASON_BYTES, CloseCode
from game_server.protocol.codec import decode_server, encode
from game_server.protocol.codes import DELTA, KEYFRAME
from game_server.protocol.schema import FieldSchema, Schema, TableSchema
from game_server.protocol.server_messages import Snapshot
from game_server.protocol.snapshots import (
    OutOfSync,
    SnapshotDecoder,
    Snapshots,
    array_header,
    bytes_header,
    bytes_headers,
    pack_hash,
    pack_snapshot,
    pack_tables,
    table_number,
)
from game_server.protocol.view import View
from tests.protocol.strategies import snapshots

SHIP = TableSchema(
    1,
    "ship",
    (FieldSchema("x", 2, -100.0, 0.5), FieldSchema("health", 1, 0, 1), FieldSchema("born", 4, 0, 1)),
)
WIDE = TableSchema(4, "wide", tuple(FieldSchema(f"f{i}", 1, 0, 1) for i in range(9)))
SCHEMA = Schema((SHIP, WIDE), (("x", "f8"), ("wait", "u2")), ())

WHOLE_7 = b"\x07\x00\x07\x02\x00\x64\x05\x00\x00\x00"
ROW_7 = {"x": -99.0, "health": 100, "born": 5}


def snapshot(
    tick: int, *records: bytes, kind: int = DELTA, table: int = 1, own: bytes = b"", digest: int | None = None
) -> Snapshot:
    return Snapshot(tick, kind, 0, 0, digest, own, ((table, b"".join(records)),) if records else ())


def decoder_with_ship_7() -> SnapshotDecoder:
    decoder = SnapshotDecoder(SCHEMA, 3)
    decoder.apply(snapshot(1, WHOLE_7, kind=KEYFRAME))
    assert decoder.view.tables["ship"] == {7: ROW_7}
    return decoder


@given(snapshots.filter(lambda message: all(records for _, records in message.tables)))
def test_a_snapshot_packed_around_packed_tables_is_the_message_of_the_codec(message: Snapshot) -> None:
    packed = pack_snapshot(
        message.tick,
        message.kind,
        message.ack,
        message.depth,
        pack_hash(message.hash),
        bytes_header(len(message.own)) + message.own,
        pack_tables(message.tables),
    )
    assert decode_server(packed) == decode_server(encode(message)) == message


def test_every_declared_table_is_in_the_view_from_the_beginning() -> None:
    assert SnapshotDecoder(SCHEMA, 3).view.tables == {"ship": {}, "wide": {}}


def test_some_bits_change_those_fields_and_no_other() -> None:
    view = decoder_with_ship_7().apply(snapshot(2, b"\x07\x00\x02\x32"))
    assert view.tables["ship"] == {7: {**ROW_7, "health": 50}}


def test_no_bit_takes_the_row_away() -> None:
    assert decoder_with_ship_7().apply(snapshot(2, b"\x07\x00\x00")).tables["ship"] == {}


def test_a_removal_of_a_row_that_is_not_there_means_nothing() -> None:
    assert decoder_with_ship_7().apply(snapshot(2, b"\x08\x00\x00")).tables["ship"] == {7: ROW_7}


@pytest.mark.parametrize("records", [(b"\x07\x00\x00", WHOLE_7), (WHOLE_7, b"\x07\x00\x00")])
def test_a_whole_row_wins_over_a_removal_whatever_the_order(records: tuple[bytes, bytes]) -> None:
    assert decoder_with_ship_7().apply(snapshot(2, *records)).tables["ship"] == {7: ROW_7}


def test_a_change_to_a_row_that_is_not_there_is_out_of_sync() -> None:
    with pytest.raises(OutOfSync, match="a change to ship 8, which is not there"):
        decoder_with_ship_7().apply(snapshot(2, b"\x08\x00\x02\x32"))


def test_a_keyframe_forgets_every_row_of_every_table() -> None:
    decoder = decoder_with_ship_7()
    decoder.apply(snapshot(2, b"\x01\x00\xff\x01" + bytes(9), table=4))
    assert decoder.apply(snapshot(3, kind=KEYFRAME)).tables == {"ship": {}, "wide": {}}


def test_a_mask_of_nine_fields_is_read_from_two_bytes() -> None:
    decoder = SnapshotDecoder(SCHEMA, 3)
    decoder.apply(snapshot(1, b"\x01\x00\xff\x01" + bytes(range(9)), table=4))
    view = decoder.apply(snapshot(2, b"\x01\x00\x01\x01\x63\x64", table=4))
    assert list(view.tables["wide"][1].values()) == [99, 1, 2, 3, 4, 5, 6, 7, 100]


def test_the_own_row_is_read_without_padding_and_gone_when_empty() -> None:
    decoder = SnapshotDecoder(SCHEMA, 3)
    view = decoder.apply(snapshot(1, own=b"\x00\x00\x00\x00\x00\x00\xf8\x3f\x09\x00"))
    assert view.own == {"x": 1.5, "wait": 9}
    assert decoder.apply(snapshot(2)).own == {}


def test_the_hash_is_the_sum_over_all_rows_of_the_crc_of_table_id_and_whole_row() -> None:
    decoder = SnapshotDecoder(SCHEMA, 3)
    whole = zlib.crc32(b"\x01" + WHOLE_7[:2] + WHOLE_7[3:])
    decoder.apply(snapshot(1, WHOLE_7, kind=KEYFRAME, digest=whole))
    wide = zlib.crc32(b"\x04\x01\x02" + bytes(range(9)))
    records = b"\x01\x02\xff\x01" + bytes(range(9))
    decoder.apply(snapshot(2, records, table=4, digest=(whole + wide) % 2**32))
    changed = zlib.crc32(b"\x01\x07\x00\x02\x00\x32\x05\x00\x00\x00")
    decoder.apply(snapshot(3, b"\x07\x00\x02\x32", digest=(changed + wide) % 2**32))
    decoder.apply(snapshot(4, b"\x07\x00\x00", digest=wide))
    with pytest.raises(OutOfSync, match="of tick 5, the server has 7"):
        decoder.apply(snapshot(5, digest=7))


def test_the_hash_of_no_rows_is_zero() -> None:
    SnapshotDecoder(SCHEMA, 3).apply(snapshot(2, digest=0, kind=KEYFRAME))
    with pytest.raises(OutOfSync):
        decoder_with_ship_7().apply(snapshot(2, digest=0))


@pytest.mark.parametrize("spoil", [b"\x07\x00\x02\x32", b"\x07\x00\x00", b"\x08" + WHOLE_7[1:]])
def test_a_row_that_is_wrong_missing_or_too_many_is_found_by_the_next_hash(spoil: bytes) -> None:
    hash_of_7 = zlib.crc32(b"\x01" + WHOLE_7[:2] + WHOLE_7[3:])
    decoder = decoder_with_ship_7()
    decoder.apply(snapshot(2, spoil))
    decoder.apply(snapshot(3))
    with pytest.raises(OutOfSync):
        decoder.apply(snapshot(4, digest=hash_of_7))
    decoder.apply(snapshot(5, WHOLE_7, kind=KEYFRAME, digest=hash_of_7))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (snapshot(0), "snapshot of tick 0 after that of tick 1"),
        (snapshot(2, b"\x07"), "records of table 1 end in the middle of one"),
        (snapshot(2, b"\x07\x00"), "records of table 1 end in the middle of one"),
        (snapshot(2, WHOLE_7[:-1]), "records of table 1 end in the middle of one"),
        (snapshot(2, WHOLE_7, b"\x07"), "records of table 1 end in the middle of one"),
        (snapshot(2, b"\x07\x00\x08"), "mask 0x8 in table ship, which has 3 fields"),
        (snapshot(2, b"\x07\x00\x00\x02", table=4), "mask 0x200 in table wide, which has 9 fields"),
        (snapshot(2, WHOLE_7, table=2), "snapshot of table 2, which the schema does not have"),
        (snapshot(2, own=bytes(9)), "own row of 9 bytes; the schema has 10"),
        (snapshot(2, own=bytes(11)), "own row of 11 bytes; the schema has 10"),
    ],
)
def test_a_snapshot_that_does_not_fit_the_schema_is_refused(wrong: Snapshot, says: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        decoder_with_ship_7().apply(wrong)
    assert caught.value.code == CloseCode.BAD_MESSAGE
    assert caught.value.reason == says


@pytest.mark.parametrize("digest", [None, 0])
def test_random_records_raise_nothing_but_a_protocol_error(digest: int | None) -> None:
    rng = random.Random(5)
    refused = 0
    for _ in range(5_000):
        decoder = decoder_with_ship_7()
        records = b"".join(
            bytes([rng.choice((7, rng.randrange(256))), 0, rng.randrange(9)]) + rng.randbytes(rng.randrange(8))
            for _ in range(rng.randrange(5))
        )
        try:
            decoder.apply(snapshot(2, records, table=rng.choice((1, 1, 4)), digest=digest))
        except ProtocolError as error:
            reason = error.reason
            refused += 1
        else:
            continue
        assert 0 < len(reason.encode()) <= MAX_REASON_BYTES
    assert refused > 1_000


@settings(max_examples=200)
@given(st.binary(max_size=40), st.sampled_from([1, 4]), st.none() | st.integers(0, 2**32 - 1))
def test_any_bytes_as_records_are_read_or_refused(records: bytes, table: int, digest: int | None) -> None:
    try:
        decoder_with_ship_7().apply(snapshot(2, records, table=table, digest=digest))
    except ProtocolError as error:
        refused = error
    else:
        return
    assert len(refused.reason.encode()) <= MAX_REASON_BYTES


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_535, 65_536, 2**24])
def test_headers_for_many_are_those_for_each(size: int) -> None:
    rows, counts = bytes_headers(np.array([size, 3]))
    assert [row[:count].tobytes() for row, count in zip(rows, counts, strict=True)] == [
        bytes_header(size),
        bytes_header(3),
    ]


@pytest.mark.parametrize("length", [0, 1, 15, 16, 255, 65_535])
def test_the_header_of_an_array_is_that_of_msgpack(length: int) -> None:
    assert array_header(length) == msgpack.packb([None] * length)[: -length or None]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 65_535, 65_536, 2**17])
def test_the_header_of_bytes_is_that_of_msgpack(size: int) -> None:
    assert bytes_header(size) == msgpack.packb(bytes(size))[: -size or None]


def test_the_number_of_a_table_is_an_integer_of_msgpack() -> None:
    assert [table_number(number) for number in range(256)] == [msgpack.packb(number) for number in range(256)]


def test_a_table_without_records_is_left_out() -> None:
    assert pack_tables([(1, b""), (2, b"x"), (3, b"")]) == msgpack.packb([2, b"x"])
    assert pack_tables([(1, b"")]) == msgpack.packb([])


def test_messages_are_kept_in_two_parts_that_follow_each_other() -> None:
    messages = Snapshots([b"head 1 ", b"head 2 "], [b"tables", b"tables"])
    assert [messages.message(at) for at in (0, 1)] == [b"head 1 tables", b"head 2 tables"]


def test_a_snapshot_may_have_the_tick_of_the_one_before_and_none_before_that() -> None:
    decoder = decoder_with_ship_7()
    assert decoder.apply(snapshot(1)).tick == 1
    with pytest.raises(ProtocolError, match="snapshot of tick 0 after that of tick 1"):
        decoder.apply(snapshot(0))


def test_what_a_client_has_seen_of_nothing_is_nothing() -> None:
    view = SnapshotDecoder(SCHEMA, 3).view
    assert (view.player, view.tick, view.own) == (3, 0, {})
    assert View(7) == View(7, 0, {}, {})


def test_an_integer_stays_one_and_a_scaled_field_is_its_offset_and_steps() -> None:
    row = decoder_with_ship_7().view.tables["ship"][7]
    assert {name: type(value) for name, value in row.items()} == {"x": float, "health": int, "born": int}
