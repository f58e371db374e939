from __future__ import annotations

from game_server.loadtest.swarm.sample_reader import SAMPLE_EVERY, SAMPLED, is_sampled


def test_one_client_in_64_reads_everything_and_no_more_than_some_do() -> None:
    reading = [slot for slot in range(100 * SAMPLE_EVERY) if is_sampled(slot, first=False)]
    assert len(reading) == SAMPLED
    assert reading[1] - reading[0] == SAMPLE_EVERY


def test_the_first_of_a_match_reads_everything_wherever_it_sits() -> None:
    assert is_sampled(100 * SAMPLE_EVERY + 1, first=True)
