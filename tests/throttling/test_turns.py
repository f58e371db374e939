"""That what many connections have to be dealt with is dealt with a few at a time, and fairly."""

from __future__ import annotations

from collections import Counter

import trio
import trio.testing

from game_server.throttling.turns import PER_PASS, Turns
from tests.waiting import Passes, bounded


async def deal_with(turns: Turns, count: int, passes: Passes, done: list[tuple[int, int]], who: int) -> None:
    for _ in range(count):
        await turns.take()
        done.append((passes.count, who))


async def deal_with_many(speakers: int, messages: int) -> list[tuple[int, int]]:
    """The pass and the speaker of each of ``messages`` messages of each of ``speakers``."""
    turns = Turns()
    done: list[tuple[int, int]] = []
    with Passes() as passes:
        async with trio.open_nursery() as nursery:
            for who in range(speakers):
                nursery.start_soon(deal_with, turns, messages, passes, done, who)
    return done


async def test_no_pass_of_the_scheduler_deals_with_more_messages_than_its_share() -> None:
    done = await deal_with_many(speakers=10 * PER_PASS, messages=3)
    assert len(done) == 30 * PER_PASS
    assert max(Counter(at for at, _ in done).values()) <= PER_PASS


async def test_one_who_says_much_has_to_let_all_others_have_their_turn() -> None:
    done = await deal_with_many(speakers=4 * PER_PASS, messages=PER_PASS)
    afterwards = [who for _, who in done[PER_PASS : PER_PASS + 4 * PER_PASS - 1]]
    assert len(set(afterwards)) >= 4 * PER_PASS - 2


async def test_a_few_messages_do_not_wait_for_anything() -> None:
    turns = Turns()
    with trio.testing.assert_no_checkpoints():
        for _ in range(PER_PASS):
            await turns.take()


async def test_one_who_goes_while_waiting_takes_no_turn_from_others() -> None:
    turns = Turns()
    for _ in range(PER_PASS):
        await turns.take()
    with trio.CancelScope() as scope:
        scope.cancel()
        await turns.take()
    assert scope.cancelled_caught
    with bounded():
        await turns.take()


async def test_those_who_wait_are_dealt_with_as_many_at_a_time_as_one_pass_allows() -> None:
    done = await deal_with_many(speakers=10 * PER_PASS, messages=1)
    assert sorted(Counter(at for at, _ in done).values()) == [PER_PASS] * 10
