"""What a server's stamps say of how long inputs waited."""

from __future__ import annotations

import pytest

from game_server.loadtest.metrics.log_histogram import LogHistogram
from tools.bench.latency.truth import Stamps, ages, compare, waits

INTERVAL = 1 / 30
FOREVER = (0.0, 1e9)


def recorded(*values: float) -> LogHistogram:
    made = LogHistogram()
    for value in values:
        made.record(value)
    return made


def test_each_input_waited_for_the_first_answer_that_acknowledges_it_or_a_newer_one() -> None:
    stamps = Stamps([(1.0, 10), (1.0 + INTERVAL, 11)], [(0.9, 0), (1.02, 10), (1.1, 12)])
    assert waits(stamps, INTERVAL, *FOREVER) == pytest.approx([0.02, 0.1 - INTERVAL])


def test_what_was_owed_in_a_pause_has_waited_too_though_it_could_not_be_sent() -> None:
    stamps = Stamps([(1.0, 10), (1.5, 25)], [(1.5, 10), (1.51, 25)])
    found = sorted(waits(stamps, INTERVAL, *FOREVER))
    owed = sorted(0.51 - k * INTERVAL for k in range(1, 15))
    assert found == pytest.approx(sorted([0.5, 0.01, *owed]))


def test_inputs_that_come_unevenly_owe_nothing() -> None:
    arrivals = [1.0, 1.04, 1.06, 1.1, 1.133]
    stamps = Stamps([(at, 10 + n) for n, at in enumerate(arrivals)], [(2.0, 20)])
    assert len(waits(stamps, INTERVAL, *FOREVER)) == len(arrivals)


def test_only_the_window_counts_and_what_was_never_answered_does_not() -> None:
    stamps = Stamps([(1.0 + n, 10 + n) for n in range(4)], [(1.5, 10), (2.5, 11), (3.5, 12)])
    assert waits(stamps, 1.0, 2.0, 3.0) == pytest.approx([0.5])


def test_of_snapshots_too_only_the_window_counts() -> None:
    stamps = Stamps(ages=[(1.0, 0.1), (2.0, 0.2), (3.0, 0.3)])
    assert ages(stamps, 1.5, 2.5) == [0.2]


@pytest.mark.parametrize(
    ("ours", "theirs", "lag", "agrees"),
    [
        ((20.0, 20.9), 20.0, 0.0, True),
        ((20.0, 22.0), 20.0, 0.0, False),
        ((20.0, 22.0), 20.0, 1.5, True),
        ((22.0, 22.0), 20.0, 1.5, False),
        ((18.0, 18.0), 20.0, 5.0, False),
        ((509.0, 509.0), 500.0, 0.0, True),
        ((511.0, 511.0), 500.0, 0.0, False),
    ],
)
def test_a_millisecond_or_two_percent_is_allowed_and_what_the_tester_was_late_itself(
    ours: tuple[float, float], theirs: float, lag: float, agrees: bool
) -> None:
    usual, last = ours
    late = recorded(*[0.0] * 199, lag)
    assert compare(recorded(*[usual] * 199, last), [theirs] * 200, late)["agrees"] is agrees


def test_where_nothing_was_recorded_nothing_agrees() -> None:
    assert not compare(recorded(), [20.0], recorded())["agrees"]
