"""Which matches tick together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio

from game_server.lobby import tick_groups
from game_server.lobby.tick_groups import Placement, TickGroups, spread
from tests.lobby.people import NoSockets

HALF: int = tick_groups.FULL // 30 // 2
"""Seats of a match of which two fill a group at 30 ticks a second."""

Place = Callable[..., Placement]


class Group:
    """A tick group that says how it was made."""

    def __init__(self, tick_rate: int, sockets: Any, *, phase: float, garbage: Any) -> None:
        self.made = tick_rate, phase, garbage
        self.sockets = sockets
        self.seats: list[int] = []
        self.freed: list[int] = []

    async def run(self) -> None:
        await trio.lowlevel.checkpoint()

    def reserve(self, seats: int) -> int:
        self.seats.append(seats)
        return 100 * len(self.seats)

    def free(self, first: int) -> None:
        self.freed.append(first)


@pytest.fixture
def place(nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(tick_groups, "TickGroup", Group)
    garbage: Any = "garbage"
    groups = TickGroups(NoSockets, garbage)
    return lambda tick_rate, seats=8: groups.place(tick_rate, seats, nursery)


def made(placement: Placement) -> tuple[int, float, Any]:
    group: Any = placement.group
    made: tuple[int, float, Any] = group.made
    return made


async def test_matches_of_one_rate_tick_together_until_a_group_is_full(place: Place) -> None:
    one, two, three = place(30, HALF), place(30, HALF), place(30)
    assert [made(one), made(three)] == [(30, spread(0), "garbage"), (30, spread(1), "garbage")]
    assert spread(0) == 0
    assert 0.3 < spread(1) < 0.7
    assert one.group is two.group
    assert one.group is not three.group
    assert one.sockets is not three.sockets
    assert (one.first, two.first, three.first) == (100, 200, 100)


async def test_there_are_two_groups_of_one_rate_however_many_seats_there_are(place: Place) -> None:
    placed = [place(30, HALF) for _ in range(8)]
    assert len({one.group for one in placed}) == 2
    assert [one.group for one in placed].count(placed[0].group) == 4


async def test_a_match_larger_than_a_group_ticks_alone_as_long_as_there_are_few(place: Place) -> None:
    large, small = place(30, 3 * HALF), place(30)
    assert large.group is not small.group
    assert place(30).group is small.group


async def test_at_a_higher_rate_a_group_is_full_sooner(place: Place) -> None:
    assert place(60, HALF).group is not place(60).group


async def test_matches_of_another_rate_tick_apart(place: Place) -> None:
    slow, fast, slow_again = place(10), place(60), place(10)
    assert [made(one)[0] for one in (slow, fast, slow_again)] == [10, 60, 10]


async def test_a_match_goes_where_fewest_seats_are_and_an_empty_group_is_used_again(place: Place) -> None:
    one, two = place(30, 2 * HALF), place(30, HALF)
    assert place(30).group is two.group
    one.leave()
    freed: Any = one.group
    assert freed.freed == [100]
    assert place(30).group is one.group


def test_phases_lie_about_evenly_however_many_there_are() -> None:
    for count in range(1, 200):
        phases = sorted(spread(number) for number in range(count))
        gaps = [after - before for before, after in zip(phases, [*phases[1:], 1 + phases[0]], strict=True)]
        assert phases[0] >= 0
        assert phases[-1] < 1
        assert max(gaps) * count < 3
        assert min(gaps) * count > 0.3


async def test_60_matches_of_16_at_30_ticks_a_second_fill_a_group_and_no_seat_more(place: Place) -> None:
    most = 60 * 16 * 30
    full, more = place(1, most - 1), place(1, 1)
    assert full.group is more.group
    assert place(1, 1).group is not full.group
    assert more.seats == 1


async def test_an_empty_group_takes_a_match_of_any_size(place: Place) -> None:
    one = place(30, 4 * HALF)
    one.leave()
    assert place(30, 5 * HALF).group is one.group


def test_without_matches_no_ticks_are_late() -> None:
    assert TickGroups(NoSockets, None).lateness == 0.0
