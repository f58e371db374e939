"""Latencies against a server that answers with a known delay, in virtual time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.client.input_latency import InputLatency
from game_server.loadtest.metrics.log_histogram import LogHistogram
from tests.loadtest.exactly import percentile

INTERVAL = 1 / 30
SECONDS = 60
PAUSE_AT, PAUSE = 30.01, 0.5


def recorded(delay: float, pause: float, *, stalled_tester: bool = False) -> tuple[LogHistogram, list[float]]:
    """A player sends an input with each snapshot; the server acknowledges each ``delay`` after it came.

    Args:
        pause: for so long nothing happens at `PAUSE_AT`: the server sends and answers nothing; or the tester reads and
            sends nothing.

    Returns:
        What was recorded; and what each of the inputs that were due took until it was answered, in milliseconds.
    """
    intents, histogram = InputLatency(INTERVAL), LogHistogram()
    acks: list[tuple[float, int]] = []
    unsent: list[float] = []
    truth: list[float] = []

    def after_pause(time: float) -> float:
        return PAUSE_AT + pause if PAUSE_AT <= time < PAUSE_AT + pause else time

    for tick in range(SECONDS * 30):
        now = tick * INTERVAL
        unsent.append(now)
        if stalled_tester:
            now = after_pause(now)  # All that came meanwhile is read at once.
        elif PAUSE_AT <= now < PAUSE_AT + pause:
            continue
        while acks and acks[0][0] <= now:
            at, acknowledged = acks.pop(0)
            histogram_many(histogram, intents.answer(acknowledged, at))
        intents.send(tick + 1, now)
        answered = after_pause(now + delay)
        acks.append((answered, tick + 1))
        truth += [1000 * (answered - due) for due in unsent]
        unsent.clear()
    for at, acknowledged in acks:
        histogram_many(histogram, intents.answer(acknowledged, at))
    return histogram, truth


def histogram_many(histogram: LogHistogram, seconds: list[float]) -> None:
    for sample in seconds:
        histogram.record(1000 * sample)


@pytest.mark.parametrize("delay_ms", [0, 20, 100])
def test_a_known_delay_is_recorded_within_a_millisecond_or_two_percent(delay_ms: int) -> None:
    histogram, _ = recorded(delay_ms / 1000, pause=0)
    for percent in (50, 99, 99.9, 100):
        assert histogram.percentile(percent) == pytest.approx(delay_ms, abs=1, rel=0.02)
    assert histogram.count == SECONDS * 30


@pytest.mark.parametrize("stalled_tester", [False, True])
@pytest.mark.parametrize("delay_ms", [0, 20, 100])
def test_a_pause_of_the_server_or_of_the_tester_is_recorded_as_exactly(delay_ms: int, stalled_tester: bool) -> None:
    histogram, truth = recorded(delay_ms / 1000, PAUSE, stalled_tester=stalled_tester)
    assert histogram.count == len(truth) == SECONDS * 30
    # Fifteen inputs were due in half a second: counted from the sending, there would be one.
    ranks = [100 * (1 - rank / len(truth)) for rank in range(20)]
    for percent in (50, 99, 99.9, *ranks):
        assert histogram.percentile(percent) == pytest.approx(percentile(truth, percent), abs=1, rel=0.02)
    p999 = histogram.percentile(99.9)
    assert p999 is not None
    assert p999 > 0.9 * max(truth)


@given(st.lists(st.floats(0.001, 0.5), max_size=100))
def test_no_intent_is_answered_twice_and_none_before_it_was_due(steps: list[float]) -> None:
    intents, now, answered = InputLatency(INTERVAL), 0.0, 0
    for tick, step in enumerate(steps, 1):
        now += step
        intents.send(tick, now)
        latencies = intents.answer(tick, now)
        assert all(latency >= 0 for latency in latencies)
        answered += len(latencies)
    assert answered <= now / INTERVAL + len(steps) / 2 + 1


def test_intents_that_wait_too_long_are_given_up_and_counted() -> None:
    intents = InputLatency(INTERVAL)
    for tick in range(1000):
        intents.send(tick, tick * INTERVAL)
    given_up = intents.take_unanswered()
    assert len(given_up) == 100
    assert given_up == pytest.approx([30.0] * 100)  # they have waited so long at least
    assert intents.take_unanswered() == []


def played(delay: int, ticks: int) -> InputLatency:
    """An input in each of this many ticks, acknowledged ``delay`` ticks later."""
    intents = InputLatency(INTERVAL)
    for tick in range(ticks):
        intents.answer(tick - delay, tick * INTERVAL)
        intents.send(tick, tick * INTERVAL)
    return intents


@pytest.mark.parametrize("delay", [1, 3, 20])
@pytest.mark.parametrize("moment", [0.0, 0.5, 1.0])
def test_at_the_end_of_a_healthy_stay_what_had_no_time_to_be_answered_is_left_out(delay: int, moment: float) -> None:
    assert played(delay, 300).end((299 + moment) * INTERVAL) == []


def test_at_the_end_of_a_silence_every_intent_that_was_due_has_waited_since_then() -> None:
    waits = played(3, 300).end(299 * INTERVAL + 4.0)
    assert max(waits) == pytest.approx(4.0 + 2 * INTERVAL, abs=0.001)
    assert len(waits) == pytest.approx(4.0 / INTERVAL - 3, abs=2)
    assert min(waits) > 5 * INTERVAL


def test_one_whom_nothing_was_ever_answered_has_waited_from_the_first_on() -> None:
    intents = InputLatency(INTERVAL)
    intents.send(1, 10.0)
    assert max(intents.end(13.0)) == pytest.approx(3.0)


def test_a_slightly_late_input_counts_from_when_it_was_due_and_delays_no_other() -> None:
    intents = InputLatency(INTERVAL)
    for tick in range(30):
        intents.send(tick, tick * INTERVAL + (0.010 if tick == 10 else 0.0))
        [latency] = intents.answer(tick, tick * INTERVAL + 0.020)
        assert latency == pytest.approx(0.020, abs=0.001)


def carried(*times: float) -> list[float]:
    """The latencies of the intents, one a second, that the last of these inputs carries and that is used at once."""
    intents = InputLatency(1.0)
    for tick, now in enumerate(times[:-1], 1):
        intents.send(tick, now)
        intents.answer(tick, now)
    intents.send(len(times), times[-1])
    return intents.answer(len(times), times[-1])


@pytest.mark.parametrize(
    ("times", "latencies"),
    [
        ((0.0, 0.25), []),  # the next intent comes more than half an interval later
        ((0.0, 0.5), [0.0]),
        ((0.0, 1.75), [0.75]),
        ((0.0, 2.0), [1.0, 0.0]),
        ((0.0, 2.25), [1.25, 0.25]),
        ((0.0, 2.5), [1.5, 0.5, 0.0]),  # after a stall, one that is due about now goes along
        ((0.0, 2.25, 3.25), [0.0]),  # and the schedule begins again
        ((0.0, 1.5, 2.025), [0.0]),  # a twentieth of the lateness is that of the schedule
        ((0.0, 1.5, 2.5), [0.475]),
    ],
)
def test_an_input_carries_the_intents_that_are_due_and_not_yet_sent(
    times: tuple[float, ...], latencies: list[float]
) -> None:
    assert carried(*times) == pytest.approx(latencies, abs=1e-9)


@pytest.mark.parametrize(("usual", "waits"), [(0.0, [5.0, 4.0, 3.0]), (1.0, [5.0, 4.0])])
def test_overdue_is_what_has_waited_two_intervals_longer_than_usual(usual: float, waits: list[float]) -> None:
    intents = InputLatency(1.0)
    intents.send(1, 0.0)
    intents.answer(1, usual)
    intents.send(2, 1.0)
    assert intents.end(6.0) == waits
    assert intents.end(99.0) == []
