from __future__ import annotations

import pytest

from game_server.telemetry.tick_profile import PHASES, WINDOW_SECONDS, Percentiles, TickProfile

NO_TIME = (0.0, 0.0, 0.0, 0.0)


def test_a_profile_without_ticks_is_all_zeros() -> None:
    profile = TickProfile(30)
    assert profile.lateness == profile.duration == Percentiles(0.0, 0.0, 0.0)
    assert profile.phase_durations == dict.fromkeys(PHASES, Percentiles())


def test_percentiles_are_of_the_ticks_recorded_in_milliseconds() -> None:
    profile = TickProfile(30)
    for ms in range(101):
        profile.record(ms / 1000, (2 * ms / 1000, 0, 0, 0))
    assert profile.lateness == Percentiles(p50=50, p99=99, max=100)
    assert profile.duration == Percentiles(p50=100, p99=198, max=200)


def test_one_slow_tick_in_a_thousand_is_the_worst_and_not_the_99th_percentile() -> None:
    profile = TickProfile(30)
    for tick in range(1_000):
        profile.record(0.5 if tick == 500 else 0.001, NO_TIME)
    assert profile.lateness == Percentiles(p50=1, p99=1, max=500)


def test_only_the_last_minute_counts_but_every_tick_is_counted() -> None:
    profile = TickProfile(10)
    profile.record(9.0, (9.0, 0, 0, 0))
    for _ in range(10 * WINDOW_SECONDS):
        profile.record(0.001, (0.002, 0, 0, 0))
    assert profile.lateness.max == 1
    assert profile.ticks == 10 * WINDOW_SECONDS + 1


def test_phases_are_told_apart_by_name() -> None:
    profile = TickProfile(30)
    profile.record(0.0, (0.001, 0.002, 0.003, 0.004))
    assert {name: spent.p50 for name, spent in profile.phase_durations.items()} == {
        "drain": 1,
        "rules": 2,
        "encode": 3,
        "write": 4,
    }


def test_histograms_keep_every_tick_also_those_that_have_left_the_window() -> None:
    for tick_rate in (1, 30):  # a window that is shorter than what may wait for the histograms, and a longer one
        profile, ticks = TickProfile(tick_rate), 2 * WINDOW_SECONDS * tick_rate + 7
        for _ in range(ticks):
            profile.record(0.002, (0.001, 0.001, 0.001, 0.001))
        every = profile.histograms
        assert [h.count for h in (every.lateness, every.duration, *every.phases)] == [ticks] * 6
        assert every.duration.sum == pytest.approx(ticks * 0.004)


def test_percentiles_are_worked_out_once_in_a_second_of_ticks() -> None:
    profile = TickProfile(30)
    profile.record(0.001, NO_TIME)
    assert profile.lateness.max == 1
    for _ in range(29):
        profile.record(0.002, NO_TIME)
        assert profile.lateness.max == 1
    profile.record(0.002, NO_TIME)
    assert profile.lateness.max == 2
