from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from game_server.throttling import TokenBucket
from game_server.transport.options import message_budget

pauses = st.lists(st.integers(0, 5_000).map(lambda ms: ms / 1000), max_size=60)


def test_a_burst_of_the_capacity_is_allowed_and_not_one_more() -> None:
    bucket = TokenBucket(5, 1, now=100.0)
    assert [bucket.take(1, 100.0) for _ in range(7)] == [True] * 5 + [False] * 2


def test_what_was_refused_costs_nothing() -> None:
    bucket = TokenBucket(1, 1, now=0.0)
    assert bucket.take(1, 0.0)
    assert not any(bucket.take(1, 0.5) for _ in range(100))
    assert bucket.take(1, 1.0)


def test_several_things_are_allowed_together_or_not_at_all() -> None:
    bucket = TokenBucket(10, 2, now=100.0)
    assert not bucket.take(11, 100.0)
    assert bucket.take(10, 100.0)
    assert not bucket.take(2, 100.9)
    assert bucket.take(2, 101.0)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 30))))
def test_never_more_than_the_capacity_and_the_refill_are_allowed(asks: list[tuple[int, int]]) -> None:
    bucket, now, taken = TokenBucket(50, 4, now=0.0), 0, 0
    for wait, count in asks:
        now += wait
        if bucket.take(count, float(now)):
            taken += count
        assert taken <= 50 + 4 * now


def test_a_pause_of_any_length_refills_no_more_than_the_capacity() -> None:
    bucket = TokenBucket(3, 10, now=0.0)
    assert sum(bucket.take(1, 1e6) for _ in range(10)) == 3


def test_a_clock_that_goes_back_refills_nothing_and_takes_nothing_away() -> None:
    bucket = TokenBucket(1, 1, now=10.0)
    assert bucket.take(1, 10.0)
    assert not bucket.take(1, 5.0)
    assert not bucket.take(1, 10.5)
    assert bucket.take(1, 11.0)


@given(pauses, st.integers(1, 10), st.integers(1, 10))
def test_no_stretch_of_time_lets_more_through_than_the_burst_and_the_rate(
    pauses: list[float], capacity: int, refill: int
) -> None:
    bucket = TokenBucket(capacity, refill, now=0.0)
    now = 0.0
    taken: list[float] = []
    for pause in pauses:
        now += pause
        if bucket.take(1, now):
            taken.append(now)
    for first, began in enumerate(taken):
        for last in range(first, len(taken)):
            assert last - first + 1 <= capacity + refill * (taken[last] - began) + 1e-6


@given(pauses, st.integers(1, 10))
def test_one_who_keeps_to_the_rate_is_never_refused(pauses: list[float], refill: int) -> None:
    bucket = TokenBucket(1, refill, now=0.0)
    now = 0.0
    for pause in pauses:
        assert bucket.take(1, now)
        now += 1 / refill + pause + 1e-9


def test_a_message_budget_is_three_a_tick_and_thirty_a_second_and_twice_that_at_once() -> None:
    assert message_budget(30) == (240, 120)
