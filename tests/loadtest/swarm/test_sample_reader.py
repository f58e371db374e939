from __future__ import annotations

from game_server.client import RESYNC_INTERVAL
from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.swarm.sample_reader import SAMPLE_EVERY, SAMPLED, SampleReader, is_sampled
from game_server.protocol import KEYFRAME, Ping, Resync, decode_client, encode
from tests.loadtest.played import WELCOME, snapshot


def test_one_client_in_64_reads_everything_and_no_more_than_some_do() -> None:
    reading = [slot for slot in range(100 * SAMPLE_EVERY) if is_sampled(slot, first=False)]
    assert len(reading) == SAMPLED
    assert reading[1] - reading[0] == SAMPLE_EVERY


def test_the_first_of_a_match_reads_everything_wherever_it_sits() -> None:
    assert is_sampled(100 * SAMPLE_EVERY + 1, first=True)


def test_a_desync_is_reported_to_the_server_with_its_tick_and_not_again_at_once() -> None:
    reader = SampleReader(WELCOME, Meter())
    reader.snapshot(encode(snapshot(100, KEYFRAME)), 5.0)
    answers = []
    for tick, now in ((101, 5.1), (102, 5.1 + RESYNC_INTERVAL / 2), (103, 5.2 + RESYNC_INTERVAL)):
        found = map(decode_client, reader.snapshot(encode(snapshot(tick, digest=12345)), now))
        answers.append([answer for answer in found if not isinstance(answer, Ping)])
    assert answers == [[Resync(101)], [], [Resync(103)]]
