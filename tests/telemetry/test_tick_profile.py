from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from game_server.telemetry.tick_profile import (
    MOST_LABELS,
    MOST_NEW,
    OTHER,
    PHASES,
    WINDOW_SECONDS,
    Percentiles,
    TickHistograms,
    TickProfile,
    TickSeries,
)

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


def test_phases_are_distinguished_by_name() -> None:
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


def test_percentiles_are_rounded_to_microseconds() -> None:
    profile = TickProfile(30)
    profile.record(0.0012344, (0.0000006, 0, 0, 0))
    assert (profile.lateness.max, profile.duration.max) == (1.234, 0.001)


def test_at_most_256_ticks_wait_for_the_histograms_and_a_minute_takes_43_kilobytes() -> None:
    profile = TickProfile(30)
    for _ in range(MOST_NEW - 1):
        profile.record(0.001, NO_TIME)
    assert len(profile._new) == 5 * (MOST_NEW - 1)
    profile.record(0.001, NO_TIME)
    assert profile._new == []
    for _ in range(30 * WINDOW_SECONDS):
        profile.record(0.001, NO_TIME)
    assert profile.lateness.max == 1
    assert profile._window.nbytes == 43_200


def test_a_match_begins_with_no_tick_and_none_dropped() -> None:
    assert (TickProfile(30).ticks, TickProfile(30).dropped) == (0, 0)


def test_ticks_of_several_matches_are_added_of_every_kind() -> None:
    total, other = TickHistograms(), TickHistograms()
    for at, histogram in enumerate((other.lateness, other.duration, *other.phases), 1):
        for _ in range(at):
            histogram.record(0.5)
    for _ in range(2):
        total.add(other)
    assert [h.count for h in (total.lateness, total.duration, *total.phases)] == [2, 4, 6, 8, 10, 12]


MOST = 3


class ComingAndGoing(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.series = TickSeries(MOST)
        self.live: dict[str, TickHistograms] = {}
        self.opened = 0
        self.ticks = 0
        self.ended_with_label = 0
        self.labelled: set[str] = set()
        self.other = 0

    @rule(count=st.integers(1, 4))
    def open(self, count: int) -> None:
        for _ in range(count):
            self.live[f"M{self.opened}"] = TickHistograms()
            self.opened += 1

    @rule(data=st.data(), count=st.integers(1, 5))
    def tick(self, data: st.DataObject, count: int) -> None:
        if self.live:
            ticks = self.live[data.draw(st.sampled_from(sorted(self.live)))]
            for _ in range(count):
                ticks.duration.record(0.001)
            self.ticks += count

    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        if self.live:
            match = data.draw(st.sampled_from(sorted(self.live)))
            ticks = self.live.pop(match)
            self.series.ended(match, ticks)
            if match in self.labelled:
                self.labelled.remove(match)
                self.ended_with_label += ticks.duration.count

    @rule()
    def scrape(self) -> None:
        told = self.series.by_label(self.live)
        labels = told.keys() - {OTHER}
        assert len(labels) <= MOST
        assert labels <= self.live.keys()
        assert self.labelled <= labels  # a match keeps its label
        other = told[OTHER].duration.count if OTHER in told else 0
        assert other >= self.other
        self.labelled, self.other = labels, other
        assert sum(ticks.duration.count for ticks in told.values()) == self.ticks - self.ended_with_label

    @invariant()
    def the_rest_keeps_no_names(self) -> None:
        assert len(self.series._unlabelled) <= len(self.live)


ComingAndGoing.TestCase.settings = settings(max_examples=60, deadline=None)
TestComingAndGoing = ComingAndGoing.TestCase


def test_there_is_no_other_while_every_match_has_a_label() -> None:
    assert TickSeries(1).by_label({"A": TickHistograms()}).keys() == {"A"}


def test_phases_are_those_of_all_matches_and_of_those_that_have_ended() -> None:
    series, ended, going = TickSeries(1), TickHistograms(), TickHistograms()
    for ticks in (ended, going):
        ticks.phases[1].record(0.5)
    series.by_label({"A": ended, "B": going})
    series.ended("A", ended)
    assert [phase.count for phase in series.phases([going])] == [0, 2, 0, 0]
    assert going.phases[1].count == 1


def test_beyond_16_matches_the_rest_shares_a_label() -> None:
    told = TickSeries().by_label({f"M{number}": TickHistograms() for number in range(100)})
    assert len(told) == MOST_LABELS + 1 == 17
    assert OTHER in told
