from __future__ import annotations

import zlib
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.errors import JournalError
from game_server.journal.records import (
    CAME,
    CHECKPOINT,
    ENDED,
    HASH,
    HEADER,
    INPUTS,
    LEFT,
    ORDERED,
    PEOPLE,
    Checkpoint,
    Header,
    find_last_checkpoint,
    pack,
    pack_header,
    pack_inputs,
    read,
)

A_HEADER = Header("K7RW2P", "arena", "0123456789abcdef", 1.8e9)
A_CHECKPOINT = Checkpoint(7, 16, 30, "teams", True, b"world", {"name": "Friday", "members": [[1, "Ada"]]})

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
numbers = st.integers(0, 2**16 - 1)
ticks = st.integers(0, 2**32 - 1)
rows = st.lists(st.tuples(numbers, numbers, numbers, numbers), max_size=40)
records = st.one_of(
    st.tuples(st.sampled_from((CAME, LEFT, ORDERED)), ticks, numbers),
    st.tuples(st.just(HASH), ticks, st.binary(min_size=16, max_size=16)),
    st.tuples(st.just(PEOPLE), ticks, plain),
    st.tuples(st.just(ENDED), ticks, st.booleans()),
    st.tuples(st.just(CHECKPOINT), ticks, st.builds(
        Checkpoint, st.integers(0, 2**32), numbers, numbers, st.text(), st.booleans(), st.binary(), plain
    )),
    st.tuples(st.just(INPUTS), ticks, rows),
)  # fmt: skip


def packed(kind: int, tick: int, value: Any) -> bytes:
    if kind == INPUTS:
        return pack_inputs(tick, np.array(value, "<u2").tobytes())
    return pack(kind, tick, value)


def plainly(kind: int, value: Any) -> Any:
    return [tuple(row) for row in value.tolist()] if kind == INPUTS else value


@given(st.lists(records, max_size=8))
def test_records_come_back_from_their_bytes_as_they_were(written: list[tuple[int, int, Any]]) -> None:
    data = b"".join(packed(*record) for record in written)
    found = list(read(data))
    assert [(record.kind, record.tick, plainly(record.kind, record.value)) for record in found] == written
    assert [record.end for record in found[-1:]] == [len(data)] * bool(written)


@given(st.lists(records, min_size=1, max_size=4), st.data())
def test_what_is_cut_off_at_any_byte_ends_before_the_record_that_was_cut(
    written: list[tuple[int, int, Any]], data: st.DataObject
) -> None:
    whole = [packed(*record) for record in written]
    cut = data.draw(st.integers(0, len(b"".join(whole))))
    kept = list(read(b"".join(whole)[:cut]))
    assert len(kept) == sum(sum(map(len, whole[: count + 1])) <= cut for count in range(len(whole)))


@given(st.lists(records, min_size=1, max_size=4), st.data())
def test_a_flipped_bit_ends_the_journal_before_its_record(
    written: list[tuple[int, int, Any]], data: st.DataObject
) -> None:
    whole = [packed(*record) for record in written]
    joined = bytearray(b"".join(whole))
    bit = data.draw(st.integers(0, len(joined) * 8 - 1))
    joined[bit // 8] ^= 1 << bit % 8
    before = sum(sum(map(len, whole[: count + 1])) <= bit // 8 for count in range(len(whole)))
    assert len(list(read(bytes(joined)))) == before


def test_the_header_comes_back_as_it_was() -> None:
    [record] = read(pack_header(A_HEADER))
    assert (record.kind, record.value) == (HEADER, A_HEADER)


def test_more_inputs_than_fit_a_short_record_come_back_too() -> None:
    many = np.arange(65_535 * 4, dtype="<u2").reshape(-1, 4)
    [record] = read(pack_inputs(7, many.tobytes()))
    assert (record.value == many).all()


def body(*values: Any) -> bytes:
    return raw(msgpack.packb(values))


def raw(content: bytes) -> bytes:
    return len(content).to_bytes(4, "little") + zlib.crc32(content).to_bytes(4, "little") + content


@pytest.mark.parametrize(
    "data",
    [
        raw(b""),
        raw(b"\xc1"),
        raw(b"\x91" * 3000),
        body(),
        body(99, 0, 1),
        body("inputs", 0, b""),
        body(CAME, -1, 1),
        body(CAME, 2**32, 1),
        body(CAME, 0, -1),
        body(CAME, 0, 2**16),
        body(CAME, 0, True),
        body(HASH, 0, "text"),
        body(INPUTS, 0, b"1234567"),
        body(INPUTS, 0, 5),
        body(ENDED, 0, 1),
        body(CHECKPOINT, 0, 5),
        body(CHECKPOINT, 0, (7, 16, 30, "", False)),
        body(CHECKPOINT, 0, (7, 16, 30, "", False, "text", None)),
        body(CHECKPOINT, 0, (7, 16, 30, "", False, b"", None, 1)),
        body(HEADER, 0, (2, "A", "arena", "", 1.0)),
        body(HEADER, 0, (1, 5, "arena", "", 1.0)),
        body(HEADER, 0, ()),
    ],
)
def test_a_whole_record_of_another_format_is_refused(data: bytes) -> None:
    with pytest.raises(JournalError, match=r"the record before byte \d+ is none of format 1: "):
        list(read(data))


def test_a_journal_of_a_newer_format_is_refused_by_its_number() -> None:
    with pytest.raises(JournalError, match="format 2, and this version reads 1"):
        list(read(body(HEADER, 0, (2, "A", "arena", "", 1.0))))


@given(st.lists(records, max_size=12), st.integers(0, 20))
def test_the_last_whole_checkpoint_is_found(written: list[tuple[int, int, Any]], cut: int) -> None:
    data = b"".join(packed(*record) for record in written)
    data = data[: max(len(data) - cut, 0)]
    starts = [0, *(record.end for record in read(data))]
    expected = [start for start, record in zip(starts, read(data), strict=False) if record.kind == CHECKPOINT]
    assert find_last_checkpoint(data) == (expected or [-1])[-1]


def test_a_checkpoint_that_is_broken_is_passed_over() -> None:
    first, second = pack(CHECKPOINT, 1, A_CHECKPOINT), bytearray(pack(CHECKPOINT, 2, A_CHECKPOINT))
    second[-1] ^= 1
    assert find_last_checkpoint(first + bytes(second)) == 0
