from __future__ import annotations

from collections.abc import Callable

import msgpack
from hypothesis import given
from hypothesis import strategies as st

from game_server.loadtest.swarm.snapshot_scan import HEADER_BYTES, headers_of, read_headers
from game_server.protocol.codec import encode
from game_server.protocol.server_messages import Snapshot
from game_server.protocol.snapshots import bytes_header, pack_hash, pack_snapshot, pack_tables

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


def test_what_cannot_be_read_is_told_apart_from_every_tick() -> None:
    ticks, acks, depths = read_headers(headers_of([msgpack.packb([17, "x", 0, 0, 0])]))
    assert (ticks[0], acks[0], depths[0]) == (-1, -1, -1)
