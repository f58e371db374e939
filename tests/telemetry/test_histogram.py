from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.telemetry.histogram import BOUNDS, Histogram

durations = st.lists(st.floats(0, 10) | st.sampled_from(BOUNDS), max_size=50)


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


def test_buckets_reach_from_a_tenth_of_a_millisecond_to_a_second() -> None:
    assert (BOUNDS[0], BOUNDS[-1]) == (0.0001, 1.0)
    assert list(BOUNDS) == sorted(set(BOUNDS))


def test_the_sum_of_two_has_what_both_have() -> None:
    one, other = Histogram(), Histogram()
    one.record(0.25)
    other.record(0.25)
    other.record(5)
    one.add(other)
    assert (one.count, one.sum, other.count) == (3, 5.5, 2)


@given(durations)
def test_many_at_once_count_as_one_by_one(seconds: list[float]) -> None:
    one_by_one, at_once = Histogram(), Histogram()
    for duration in seconds:
        one_by_one.record(duration)
    at_once.record_all(np.array(seconds, float))
    assert at_once.counts == one_by_one.counts
    assert at_once.sum == pytest.approx(one_by_one.sum)
