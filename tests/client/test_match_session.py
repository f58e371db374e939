from __future__ import annotations

import random
from collections.abc import Callable

import attrs
import pytest

from game_server.client.match_session import CALM_TICKS, FIRST_LEAD, MAX_LEAD
from game_server.client.tick_epochs import EpochReport, TickEpochs
from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.players.drain import FigureDrain
from game_server.loadtest.players.player import Outcome
from game_server.protocol import DELTA, KEYFRAME, Act, Input, Notice, Ping, Pong, Resync, Snapshot, encode
from tests.loadtest.played import WELCOME, Played, snapshot
from tests.simulation.one_buffer import OneBuffer

# What it sees and presses


def test_each_snapshot_is_shown_to_the_brain_and_answered_by_an_input_a_little_ahead() -> None:
    played = Played()
    assert played.feed(snapshot(100, KEYFRAME)) == [Input(100 + FIRST_LEAD, 17, 512, 16 * FIRST_LEAD)]
    assert played.feed(snapshot(101)) == [Input(101 + FIRST_LEAD, 17, 512, 16 * FIRST_LEAD)]
    assert played.brain.seen == [(100, {3: {"x": 100, "y": 7}}), (101, {3: {"x": 101, "y": 7}})]


def test_what_the_brain_asks_of_the_rules_is_sent_once_beside_its_input() -> None:
    played = Played()
    played.brain.asks = [(4, (7, "please"))]
    assert played.feed(snapshot(100, KEYFRAME))[1:] == [Act(4, (7, "please"))]
    assert played.feed(snapshot(101))[1:] == []


# Figures


def test_gaps_and_missed_ticks_are_counted_from_the_first_snapshot_on() -> None:
    played = Played()
    for tick, now in ((100, 1.0), (101, 1.5), (104, 1.75)):
        played.feed(snapshot(tick, KEYFRAME if tick != 101 else DELTA), now)
    figures = played.figures
    assert (figures.snapshots, figures.keyframes, figures.missed_ticks) == (3, 2, 2)
    assert list(figures.gaps) == [0.5, 0.25]
    assert (figures.first_snapshot, figures.last_snapshot) == (1.0, 1.75)


def test_bytes_are_counted_over_the_time_that_the_rate_is_taken_from() -> None:
    played = Played()
    played.feed(snapshot(100, KEYFRAME))
    assert played.figures.bytes_in == 0
    later: list[Snapshot | Notice] = [snapshot(101), Notice(1, "!")]
    for message in later:
        played.feed(message)
    assert played.figures.bytes_in == sum(len(encode(message)) for message in later)


def test_all_that_a_client_sends_after_its_first_snapshot_is_counted_in_bytes() -> None:
    played = Played()
    answers = [*played.feed(snapshot(100, KEYFRAME), 1.0), *played.feed(snapshot(101, digest=7), 3.0)]
    assert [type(answer) for answer in answers] == [Input, Resync, Ping, Input]
    assert played.figures.bytes_out == sum(len(encode(answer)) for answer in answers)


def test_before_a_delta_nothing_was_new_and_that_is_no_gap() -> None:
    played = Played()
    played.feed(snapshot(100, KEYFRAME), 1.0)
    played.feed(snapshot(106), 1.25)
    played.feed(snapshot(136), 1.5)  # sooner than its ticks can have passed
    assert played.figures.missed_ticks == 0
    assert list(played.figures.gaps) == pytest.approx([0.25 - 5 / 30, 0.0])


def test_input_latency_is_from_sending_to_the_snapshot_of_the_tick_that_used_it() -> None:
    played = Played()
    played.feed(snapshot(100, KEYFRAME), 1.0)  # sends for 103
    played.feed(snapshot(101), 1.1)
    played.feed(snapshot(102), 1.2)
    assert list(played.figures.acks) == []
    played.feed(snapshot(103, ack=103), 1.3)
    assert list(played.figures.acks) == [pytest.approx(0.3)]
    assert played.figures.late_inputs == 0


def test_an_input_that_its_tick_did_not_use_is_late_and_has_no_latency() -> None:
    played = Played()
    for tick in range(100, 103):
        played.feed(snapshot(tick, KEYFRAME))
    played.feed(snapshot(103, ack=0))
    assert played.figures.late_inputs == 1
    assert list(played.figures.acks) == []


@pytest.mark.parametrize(("ack", "faults"), [(102, 1), (103, 0), (104, 0), (107, 1)])
def test_an_acknowledgement_that_goes_back_or_beyond_what_was_sent_is_a_fault(ack: int, faults: int) -> None:
    played = played_until(103)
    assert played.figures.faults == 0
    played.feed(snapshot(104, KEYFRAME, ack=ack))
    assert played.figures.faults == faults


def test_late_inputs_before_the_first_acknowledgement_count_but_not_those_under_way() -> None:
    played = Played()
    sent = [message for tick in range(100, 108) for message in played.feed(snapshot(tick, KEYFRAME))]
    meant = [message.tick for message in sent if isinstance(message, Input)]
    assert played.figures.late_inputs == sum(tick <= 107 for tick in meant) == 4
    assert len(meant) == 8


def test_inputs_that_wait_too_long_are_given_up_and_count_as_unanswered() -> None:
    played = Played()
    for tick in range(100, 1100):
        played.feed(snapshot(tick, KEYFRAME), tick / 30)
    assert played.figures.unanswered_inputs == played.figures.inputs - 900 > 0
    assert list(played.figures.acks) == pytest.approx([30.0] * played.figures.unanswered_inputs, abs=0.1)


def test_an_input_whose_snapshot_was_missed_is_neither_late_nor_measured() -> None:
    played = Played()
    for tick in (100, 101, 102):
        played.feed(snapshot(tick, KEYFRAME))
    answers = played.feed(snapshot(104, KEYFRAME, ack=104))
    assert played.figures.late_inputs == 0
    assert len(played.figures.acks) == 1
    assert answers == [Input(104 + FIRST_LEAD, 17, 512, 16 * FIRST_LEAD)]


def test_the_round_trip_is_measured_by_pings_a_second_apart() -> None:
    played = Played()
    pings = []
    for tick in range(100, 200):
        now = tick / 30
        answers = played.feed(snapshot(tick, KEYFRAME), now)
        pings += [answer for answer in answers if isinstance(answer, Ping)]
        if answers and isinstance(answers[0], Ping):
            played.feed(Pong(answers[0].client_time, 0.0), now + (0.1 if len(pings) == 1 else 0.14))
    assert len(pings) == 3
    assert list(played.figures.round_trips) == pytest.approx([0.1, 0.14, 0.14])
    assert played.figures.jitter == pytest.approx(0.02)


def test_a_pong_that_answers_no_ping_measures_nothing() -> None:
    played = Played()
    played.feed(snapshot(100, KEYFRAME), 1.0)
    played.feed(Pong(0.5, 0.0), 2.0)
    assert list(played.figures.round_trips) == []
    assert played.figures.jitter is None


def test_the_age_of_a_snapshot_is_the_time_since_its_tick_was_due() -> None:
    zeros = TickEpochs()
    zeros.learn(EpochReport({"K7RW2P": 50.0}, 60.0))
    played = Played(tick_zeros=zeros)
    for tick, late in ((300, 0.002), (301, 0.5), (302, 0.0125)):
        played.feed(snapshot(tick, KEYFRAME), 50 + tick / 30 + late)
    assert list(played.figures.ages) == pytest.approx([0.002, 0.5, 0.0125])


def test_a_snapshot_of_a_match_whose_ticks_nobody_knows_has_no_age() -> None:
    zeros = TickEpochs()
    zeros.learn(EpochReport({"OTHERS": 50.0}, 60.0))
    played = Played(tick_zeros=zeros)
    played.feed(snapshot(300, KEYFRAME), 70.0)
    assert list(played.figures.ages) == []


def test_in_a_new_world_there_are_ages_once_it_is_known_when_it_began() -> None:
    zeros = TickEpochs()
    played = Played(tick_zeros=zeros)
    zeros.learn(EpochReport({"K7RW2P": 50.0}, 60.0))
    played.feed(snapshot(300, KEYFRAME), 60.01)
    played.feed(attrs.evolve(WELCOME, tick=0), 60.02)
    played.feed(snapshot(1, KEYFRAME), 60.06)
    zeros.learn(EpochReport({"K7RW2P": 60.02}, 60.02))
    played.feed(snapshot(2, KEYFRAME), 60.02 + 2 / 30 + 0.003)
    assert list(played.figures.ages) == pytest.approx([0.01, 0.003])


def test_depths_are_those_of_the_snapshots() -> None:
    played = Played()
    for tick, depth in ((100, 0), (101, 3), (102, 1)):
        played.feed(snapshot(tick, KEYFRAME, depth=depth))
    assert list(played.figures.depths) == [0, 3, 1]


# The end


def played_until(tick: int) -> Played:
    """A healthy stay from tick 100 on, in which inputs are used three ticks after they were sent."""
    played = Played()
    for at in range(100, tick + 1):
        played.feed(snapshot(at, KEYFRAME, ack=at if at >= 103 else 0), at / 30)
    return played


def test_who_leaves_in_time_has_seen_no_gap_and_waits_for_nothing() -> None:
    played = played_until(200)
    before = len(played.figures.gaps), len(played.figures.acks)
    played.client.leave(201 / 30)
    assert (len(played.figures.gaps), len(played.figures.acks), played.figures.left) == (*before, 0.0)
    assert played.figures.unanswered_inputs == 0


@pytest.mark.parametrize("ending", ["leave", "lost"])
def test_a_server_that_stands_still_until_the_end_is_slow_for_so_long_at_least(ending: str) -> None:
    played = played_until(200)
    getattr(played.client, ending)(200 / 30 + 4.0)
    figures = played.figures
    assert figures.gaps[-1] == pytest.approx(4.0)
    assert figures.left == pytest.approx(200 / 30 + 4.0)
    assert max(figures.acks) > 4.0
    assert sum(ack > 0.5 for ack in figures.acks) == pytest.approx(3.5 * 30, abs=5)
    assert figures.unanswered_inputs == pytest.approx(4.0 * 30, abs=5)


def test_a_server_that_says_something_but_acknowledges_nothing_is_slow_as_well() -> None:
    played = played_until(200)
    for tick in range(201, 320):
        played.feed(snapshot(tick, KEYFRAME, ack=200), tick / 30)
    played.client.leave(320 / 30)
    assert max(played.figures.acks) == pytest.approx(4.0, abs=0.2)


def test_rates_run_until_the_client_left_and_not_until_its_last_snapshot() -> None:
    told = []
    for silence in (0.01, 4.0):
        played, meter = played_until(219), Meter()
        outcome = Outcome(played.client, connected=True)
        FigureDrain(outcome, meter).end(219 / 30 + silence)
        told.append(meter.cut(0).spreads["snapshots_per_second"].max)
    assert told == [pytest.approx(30.0), pytest.approx(15.0, abs=0.2)]


# Desync


def test_a_wrong_hash_is_counted_and_asks_for_a_keyframe_while_it_plays_on() -> None:
    played = Played()
    played.feed(snapshot(100, KEYFRAME))
    assert played.feed(snapshot(101, digest=12345)) == [Resync(101), Input(101 + FIRST_LEAD, 17, 512, 16 * FIRST_LEAD)]
    assert played.figures.desyncs == 1
    assert played.feed(snapshot(102, KEYFRAME)) == [Input(102 + FIRST_LEAD, 17, 512, 16 * FIRST_LEAD)]
    assert played.figures.desyncs == 1


def test_a_change_to_a_row_that_it_does_not_have_is_a_desync_too() -> None:
    played = Played()
    played.feed(snapshot(100, KEYFRAME))
    change = Snapshot(101, DELTA, 0, 1, None, b"", ((1, b"\x09\x00\x01\x05"),))
    assert played.feed(change)[0] == Resync(101)
    assert played.figures.desyncs == 1


# Lead


@attrs.define
class FakeServer:
    """Ticks, keeps inputs as the real one does, and answers over a line with a delay in ticks each way."""

    played: Played
    delay: Callable[[int], int]
    tick: int = 99
    inputs: OneBuffer = attrs.Factory(OneBuffer)
    depths: list[int] = attrs.Factory(list)
    leads: list[int] = attrs.Factory(list)
    _up: list[tuple[int, Input]] = attrs.Factory(list)
    _down: list[tuple[int, Snapshot]] = attrs.Factory(list)
    _up_clear: int = 0
    _down_clear: int = 0

    def run(self, ticks: int) -> None:
        for _ in range(ticks):
            self.tick += 1
            now = self.tick
            while self._up and self._up[0][0] < now:
                self.inputs.offer(self._up.pop(0)[1], now - 1)
            self.inputs.take(now)
            self.depths.append(self.inputs.depth)
            # As on TCP: what is late makes wait what comes after it.
            self._down_clear = max(self._down_clear, now + self.delay(now))
            told = snapshot(now, KEYFRAME, ack=self.inputs.ack, depth=self.inputs.depth)
            self._down.append((self._down_clear, told))
            while self._down and self._down[0][0] <= now:
                self._answer(now)

    def _answer(self, now: int) -> None:
        _, told = self._down.pop(0)
        for message in self.played.feed(told, now / 30):
            self._up_clear = max(self._up_clear, now + self.delay(now))
            if isinstance(message, Input):
                self._up.append((self._up_clear, message))
                self.leads.append(message.tick - told.tick)

    def used(self, ticks: int) -> float:
        """The share of the next ``ticks`` ticks that had an input of their own."""
        before = self.inputs.counts.used
        self.run(ticks)
        return (self.inputs.counts.used - before) / ticks


@pytest.mark.parametrize("delay", range(11))
def test_under_a_constant_delay_every_input_soon_arrives_in_time_and_none_waits_long(delay: int) -> None:
    server = FakeServer(Played(), lambda _tick: delay)
    server.run(2000)
    assert server.used(300) == 1
    assert max(server.depths[-300:]) <= 2
    assert max(server.leads) <= 2 * delay + FIRST_LEAD + 1


def test_under_a_varying_delay_few_inputs_are_late_and_the_lead_stays_within_reason() -> None:
    rng = random.Random(4)
    server = FakeServer(Played(), lambda _tick: rng.choice((1, 1, 1, 2, 3)))
    server.run(2000)
    assert server.used(2000) > 0.97
    assert max(server.leads) <= 2 * 3 + FIRST_LEAD + 2


def test_when_a_delay_is_over_the_lead_shrinks_again() -> None:
    server = FakeServer(Played(), lambda tick: 8 if tick < 1000 else 1)
    server.run(900)
    assert server.leads[-1] >= 16
    server.run(20 * CALM_TICKS)
    assert server.leads[-1] <= 5
    assert server.used(100) == 1


def test_a_single_hitch_costs_a_few_ticks_of_lead_which_come_back() -> None:
    server = FakeServer(Played(), lambda tick: 20 if tick == 500 else 1)
    server.run(400)
    before = server.leads[-1]
    server.run(200)
    assert max(server.leads[-200:]) <= before + 5
    server.run(10 * CALM_TICKS)
    assert server.leads[-1] <= before + 1


def test_a_delay_beyond_all_lead_does_not_run_away() -> None:
    server = FakeServer(Played(), lambda _tick: 60)
    server.run(3000)
    assert max(server.leads) == MAX_LEAD
    assert server.inputs.counts.used == 0
    assert server.played.figures.late_inputs > 2000


def leads(ticks: int, *, depth: int = 1, used: bool = True) -> list[int | None]:
    """Ticks ahead of each snapshot for which an input is sent; None where none is."""
    played = Played()
    found: list[int | None] = []
    for tick in range(100, 100 + ticks):
        told = snapshot(tick, KEYFRAME, ack=tick if used else 0, depth=depth)
        inputs = [answer for answer in played.feed(told) if isinstance(answer, Input)]
        found.append(inputs[0].tick - tick if inputs else None)
    return found


def test_while_inputs_are_late_the_lead_grows_each_time_the_last_change_has_shown() -> None:
    grown = [lead for lead in range(FIRST_LEAD, MAX_LEAD) for _ in range(lead)]
    assert leads(len(grown) + 99, used=False) == [*grown, *[MAX_LEAD] * 99]


def test_the_lead_shrinks_for_each_60_snapshots_that_say_more_than_one_input_waits() -> None:
    assert leads(60, depth=2) == [*[3] * 59, None]
    assert leads(240, depth=9) == [*[3] * 59, None, *[2] * 59, None, *[1] * 120]
    assert leads(240, depth=1) == [3] * 240


def test_inputs_go_out_once_for_each_tick_and_never_back_in_time() -> None:
    rng = random.Random(9)
    played = Played()
    sent = [
        answer.tick
        for tick in range(100, 1000)
        for answer in played.feed(snapshot(tick, KEYFRAME, ack=rng.choice((0, tick)), depth=rng.randrange(4)))
    ]
    assert sent == sorted(set(sent))
