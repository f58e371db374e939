from __future__ import annotations

import pytest
import trio
import trio.testing

from game_server.transport.websocket.mailbox import (
    MAX_QUEUED_BYTES,
    MAX_QUEUED_CHAT_BYTES,
    MAX_UNUSED_BYTES,
    Inbox,
    Outbox,
)


async def test_the_inbox_gives_messages_in_order_one_by_one_or_all_at_once() -> None:
    inbox = Inbox(capacity=8)
    for message in (b"1", b"2", b"3"):
        assert inbox.put(message)
    assert await inbox.next() == b"1"
    assert inbox.drain() == [b"2", b"3"]
    assert inbox.drain() == []


async def test_the_inbox_refuses_more_messages_than_its_capacity() -> None:
    inbox = Inbox(capacity=2)
    assert inbox.put(b"1")
    assert inbox.put(b"2")
    assert not inbox.put(b"3")
    assert inbox.drain() == [b"1", b"2"]
    assert inbox.put(b"4")


async def test_one_who_listens_to_an_inbox_hears_of_what_comes_and_of_what_waits() -> None:
    inbox, heard = Inbox(capacity=9), list[int]()
    inbox.put(b"1")
    inbox.listen(lambda: heard.append(len(heard)))
    assert heard == [0]
    inbox.put(b"2")
    assert heard == [0, 1]
    inbox.listen(None)
    inbox.put(b"3")
    assert heard == [0, 1]


async def test_the_inbox_refuses_more_bytes_than_its_bound() -> None:
    inbox = Inbox(capacity=1000)
    assert inbox.put(bytes(MAX_UNUSED_BYTES))
    assert not inbox.put(b"1")
    assert await inbox.next() == bytes(MAX_UNUSED_BYTES)
    assert inbox.put(b"1")


async def test_the_inbox_wakes_who_waits_for_a_message(nursery: trio.Nursery) -> None:
    inbox, got = Inbox(capacity=8), []

    async def take() -> None:
        got.append(await inbox.next())

    nursery.start_soon(take)
    await trio.testing.wait_all_tasks_blocked()
    inbox.put(b"1")
    await trio.testing.wait_all_tasks_blocked()
    assert got == [b"1"]


async def test_an_ended_inbox_still_gives_what_waits() -> None:
    inbox = Inbox(capacity=8)
    inbox.put(b"1")
    inbox.end()
    assert await inbox.next() == b"1"
    assert await inbox.next() is None


async def test_an_ended_inbox_drops_what_still_comes() -> None:
    inbox = Inbox(capacity=2)
    inbox.put(b"1")
    inbox.end()
    assert all([inbox.put(b"2"), inbox.put(bytes(MAX_UNUSED_BYTES)), inbox.put_small([b"3"] * 3)])
    assert inbox.drain() == [b"1"]


async def test_the_outbox_keeps_snapshots_and_messages_in_the_order_given() -> None:
    outbox = Outbox()
    outbox.put(b"events")
    outbox.offer(b"snapshot")
    outbox.put(b"pong")
    order = []
    for _ in range(3):
        order.append(await outbox.next())
        outbox.written()
    assert order == [b"events", b"snapshot", b"pong"]


async def test_the_outbox_takes_no_second_snapshot_until_the_first_is_written() -> None:
    outbox = Outbox()
    assert outbox.offer(b"1")
    assert not outbox.offer(b"2")
    assert await outbox.next() == b"1"
    assert not outbox.offer(b"3")
    outbox.written()
    assert outbox.offer(b"4")


async def test_the_outbox_is_bounded_beside_the_snapshot() -> None:
    outbox = Outbox()
    assert outbox.offer(bytes(MAX_QUEUED_BYTES))
    assert outbox.put(bytes(MAX_QUEUED_BYTES))
    assert not outbox.put(b"1")


async def test_what_can_be_left_out_is_bounded_by_itself_and_takes_no_room_of_messages() -> None:
    outbox = Outbox()
    assert outbox.put_spare(bytes(MAX_QUEUED_CHAT_BYTES))
    assert not outbox.put_spare(b"1")
    assert outbox.put(bytes(MAX_QUEUED_BYTES))
    assert not outbox.put(b"1")
    await outbox.next()
    outbox.written()
    assert outbox.put_spare(bytes(MAX_QUEUED_CHAT_BYTES))
    assert not outbox.put(b"1")


async def test_one_message_alone_may_be_larger_than_the_bound() -> None:
    assert Outbox().put(bytes(MAX_QUEUED_BYTES + 1))


@pytest.mark.parametrize("finish", ["written", "cleared"])
async def test_the_outbox_reports_when_nothing_waits(nursery: trio.Nursery, finish: str) -> None:
    outbox, empty = Outbox(), trio.Event()

    async def watch() -> None:
        await outbox.wait_empty()
        empty.set()

    outbox.put(b"1")
    outbox.put(b"2")
    nursery.start_soon(watch)
    await outbox.next()
    await trio.testing.wait_all_tasks_blocked()
    assert not empty.is_set()
    if finish == "written":
        outbox.written()
        await outbox.next()
    else:
        outbox.clear()
    outbox.written()
    await trio.testing.wait_all_tasks_blocked()
    assert empty.is_set()


async def test_a_paused_outbox_takes_messages_alone_and_gives_none(nursery: trio.Nursery) -> None:
    outbox, got = Outbox(), list[bytes]()

    async def take() -> None:
        got.append(await outbox.next())

    nursery.start_soon(take)
    with outbox.paused():
        assert not outbox.offer(b"snapshot")
        assert outbox.put(b"message")
        await trio.testing.wait_all_tasks_blocked()
        assert got == []
    await trio.testing.wait_all_tasks_blocked()
    assert got == [b"message"]
    outbox.written()
    assert outbox.offer(b"snapshot")


async def test_what_is_being_written_can_be_waited_for_alone(nursery: trio.Nursery) -> None:
    outbox, written = Outbox(), trio.Event()

    async def watch() -> None:
        await outbox.wait_written()
        written.set()

    outbox.put(b"1")
    outbox.put(b"2")
    await outbox.next()
    nursery.start_soon(watch)
    await trio.testing.wait_all_tasks_blocked()
    assert not written.is_set()
    outbox.written()
    await trio.testing.wait_all_tasks_blocked()
    assert written.is_set()


async def test_an_outbox_moves_everything_in_its_order_and_is_empty_then() -> None:
    outbox, other = Outbox(), Outbox()
    outbox.put(b"1")
    outbox.put_spare(b"2")
    outbox.offer(b"3")
    outbox.put(b"4")
    assert outbox.move_to(other)
    await outbox.wait_empty()
    moved = []
    for _ in range(4):
        moved.append(await other.next())
        other.written()
    assert moved == [b"1", b"2", b"3", b"4"]
    assert outbox.put(bytes(MAX_QUEUED_BYTES))
    assert outbox.put_spare(bytes(MAX_QUEUED_CHAT_BYTES))
    assert outbox.offer(b"5")


async def test_an_outbox_says_when_there_is_no_room_for_what_it_moves() -> None:
    outbox, other = Outbox(), Outbox()
    outbox.put(bytes(MAX_QUEUED_BYTES))
    other.put(b"1")
    assert not outbox.move_to(other)


async def test_an_empty_inbox_that_has_ended_drops_what_still_comes() -> None:
    inbox, heard = Inbox(capacity=2), list[int]()
    inbox.listen(lambda: heard.append(1))
    inbox.end()
    assert inbox.put_small([b"1"])
    assert (inbox.drain(), heard) == ([], [])


async def test_one_who_waits_for_an_outbox_waits_no_longer_when_it_is_cleared(nursery: trio.Nursery) -> None:
    outbox, empty = Outbox(), trio.Event()

    async def watch() -> None:
        await outbox.wait_empty()
        empty.set()

    outbox.put(b"1")
    nursery.start_soon(watch)
    await trio.testing.wait_all_tasks_blocked()
    outbox.clear()
    await trio.testing.wait_all_tasks_blocked()
    assert empty.is_set()


async def test_what_was_written_has_its_room_again_and_what_was_not_has_not() -> None:
    outbox = Outbox()
    outbox.put(bytes(1000))
    outbox.put(bytes(MAX_QUEUED_BYTES - 1000))
    await outbox.next()
    outbox.written()
    assert not outbox.put(bytes(1001))
    assert outbox.put(bytes(1000))


async def test_a_message_may_be_the_last_that_an_inbox_and_an_outbox_have_room_for() -> None:
    inbox, outbox = Inbox(capacity=9), Outbox()
    assert inbox.put(bytes(MAX_UNUSED_BYTES - 1))
    assert inbox.put(b"1")
    assert outbox.put(bytes(MAX_QUEUED_BYTES - 1))
    assert outbox.put(b"1")
    assert outbox.put_spare(bytes(MAX_QUEUED_CHAT_BYTES - 1))
    assert outbox.put_spare(b"1")
