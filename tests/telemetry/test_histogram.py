from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.telemetry.histogram import BOUNDS, Histogram, record_columns

times = st.floats(0, 20) | st.sampled_from(BOUNDS)
durations = st.lists(times, max_size=50)


@given(durations)
def test_each_bucket_has_what_its_bound_includes_and_the_one_below_does_not(seconds: list[float]) -> None:
    histogram = Histogram()
    for duration in seconds:
        histogram.record(duration)
    edges = (-1.0, *BOUNDS, float("inf"))
    within = [sum(lower < s <= upper for s in seconds) for lower, upper in pairwise(edges)]
    assert histogram.counts == within
    assert histogram.count == len(seconds)
    assert histogram.sum == sum(seconds)


def test_buckets_reach_from_a_tenth_of_a_millisecond_to_ten_seconds() -> None:
    assert (BOUNDS[0], BOUNDS[-1]) == (0.0001, 10.0)
    assert list(BOUNDS) == sorted(set(BOUNDS))


def test_the_sum_of_two_has_what_both_have() -> None:
    one, other = Histogram(), Histogram()
    one.record(0.25)
    other.record(0.25)
    other.record(5)
    one.add(other)
    assert (one.count, one.sum, other.count) == (3, 5.5, 2)


rows = st.lists(st.tuples(times, times), max_size=20)


@given(rows)
def test_columns_of_many_at_once_count_as_one_by_one(pairs: list[tuple[float, float]]) -> None:
    one_by_one, at_once = [Histogram() for _ in range(2)], [Histogram() for _ in range(2)]
    for pair in pairs:
        for histogram, duration in zip(one_by_one, pair, strict=True):
            histogram.record(duration)
    for _ in range(2):
        record_columns(np.array(pairs, np.float64).reshape(-1, 2), at_once)
    for expected, found in zip(one_by_one, at_once, strict=True):
        assert found.counts == [2 * count for count in expected.counts]
        assert found.sum == pytest.approx(2 * expected.sum)
