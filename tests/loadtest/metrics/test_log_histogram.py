from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.loadtest.metrics.log_histogram import LogHistogram
from tests.loadtest import exactly

UNIT = 0.001
SAMPLES = st.lists(st.floats(0, 1e6), min_size=1, max_size=200)
PERCENTS = st.floats(0.1, 100)


def filled(samples: list[float]) -> LogHistogram:
    histogram = LogHistogram(UNIT)
    for sample in samples:
        histogram.record(sample)
    return histogram


def state(histogram: LogHistogram) -> object:
    data = histogram.to_json()
    return {**data, "total": pytest.approx(data["total"])}


@given(SAMPLES, PERCENTS)
def test_a_percentile_is_that_of_the_sorted_samples_within_one_percent(samples: list[float], percent: float) -> None:
    assert filled(samples).percentile(percent) == pytest.approx(
        exactly.percentile(samples, percent), rel=0.01, abs=UNIT
    )


@given(SAMPLES)
def test_the_ends_are_exact_and_the_mean_is_that_of_the_samples(samples: list[float]) -> None:
    histogram = filled(samples)
    assert (histogram.percentile(0), histogram.percentile(100)) == (min(samples), max(samples))
    assert histogram.mean == pytest.approx(sum(samples) / len(samples))


@given(SAMPLES, SAMPLES)
def test_two_merged_are_one_of_all_samples(some: list[float], others: list[float]) -> None:
    merged = filled(some)
    merged.merge(filled(others))
    assert merged.to_json() == state(filled(some + others))


@given(SAMPLES)
def test_many_at_once_count_as_one_by_one(samples: list[float]) -> None:
    histogram = LogHistogram(UNIT)
    histogram.record_many(np.array(samples))
    assert histogram.to_json() == state(filled(samples))


@given(st.lists(st.floats(0, 1e6), max_size=50))
def test_it_travels_as_json(samples: list[float]) -> None:
    histogram = filled(samples)
    back = LogHistogram.from_json(json.loads(json.dumps(histogram.to_json())))
    assert back.to_json() == histogram.to_json()
    assert (back.count, back.percentile(99)) == (histogram.count, histogram.percentile(99))


def test_without_samples_there_is_nothing_to_report() -> None:
    histogram = LogHistogram()
    assert (histogram.count, histogram.mean, histogram.percentile(50)) == (0, None, None)


def test_negative_samples_count_as_0_and_huge_ones_are_kept_within_bounds() -> None:
    histogram = filled([-5.0, 1e12])
    assert histogram.percentile(50) == 0
    assert histogram.percentile(100) == 1e12


def test_histograms_of_different_units_do_not_mix() -> None:
    with pytest.raises(ValueError, match=r"units of 1 .* units of 0\.001"):
        LogHistogram(0.001).merge(LogHistogram(1))


@pytest.mark.parametrize(
    ("sample", "shown"),
    [(255.0, 255), (256.0, 256.5), (257.0, 256.5), (511.0, 510.5), (512.0, 513.5), (1003.0, 1001.5), (1004.0, 1005.5)],
)
def test_a_percentile_is_the_middle_of_one_of_128_buckets_between_powers_of_two(sample: float, shown: float) -> None:
    histogram = LogHistogram(1)
    for value in (0.0, sample, 1e6):
        histogram.record(value)
    assert histogram.percentile(50) == shown
    assert list(histogram.to_json()["buckets"].values()) == [1, 1, 1]


def test_a_thousand_is_in_the_bucket_of_the_example() -> None:
    histogram = LogHistogram(1)
    histogram.record(1000.0, 3)
    assert histogram.to_json() == {"unit": 1, "total": 3000, "min": 1000, "max": 1000, "buckets": {"506": 3}}
    assert (histogram.count, LogHistogram().unit) == (3, 0.001)


@pytest.mark.parametrize("many", [False, True])
def test_samples_up_to_68_billion_units_have_buckets_of_their_own(many: bool) -> None:
    found: list[int] = []
    for value in (2.0**36 - 1, 2.0**36, 2.0**60, 2.0**35 - 1, 0.4, -1.0):
        histogram = LogHistogram(1)
        if many:
            histogram.record_many(np.array([value]))
        else:
            histogram.record(value)
        found.append(*map(int, histogram.to_json()["buckets"]))
    assert found == [3839, 3839, 3839, 3711, 0, 0]


def test_the_percentile_is_that_of_the_smallest_rank_that_reaches_it() -> None:
    histogram = filled([1.0, 2.0, 3.0, 4.0])
    found = [histogram.percentile(percent) for percent in (-1, 0, 1, 25, 25.1, 50, 75, 75.1, 100)]
    assert found == pytest.approx([1, 1, 1, 1, 2, 2, 3, 4, 4], rel=0.004)
