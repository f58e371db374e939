"""Limits on opening matches: one at a time, in the order in which people asked, and none while ticks are late."""

from __future__ import annotations

import itertools
import logging

import pytest
import trio
import trio.testing

from game_server.errors import RequestRefused
from game_server.lobby.opening_limits import (
    MOST_WAITING,
    OPENING_INTERVAL,
    OpeningPace,
    Overload,
)
from game_server.protocol import RefusalCode


async def open_in_turn(pace: OpeningPace, opened: list[tuple[int, float]], number: int) -> None:
    async with pace.turn(lambda: True):
        pace.check()
        pace.opened()
        opened.append((number, trio.current_time()))


async def test_matches_are_opened_one_an_interval_in_the_order_of_the_wishes(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    pace = OpeningPace(trio.current_time)
    opened: list[tuple[int, float]] = []
    async with trio.open_nursery() as nursery:
        for number in range(6):
            nursery.start_soon(open_in_turn, pace, opened, number)
            await trio.testing.wait_all_tasks_blocked()
    assert [number for number, _ in opened] == list(range(6))
    times = [at for _, at in opened]
    assert all(later - earlier > 0.99 * OPENING_INTERVAL for earlier, later in itertools.pairwise(times))


async def test_one_who_finds_a_match_meanwhile_does_not_wait_for_another(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    pace = OpeningPace(trio.current_time)
    pace.opened()
    began = trio.current_time()
    async with pace.turn(lambda: False):
        assert trio.current_time() == began


async def test_the_line_is_bounded_and_who_finds_it_full_is_refused_in_words(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    pace = OpeningPace(trio.current_time)
    pace.opened()
    opened: list[tuple[int, float]] = []
    async with trio.open_nursery() as nursery:
        for number in range(1 + MOST_WAITING):
            nursery.start_soon(open_in_turn, pace, opened, number)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(RequestRefused, match="too many matches are being opened") as caught:
            await open_in_turn(pace, opened, -1)
        assert (caught.value.code, caught.value.wait) == (RefusalCode.BUSY, 1)
        assert opened == []
    assert len(opened) == 1 + MOST_WAITING


async def test_one_who_goes_gives_up_the_place_in_the_line(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    pace = OpeningPace(trio.current_time)
    pace.opened()
    opened: list[tuple[int, float]] = []
    async with trio.open_nursery() as nursery:
        with trio.move_on_after(OPENING_INTERVAL / 2):
            await open_in_turn(pace, opened, 0)
        nursery.start_soon(open_in_turn, pace, opened, 1)
    assert [number for number, _ in opened] == [1]


# Overload


def test_new_matches_are_refused_from_half_a_tick_of_lateness_on_until_it_is_a_quarter() -> None:
    overload = Overload()
    for lateness, refused in ((0.0, False), (0.5, False), (0.51, True), (0.3, True), (0.24, False), (0.4, False)):
        overload.look(lateness)
        assert overload.lasts == refused
    overload.check()
    overload.look(2.0)
    with pytest.raises(RequestRefused, match="try again in 10 s") as caught:
        overload.check()
    assert (caught.value.code, caught.value.wait, overload.times) == (RefusalCode.BUSY, 10, 2)


def test_an_overload_is_logged_once_however_long_it_lasts(caplog: pytest.LogCaptureFixture) -> None:
    overload = Overload()
    with caplog.at_level(logging.INFO):
        for lateness in (1.0, 0.4, 3.0, 1.0, 0.0):
            overload.look(lateness)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
