from __future__ import annotations

import zlib
from typing import Any

import attrs
import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.errors import JournalError
from game_server.journal.records import (
    CAME,
    CARRIED,
    CHECKPOINT,
    ENDED,
    HASH,
    HEADER,
    INPUTS,
    LEFT,
    OF,
    OPENED,
    ORDERED,
    PEOPLE,
    TICKED,
    Checkpoint,
    Header,
    find_last,
    pack,
    pack_header,
    pack_inputs,
    read,
)

A_HEADER = Header("K7RW2P", "arena", "0123456789abcdef", 1.8e9)
A_CHECKPOINT = Checkpoint(
    7, 16, 30, "teams", {"friendly_fire": True}, b"world", {"name": "Friday", "members": [[1, "Ada"]]}
)

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
numbers = st.integers(0, 2**16 - 1)
ticks = st.integers(0, 2**32 - 1)
chosen = st.dictionaries(st.text(), st.booleans() | numbers | st.text(), max_size=3)
commands = st.integers(0, 40).flatmap(
    lambda players: st.lists(
        st.lists(numbers, min_size=players, max_size=players).map(lambda some: [*some, 1]), min_size=3, max_size=3
    )
)
"""Of players of whom the last does something."""
records = st.one_of(
    st.tuples(st.just(CAME), ticks, st.tuples(numbers, st.text(), st.booleans())),
    st.tuples(st.sampled_from((LEFT, ORDERED)), ticks, numbers),
    st.tuples(st.just(HASH), ticks, st.binary(min_size=16, max_size=16)),
    st.tuples(st.just(PEOPLE), ticks, plain),
    st.tuples(st.just(ENDED), ticks, st.booleans()),
    st.tuples(st.just(CHECKPOINT), ticks, st.builds(
        Checkpoint, st.integers(0, 2**32), numbers, numbers, st.text(), chosen, st.binary(), plain
    )),
    st.tuples(st.just(INPUTS), st.integers(1, 2**32 - 1), commands),
)  # fmt: skip


def packed(kind: int, tick: int, value: Any) -> bytes:
    if kind == INPUTS:
        return pack_inputs(tick, np.array([value], "<u2"))
    return pack(kind, tick, value)


def plainly(kind: int, value: Any) -> Any:
    return value.tolist() if kind == INPUTS else value


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


def test_the_inputs_of_several_ticks_come_back_tick_by_tick() -> None:
    inputs = np.arange(18, dtype="<u2").reshape(3, 3, 2)
    found = list(read(pack_inputs(9, inputs)))
    assert [(record.tick, record.value.tolist()) for record in found] == list(
        zip((7, 8, 9), inputs.tolist(), strict=True)
    )


def test_ticks_with_the_same_inputs_are_packed_as_one_and_read_as_the_first_and_last() -> None:
    inputs = np.full((200, 3, 2), 7, "<u2")
    packed = pack_inputs(300, inputs)
    assert len(packed) < 50
    assert [(record.tick, record.value.tolist()) for record in read(packed)] == [
        (101, [[7, 7]] * 3),
        (300, [[7, 7]] * 3),
    ]


def test_nothing_is_packed_of_the_seats_after_the_last_whose_player_does_anything() -> None:
    inputs = np.zeros((2, 3, 1000), "<u2")
    inputs[1, 2, 1] = 9
    packed = pack_inputs(2, inputs)
    assert len(packed) < 60
    assert [record.value.tolist() for record in read(packed)] == [[[0, 0]] * 3, [[0, 0], [0, 0], [0, 9]]]


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
        body(LEFT, -1, 1),
        body(LEFT, 2**32, 1),
        body(LEFT, 0, -1),
        body(LEFT, 0, 2**16),
        body(LEFT, 0, True),
        body(CAME, 0, True),
        body(CAME, 0, (1, "Ada")),
        body(CAME, 0, (1, b"Ada", False)),
        body(CAME, 0, (1, "Ada", 0)),
        body(CAME, 0, (2**16, "Ada", False)),
        body(HASH, 0, "text"),
        body(INPUTS, 9, (1, 1, b"12345")),
        body(INPUTS, 9, (2, 1, bytes(18))),
        body(INPUTS, 9, (0, 1, bytes(6))),
        body(INPUTS, 9, (1, -1, b"")),
        body(INPUTS, 1, (2, 1, bytes(6))),
        body(INPUTS, 9, 5),
        body(INPUTS, 9, (1.0, 1, bytes(6))),
        body(INPUTS, 9, (1, 1.0, bytes(6))),
        body(INPUTS, 9, (1, True, bytes(6))),
        body(CARRIED, 0, "5"),
        body(OF, 0, 5),
        body(OF, 0, (1, "text")),
        body(TICKED, 0, (b"123", b"")),
        body(TICKED, 0, (b"", b"12345678")),
        body(TICKED, 0, (bytes([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0]), bytes(6))),
        body(OPENED, 0, (2, "A", "arena", "", 1.0, "tail", "1", 0)),
        body(ENDED, 0, 1),
        body(CHECKPOINT, 0, 5),
        body(CHECKPOINT, 0, (7, 16, 30, "", False)),
        body(CHECKPOINT, 0, (7, 16, 30, "", False, "text", None)),
        body(CHECKPOINT, 0, (7, 16, 30, "", False, b"", None, 1)),
        body(HEADER, 0, (4, *attrs.astuple(A_HEADER))),
        body(HEADER, 0, (1, *attrs.astuple(A_HEADER))),
        body(HEADER, 0, (2, 5, "arena", "", 1.0)),
        body(HEADER, 0, ()),
    ],
)
def test_a_whole_record_of_another_format_is_refused(data: bytes) -> None:
    with pytest.raises(JournalError, match=r"the record before byte \d+ is none of format 3: "):
        list(read(data))


@pytest.mark.parametrize("field", range(6))
def test_a_checkpoint_with_a_fraction_or_another_wrong_kind_of_value_is_refused(field: int) -> None:
    values = [7, 16, 30, "", {}, b"", None]
    assert next(read(body(CHECKPOINT, 0, values))).kind == CHECKPOINT
    values[field] = 1.5
    with pytest.raises(JournalError):
        list(read(body(CHECKPOINT, 0, values)))


def test_in_a_journal_of_format_2_who_has_come_is_unknown() -> None:
    header, came = read(body(HEADER, 0, (2, *attrs.astuple(A_HEADER))) + body(CAME, 41, 3))
    assert (header.value, came.value) == (A_HEADER, (3, "", False))


def test_a_journal_of_a_newer_format_is_refused_by_its_number() -> None:
    with pytest.raises(JournalError, match="format 4, and this version reads 2 and 3"):
        list(read(body(HEADER, 0, (4, "A", "arena", "", 1.0))))


@given(st.lists(records, max_size=12), st.integers(0, 20))
def test_the_last_whole_checkpoint_is_found(written: list[tuple[int, int, Any]], cut: int) -> None:
    data = b"".join(packed(*record) for record in written)
    data = data[: max(len(data) - cut, 0)]
    starts = [0, *(record.end for record in read(data))]
    expected = [start for start, record in zip(starts, read(data), strict=False) if record.kind == CHECKPOINT]
    assert find_last(data, CHECKPOINT) == (expected or [-1])[-1]


def test_a_checkpoint_that_is_broken_is_passed_over() -> None:
    first, second = pack(CHECKPOINT, 1, A_CHECKPOINT), bytearray(pack(CHECKPOINT, 2, A_CHECKPOINT))
    second[-1] ^= 1
    assert find_last(first + bytes(second), CHECKPOINT) == 0
