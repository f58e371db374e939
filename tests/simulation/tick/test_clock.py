from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.simulation.tick.clock import MAX_CATCH_UP, TickClock

# Pauses between two looks at the clock, in seconds; most are short, some long enough to drop ticks.
pauses = st.lists(st.floats(0, 0.02) | st.floats(0, 1), max_size=80)


def test_tick_n_is_due_n_ticks_after_the_start() -> None:
    clock = TickClock(rate=30, start=1000.0)
    for tick in range(1, 100):
        assert clock.deadline == pytest.approx(1000 + tick / 30)
        assert clock.begin(clock.deadline) == 0
        assert clock.tick == tick


def test_ten_thousand_ticks_that_each_begin_late_do_not_drift() -> None:
    clock = TickClock(rate=30, start=0.0)
    for tick in range(1, 10_001):
        late = clock.begin(clock.deadline + 0.02)
        assert late == pytest.approx(0.02)
        assert clock.deadline == pytest.approx((tick + 1) / 30, abs=1e-9)
    assert clock.dropped == 0


def test_up_to_five_overdue_ticks_are_made_up_for() -> None:
    clock = TickClock(rate=10, start=0.0)
    now = 0.1 + MAX_CATCH_UP * 0.1 + 0.05
    begun = 0
    while clock.deadline <= now:
        clock.begin(now)
        begun += 1
    assert (begun, clock.dropped) == (1 + MAX_CATCH_UP, 0)


def test_a_longer_backlog_is_dropped_and_counted() -> None:
    clock = TickClock(rate=10, start=0.0)
    assert clock.begin(2.05) == pytest.approx(1.95)
    begun = 1
    while clock.deadline <= 2.05:
        clock.begin(2.05)
        begun += 1
    assert (begun, clock.dropped) == (1 + MAX_CATCH_UP, 14)
    assert clock.deadline == pytest.approx(2.1)


def test_numbers_of_ticks_have_no_gap_when_time_is_dropped() -> None:
    clock = TickClock(rate=10, start=0.0)
    clock.begin(100.0)
    assert clock.tick == 1
    clock.begin(clock.deadline)
    assert clock.tick == 2


def test_a_tick_that_begins_early_is_not_late() -> None:
    assert TickClock(rate=10, start=0.0).begin(0.05) == 0


def test_ticks_are_due_later_by_what_was_dropped() -> None:
    clock = TickClock(rate=10, start=50.0)
    assert [clock.due(tick) for tick in (-5, 0, 7)] == pytest.approx([49.5, 50.0, 50.7])
    clock.begin(52.05)
    assert clock.dropped == 14
    assert [clock.due(tick) for tick in (-5, 0, 7)] == pytest.approx([50.9, 51.4, 52.1])
    assert clock.due(clock.tick + 1) == clock.deadline


def test_match_time_runs_with_the_clock_in_ticks() -> None:
    clock = TickClock(rate=10, start=50.0)
    clock.begin(50.1)
    assert clock.match_time(50.1) == pytest.approx(1)
    assert clock.match_time(50.175) == pytest.approx(1.75)


def test_match_time_stands_still_for_as_long_as_was_dropped() -> None:
    clock = TickClock(rate=10, start=0.0)
    clock.begin(0.1)
    stalled = clock.match_time(60.0)
    assert stalled == 1 + 1 + MAX_CATCH_UP
    clock.begin(60.05)
    assert clock.match_time(60.05) == pytest.approx(stalled + 0.5)


@given(pauses, st.integers(1, 240))
def test_whatever_the_pauses_match_time_never_goes_back_and_catching_up_is_bounded(
    pauses: list[float], rate: int
) -> None:
    clock = TickClock(rate, start=0.0)
    now = latest = 0.0
    for pause in pauses:
        now += pause
        begun = 0
        while True:
            match_time = clock.match_time(now)
            # The two ways of reckoning what was dropped may differ in the last bits of a double.
            assert match_time >= latest - 1e-6
            assert clock.tick <= match_time <= clock.tick + 1 + MAX_CATCH_UP
            latest = match_time
            if clock.deadline > now:
                break
            clock.begin(now)
            begun += 1
        assert begun <= 1 + MAX_CATCH_UP
    assert clock.tick + clock.dropped == pytest.approx(now * rate, abs=1.001)
