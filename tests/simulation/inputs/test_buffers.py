from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from game_server.protocol import INPUT_WINDOW, Command, Input, InputRows
from game_server.simulation.inputs.buffers import InputBuffers, InputCounts
from tests.simulation.one_buffer import OneBuffer


def test_an_input_waits_for_its_tick_and_is_used_in_it() -> None:
    buffer = OneBuffer()
    buffer.offer(Input(3, buttons=5, aim=9), tick=0)
    assert buffer.depth == 1
    assert [buffer.take(tick) for tick in (1, 2, 3)] == [Command(0, 0), Command(0, 0), Command(5, 9)]
    assert buffer.depth == 0


def test_ack_is_the_newest_tick_whose_own_input_was_used() -> None:
    buffer = OneBuffer()
    buffer.take(1)
    assert buffer.ack == 0
    buffer.offer(Input(2, 1, 1), tick=1)
    buffer.take(2)
    buffer.take(3)
    assert buffer.ack == 2


def test_without_an_input_the_last_one_is_repeated_and_counted() -> None:
    buffer = OneBuffer()
    buffer.offer(Input(1, 7, 8), tick=0)
    assert [buffer.take(tick) for tick in (1, 2, 3)] == [Command(7, 8)] * 3
    assert buffer.counts == InputCounts(used=1, repeated=2)


def test_an_input_for_a_tick_that_is_over_is_late() -> None:
    buffer = OneBuffer()
    buffer.offer(Input(10, 1, 1), tick=10)
    buffer.offer(Input(0, 1, 1), tick=10)
    assert (buffer.depth, buffer.counts) == (0, InputCounts(late=2))


def test_an_input_for_the_next_tick_is_in_time() -> None:
    buffer = OneBuffer()
    buffer.offer(Input(11, 1, 1), tick=10)
    assert (buffer.depth, buffer.counts) == (1, InputCounts())


def test_an_input_32_ticks_ahead_is_kept_and_33_is_too_early() -> None:
    buffer = OneBuffer()
    buffer.offer(Input(10 + 32, 1, 1), tick=10)
    buffer.offer(Input(10 + 33, 1, 1), tick=10)
    buffer.offer(Input(2**32 - 1, 1, 1), tick=10)
    assert (buffer.depth, buffer.counts) == (1, InputCounts(early=2))


def test_the_last_input_for_a_tick_wins() -> None:
    buffer = OneBuffer()
    buffer.offer(Input(1, 1, 1), tick=0)
    buffer.offer(Input(1, 2, 2), tick=0)
    assert (buffer.depth, buffer.counts) == (1, InputCounts(duplicate=1))
    assert buffer.take(1) == Command(2, 2)


def test_inputs_from_before_a_stall_give_way_to_those_from_after_it() -> None:
    buffer = OneBuffer()
    for tick in range(1, 33):
        buffer.offer(Input(tick, 1, 0), tick=0)
    for tick in range(5, 33):
        buffer.offer(Input(tick, 2, 0), tick=0)
    assert [buffer.take(tick).buttons for tick in range(1, 34)] == [1] * 4 + [2] * 29


def test_two_inputs_for_each_tick_are_no_faster_than_one() -> None:
    buffer = OneBuffer()
    for tick in range(1, 101):
        buffer.offer(Input(tick, 1, tick), tick - 1)
        buffer.offer(Input(tick, 2, tick), tick - 1)
        assert buffer.take(tick) == Command(2, tick)
    assert buffer.counts == InputCounts(used=100, duplicate=100)


ticks_offered = st.lists(st.lists(st.integers(-40, 80), max_size=12), max_size=60)


@given(ticks_offered)
def test_whatever_is_offered_the_depth_is_bounded_and_the_counts_add_up(offered: list[list[int]]) -> None:
    buffer = OneBuffer()
    waiting: dict[int, Command] = {}
    last, ack, count = Command(0, 0), 0, 0
    for tick, aheads in enumerate(offered, start=1):
        for ahead in aheads:
            count += 1
            message = Input(max(0, tick + ahead), count % 65536, count % 4096)
            buffer.offer(message, tick - 1)
            if 0 <= message.tick - tick < INPUT_WINDOW:
                waiting[message.tick] = Command(message.buttons, message.aim)
            assert buffer.depth == len(waiting) <= INPUT_WINDOW
        if tick in waiting:
            last, ack = waiting.pop(tick), tick
        assert buffer.take(tick) == last
        assert buffer.ack == ack
        counts = buffer.counts
        assert counts.used + counts.repeated == tick
        assert counts.used + counts.late + counts.early + counts.duplicate + buffer.depth == count


@given(st.lists(st.lists(st.integers(-3, 40), min_size=4, max_size=4), max_size=40))
def test_inputs_offered_together_are_kept_as_those_offered_one_by_one(offered: list[list[int]]) -> None:
    one_by_one, together = InputBuffers(5, 30), InputBuffers(5, 30)
    players = np.array([0, 1, 3, 4])
    for buffers in (one_by_one, together):
        for player in players.tolist():
            buffers.wait_for(player, person=True)
    for tick, aheads in enumerate(offered, start=1):
        ticks = np.array([max(0, tick + ahead) for ahead in aheads])
        others = (ticks * 7 % 65536, ticks * 13 % 4096, ticks * 5 % 300)
        for player, *fields in zip(players, ticks, *others, strict=True):
            one_by_one.offer(int(player), Input(*map(int, fields)))
        together.store.offer(InputRows(players, ticks, np.array(others)))
        for buffers in (one_by_one, together):
            buffers.store.take()
        assert (one_by_one.used.all == together.used.all).all()
        assert (one_by_one.depth == together.depth).all()
        assert (one_by_one.ack == together.ack).all()
    assert one_by_one.totals() == together.totals()


def test_the_counts_of_one_who_left_are_among_those_of_everybody() -> None:
    buffers = InputBuffers(2, 30)
    buffers.offer(1, Input(1, 0, 0))
    buffers.store.take()
    buffers.depart(1)
    assert buffers.counts(1) == InputCounts()
    assert buffers.totals() == InputCounts(used=1)


def test_who_comes_after_somebody_finds_nothing_of_them() -> None:
    buffers = InputBuffers(2, 30)
    buffers.wait_for(1, person=True)
    buffers.rewind.measured(1, 0.3)
    for tick in (1, 2, 3):
        buffers.offer(1, Input(tick, 7, 9, 4))
    buffers.store.take()
    assert (int(buffers.ack[1]), int(buffers.depth[1]), buffers.used.all[:2, 1].tolist()) == (1, 2, [7, 9])
    buffers.forget(1)
    assert (int(buffers.ack[1]), int(buffers.depth[1]), buffers.used.all[:, 1].tolist()) == (0, 0, [0, 0, 0])
    fresh = InputBuffers(2, 30)
    for behind in (0, 1, 5, 50):
        assert buffers.rewind.clamp(1, behind, 0) == fresh.rewind.clamp(1, behind, 0)
    buffers.store.take()
    assert buffers.used.all[:, 1].tolist() == [0, 0, 0]
