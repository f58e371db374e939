from __future__ import annotations

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from game_server.simulation import Grid, Interest
from game_server.simulation.replication.view_transitions import KEPT, ViewSpans, ViewTransitions
from game_server.simulation.world.interest import NOTHING, UNPLACED, Spans

GRID = Grid(Interest(1100, 1100, 200, 200))


def test_a_transition_is_worked_out_once() -> None:
    transitions = ViewTransitions(GRID)
    assert transitions.between(4, 5) is transitions.between(4, 5)


def test_no_more_transitions_are_remembered_than_there_is_room_for() -> None:
    transitions = ViewTransitions(GRID)
    for way in range(KEPT):
        transitions.between(*divmod(way, GRID.cells))
    assert len(transitions) == KEPT
    transitions.between(*divmod(KEPT, GRID.cells))
    assert len(transitions) == 1


GRIDS = st.builds(Interest, *(st.sampled_from((90, 200, 300, 400, 1000)),) * 2, st.just(200), st.just(200)).map(Grid)
"""Of 1, 2, 3, 4 and 10 cells a side."""


def runs(spans: Spans) -> list[tuple[tuple[int, int], ...]]:
    bounds = zip(spans.first.tolist(), spans.past.tolist(), strict=True)
    return [tuple(run for run in zip(first, past, strict=True) if run[0] < run[1]) for first, past in bounds]


@given(GRIDS, st.integers(0, 2**32))
def test_many_views_have_the_cells_that_each_has(grid: Grid, seed: int) -> None:
    centres = random.Random(seed).choices(range(grid.cells), k=20)
    assert runs(ViewSpans(grid).around(np.array(centres))) == [grid.runs(grid.around(centre)) for centre in centres]


@given(GRIDS, st.integers(0, 2**32))
def test_what_left_stayed_and_came_is_the_same_for_many_as_for_each(grid: Grid, seed: int) -> None:
    chance = random.Random(seed)
    before = chance.choices(range(NOTHING, grid.cells), k=20)
    now = chance.choices(range(UNPLACED, grid.cells), k=20)
    moves = ViewSpans(grid).moves(np.array(before), np.array(now))
    assert list(zip(*map(runs, moves), strict=True)) == [
        tuple(ViewTransitions(grid).between(*way)) for way in zip(before, now, strict=True)
    ]


def test_a_mask_shows_which_cells_are_in_one_of_the_runs() -> None:
    spans = Spans(np.array([[0, 4, 0], [3, 0, 0]]), np.array([[1, 6, 0], [5, 0, 0]]))
    assert np.flatnonzero(spans.mask(8)).tolist() == [0, 3, 4, 5]
