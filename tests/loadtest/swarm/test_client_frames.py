from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import BytesMessage, Ping

from game_server.loadtest.swarm.client_frames import BINARY, PING, masked_frame, masked_frames, split


def heard(data: bytes) -> list[bytes]:
    """The messages that a WebSocket server finds in ``data``."""
    server = Connection(ConnectionType.SERVER)
    server.receive_data(data)
    return [bytes(event.data) for event in server.events() if isinstance(event, BytesMessage)]


@given(st.lists(st.binary(min_size=11, max_size=11), min_size=1, max_size=9))
def test_frames_made_many_at_a_time_are_what_a_server_understands(payloads: list[bytes]) -> None:
    rows = np.frombuffer(b"".join(payloads), np.uint8).reshape(len(payloads), -1)
    frames = masked_frames(rows, np.random.default_rng(1))
    assert heard(frames.tobytes()) == payloads


def test_each_frame_has_a_mask_of_its_own() -> None:
    frames = masked_frames(np.zeros((64, 20), np.uint8), np.random.default_rng(1))
    assert len({frame.tobytes() for frame in frames}) == 64


@given(st.binary(max_size=300) | st.sampled_from([bytes(125), bytes(126), bytes(65_535)]))
def test_a_single_frame_is_what_a_server_understands(payload: bytes) -> None:
    assert heard(masked_frame(BINARY, payload)) == [payload]


@given(st.lists(st.sampled_from([b"", b"x" * 125, b"y" * 126, b"z" * 70_000]), max_size=5), st.data())
def test_a_stream_cut_anywhere_is_split_into_the_frames_that_were_sent(
    payloads: list[bytes], data: st.DataObject
) -> None:
    server = Connection(ConnectionType.SERVER)
    stream = b"".join(server.send(BytesMessage(data=payload)) for payload in payloads)
    cut = data.draw(st.integers(0, len(stream)))
    first, rest = split(stream[:cut])
    second, left = split(rest + stream[cut:])
    assert first + second == [(BINARY, payload) for payload in payloads]
    assert left == b""


@pytest.mark.parametrize("size", [0, 125])
def test_frames_of_up_to_125_bytes_are_made_many_at_a_time(size: int) -> None:
    assert heard(masked_frames(np.zeros((2, size), np.uint8), np.random.default_rng(1)).tobytes()) == 2 * [bytes(size)]
    with pytest.raises(ValueError, match="payloads of 126 bytes; a short frame takes 125 at most"):
        masked_frames(np.zeros((2, 126), np.uint8), np.random.default_rng(1))


def test_a_single_frame_is_masked_and_its_length_as_short_as_it_can_be() -> None:
    for size, header in ((0, 6), (125, 6), (126, 8)):
        frame = masked_frame(PING, bytes(size))
        assert len(frame) == header + size
        assert frame[1] & 0x80
        assert frame[-size:] != bytes(size) or not size


def test_a_ping_is_distinguished_from_a_message() -> None:
    server = Connection(ConnectionType.SERVER)
    assert split(server.send(Ping(payload=b"?")))[0] == [(PING, b"?")]
