from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from game_server.simulation import Grid, Interest
from game_server.simulation.replication.view_transitions import KEPT, Ways
from game_server.simulation.world.interest import NOTHING

GRID = Grid(Interest(1100, 1100, 200, 200))
CELLS = st.integers(0, GRID.cells - 1)


@given(st.just(NOTHING) | CELLS, CELLS, st.integers(0, 3))
def test_a_way_is_numbered_among_the_cells_of_all_planes(before: int, now: int, plane: int) -> None:
    first = plane * GRID.cells
    change = GRID.change(GRID.around(before), GRID.around(now))
    assert Ways(GRID, plane).between((before, now)) == tuple(
        tuple((first + begin, first + past) for begin, past in runs) for runs in change
    )


def test_a_way_is_looked_up_once() -> None:
    ways = Ways(GRID, 0)
    assert ways.between((4, 5)) is ways.between((4, 5))


def test_ways_share_the_runs_that_are_equal() -> None:
    ways = Ways(GRID, 3)
    assert ways.between((55, 55)).stayed[0] is ways.between((NOTHING, 55)).came[0]


def test_no_more_ways_are_remembered_than_there_is_room_for() -> None:
    ways = Ways(GRID, 0)
    for way in range(KEPT + 1):
        ways.between(divmod(way, GRID.cells))
    assert len(ways) == 1
