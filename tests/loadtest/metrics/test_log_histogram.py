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
