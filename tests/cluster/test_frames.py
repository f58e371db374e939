"""Frames between processes of one machine, however they are cut into pieces."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgpack
import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.cluster import MAX_BLOB
from game_server.cluster.frames import MAX_FRAME, READ_SIZE, pack_frame, read_frames

SOME: list[tuple[Any, ...]] = [(1, "owner", b"\x00\xff"), (), (2, (3, None, -1.5))]


async def read_from(pieces: list[bytes]) -> list[tuple[Any, ...]]:
    """The frames in ``pieces``, each of which comes at once."""
    ours, theirs = trio.testing.memory_stream_one_way_pair()

    async def send() -> None:
        async with ours:
            for piece in pieces:
                await ours.send_all(piece)
                await trio.testing.wait_all_tasks_blocked()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        return [frame async for frame in read_frames(theirs)]


@settings(max_examples=25)
@given(st.lists(st.integers(0, 60), max_size=6))
def test_frames_come_as_they_were_sent_wherever_the_stream_is_cut(cuts: list[int]) -> None:
    data = b"".join(map(pack_frame, SOME))
    at = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[begin:end] for begin, end in pairwise(at)]
    assert trio.run(read_from, pieces) == SOME


def framed(body: bytes) -> bytes:
    return len(body).to_bytes(4, "little") + body


@pytest.mark.parametrize(
    "bad",
    [
        framed(b"\xc1"),
        framed(msgpack.packb("no array")),
        framed(msgpack.packb({"no": "array"})),
        framed(b""),
        (MAX_FRAME - 4 + 1).to_bytes(4, "little"),
    ],
)
async def test_what_is_no_frame_ends_the_stream_and_what_was_before_it_has_come(bad: bytes) -> None:
    ours, theirs = trio.testing.memory_stream_one_way_pair()
    await ours.send_all(pack_frame(SOME[0]) + bad)  # and the other side goes on
    with trio.fail_after(5):
        assert [frame async for frame in read_frames(theirs)] == SOME[:1]


async def test_the_largest_frame_that_is_taken_is_that_of_the_largest_blob() -> None:
    head = len(pack_frame((b"",)))
    blob = bytes(MAX_FRAME - head - 3)  # whose length takes three bytes more
    frame = pack_frame((blob,))
    assert len(frame) == MAX_FRAME == MAX_BLOB + 4096
    pieces = [frame[at : at + READ_SIZE] for at in range(0, len(frame), READ_SIZE)]
    assert await read_from(pieces) == [(blob,)]
    assert await read_from([pack_frame((bytes(MAX_FRAME),))[:8]]) == []
