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


async def test_one_who_idles_goes_on_when_roused_or_when_the_link_closes_and_then_at_once(
    nursery: trio.Nursery,
) -> None:
    idle, gone_on = link(), list[str]()

    async def wait(until: str) -> None:
        await idle.idle()
        gone_on.append(until)

    for until, end in (("roused", idle.rouse), ("closed", lambda: idle.close(1000, "")), ("was closed", list)):
        nursery.start_soon(wait, until)
        await trio.testing.wait_all_tasks_blocked()
        end()
        await trio.testing.wait_all_tasks_blocked()
        assert gone_on[-1] == until


async def test_what_is_called_at_the_end_is_called_once_and_at_once_after_it() -> None:
    closing, calls = link(), list[str]()
    closing.when_ended(lambda: calls.append("not this one"))
    closing.when_ended(None)
    closing.when_ended(lambda: calls.append("ended"))
    assert calls == []
    closing.close(1000, "")
    closing.close(1000, "")
    assert calls == ["ended"]
    closing.when_ended(lambda: calls.append("had ended"))
    assert calls == ["ended", "had ended"]


async def test_messages_are_counted_if_they_were_queued_and_snapshots_if_they_were_not() -> None:
    counted = link()
    counted.send(b"message")
    counted.try_send(b"line")
    assert [counted.offer(b"snapshot") for _ in range(3)] == [True, False, False]
    while counted.try_send(bytes(700)):
        pass
    assert (counted.messages_out, counted.skipped) == (3 + 93, 2)
    counted.close(1000, "")
    counted.send(b"late")
    counted.try_send(b"late")
    assert (counted.messages_out, counted.offer(b"late"), counted.skipped) == (3 + 93, False, 3)


async def test_a_round_trip_counts_for_a_quarter_beside_those_before() -> None:
    measured = link()
    trips = []
    for seconds in (0.2, 0.6, 0.3):
        measured.note_round_trip(seconds)
        trips.append(measured.round_trip)
    assert trips == pytest.approx([0.2, 0.3, 0.3])
