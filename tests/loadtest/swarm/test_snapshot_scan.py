from __future__ import annotations

from collections.abc import Callable

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import BytesMessage

from game_server.batch_io import SLACK, Arrivals
from game_server.loadtest.swarm.client_frames import BINARY, split
from game_server.loadtest.swarm.protocol_adapter import GameServerAdapter
from game_server.loadtest.swarm.snapshot_scan import HEADER_BYTES, find_snapshots, headers_of, read_headers
from game_server.protocol import (
    Events,
    Home,
    Notice,
    Snapshot,
    bytes_header,
    encode,
    pack_hash,
    pack_snapshot,
    pack_tables,
)
from tests.loadtest.played import snapshot

WHOLE = st.integers(0, 2**32 - 1)
HEADS = st.tuples(WHOLE, st.integers(0, 1), WHOLE, st.integers(0, 32))


def ours(tick: int, kind: int, ack: int, depth: int) -> bytes:
    return pack_snapshot(tick, kind, ack, depth, pack_hash(None), bytes_header(0), pack_tables([]))


def shortest(tick: int, kind: int, ack: int, depth: int) -> bytes:
    return encode(Snapshot(tick, kind, ack, depth, None, b"", ()))


@given(st.lists(st.tuples(HEADS, st.sampled_from((ours, shortest))), min_size=1, max_size=20))
def test_heads_are_read_in_whatever_width_they_are_written(
    snapshots: list[tuple[tuple[int, int, int, int], Callable[..., bytes]]],
) -> None:
    written = [write(*head) for head, write in snapshots]
    ticks, acks, depths = read_headers(headers_of(written))
    assert list(zip(ticks, acks, depths, strict=True)) == [(tick, ack, depth) for (tick, _, ack, depth), _ in snapshots]


@given(st.binary(min_size=1, max_size=HEADER_BYTES))
def test_what_is_no_head_does_no_harm(data: bytes) -> None:
    assert all(len(column) == 1 for column in read_headers(headers_of([data])))


def test_what_cannot_be_read_differs_from_every_tick() -> None:
    ticks, acks, depths = read_headers(headers_of([msgpack.packb([17, "x", 0, 0, 0])]))
    assert (ticks[0], acks[0], depths[0]) == (-1, -1, -1)


MARK = GameServerAdapter.mark


def arrivals(*came: bytes) -> Arrivals:
    sizes = np.array([len(data) for data in came], np.intp)
    data = np.frombuffer(b"".join(came) + bytes(SLACK), np.uint8)
    return Arrivals(data, np.cumsum(sizes) - sizes, sizes)


def framed(*payloads: bytes) -> bytes:
    framing = Connection(ConnectionType.SERVER)
    return b"".join(framing.send(BytesMessage(payload)) for payload in payloads)


SHORT, LONG = encode(snapshot(100)), encode(snapshot(101)) + bytes(300)
EVENTS = encode(Events(99, ()))


@pytest.mark.parametrize("payload", [SHORT, LONG])
@pytest.mark.parametrize("before", [(), (EVENTS,), (EVENTS, EVENTS)])
def test_a_snapshot_is_found_with_and_without_events_before_it(payload: bytes, before: tuple[bytes, ...]) -> None:
    indices, headers = find_snapshots(arrivals(b"", framed(*before, payload), b""), MARK)
    assert indices.tolist() == [1]
    assert headers.tobytes() == payload[:HEADER_BYTES]


@pytest.mark.parametrize(
    "data",
    [
        framed(SHORT)[:-1],
        framed(LONG)[:-1],
        framed(SHORT, SHORT),
        framed(SHORT) + b"\x82",
        framed(encode(Notice(1, "a notice that is as long as a snapshot"))),
        framed(encode(Home(0, "Bye", "Ada", ())), SHORT),
        framed(EVENTS, EVENTS, EVENTS, SHORT),
        framed(bytes((0x98, MARK[2]))),
        b"\x02" + framed(SHORT)[1:],
        b"\x89" + framed(SHORT)[1:],
        b"\x82\x7f" + len(SHORT).to_bytes(8, "big") + SHORT,
    ],
)
def test_anything_else_is_left_to_be_read_frame_by_frame(data: bytes) -> None:
    indices, headers = find_snapshots(arrivals(framed(SHORT), data, framed(LONG)), MARK)
    assert indices.tolist() == [0, 2]
    assert headers.tobytes() == SHORT[:HEADER_BYTES] + LONG[:HEADER_BYTES]


def test_errors_and_ends_are_no_snapshots() -> None:
    some = arrivals(framed(SHORT))
    gone = Arrivals(some.data, np.zeros(2, np.intp), np.array([-11, 0], np.intp))
    assert find_snapshots(gone, MARK)[0].tolist() == []


PAYLOADS = st.lists(st.sampled_from((SHORT, LONG, EVENTS, encode(Notice(1, "!")))), max_size=4)


@given(st.lists(st.one_of(PAYLOADS.map(lambda some: framed(*some)), st.binary(max_size=40)), max_size=8))
def test_whatever_is_found_is_what_reading_frame_by_frame_finds(came: list[bytes]) -> None:
    indices, headers = find_snapshots(arrivals(*came), MARK)
    for index, head in zip(indices.tolist(), headers, strict=True):
        frames, rest = split(came[index])
        assert rest == b""
        assert all(opcode == BINARY and payload[1] == Events.type for opcode, payload in frames[:-1])
        assert frames[-1][1][:HEADER_BYTES] == head.tobytes()
        assert frames[-1][1][1] == MARK[2]
