"""Limits on opening matches: one at a time, in the order in which people asked, and none while ticks are late."""

from __future__ import annotations

import itertools
import logging
from contextlib import nullcontext
from typing import Any, cast

import attrs
import pytest
import trio
import trio.testing

from game_server.errors import RequestRefused
from game_server.lobby.lobby_options import MatchLimits
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchContext
from game_server.lobby.match_index import MatchIndex
from game_server.lobby.opened_elsewhere import Opened, OpenedElsewhere
from game_server.lobby.opening_limits import (
    MOST_WAITING,
    OPENING_INTERVAL,
    OpeningLimits,
    OpeningPace,
    Overload,
)
from game_server.protocol import RefusalCode
from tests.lobby.people import Clock, FakePerson


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


def test_new_matches_are_refused_from_half_a_tick_of_lateness_until_it_is_a_quarter() -> None:
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


async def test_a_match_may_be_opened_50_ms_after_another_one() -> None:
    clock = Clock()
    pace = OpeningPace(clock)
    pace.check()
    pace.opened()
    for now, allowed in ((0.0, False), (0.049, False), (0.05, True)):
        clock.now = now
        with nullcontext() if allowed else pytest.raises(RequestRefused):
            pace.check()
    assert (OPENING_INTERVAL, MOST_WAITING) == (0.05, 64)


async def test_one_who_need_not_wait_for_a_turn_opens_at_once() -> None:
    clock = Clock()
    pace = OpeningPace(clock)
    async with pace.turn(lambda: pytest.fail("nobody has to know")):
        pace.check()


async def limits(**chosen: Any) -> tuple[OpeningLimits, MatchContext, MatchIndex[HostedMatch]]:
    await trio.lowlevel.checkpoint()
    context = MatchContext(now=Clock())
    index = MatchIndex[HostedMatch](9, 3)
    return OpeningLimits(MatchLimits(**chosen), context, index), context, index


async def test_what_is_refused_counts_for_nothing() -> None:
    charging, context, _index = await limits()
    ada = FakePerson("Ada", context.now)
    charging.overload.look(1.0)
    for _ in range(9):
        with pytest.raises(RequestRefused, match="the server is at its limit"):
            charging.charge(ada)
    charging.overload.look(0.0)
    charging.charge(ada)
    charging.pace.opened()
    for _ in range(9):
        with pytest.raises(RequestRefused, match="too many matches are being opened"):
            charging.charge(ada)
    context.now.now = 1.0  # type: ignore[attr-defined]
    charging.charge(ada)


async def test_after_five_matches_in_a_row_an_address_waits_for_30_seconds() -> None:
    charging, context, _ = await limits()
    ada, clock = FakePerson("Ada", context.now), context.now
    ada.socket.charged_to = ()
    for _ in range(5):
        charging.charge(ada)
        clock.now += 29  # type: ignore[attr-defined]
    clock.now -= 29  # type: ignore[attr-defined]
    with pytest.raises(RequestRefused, match="too many new matches") as refused:
        charging.charge(ada)
    assert (refused.value.code, refused.value.wait) == (RefusalCode.WAIT, 30)
    charging.charge(FakePerson("Bob", clock, "10.0.0.2"))
    clock.now += 30  # type: ignore[attr-defined]
    charging.charge(ada)


@attrs.define(eq=False)
class Match:
    """A match with bots."""

    id: str
    wanted: int

    @property
    def bot_seats(self) -> Match:
        return self


class Elsewhere:
    """Other processes, in which people have opened matches with bots."""

    def count(self, address: str | None) -> Opened:
        return Opened(2, int(address == "10.0.0.1"), bots=4, bots_from_address=int(address == "10.0.0.1"))


@pytest.mark.parametrize(
    ("per_match", "per_address", "in_all", "room", "within", "for_another"),
    [
        (9, 99, 99, 9, 6, 9),
        (99, 9, 99, 5, 5, 7),
        (99, 99, 12, 3, 3, 3),
        (99, 99, 9, 0, 0, 0),
        (99, 99, 3, 0, 0, 0),
    ],
)
async def test_bots_of_a_match_of_an_address_and_of_all_leave_room_for_more(
    per_match: int, per_address: int, in_all: int, room: int, within: int, for_another: int
) -> None:
    charging, _, index = await limits(max_bots_per_match=per_match, max_bots_per_address=per_address, max_bots=in_all)
    index.others = cast("OpenedElsewhere", Elsewhere())
    first, second, of_the_host = (cast("HostedMatch", Match(*it)) for it in (("a", 3), ("b", 2), ("c", 50)))
    index.add(first, address="10.0.0.1")
    index.add(second, address="10.0.0.2")
    index.add(of_the_host, stays=True)
    assert charging.bot_room("10.0.0.1") == room
    assert charging.bot_room("10.0.0.1", first) == within
    assert charging.bot_room("10.0.0.2") == for_another
