"""Latencies against a server that answers with a known delay, in virtual time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.bots.histogram import Histogram
from game_server.bots.intents import Intents

INTERVAL = 1 / 30
SECONDS = 60
PAUSE_AT, PAUSE = 30.0, 0.5


def recorded(delay: float, pause: float, *, stalled_tester: bool = False) -> Histogram:
    """A player sends an input with each snapshot; the server acknowledges each ``delay`` after it came.

    Args:
        pause: for so long nothing happens at `PAUSE_AT`: the server sends and answers nothing; or the tester reads and
            sends nothing.
    """
    intents, histogram = Intents(INTERVAL), Histogram()
    acks: list[tuple[float, int]] = []

    def after_pause(time: float) -> float:
        return PAUSE_AT + pause if PAUSE_AT <= time < PAUSE_AT + pause else time

    for tick in range(SECONDS * 30):
        now = tick * INTERVAL
        if stalled_tester:
            now = after_pause(now)  # All that came meanwhile is read at once.
        elif PAUSE_AT <= now < PAUSE_AT + pause:
            continue
        while acks and acks[0][0] <= now:
            at, acknowledged = acks.pop(0)
            histogram_many(histogram, intents.answer(acknowledged, at))
        intents.send(tick + 1, now)
        acks.append((after_pause(now + delay), tick + 1))
    for at, acknowledged in acks:
        histogram_many(histogram, intents.answer(acknowledged, at))
    return histogram


def histogram_many(histogram: Histogram, seconds: list[float]) -> None:
    for sample in seconds:
        histogram.record(1000 * sample)


@pytest.mark.parametrize("delay_ms", [0, 20, 100])
def test_a_known_delay_is_recorded_within_a_millisecond_or_two_percent(delay_ms: int) -> None:
    histogram = recorded(delay_ms / 1000, pause=0)
    for percent in (50, 99, 99.9, 100):
        assert histogram.percentile(percent) == pytest.approx(delay_ms, abs=max(1, 0.02 * delay_ms))
    assert histogram.count == SECONDS * 30


@pytest.mark.parametrize("stalled_tester", [False, True])
@pytest.mark.parametrize("delay_ms", [0, 20, 100])
def test_a_pause_of_the_server_or_of_the_tester_shows_whole(delay_ms: int, stalled_tester: bool) -> None:
    histogram = recorded(delay_ms / 1000, PAUSE, stalled_tester=stalled_tester)
    longest = 500 + delay_ms
    assert histogram.percentile(50) == pytest.approx(delay_ms, abs=max(1, 0.02 * delay_ms))
    assert histogram.percentile(100) == pytest.approx(longest, abs=40)
    p999 = histogram.percentile(99.9)
    assert p999 is not None
    assert p999 > 0.85 * longest
    # Fifteen inputs were due in half a second: counted from the sending, there would be a few.
    late = [histogram.percentile(100 * (1 - rank / histogram.count)) for rank in range(15)]
    assert all(value is not None and value > delay_ms + 5 for value in late[:14])
    assert histogram.count == pytest.approx(SECONDS * 30, abs=5)


@given(st.lists(st.floats(0.001, 0.5), max_size=100))
def test_no_intent_is_answered_twice_and_none_before_it_was_due(steps: list[float]) -> None:
    intents, now, answered = Intents(INTERVAL), 0.0, 0
    for tick, step in enumerate(steps, 1):
        now += step
        intents.send(tick, now)
        latencies = intents.answer(tick, now)
        assert all(latency >= 0 for latency in latencies)
        answered += len(latencies)
    assert answered <= now / INTERVAL + len(steps) / 2 + 1


def test_intents_that_wait_too_long_are_given_up_and_counted() -> None:
    intents = Intents(INTERVAL)
    for tick in range(1000):
        intents.send(tick, tick * INTERVAL)
    assert intents.take_unanswered() == 100
    assert intents.take_unanswered() == 0
