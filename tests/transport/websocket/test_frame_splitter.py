from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.transport.websocket.frame_splitter import FrameSplitter
from tests.transport.clients import frame

payloads = st.one_of(st.binary(max_size=130), st.integers(0, 70_000).map(bytes))
masks = st.one_of(st.none(), st.binary(min_size=4, max_size=4))
frames = st.builds(frame, payloads, opcode=st.sampled_from([0, 1, 2, 8, 9, 10]), fin=st.booleans(), mask=masks)
inputs = st.builds(frame, st.binary(max_size=125), mask=st.binary(min_size=4, max_size=4))
cuts = st.lists(st.integers(1, 3000), min_size=1)


def cut(wire: bytes, sizes: list[int]) -> Iterator[bytes]:
    turn = 0
    while wire:
        size = sizes[turn % len(sizes)]
        yield wire[:size]
        wire = wire[size:]
        turn += 1


# Counting


@given(st.lists(frames, max_size=12), cuts)
def test_every_frame_is_counted_once_however_the_bytes_are_cut(sent: list[bytes], sizes: list[int]) -> None:
    splitter = FrameSplitter()
    assert sum(splitter.count(piece) for piece in cut(b"".join(sent), sizes)) == len(sent)


@given(st.lists(frames, max_size=12), cuts)
def test_frames_set_aside_are_counted_like_the_others(sent: list[bytes], sizes: list[int]) -> None:
    splitter = FrameSplitter()
    assert sum(splitter.split(piece, [])[1] for piece in cut(b"".join(sent), sizes)) == len(sent)


def test_a_header_counts_before_its_payload_has_come() -> None:
    splitter = FrameSplitter()
    assert splitter.count(frame(bytes(1000))[:8]) == 1
    assert splitter.count(bytes(999)) == 0


@given(st.binary())
def test_any_bytes_can_be_counted(noise: bytes) -> None:
    assert 0 <= FrameSplitter().count(noise) <= len(noise)


# Setting aside


@given(st.lists(st.binary(max_size=125), min_size=1), cuts)
def test_small_messages_are_all_set_aside_however_the_bytes_are_cut(sent: list[bytes], sizes: list[int]) -> None:
    splitter, messages = FrameSplitter(), list[bytes]()
    for piece in cut(b"".join(map(frame, sent)), sizes):
        assert splitter.split(piece, messages)[0] == b""
    assert messages == sent


def test_an_input_split_at_any_byte_is_set_aside_when_it_is_whole() -> None:
    whole = frame(b"an input")
    for at in range(1, len(whole)):
        splitter, messages = FrameSplitter(), list[bytes]()
        assert splitter.split(whole[:at], messages)[0] == b""
        assert messages == []
        assert splitter.split(whole[at:], messages) == (b"", 1)
        assert messages == [b"an input"]


@given(st.lists(frames, max_size=12), cuts)
def test_nothing_is_lost_or_added_on_the_way_to_the_library(sent: list[bytes], sizes: list[int]) -> None:
    sent = [item for item in sent if not is_answer(item)]
    splitter, messages, passed = FrameSplitter(), list[bytes](), b""
    wire = b"".join(sent)
    for piece in cut(wire, sizes):
        passed += splitter.split(piece, messages)[0]
    passed += splitter.take_held()
    aside = sum(6 + len(message) for message in messages)
    assert len(passed) + aside == len(wire)


def is_answer(item: bytes) -> bool:
    return item[:2] == b"\x8a\x80"


@given(st.lists(st.one_of(inputs, st.just(frame(b"", opcode=10))), min_size=1), cuts)
def test_empty_pongs_are_dropped_however_the_bytes_are_cut(sent: list[bytes], sizes: list[int]) -> None:
    splitter, messages, frames = FrameSplitter(), list[bytes](), 0
    for piece in cut(b"".join(sent), sizes):
        passed, count = splitter.split(piece, messages)
        assert passed == b""
        frames += count
    assert frames == len(sent)
    assert len(messages) == sum(not is_answer(item) for item in sent)


def test_an_empty_pong_amid_what_is_the_librarys_goes_there() -> None:
    splitter = FrameSplitter()
    wire = frame(b"begin", fin=False) + frame(b"", opcode=10) + frame(b"end", opcode=0)
    assert splitter.split(wire, []) == (wire, 3)


@pytest.mark.parametrize(
    "other",
    [
        frame(bytes(126)),
        frame(b"text", opcode=1),
        frame(b"begin", fin=False),
        frame(b"unmasked", mask=None),
        frame(b"", opcode=8),
        frame(b"", opcode=3),
        frame(b"", opcode=0),
        frame(b"?", opcode=9, fin=False),
        b"\xc2\x81abcdx",
    ],
)
def test_what_follows_anything_but_inputs_and_pings_follows_it_to_the_library(other: bytes) -> None:
    splitter, messages = FrameSplitter(), list[bytes]()
    wire = other + frame(b"input")
    assert splitter.split(wire, messages) == (wire, 2)
    assert messages == []


@pytest.mark.parametrize("opcode", [9, 10])
def test_a_ping_or_pong_between_inputs_goes_to_the_library_alone(opcode: int) -> None:
    splitter, messages = FrameSplitter(), list[bytes]()
    control = frame(b"?", opcode=opcode)
    assert splitter.split(frame(b"1") + control + frame(b"2"), messages) == (control, 3)
    assert messages == [b"1", b"2"]


def test_inputs_are_set_aside_again_once_the_library_has_delivered() -> None:
    splitter, messages = FrameSplitter(), list[bytes]()
    fragments = frame(b"long ", fin=False) + frame(b"message", opcode=0)
    splitter.split(fragments + frame(b"1"), messages)
    assert (splitter.owed, splitter.waits) == (2, True)
    splitter.delivered()
    assert splitter.split(frame(b"2"), messages)[0] == frame(b"2")
    assert not splitter.plain
    for _ in range(2):
        splitter.delivered()
    assert splitter.plain
    assert splitter.split(frame(b"3"), messages)[0] == b""
    assert messages == [b"3"]


def test_the_library_is_not_waited_for_while_it_needs_more_bytes() -> None:
    splitter, messages = FrameSplitter(), list[bytes]()
    whole = frame(bytes(1000))
    splitter.split(whole[:500], messages)
    assert (splitter.owed, splitter.waits) == (1, False)
    splitter.split(whole[500:] + b"\x82", messages)
    assert (splitter.owed, splitter.waits) == (1, False)


@given(inputs, st.data())
def test_the_rest_of_a_frame_goes_where_its_beginning_went(whole: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(whole) - 1))
    splitter, messages = FrameSplitter(), list[bytes]()
    splitter.count(whole[:at])
    assert splitter.split(whole[at:], messages)[0] == whole[at:]
    splitter.delivered()
    assert splitter.split(whole, messages)[0] == b""
    assert splitter.split(whole[:at], messages)[0] == b""
    assert splitter.take_held() == whole[:at]
    splitter.count(whole[at:])
    assert len(messages) == splitter.owed == 1
