"""The face of a link, with nothing to move its bytes."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from game_server.errors import LinkClosed
from game_server.transport import Link
from tests.waiting import ended, happened


def link() -> Link:
    return Link("127.0.0.1:1", inbox_capacity=4, hello_deadline=trio.current_time() + 10)


async def test_a_closed_link_takes_nothing_and_complains_about_nothing() -> None:
    closed = link()
    closed.close(4008, "the match ended")
    closed.send(b"message")
    assert not closed.offer(b"snapshot")
    closed.close(1000, "")
    with trio.fail_after(1):
        await closed.outbox.wait_empty()


async def test_no_amount_of_chat_closes_a_link() -> None:
    chatting = link()
    taken = [chatting.try_send(bytes(700)) for _ in range(1000)]
    assert taken.count(True) == 93
    assert not chatting.closed
    chatting.close(1000, "")
    assert chatting.try_send(b"nothing is missed by one who is gone")


async def test_one_who_waits_for_a_message_learns_of_the_close(nursery: trio.Nursery) -> None:
    waiting, learned = link(), trio.Event()

    async def wait() -> None:
        with pytest.raises(LinkClosed, match="4009: removed"):
            await waiting.receive()
        learned.set()

    nursery.start_soon(wait)
    await trio.testing.wait_all_tasks_blocked()
    waiting.close(4009, "removed")
    with trio.fail_after(1):
        await happened(learned)


async def test_a_link_is_closed_before_it_is_gone(nursery: trio.Nursery) -> None:
    closing, ends = link(), []

    async def wait() -> None:
        ends.append(await ended(closing))

    nursery.start_soon(wait)
    closing.close(4009, "removed")
    await trio.testing.wait_all_tasks_blocked()
    assert closing.closed
    assert not ends
    closing.mark_gone()
    await trio.testing.wait_all_tasks_blocked()
    assert [(end.code, end.reason) for end in ends] == [(4009, "removed")]


async def test_a_connection_that_just_goes_was_ended_by_its_peer() -> None:
    lost, closed = link(), link()
    lost.mark_gone()
    closed.end(1011, "a fault")
    closed.mark_gone()
    assert (lost.ended_with()[0], lost.ended_by_peer) == (1006, True)
    assert (closed.ended_with()[0], closed.ended_by_peer) == (1011, False)


async def test_a_cancelled_receive_takes_nothing() -> None:
    waiting = link()
    with trio.move_on_after(0):
        await waiting.receive()
    waiting.inbox.put(b"hello")
    assert await waiting.receive() == b"hello"


async def test_a_hello_that_is_here_in_time_is_taken_even_late(autojump_clock: trio.testing.MockClock) -> None:
    late = link()
    late.inbox.put(b"hello")
    autojump_clock.jump(20)
    assert await late.receive() == b"hello"
