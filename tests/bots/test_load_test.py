from __future__ import annotations

import json

import trio
import trio.testing

from game_server.bots.load_test import LoadTest
from game_server.bots.tick_zeros import Told


class Slow(trio.abc.SendStream):
    """Takes something only when it is let."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.turns = trio.Semaphore(0)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self.turns.acquire()
        self.taken.append(bytes(data))

    async def wait_send_all_might_not_block(self) -> None:
        raise NotImplementedError

    async def aclose(self) -> None:
        raise NotImplementedError


async def test_a_process_that_is_slow_to_read_is_told_the_newest_when_it_does(nursery: trio.Nursery) -> None:
    test, pipe = LoadTest([]), Slow()
    nursery.start_soon(test.pass_on, pipe)
    for second in range(9):
        test.learn(Told({"A": float(second)}, 0.0))
        await trio.testing.wait_all_tasks_blocked()
    for _ in range(3):
        pipe.turns.release()
        await trio.testing.wait_all_tasks_blocked()
    assert [json.loads(line)["zeros"] for line in pipe.taken] == [{"A": 0.0}, {"A": 8.0}]
    assert all(line.endswith(b"\n") for line in pipe.taken)
    nursery.cancel_scope.cancel()


async def test_who_has_gone_is_told_nothing_more(nursery: trio.Nursery) -> None:
    test = LoadTest([])
    here, there = trio.testing.memory_stream_one_way_pair()
    await there.aclose()
    nursery.start_soon(test.pass_on, here)
    test.learn(Told({}, 0.0))
    await trio.testing.wait_all_tasks_blocked()
    assert not nursery.child_tasks
