from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from game_server.transport.websocket.waiting import Bell, Flag


async def test_everybody_who_waits_wakes_when_the_bell_rings(nursery: trio.Nursery) -> None:
    bell, woken = Bell(), list[int]()

    async def wait(number: int) -> None:
        await bell.wait()
        woken.append(number)

    for number in range(3):
        nursery.start_soon(wait, number)
    await wait_all_tasks_blocked()
    assert woken == []
    bell.ring()
    await wait_all_tasks_blocked()
    assert sorted(woken) == [0, 1, 2]


@pytest.mark.usefixtures("jumping_clock")
async def test_a_ring_is_not_kept_for_who_comes_later() -> None:
    bell = Bell()
    bell.ring()
    with trio.move_on_after(1) as scope:
        await bell.wait()
    assert scope.cancelled_caught


@pytest.mark.usefixtures("jumping_clock")
async def test_who_gives_up_leaves_the_others_waiting(nursery: trio.Nursery) -> None:
    bell, flag = Bell(), Flag()

    async def wait() -> None:
        await bell.wait()
        flag.set()

    nursery.start_soon(wait)
    with trio.move_on_after(1):
        await bell.wait()
    bell.ring()
    with trio.fail_after(1):
        await flag.wait()


async def test_nobody_waits_for_a_flag_that_is_set() -> None:
    flag = Flag()
    assert not flag.is_set()
    flag.set()
    flag.set()
    assert flag.is_set()
    await flag.wait()


async def test_waiting_for_a_flag_that_is_set_is_a_checkpoint() -> None:
    flag = Flag()
    flag.set()
    with trio.CancelScope() as scope:
        scope.cancel()
        with pytest.raises(trio.Cancelled):
            await flag.wait()
    assert flag.is_set()
