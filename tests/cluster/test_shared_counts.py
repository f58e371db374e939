"""Connections of an address, counted at two nodes of one machine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import attrs
import pytest
import trio

from game_server.cluster import MemoryDirectory, NodeCalls
from game_server.cluster.shared_counts import MOST_SHARED, SHARE_EVERY, SharedCounts
from game_server.throttling import AddressCount

ADA = ("192.0.2.1",)


@attrs.define
class Counting:
    a: AddressCount
    b: AddressCount
    dead: set[str]


@pytest.fixture
async def counting(nursery: trio.Nursery, autojump_clock: object) -> AsyncIterator[Counting]:
    assert autojump_clock
    directory, dead, counts = MemoryDirectory(), set[str](), list[AddressCount]()
    for name, other in (("a", "b"), ("b", "a")):
        count = AddressCount(3)
        calls = NodeCalls(directory, name)
        shared = SharedCounts(count, calls, [other], lambda node: node not in dead)
        await nursery.start(calls.run)
        nursery.start_soon(shared.run)
        counts.append(count)
    yield Counting(counts[0], counts[1], dead)
    nursery.cancel_scope.cancel()


async def shared() -> None:
    await trio.sleep(2 * SHARE_EVERY + 0.01)


async def test_what_an_address_has_at_one_node_counts_at_the_other(counting: Counting) -> None:
    assert counting.a.hold(ADA)
    assert counting.b.hold(ADA)
    await shared()
    assert counting.a.hold(ADA)
    await shared()
    assert not counting.a.hold(ADA)
    assert not counting.b.hold(ADA)
    assert counting.b.hold(("192.0.2.2",))


async def test_what_is_closed_at_one_node_gives_room_at_the_other(counting: Counting) -> None:
    for _ in range(3):
        counting.a.hold(ADA)
    await shared()
    assert not counting.b.hold(ADA)
    counting.a.release(ADA)
    await shared()
    assert counting.b.hold(ADA)
    assert not counting.b.hold(ADA)


async def test_what_was_passed_on_is_not_counted_twice(counting: Counting) -> None:
    for _ in range(3):
        counting.a.hold(ADA)
    await shared()
    assert counting.b.hold(ADA, passed_on=True)


async def test_what_a_node_had_that_was_killed_is_not_counted(counting: Counting) -> None:
    for _ in range(3):
        counting.a.hold(ADA)
    await shared()
    counting.dead.add("a")
    assert counting.b.hold(ADA)


async def test_of_many_addresses_those_with_most_are_reported(counting: Counting) -> None:
    for number in range(MOST_SHARED + 500):
        counting.a.hold((f"10.0.{number // 256}.{number % 256}",))
    for _ in range(3):
        counting.a.hold(ADA)
    await shared()
    assert not counting.b.hold(ADA)
