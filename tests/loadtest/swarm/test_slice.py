"""The swarm's latencies against a server that answers with a known delay, in virtual time."""

from __future__ import annotations

import socket

import numpy as np
import pytest

from game_server.batch_io import SystemCalls
from game_server.loadtest.metrics.log_histogram import LogHistogram
from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.swarm.client_columns import LEAD, SLICES, ClientColumns, MatchColumns
from game_server.loadtest.swarm.protocol_adapter import GameServerAdapter, SwarmSeat
from game_server.loadtest.swarm.slice import REMEMBERED, Slice
from tests.loadtest.exactly import percentile

INTERVAL = 1 / 30
PAUSE_AT = 30.01
CLIENTS = 3


class Played:
    """One slice, whose sockets nobody reads."""

    def __init__(self) -> None:
        self.clients, self.matches, self.meter = ClientColumns(SLICES * CLIENTS), MatchColumns(), Meter()
        match, _ = self.matches.number(SwarmSeat("K7RW2P", 30))
        for _ in range(SLICES * CLIENTS):
            self.clients.take(-1, match, [0] * SLICES)
        chance = np.random.default_rng(1)
        self.slice = Slice(0, self.clients, self.matches, GameServerAdapter(), SystemCalls(64), chance, firing=False)
        self.slots = np.arange(0, SLICES * CLIENTS, SLICES)

    def write(self, due: float, heard: int) -> int:
        """One step, after a snapshot of tick ``heard`` came; the tick of the newest input."""
        self.matches.tick[0] = heard
        self.slice.write(due, self.meter)
        return int(self.slice.newest(np.zeros(1, np.int64))[0])

    def answer(self, ack: int, now: float) -> list[float]:
        latencies, _ = self.slice.latencies(self.slots, np.full(CLIENTS, ack), now)
        return [float(latency) for latency in latencies]


def recorded(delay: float, pause: float) -> tuple[LogHistogram, list[float]]:
    """Inputs are sent whatever the server does; it answers each ``delay`` later, but in its pause it stands still.

    Returns:
        What was recorded; and what each of the inputs that were due took until it was answered, in milliseconds.
    """
    played, histogram = Played(), LogHistogram()
    acks: list[tuple[float, int]] = []
    unsent: list[float] = []
    truth: list[float] = []
    sent = 0
    for step in range(60 * 30):
        now = step * INTERVAL
        while acks and acks[0][0] <= now:
            at, ack = acks.pop(0)
            for latency in played.answer(ack, at):
                histogram.record(1000 * latency)
        paused = min(pause, max(0.0, now - PAUSE_AT))
        newest = played.write(now, heard=100 + round((now - paused) / INTERVAL))
        unsent.append(now)
        if newest > sent:
            sent = newest
            answered = now + delay
            if PAUSE_AT <= answered < PAUSE_AT + pause:
                answered = PAUSE_AT + pause
            acks.append((answered, newest))
            truth += CLIENTS * [1000 * (answered - due) for due in unsent]
            unsent.clear()
    for at, ack in acks:
        for latency in played.answer(ack, at):
            histogram.record(1000 * latency)
    return histogram, truth


@pytest.mark.parametrize("delay_ms", [0, 20, 100])
def test_a_known_delay_is_recorded_within_a_millisecond_or_two_percent(delay_ms: int) -> None:
    histogram, _ = recorded(delay_ms / 1000, pause=0)
    for percent in (50, 99, 100):
        assert histogram.percentile(percent) == pytest.approx(delay_ms, abs=1, rel=0.02)
    assert histogram.count == 60 * 30 * CLIENTS


@pytest.mark.parametrize("delay_ms", [0, 20, 100])
def test_a_pause_of_the_server_is_recorded_as_exactly_though_no_input_is_sent_in_it(delay_ms: int) -> None:
    histogram, truth = recorded(delay_ms / 1000, pause=0.5)
    assert histogram.count == len(truth) == 60 * 30 * CLIENTS
    ranks = [100 * (1 - rank / len(truth)) for rank in range(20 * CLIENTS)]
    for percent in (50, 99, 99.9, *ranks):
        assert histogram.percentile(percent) == pytest.approx(percentile(truth, percent), abs=1, rel=0.02)
    p999 = histogram.percentile(99.9)
    assert p999 is not None
    assert p999 > 400


def test_inputs_go_out_for_ascending_ticks_a_little_ahead_of_what_was_heard() -> None:
    played = Played()
    chance = np.random.default_rng(2)
    newest, heard = 0, 100
    for step in range(2000):
        heard += int(chance.choice((0, 1, 1, 1, 2)))
        now = played.write(step * INTERVAL, heard)
        assert newest <= now <= heard + LEAD + 2
        assert now >= heard
        newest = now


def test_when_ticks_were_dropped_the_lead_comes_back() -> None:
    played, heard, newest = Played(), 0, 0
    for step in range(300):
        # From the tenth on the server is four ticks behind where it was.
        heard = 100 + step - (4 if step > 10 else 0)
        newest = played.write(step * INTERVAL, heard)
    assert newest - heard <= LEAD


def test_in_a_new_world_inputs_go_on_and_the_old_ones_are_waited_for_no_more() -> None:
    played = Played()
    for step in range(30):
        played.write(step * INTERVAL, 9000 + step)
    played.slice.restart(0)
    played.clients.answered[played.slots] = played.slice.step
    sent = [played.write((30 + step) * INTERVAL, 1 + step) for step in range(30)]
    assert sent == sorted(set(sent))
    assert 30 <= sent[-1] <= 30 + LEAD + 2
    latencies = played.answer(sent[-1], 60 * INTERVAL)
    assert len(latencies) == 30 * CLIENTS
    assert max(latencies) == pytest.approx(30 * INTERVAL)


def test_a_slot_that_is_taken_again_waits_for_nothing_of_its_former_client() -> None:
    played = Played()
    for step in range(10):
        played.write(step * INTERVAL, 100 + step)
    played.clients.leave(0)
    assert played.clients.take(-1, 0, [played.slice.step] * SLICES) == 0
    assert played.slice.latencies(np.array([0]), np.array([10_000]), 1.0)[0].size == 0


# What is never answered


def still(delay: int, silence: int) -> tuple[Played, float]:
    """A server answers each input after ``delay`` steps, and stands still for the last ``silence`` steps.

    Returns:
        What was played, and when it was over.
    """
    played, acks = Played(), list[int]()
    for step in range(300):
        heard = 100 + min(step, 300 - silence)
        if step >= delay and step < 300 - silence:
            played.answer(acks[step - delay], step * INTERVAL)
        acks.append(played.write(step * INTERVAL, heard))
    return played, 299.5 * INTERVAL


@pytest.mark.parametrize("delay", [1, 3, 20])
def test_at_the_end_of_a_healthy_stay_nothing_is_overdue(delay: int) -> None:
    played, end = still(delay, silence=0)
    assert list(played.slice.overdue(0, end)) == []


def test_at_the_end_of_a_silence_all_that_was_due_in_it_has_waited_since_then() -> None:
    played, end = still(3, silence=120)
    waits = played.slice.overdue(0, end)
    assert waits.max() == pytest.approx(4.0, abs=0.15)
    assert len(waits) == pytest.approx(120, abs=4)
    assert waits.min() > 5 * INTERVAL


def test_who_came_a_moment_ago_waits_for_nothing_overdue_and_later_for_all_of_it() -> None:
    played = Played()
    for step in range(2):
        played.write(step * INTERVAL, 100 + step)
    assert list(played.slice.overdue(0, 1.5 * INTERVAL)) == []
    assert list(played.slice.overdue(0, 3.0)) == pytest.approx([3.0, 3.0 - INTERVAL])


def test_intents_that_are_forgotten_have_waited_as_long_as_the_oldest_remembered_one() -> None:
    played = Played()
    for step in range(REMEMBERED + 200):
        played.write(step * INTERVAL, 100 + step)
    now = (REMEMBERED + 200) * INTERVAL
    waits = played.slice.overdue(0, now)
    assert len(waits) > REMEMBERED + 190
    assert sum(waits > (REMEMBERED - 2) * INTERVAL) >= 200
    latencies, given_up = played.slice.latencies(played.slots[:1], np.array([10_000]), now)
    assert given_up > 190
    assert len(latencies) == REMEMBERED + 200
    assert sum(latencies > (REMEMBERED - 2) * INTERVAL) >= 200


def test_inputs_count_with_their_bytes_if_sent_and_as_blocked_if_there_is_no_room() -> None:
    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        played = Played()
        played.clients.fds[0] = near.fileno()
        played.write(0.0, 100)
        sent = played.meter.cut(0).counts
        assert (sent["inputs"], sent["inputs_blocked"]) == (1, 0)
        assert sent["bytes_out"] == len(far.recv(1000))
        for step in range(1, 10_000):
            played.write(step * INTERVAL, 100 + step)
            if (counts := played.meter.cut(step).counts)["inputs_blocked"]:
                break
        else:
            pytest.fail("there is no end of room")
        assert (counts["inputs"], counts["inputs_blocked"], counts["bytes_out"]) == (0, 1, 0)
