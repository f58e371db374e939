"""However matches come and go, labels stay few, and no tick is lost."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from game_server.telemetry.tick_profile import TickHistograms
from game_server.telemetry.tick_series import MOST_LABELS, OTHER, TickSeries

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
        assert self.labelled <= labels  # whoever has a label keeps it
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
