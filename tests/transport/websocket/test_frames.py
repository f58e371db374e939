from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import BytesMessage

from game_server.batch_io import SLACK, Arrivals
from game_server.protocol import BATCH_BYTES
from game_server.transport.websocket.frames import FrameSplitter, head_of, heads_of, unmask, unmask_all
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


# Masks and headers


def test_the_masked_hello_of_rfc_6455_section_5_7() -> None:
    assert unmask(b"\x37\xfa\x21\x3d", b"\x7f\x9f\x4d\x51\x58") == b"Hello"
    messages: list[bytes] = []
    text = bytes.fromhex("81 85 37 fa 21 3d 7f 9f 4d 51 58")
    assert FrameSplitter().split(text, messages) == (text, 1)
    assert FrameSplitter().split(b"\x82" + text[1:], messages) == (b"", 1)
    assert messages == [b"Hello"]


@given(st.binary(min_size=4, max_size=4), st.binary())
def test_unmasking_is_the_exclusive_or_of_section_5_3(mask: bytes, payload: bytes) -> None:
    assert unmask(mask, payload) == bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 1 << 20])
def test_headers_are_those_that_the_library_writes(size: int) -> None:
    assert head_of(size) + bytes(size) == Connection(ConnectionType.SERVER).send(BytesMessage(bytes(size)))


one_read = st.one_of(
    st.builds(
        frame,
        st.binary(max_size=40),
        opcode=st.sampled_from([1, 2, 2, 2, 9]),
        fin=st.sampled_from([True, True, False]),
        mask=st.binary(min_size=4, max_size=4),
    ),
    st.binary(min_size=1, max_size=60),
    st.lists(st.builds(frame, st.binary(max_size=4)), max_size=5).map(b"".join).filter(bool),
)


def arrived(reads: Sequence[bytes], gap: int = 0) -> Arrivals:
    """``reads`` with ``gap`` bytes between them."""
    sizes = np.array([len(read) for read in reads])
    data = np.frombuffer(b"".join(read + b"\x82" * gap for read in reads) + bytes(SLACK), np.uint8)
    return Arrivals(data, np.cumsum(sizes + gap) - sizes - gap, sizes)


@given(st.lists(one_read, min_size=1), st.integers(1, 3), st.sampled_from([0, 7]))
def test_reads_of_whole_inputs_are_parted_together_as_a_sieve_parts_each(
    reads: list[bytes], most: int, gap: int
) -> None:
    rounds, others = unmask_all(arrived(reads, gap), most)
    for place, read in enumerate(reads):
        aside = [
            row[:size].tobytes()
            for which, data, sizes in rounds
            for index, row, size in zip(which.tolist(), data, sizes.tolist(), strict=True)
            if index == place
        ]
        splitter, messages = FrameSplitter(), list[bytes]()
        passed, _ = splitter.split(read, messages)
        small = all(0 < len(message) <= BATCH_BYTES for message in messages)
        if passed == b"" and splitter.plain and splitter.pongs == 0 and small and len(messages) <= most:
            assert aside == messages
            assert place not in others
        else:
            assert aside == []
            assert place in others


@given(st.lists(st.binary(min_size=1, max_size=BATCH_BYTES), min_size=1))
def test_whole_inputs_are_all_set_aside_together(sent: list[bytes]) -> None:
    [first], others = unmask_all(arrived([frame(message) for message in sent]), 1)
    assert others == []
    messages = [row[:size].tobytes() for row, size in zip(first.data, first.sizes.tolist(), strict=True)]
    assert messages == sent


def test_nothing_is_made_of_sockets_from_which_nothing_came() -> None:
    came = attrs.evolve(arrived([frame(b"1"), frame(b"2"), frame(b"3")]), sizes=np.array([7, -errno.EAGAIN, 0]))
    [first], others = unmask_all(came, 1)
    assert (first.which.tolist(), others) == ([0], [])


@given(st.lists(st.sampled_from([1, 125, 126, 4000, 65535, 65536]), min_size=1))
def test_headers_of_many_are_those_of_each(sizes: list[int]) -> None:
    assert heads_of(np.array(sizes)) == [head_of(size) for size in sizes]


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
