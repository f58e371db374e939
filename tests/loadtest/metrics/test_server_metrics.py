from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.loadtest.metrics.server_metrics import Buckets, Interval, LowerBound, Scrape
from game_server.telemetry import BOUNDS, Histogram, Reading, metrics
from game_server.telemetry.exposition import Writer

durations = st.lists(st.floats(0, 1), min_size=1, max_size=50)


def scrape(lateness: Mapping[str, Histogram], **fates: int) -> Scrape:
    """Of a server with these histograms by match."""
    reading: Reading = {
        metrics.INPUTS: {(fate,): count for fate, count in fates.items()},
        metrics.TICK_LATENESS: {(match,): histogram for match, histogram in lateness.items()},
    }
    return Scrape.read(Writer().write(reading).decode())


def histogram(*seconds: float) -> Histogram:
    made = Histogram()
    for duration in seconds:
        made.record(duration)
    return made


def bucket_of(seconds: float) -> tuple[float, float]:
    lower = max((bound for bound in BOUNDS if bound < seconds), default=0.0)
    return lower, min(bound for bound in BOUNDS if bound >= seconds)


@given(durations, durations, st.floats(0, 1))
def test_a_quantile_is_that_of_what_came_between_two_scrapes_to_a_bucket(
    before: list[float], between: list[float], share: float
) -> None:
    interval = Interval(scrape({"A": histogram(*before)}), scrape({"A": histogram(*before, *between)}))
    seen = interval.histogram("game_server_tick_lateness_seconds")
    found = seen.quantile(share)
    exact = sorted(between)[max(0, math.ceil(share * len(between) - 1e-9) - 1)]
    lower, upper = bucket_of(exact)
    assert found is not None
    assert lower - 1e-9 <= found <= upper + 1e-9
    assert seen.count == len(between)
    assert seen.mean == pytest.approx(sum(between) / len(between), abs=1e-9)
    assert seen.most == bucket_of(max(between))[1]


def test_histograms_of_all_matches_count_together_and_can_be_distinguished() -> None:
    interval = Interval(
        scrape({}), scrape({"A": histogram(0.004, 0.004), "B": histogram(0.0005), "other": histogram()})
    )
    assert interval.histogram("game_server_tick_lateness_seconds").count == 3
    assert interval.histogram("game_server_tick_lateness_seconds", match="B").most == 0.0005
    assert interval.histogram("game_server_tick_lateness_seconds", match="B").quantile(0.5) == pytest.approx(0.00035)


def test_of_what_takes_longer_than_the_last_bound_only_that_is_known() -> None:
    seen = Interval(scrape({}), scrape({"A": histogram(0.1, 30.0)})).histogram("game_server_tick_lateness_seconds")
    assert not isinstance(seen.quantile(0.5), LowerBound)
    for found in (seen.quantile(0.99), seen.most):
        assert (found, type(found)) == (10.0, LowerBound)


def test_of_one_that_took_longer_alone_that_is_known_too() -> None:
    alone = Interval(scrape({}), scrape({"A": histogram(30.0)})).histogram("game_server_tick_lateness_seconds")
    for found, least in ((alone.most, 10.0), (Buckets((math.inf,), (1.0,), 30.0).most, 0.0)):
        assert (found, type(found)) == (least, LowerBound)


def test_nothing_seen_is_no_number() -> None:
    quiet = scrape({"A": histogram(0.1)})
    for seen in (
        Interval(quiet, quiet).histogram("game_server_tick_lateness_seconds"),
        Interval(quiet, quiet).histogram("no_such_metric"),
        Buckets((), (), 0.0),
    ):
        assert (seen.count, seen.quantile(0.5), seen.mean, seen.most) == (0, None, None, None)


def test_counters_give_by_how_much_they_grew() -> None:
    interval = Interval(scrape({}, used=100, late=5), scrape({}, used=160, late=5))
    assert interval.increase("game_server_inputs_total") == 60
    assert interval.increase("game_server_inputs_total", fate="late") == 0
    assert interval.increase("no_such_metric_total") == 0
    assert interval.after.value("game_server_inputs_total", fate="used") == 160


def test_what_began_again_at_0_counts_from_there() -> None:
    before = scrape({"A": histogram(*[0.5] * 9)}, used=100)
    after = scrape({"A": histogram(*[0.004] * 3)}, used=10)
    interval = Interval(before, after)
    assert interval.increase("game_server_inputs_total") == 10
    seen = interval.histogram("game_server_tick_lateness_seconds")
    assert seen.count == 3
    assert seen.sum == pytest.approx(0.012)


def test_a_match_that_has_ended_counts_no_more_and_a_new_one_from_0() -> None:
    interval = Interval(scrape({"A": histogram(0.5)}), scrape({"B": histogram(0.002)}))
    assert interval.histogram("game_server_tick_lateness_seconds").most == 0.002
    assert Interval(Scrape({}), scrape({}, used=7)).increase("game_server_inputs_total") == 7


@pytest.mark.parametrize("text", ["<!doctype html><title>page</title>", '{"status": "ok"}', "name not_a_number\n"])
def test_what_is_no_such_text_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Scrape.read(text)
