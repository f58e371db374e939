from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from game_server.bots.limit import CLOSE_ENOUGH, search


def searched(first: int, most: int, capacity: int) -> tuple[int, int | None, list[int]]:
    searching, tried = search(first, most), []
    number = next(searching)
    while True:
        tried.append(number)
        try:
            number = searching.send(number <= capacity)
        except StopIteration as found:
            return (*found.value, tried)


@given(st.integers(1, 500), st.integers(1, 5000), st.integers(0, 6000))
def test_the_search_ends_close_to_the_capacity_after_a_few_runs(first: int, most: int, capacity: int) -> None:
    held, failed, tried = searched(first, most, capacity)
    assert held <= capacity
    assert max(tried) <= most
    if failed is None:
        assert held == most
    else:
        assert failed > capacity
        assert failed - held <= max(1, CLOSE_ENOUGH * failed)
    assert len(tried) <= 26


def test_it_doubles_first_and_halves_then() -> None:
    assert searched(100, 4000, 700)[2] == [100, 200, 400, 800, 600, 700, 750, 725]
