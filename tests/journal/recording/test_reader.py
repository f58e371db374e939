"""The reader of recordings: whole files, those that were cut off, and those that somebody has damaged."""

from __future__ import annotations

import io
from functools import cache

import attrs
import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.journal.recording.format import (
    CHUNK,
    MAGIC,
    SECTION,
    START,
    TAIL,
    WINNERS,
    ChunkPlace,
    Index,
    RecordingError,
    pack_chunk,
    pack_index,
    pack_section,
)
from game_server.journal.recording.reader import RecordingReader
from tests.journal.recording.recorded import recorded

TWELVE_SECONDS = cache(lambda: recorded(12))


def read(data: bytes) -> RecordingReader:
    return RecordingReader(io.BytesIO(data))


def everything(reader: RecordingReader) -> list[list[bytes]]:
    return [list(reader.messages(chunk)) for chunk in reader.index.chunks]


def index_size(data: bytes) -> int:
    return int(TAIL.unpack(data[-TAIL.size :])[0]) + TAIL.size


def test_a_whole_file_is_read_by_its_index() -> None:
    reader = read(TWELVE_SECONDS())
    assert reader.whole
    assert [(chunk.first, chunk.last) for chunk in reader.index.chunks] == [(1, 149), (150, 299), (300, 360)]
    assert reader.seconds == pytest.approx(359 / 30)
    assert [mark for mark in reader.index.marks if mark[1] == WINNERS] == [[90, WINNERS, ["Ada"]]]


def test_the_index_says_what_the_chunks_come_to() -> None:
    data = TWELVE_SECONDS()
    reader, cut = read(data), read(data[: -index_size(data)])
    assert not cut.whole
    assert cut.index == reader.index
    assert everything(cut) == everything(reader)


def test_a_file_cut_off_at_any_byte_of_its_tail_is_read_up_to_its_last_whole_chunk() -> None:
    data = TWELVE_SECONDS()
    whole = read(data)
    ends = [chunk.offset + chunk.size for chunk in whole.index.chunks]
    chunks = everything(whole)
    for size in range(max(ends[0], len(data) - 4096), len(data)):
        reader = read(data[:size])
        there = sum(end <= size for end in ends)
        assert reader.index.chunks == whole.index.chunks[:there]
        assert not reader.whole
        assert reader.end == ends[there - 1]
        if size % 50 == 0:
            assert everything(reader) == chunks[:there]


@given(st.data())
def test_a_flipped_bit_is_found_or_changes_nothing(data: st.DataObject) -> None:
    good = TWELVE_SECONDS()
    bad = bytearray(good)
    at = data.draw(st.integers(0, len(bad) * 8 - 1))
    bad[at // 8] ^= 1 << at % 8
    want = everything(read(good))
    try:
        reader = read(bytes(bad))
    except RecordingError:
        return
    for number, chunk in enumerate(reader.index.chunks):
        try:
            assert list(reader.messages(chunk)) == want[number]
        except RecordingError:
            continue


@given(st.integers(0, 900))
def test_a_file_cut_off_before_its_first_chunk_is_no_recording_or_has_no_chunk(size: int) -> None:
    first = read(TWELVE_SECONDS()).index.chunks[0].offset
    if size < first:
        with pytest.raises(RecordingError):
            read(TWELVE_SECONDS()[:size])
    else:
        assert read(TWELVE_SECONDS()[:size]).index == Index([], [])


@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_do_anything_but_raise_a_recording_error(rest: bytes, begun: bool) -> None:
    with pytest.raises(RecordingError):
        read(START + rest if begun else rest)


def test_a_newer_version_is_named() -> None:
    with pytest.raises(RecordingError, match="has version 2, and this server reads version 1"):
        read(MAGIC + b"\x02" + TWELVE_SECONDS()[len(START) :])


PLACES = st.builds(ChunkPlace, *[st.integers(0, 2**40)] * 4)


@given(st.lists(PLACES, max_size=4), st.data())
def test_an_index_that_does_not_fit_the_file_is_not_used(places: list[ChunkPlace], data: st.DataObject) -> None:
    good = TWELVE_SECONDS()
    right = read(good).index
    wrong = [
        attrs.evolve(place, **{data.draw(st.sampled_from(["offset", "size"])): data.draw(st.integers(0, 2**40))})
        for place in right.chunks[: data.draw(st.integers(0, 3))]
    ]
    chunks = wrong + places
    reader = read(good[: -index_size(good)] + pack_index(Index(chunks, right.marks)))
    assert reader.index.chunks == right.chunks
    assert reader.whole == (chunks == right.chunks)


BAD_MARKS = [
    [1], [[1, 0]], [["x", 0, "a"]], [[1, 0, 5]], [[1, 1, "Ada"]], [[1, 4, 0, "A"]], [[1, 3, "kill"]], "ab", [[1, [], 2]]
]  # fmt: skip


@pytest.mark.parametrize("marks", BAD_MARKS)
def test_marks_that_are_none_end_the_recording_before_them(marks: object) -> None:
    good = TWELVE_SECONDS()
    second = read(good).index.chunks[1]
    head = (1000).to_bytes(4, "big") * 2
    packed: bytes = msgpack.packb(marks)
    chunk = pack_section(CHUNK, head + len(packed).to_bytes(4, "big") + packed)
    assert len(read(good[: second.offset] + chunk).index.chunks) == 1


@pytest.mark.parametrize("messages", [b"", b"no zlib", bytes.fromhex("789c010100feff000001"), bytes.fromhex("789c")])
def test_messages_that_cannot_be_inflated_are_a_recording_error(messages: bytes) -> None:
    good = TWELVE_SECONDS()
    first = read(good).index.chunks[0]
    reader = read(good[: first.offset] + pack_chunk(1, 2, [], messages))
    with pytest.raises(RecordingError):
        list(reader.messages(reader.index.chunks[0]))


def test_a_length_beyond_what_a_section_may_have_is_not_believed() -> None:
    good = TWELVE_SECONDS()
    first = read(good).index.chunks[0]
    assert read(good[: first.offset] + SECTION.pack(CHUNK, 2**32 - 1, 0)).index.chunks == []


@given(st.data())
def test_whatever_follows_the_header_is_read_without_another_error(data: st.DataObject) -> None:
    good = TWELVE_SECONDS()
    first = read(good).index.chunks[0].offset
    rest = data.draw(st.binary(max_size=200))
    if data.draw(st.booleans()):
        rest = pack_section(data.draw(st.sampled_from([b"C", b"I", b"H"])), rest)
    reader = read(good[:first] + rest)
    for chunk in reader.index.chunks:
        try:
            list(reader.messages(chunk))
        except RecordingError:
            pass
