"""That matches are opened one at a time, in the order in which people asked."""

from __future__ import annotations

import itertools

import pytest
import trio
import trio.testing

from game_server.errors import RequestRefused
from game_server.lobby.openings import MOST_WAITING, OPENING_INTERVAL, Openings
from game_server.protocol import RefusalCode


async def open_in_turn(openings: Openings, opened: list[tuple[int, float]], number: int) -> None:
    async with openings.turn(lambda: True):
        openings.check()
        openings.opened()
        opened.append((number, trio.current_time()))


async def test_matches_are_opened_one_an_interval_in_the_order_of_the_wishes(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    openings = Openings(trio.current_time)
    opened: list[tuple[int, float]] = []
    async with trio.open_nursery() as nursery:
        for number in range(6):
            nursery.start_soon(open_in_turn, openings, opened, number)
            await trio.testing.wait_all_tasks_blocked()
    assert [number for number, _ in opened] == list(range(6))
    times = [at for _, at in opened]
    assert all(later - earlier > 0.99 * OPENING_INTERVAL for earlier, later in itertools.pairwise(times))


async def test_one_who_finds_a_match_meanwhile_does_not_wait_for_another(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    openings = Openings(trio.current_time)
    openings.opened()
    began = trio.current_time()
    async with openings.turn(lambda: False):
        assert trio.current_time() == began


async def test_the_line_is_bounded_and_who_finds_it_full_is_refused_in_words(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    openings = Openings(trio.current_time)
    openings.opened()
    opened: list[tuple[int, float]] = []
    async with trio.open_nursery() as nursery:
        for number in range(1 + MOST_WAITING):
            nursery.start_soon(open_in_turn, openings, opened, number)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(RequestRefused, match="too many matches are being opened") as caught:
            await open_in_turn(openings, opened, -1)
        assert (caught.value.code, caught.value.wait) == (RefusalCode.BUSY, 1)
        assert opened == []
    assert len(opened) == 1 + MOST_WAITING


async def test_one_who_goes_gives_up_the_place_in_the_line(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    openings = Openings(trio.current_time)
    openings.opened()
    opened: list[tuple[int, float]] = []
    async with trio.open_nursery() as nursery:
        with trio.move_on_after(OPENING_INTERVAL / 2):
            await open_in_turn(openings, opened, 0)
        nursery.start_soon(open_in_turn, openings, opened, 1)
    assert [number for number, _ in opened] == [1]
