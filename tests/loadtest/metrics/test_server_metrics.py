from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.loadtest.metrics.server_metrics import Buckets, Interval, LowerBound, Scrape, in_digits
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


SEEN = Buckets((1.0, 2.0, 4.0, math.inf), (2.0, 0.0, 6.0, 2.0), 40.0)


@pytest.mark.parametrize(
    ("share", "value", "kind"),
    [
        (0.0, 0.0, float),
        (0.1, 0.5, float),
        (0.2, 1.0, float),
        (0.5, 3.0, float),
        (0.8, 4.0, float),
        (0.81, 4.0, LowerBound),
        (1.0, 4.0, LowerBound),
    ],
)
def test_a_quantile_lies_in_its_bucket_as_far_as_its_rank(share: float, value: float, kind: type) -> None:
    found = SEEN.quantile(share)
    assert found == pytest.approx(value)
    assert type(found) is kind


def test_what_was_seen_has_a_mean_and_a_bound() -> None:
    assert (SEEN.count, SEEN.mean, SEEN.most) == (10, 4.0, 4.0)
    assert type(SEEN.most) is LowerBound
    assert Buckets((1.0, 2.0), (3.0, 0.0), 1.0).most == 1.0
    assert Buckets((1.0, math.inf), (0.0, 1.0), 9.0).quantile(0.5) == LowerBound(1.0)


@pytest.mark.parametrize(
    ("value", "said"), [(1.5, "1.5"), (1e7, "1e+07"), (LowerBound(10.0), "more than 10"), (0.0, "0")]
)
def test_a_value_that_is_a_bound_says_so(value: float, said: str) -> None:
    assert in_digits(value) == said


def test_a_counter_that_stands_still_was_not_reset() -> None:
    standing = scrape({"A": histogram(0.1)}, used=7)
    interval = Interval(standing, standing)
    assert interval.increase("game_server_inputs_total") == 0
    assert interval.histogram("game_server_tick_lateness_seconds").count == 0


def test_series_are_summed_by_some_of_their_labels_or_listed_by_one() -> None:
    text = 'x{a="1",b="1"} 1\nx{a="1",b="2"} 2\nx{a="2",b="3"} 4\n'
    read = Scrape.read(f"# TYPE x gauge\n{text}")
    assert [read.value("x"), read.value("x", a="1"), read.value("x", a="1", b="2"), read.value("x", a="3")] == [
        7,
        3,
        2,
        0,
    ]
    assert read.by_label("x", "b") == {"1": 1, "2": 2, "3": 4}
    assert read.by_label("y", "b") == {}
    assert read == Scrape.read(f"# TYPE x gauge\n{text}")


def test_the_buckets_of_thousands_of_histograms_are_looked_for_once() -> None:
    read = scrape({"A": histogram(0.1), "B": histogram(0.2)})
    found = read.buckets("game_server_tick_lateness_seconds")
    assert len(found) == 2
    assert read.buckets("game_server_tick_lateness_seconds") is found
    assert read == scrape({"A": histogram(0.1), "B": histogram(0.2)})
