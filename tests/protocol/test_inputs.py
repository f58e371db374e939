from __future__ import annotations

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.errors import ProtocolError
from game_server.protocol.client_messages import Input
from game_server.protocol.codec import decode_client, encode
from game_server.protocol.inputs import BATCH_BYTES, Batch, Received, is_input, read_inputs
from tests.protocol.strategies import inputs

integers = st.sampled_from([0, 1, 127, 128, 255, 256, 4095, 4096, 65535, 65536, 2**32 - 1, 2**32, -1, -200])
"""Both sides of every width of a msgpack integer, and of every range of an input's."""
near_misses = st.one_of(
    st.builds(lambda *fields: msgpack.packb([2, *fields]), integers, integers, integers, integers),
    st.builds(lambda kind, fields: msgpack.packb([kind, *fields]), st.integers(0, 6), st.lists(integers, max_size=5)),
    st.builds(lambda data, more: data + more, inputs.map(encode), st.binary(min_size=1, max_size=3)),
    st.builds(lambda data, cut: data[:-cut], inputs.map(encode), st.integers(1, 4)),
    st.binary(min_size=1, max_size=BATCH_BYTES),
).filter(lambda data: 0 < len(data) <= BATCH_BYTES)


def batch_of(messages: list[bytes], padding: bytes = b"\xff") -> Batch:
    data = b"".join(message.ljust(BATCH_BYTES, padding) for message in messages)
    sizes = np.array(list(map(len, messages)), np.intp)
    return Batch(np.arange(len(messages)) + 7, np.frombuffer(data, np.uint8).reshape(-1, BATCH_BYTES), sizes)


@given(st.lists(inputs, min_size=1), st.binary(min_size=1, max_size=1))
def test_inputs_are_read_together_as_the_codec_reads_each(messages: list[Input], padding: bytes) -> None:
    read, others = read_inputs(batch_of([encode(message) for message in messages], padding))
    assert others == []
    columns = (read.ticks, *read.commands)
    assert [Input(*fields) for fields in zip(*(column.tolist() for column in columns), strict=True)] == messages
    assert read.players.tolist() == [7 + at for at in range(len(messages))]


@given(st.lists(near_misses, min_size=1), st.binary(min_size=1, max_size=1))
def test_whatever_is_read_is_an_input_to_the_codec_too(messages: list[bytes], padding: bytes) -> None:
    batch = batch_of(messages, padding)
    read, others = read_inputs(batch)
    assert [batch.message(at) for at in range(len(batch))] == messages
    assert sorted([*(read.players - 7).tolist(), *others]) == list(range(len(messages)))
    for at, player in enumerate(read.players.tolist()):
        fields = (read.ticks[at], *read.commands[:, at])
        assert decode_client(messages[player - 7]) == Input(*map(int, fields))
    for other in others:
        try:
            left = decode_client(messages[other])
        except ProtocolError:
            continue
        assert not isinstance(left, Input) or encode(left) != messages[other], "an input in its shortest form is read"


def test_batches_are_distinguished_by_identity_since_arrays_cannot_be_compared() -> None:
    batches = [batch_of([encode(Input(1, 2, 3))]) for _ in range(2)]
    rows = [read_inputs(batch)[0] for batch in batches]
    received = [Received([7], [batch]) for batch in batches]
    for one, other in (batches, rows, received):
        assert {one, one, other} == {other, one}
        assert one != other


def test_some_of_the_rows_are_those_of_some_players() -> None:
    rows, _ = read_inputs(batch_of([encode(Input(tick, 1, 2, 3)) for tick in (10, 11, 12)]))
    some = rows[np.array([True, False, True])]
    assert (some.players.tolist(), some.ticks.tolist(), some.commands.tolist()) == (
        [7, 9], [10, 12], [[1, 1], [2, 2], [3, 3]],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("message", "is_one"), [(b"\x95\x02", True), (b"\x95\x02\x00", True), (b"\x95\x03", False), (b"\x95", False)]
)
def test_an_input_is_known_by_its_first_two_bytes(message: bytes, is_one: bool) -> None:
    assert is_input(message) is is_one


def test_the_longest_input_leaves_room_for_the_bytes_that_are_looked_at() -> None:
    longest = encode(Input(2**32 - 1, 65535, 65535, 4095))
    widest = b"\x95\x02" + b"\xce" + b"\xff" * 4 + 2 * b"\xce\x00\x00\xff\xff" + b"\xce\x00\x00\x0f\xff"
    for message in (longest, widest):
        read, others = read_inputs(batch_of([message]))
        assert (others, read.ticks.tolist(), read.commands.T.tolist()) == ([], [2**32 - 1], [[65535, 65535, 4095]])
    assert len(widest) == 22
