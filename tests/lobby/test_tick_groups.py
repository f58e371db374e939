"""Which matches tick together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio

from game_server.lobby import tick_groups
from game_server.lobby.tick_groups import Placement, TickGroups, spread
from tests.lobby.match.test_lost_and_back import NoSockets

Place = Callable[[int], Placement]


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
    return lambda tick_rate: groups.place(tick_rate, 8, nursery)


def made(placement: Placement) -> tuple[int, float, Any]:
    group: Any = placement.group
    made: tuple[int, float, Any] = group.made
    return made


async def test_matches_of_one_rate_share_two_groups_that_tick_at_different_moments(place: Place) -> None:
    one, two, three, four = (place(30) for _ in range(4))
    assert [made(one), made(two)] == [(30, spread(0), "garbage"), (30, spread(1), "garbage")]
    assert spread(0) == 0
    assert 0.3 < spread(1) < 0.7
    assert one.group is not two.group
    assert {three.group, four.group} == {one.group, two.group}
    assert one.sockets is not two.sockets
    assert (one.first, three.first, four.first) == (100, 200, 200)


async def test_matches_of_another_rate_tick_apart(place: Place) -> None:
    slow, fast, slow_again = place(10), place(60), place(10)
    assert [made(one)[0] for one in (slow, fast, slow_again)] == [10, 60, 10]


async def test_a_match_goes_where_fewest_tick_and_an_empty_group_is_used_again(place: Place) -> None:
    one, two = place(30), place(30)
    one.leave()
    freed: Any = one.group
    assert freed.freed == [100]
    assert place(30).group is one.group
    assert place(30).group in (one.group, two.group)
    two.leave()
    assert place(30).group is two.group


def test_phases_lie_about_evenly_however_many_there_are() -> None:
    for count in range(1, 200):
        phases = sorted(spread(number) for number in range(count))
        gaps = [after - before for before, after in zip(phases, [*phases[1:], 1 + phases[0]], strict=True)]
        assert phases[0] >= 0
        assert phases[-1] < 1
        assert max(gaps) * count < 3
        assert min(gaps) * count > 0.3
