"""The inputs of several matches in one store."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from game_server.protocol import Input, InputRows
from game_server.simulation.inputs.buffers import InputBuffers
from game_server.simulation.inputs.store import InputColumns, InputStore

RATE = 30


def buffers(store: InputStore, first: int, players: int, tick: int = 0) -> InputBuffers:
    made = InputBuffers(players, RATE)
    made.stand_at(tick)
    made.share(store, first)
    return made


def pressed(made: InputBuffers) -> list[int]:
    buttons: list[int] = made.used.buttons.tolist()
    return buttons


def test_each_match_uses_the_inputs_of_its_own_seats() -> None:
    store = InputStore(RATE)
    first, second = buffers(store, 0, 2), buffers(store, 2, 3)
    first.offer(1, Input(1, 5, 0))
    second.offer(0, Input(1, 6, 0))
    store.take()
    assert (pressed(first), pressed(second)) == ([0, 5], [6, 0, 0])


def test_each_match_is_in_a_tick_of_its_own() -> None:
    store = InputStore(RATE)
    young, old = buffers(store, 0, 1), buffers(store, 5, 1, tick=1000)
    store.offer(InputRows(np.array([0, 5]), np.array([1, 1001]), np.array([[7, 8], [0, 0], [0, 0]])))
    store.take()
    assert (pressed(young), pressed(old)) == ([7], [8])
    assert (young.ack.tolist(), old.ack.tolist()) == ([1], [1001])


def test_what_waits_in_one_match_stays_when_another_comes_or_goes() -> None:
    store = InputStore(RATE)
    first = buffers(store, 0, 2)
    first.offer(0, Input(2, 9, 0))
    second = buffers(store, 2, 50)
    store.take()
    second.share(None)
    store.take()
    assert pressed(first) == [9, 0]


def test_what_waits_goes_along_into_a_store_and_out_of_it() -> None:
    store, moving = InputStore(RATE), InputBuffers(2, RATE)
    buffers(store, 0, 3)
    for number, tick in enumerate((1, 2, 3)):
        moving.offer(1, Input(tick, 10 + number, 0))
    used = []
    for place in (None, store, None):
        moving.share(place, 3)
        moving.store.take()
        used.append(pressed(moving))
    assert used == [[0, 10], [0, 11], [0, 12]]
    assert moving.depth.tolist() == [0, 0]


def test_a_match_in_the_place_of_another_knows_nothing_of_its_inputs() -> None:
    store = InputStore(RATE)
    first, last = buffers(store, 0, 4), buffers(store, 4, 4)
    first.offer(2, Input(1, 9, 0))
    first.share(None)
    again = buffers(store, 0, 3)
    store.take()
    assert (pressed(again), pressed(last)) == ([0] * 3, [0] * 4)


@given(st.lists(st.tuples(st.sampled_from("ojtl"), st.integers(0, 3), st.integers(1, 4)), max_size=40))
def test_matches_in_a_store_fare_as_they_would_alone(doings: list[tuple[str, int, int]]) -> None:
    store = InputStore(RATE)
    together = [InputBuffers(n + 1, RATE) for n in range(4)]
    alone = [InputBuffers(n + 1, RATE) for n in range(4)]
    for made in (*together, *alone):
        for player in range(len(made.ack)):
            made.wait_for(player, person=True)
    inside: set[int] = set()
    for number, (doing, which, ahead) in enumerate(doings):
        if doing == "j" and which not in inside:
            together[which].share(store, 4 * which)
            inside.add(which)
        elif doing == "l" and which in inside:
            together[which].share(None)
            inside.discard(which)
        elif doing == "o":
            for made in (together[which], alone[which]):
                tick = int(made._columns.now[which]) + ahead
                made.offer(which, Input(tick, number + 1, number, number))
        elif doing == "t":
            store.take()
            for one in inside:
                alone[one].store.take()
        for mine, theirs in zip(together, alone, strict=True):
            assert state(mine) == state(theirs)


def state(made: InputBuffers) -> list[Any]:
    return [made.used.all.tolist(), made.ack.tolist(), made.depth.tolist(), made.totals()]


def test_a_match_that_just_fits_moves_no_other() -> None:
    store, moved = InputStore(RATE), list[InputColumns]()
    store.place(0, InputColumns.empty(4), moved.append)
    store.place(4, InputColumns.empty(1), moved.append)  # which makes room for three more
    moved.clear()
    store.place(5, InputColumns.empty(3), lambda _columns: None)
    assert not moved
    store.place(8, InputColumns.empty(1), lambda _columns: None)
    assert len(moved) == 2
