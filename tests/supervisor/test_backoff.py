"""How long a worker that has died stays away."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from game_server.supervisor.backoff import FIRST, HEALTHY_AFTER, LONGEST, Backoff


def test_each_death_in_a_row_doubles_the_wait_up_to_the_longest() -> None:
    backoff = Backoff()
    waits = [backoff.died(1.0) for _ in range(8)]
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_a_worker_that_was_healthy_is_back_at_once() -> None:
    backoff = Backoff()
    for _ in range(8):
        backoff.died(1.0)
    assert backoff.died(HEALTHY_AFTER) == FIRST


@given(st.lists(st.floats(0, 100)))
def test_no_wait_is_outside_its_bounds(lives: list[float]) -> None:
    backoff = Backoff()
    assert all(FIRST <= backoff.died(lived) <= LONGEST for lived in lives)
