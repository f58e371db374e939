from __future__ import annotations

import errno
from collections.abc import Sequence

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
from game_server.transport.websocket.frame_splitter import FrameSplitter
from game_server.transport.websocket.frames import head_of, heads_of, unmask, unmask_all
from tests.transport.clients import frame

payloads = st.one_of(st.binary(max_size=130), st.integers(0, 70_000).map(bytes))
masks = st.one_of(st.none(), st.binary(min_size=4, max_size=4))
frames = st.builds(frame, payloads, opcode=st.sampled_from([0, 1, 2, 8, 9, 10]), fin=st.booleans(), mask=masks)
inputs = st.builds(frame, st.binary(max_size=125), mask=st.binary(min_size=4, max_size=4))
cuts = st.lists(st.integers(1, 3000), min_size=1)


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
def test_reads_of_whole_inputs_are_split_together_as_each_is_alone(reads: list[bytes], most: int, gap: int) -> None:
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
