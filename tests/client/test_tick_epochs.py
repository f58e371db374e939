from __future__ import annotations

import json
import math

from game_server.client.tick_epochs import EpochReport, TickEpochs


def test_a_match_has_the_tick_zero_that_was_reported_last() -> None:
    zeros = TickEpochs()
    zeros.learn(EpochReport({"A": 10.0, "B": 20.0}, 50.0))
    zeros.learn(EpochReport({"A": 10.5, "B": 20.0}, 51.0))
    assert (zeros.of("A"), zeros.of("B")) == (10.5, 20.0)


def test_a_match_that_was_not_reported_has_none() -> None:
    zeros = TickEpochs()
    assert math.isnan(zeros.of("A"))
    zeros.learn(EpochReport({"A": 10.0}, 50.0))
    zeros.learn(EpochReport({}, 51.0))
    assert math.isnan(zeros.of("A"))


def test_it_is_on_the_clock_of_the_one_who_asks() -> None:
    zeros = TickEpochs(behind=1_000.0)
    zeros.learn(EpochReport({"A": 1_010.0}, 1_050.0))
    assert zeros.of("A") == 10.0


def test_in_a_new_world_only_what_is_reported_afterwards_counts() -> None:
    zeros = TickEpochs(behind=1_000.0)
    zeros.learn(EpochReport({"A": 1_010.0, "B": 1_020.0}, 1_050.0))
    zeros.restart("A", 51.0)
    assert math.isnan(zeros.of("A"))
    zeros.learn(EpochReport({"A": 1_010.0, "B": 1_020.0}, 1_050.9))
    assert math.isnan(zeros.of("A"))
    assert zeros.of("B") == 20.0
    zeros.learn(EpochReport({"A": 1_051.0, "B": 1_020.0}, 1_051.0))
    assert zeros.of("A") == 51.0


def test_what_was_reported_travels_as_json() -> None:
    told = EpochReport({"A": 12345.678901234567}, 0.1)
    assert EpochReport.from_json(json.loads(json.dumps(told.to_json()))) == told
