from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from game_server.loadtest.limit_search import CLOSE_ENOUGH, Attempt, Bound, Limit, LimitSearch


def searched(first: int, most: int, capacity: int, room: int = 10_000, drives: int = 10_000) -> tuple[Limit, list[int]]:
    """Search a server that is quick enough for ``capacity`` clients, has ``room``, and a tester that ``drives``."""
    search, tried = LimitSearch(first, most), list[int]()
    running = search.run()
    number = next(running)
    while True:
        tried.append(number)
        if number > drives:
            result = Attempt(Bound.TESTER)
        elif number > room:
            result = Attempt(Bound.ROOM, room)
        else:
            result = Attempt() if number <= capacity else Attempt(Bound.CONDITION)
        try:
            number = running.send(result)
        except StopIteration:
            return search.limit, tried


@given(st.integers(1, 500), st.integers(1, 5000), st.integers(0, 6000), st.integers(0, 6000), st.integers(0, 6000))
def test_the_search_ends_close_to_the_least_of_the_bounds_after_a_few_runs(
    first: int, most: int, capacity: int, room: int, drives: int
) -> None:
    limit, tried = searched(first, most, capacity, room, drives)
    least = min(capacity, room, drives)
    assert limit.passed <= least
    assert max(tried) <= most
    assert len(tried) <= 28
    if limit.above is None:
        assert limit.passed == most
        return
    assert limit.above > least
    assert limit.above - limit.passed <= max(1, CLOSE_ENOUGH * limit.above)
    bounds = {Bound.CONDITION: capacity, Bound.ROOM: room, Bound.TESTER: drives}
    assert limit.bound
    assert limit.passed <= bounds[limit.bound] < limit.above


def test_it_doubles_first_and_halves_then() -> None:
    assert searched(100, 4000, 700)[1] == [100, 200, 400, 800, 600, 700, 750, 725]


def test_where_the_server_has_no_more_seats_as_many_as_it_has_are_tried() -> None:
    assert searched(400, 4000, capacity=3000, room=2000) == (
        Limit(2000, 2001, Bound.ROOM),
        [400, 800, 1600, 3200, 2000],
    )


def test_as_many_as_fit_may_still_be_too_many() -> None:
    limit, tried = searched(400, 4000, capacity=1700, room=2000)
    assert tried[:5] == [400, 800, 1600, 3200, 2000]
    assert limit.bound is Bound.CONDITION
    assert limit.passed <= 1700 < (limit.above or 0) <= 2000


def test_what_the_tester_cannot_drive_bounds_it_only_where_the_server_does_not() -> None:
    assert searched(400, 4000, capacity=3000, drives=1700)[0].bound is Bound.TESTER
    assert searched(400, 4000, capacity=1000, drives=1500)[0].bound is Bound.CONDITION


def test_a_server_without_any_room_ends_it_at_once() -> None:
    assert searched(400, 4000, capacity=3000, room=0) == (Limit(0, 1, Bound.ROOM), [400])
