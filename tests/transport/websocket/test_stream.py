"""The stream below the WebSocket library, apart from it."""

from __future__ import annotations

from collections import Counter

import pytest
import trio
import trio.testing

from game_server.throttling import Throttling, Turns
from game_server.throttling.turns import PER_PASS
from game_server.transport import Link
from game_server.transport.peer import Peer
from game_server.transport.websocket.frame_budget import FrameBudget
from game_server.transport.websocket.stream import WebSocketStream
from tests.transport.clients import frame
from tests.waiting import Passes, bounded


class Ends:
    """A stream for the library, and the other end of the connection."""

    def __init__(self, rest: bytes = b"", turns: Turns | None = None) -> None:
        self.below, self.theirs = trio.testing.memory_stream_pair()
        self.peer = Peer(self.below, "peer", slow_timeout=10)
        self.link = Link("peer", inbox_capacity=4, hello_deadline=float("inf"))
        budget = FrameBudget((10, 10), trio.current_time(), Throttling(), ())
        self.ours = WebSocketStream(self.peer, b"the head", rest, self.link, budget, turns or Turns())


async def test_the_library_gets_the_head_then_what_came_with_it_and_then_what_comes() -> None:
    ends = Ends(frame(b"glued"))
    assert await ends.ours.receive_some() == b"the head"
    await ends.ours.send_all(b"the answer")
    await ends.theirs.send_all(frame(b"later"))
    assert await ends.ours.receive_some() == frame(b"glued")
    assert await ends.ours.receive_some() == frame(b"later")
    assert await ends.theirs.receive_some() == b"the answer"
    assert (ends.link.bytes_in, ends.link.bytes_out) == (len(frame(b"glued") + frame(b"later")), 10)


@pytest.mark.usefixtures("jumping_clock")
async def test_until_the_handshake_is_answered_no_frame_is_given_out() -> None:
    ends = Ends(frame(b"glued"))
    await ends.ours.receive_some()
    with trio.move_on_after(1) as scope:
        await ends.ours.receive_some()
    assert scope.cancelled_caught
    await ends.ours.send_all(b"the answer")
    assert await ends.ours.receive_some() == frame(b"glued")


async def test_a_write_that_is_cancelled_before_it_begins_cuts_nothing_short() -> None:
    ends = Ends()
    with trio.CancelScope() as scope:
        scope.cancel()
        await ends.ours.send_all(b"never")
    assert scope.cancelled_caught
    assert not ends.peer.torn
    await ends.ours.send_all(b"all the same")
    assert await ends.theirs.receive_some() == b"all the same"


async def test_after_our_close_frame_nothing_follows_and_it_is_sent_once() -> None:
    ends = Ends()
    for code in (4009, 1000):
        await ends.ours.close(code, "removed")
    await ends.ours.send_all(b"\x8a\x00")  # a pong of the library
    await ends.below.send_eof()
    assert await ends.theirs.receive_some() == b"\x88\x09\x0f\xa9removed"
    assert await ends.theirs.receive_some() == b""


async def test_what_the_library_has_let_go_it_neither_reads_nor_writes_and_it_stays_open() -> None:
    ends = Ends()
    await ends.ours.aclose()
    with pytest.raises(trio.ClosedResourceError):
        await ends.ours.receive_some()
    with pytest.raises(trio.ClosedResourceError):
        await ends.ours.send_all(b"late")
    await ends.ours.close(4009, "")
    with bounded():
        assert await ends.theirs.receive_some() == b"\x88\x02\x0f\xa9"


async def test_the_library_waits_for_room_of_the_stream_below() -> None:
    ends, asked = Ends(), list[int]()

    async def has_room() -> None:
        asked.append(1)

    ends.below.send_stream.wait_send_all_might_not_block_hook = has_room
    await ends.ours.wait_send_all_might_not_block()
    assert asked == [1]


async def test_a_flood_is_noticed_in_what_came_with_the_handshake_too() -> None:
    ends = Ends(11 * frame(b"input"))
    assert ends.link.ended_with() == (4005, "too many messages")


async def test_what_comes_over_many_streams_at_once_goes_to_the_library_a_few_in_each_pass() -> None:
    turns, given = Turns(), list[int]()
    crowd = [Ends(turns=turns) for _ in range(5 * PER_PASS)]

    async def read(ends: Ends) -> None:
        assert await ends.ours.receive_some() == frame(b"at once")
        given.append(passes.count)

    for ends in crowd:
        await ends.ours.receive_some()
        await ends.ours.send_all(b"the answer")
    with Passes() as passes:
        async with trio.open_nursery() as nursery:
            for ends in crowd:
                nursery.start_soon(read, ends)
            await trio.testing.wait_all_tasks_blocked()
            for ends in crowd:
                nursery.start_soon(ends.theirs.send_all, frame(b"at once"))
    assert max(Counter(given).values()) <= PER_PASS
