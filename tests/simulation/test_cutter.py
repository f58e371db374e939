from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.errors import RulesError
from game_server.protocol.snapshots import NO_TABLES, pack_some, pack_tables
from game_server.simulation import Grid, Interest, World
from game_server.simulation.cutter import Cutter
from game_server.simulation.interest import UNPLACED
from game_server.simulation.replica import CellBytes
from game_server.simulation.replication import MANY, Replication
from game_server.simulation.ways import Ways
from tests.simulation.test_interest import Plain, stir

SIDE = 2000
INTERESTS = st.builds(Interest, *(st.sampled_from((90, 200, 300, 400, 1000)),) * 2, st.just(200), st.just(200))


def changes_of(cells: int, chance: random.Random) -> CellBytes:
    """Bytes for some of so many cells; now and then so many that their header is a long one."""
    parts = [chance.randbytes(chance.choice((0, 0, 0, 1, 90, 200, 30_000))) for _ in range(cells)]
    return CellBytes.cut(b"".join(parts), np.cumsum([0, *map(len, parts)]))


@given(INTERESTS, st.integers(0, 2), st.integers(0, 9), st.booleans(), st.integers(0, 2**32))
def test_what_is_cut_for_many_is_what_is_packed_for_each(
    interest: Interest, plane: int, count: int, scored: bool, seed: int
) -> None:
    chance = random.Random(seed)
    grid = Grid(interest)
    numbers = chance.sample(range(256), count)
    tables = [(number, changes_of((plane + 2) * grid.cells, chance)) for number in numbers]
    more = pack_some([(7, b"scores")]) if scored else NO_TABLES
    centres = np.array(chance.choices(range(grid.cells), k=10))
    ways = Ways(grid, plane)
    assert Cutter(grid, plane).stay(centres, tables, more) == [
        pack_tables([(number, cells.of(ways.around(centre))) for number, cells in tables], more)
        for centre in centres.tolist()
    ]


@given(INTERESTS, st.integers(0, 2), st.integers(0, 2**32))
def test_what_left_stayed_and_came_is_told_for_many_as_for_each(interest: Interest, plane: int, seed: int) -> None:
    chance, grid = random.Random(seed), Grid(interest)
    before = chance.choices(range(UNPLACED, grid.cells), k=20)
    now = chance.choices(range(grid.cells), k=20)
    changes = map(Ways(grid, plane).between, zip(before, now, strict=True))
    for spans, views in zip(
        Cutter(grid, plane).moves(np.array(before), np.array(now)), zip(*changes, strict=True), strict=True
    ):
        for first, past, runs in zip(spans.first.tolist(), spans.past.tolist(), views, strict=True):
            assert [run for run in zip(first, past, strict=True) if run != (0, 0)] == list(runs)


def test_nothing_is_cut_for_nobody() -> None:
    assert Cutter(Grid(None), 0).stay(np.empty(0, np.intp), [], NO_TABLES) == []


@pytest.mark.parametrize("size", [2**16 - 1, 2**16, 2**24])
def test_however_much_there_is_its_header_tells(size: int) -> None:
    tables = [(3, CellBytes.cut(b"x" * size, np.array((0, size))))]
    assert Cutter(Grid(None), 0).stay(np.zeros(1, np.intp), tables, NO_TABLES) == [pack_tables([(3, b"x" * size)])]


def crowd(rows: int = MANY) -> Plain:
    return Plain(World(seed=1, max_players=MANY, tick_rate=30), Interest(SIDE, SIDE, 300, 300), rows)


def capture(*replications: Replication) -> None:
    for replication in replications:
        replication.capture()
        replication.follow()


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_a_player_gets_the_same_bytes_among_many_as_alone(seed: int) -> None:
    chance = random.Random(seed)
    game = crowd()
    together, alone = Replication(game), Replication(game)
    players = list(range(MANY))
    acks = depths = np.zeros(MANY, np.int64)
    behind = set(players)
    for _ in range(12):
        game.world.advance()
        stir(game, chance)
        capture(together, alone)
        each = [alone.snapshots([n], acks, depths, behind & {n})[0] for n in players]
        assert together.snapshots(players, acks, depths, behind) == each
        behind = {n for n in players if chance.random() < 0.1}


def test_who_has_no_row_is_among_the_many() -> None:
    game = crowd()
    game.things.add_at(0, x=10, y=10)
    replication = Replication(game)
    capture(replication)
    assert replication.centres[1] == UNPLACED
    players, zeros = list(range(MANY)), np.zeros(MANY, np.int64)
    first, second, *others = replication.snapshots(players, zeros, zeros, players)
    assert len(first) > len(second)
    assert others == [second] * len(others)


def test_more_than_a_message_holds_is_the_fault_of_the_rules() -> None:
    game = crowd(rows=2**16 - 1)
    replication, players, zeros = Replication(game), list(range(MANY)), np.zeros(MANY, np.int64)
    for player in players:
        game.things.add_at(player, x=10, y=10)
    capture(replication)
    replication.snapshots(players, zeros, zeros, players)
    for row in range(1000):
        game.marks.add_at(row, worth=1)
    for table in (game.things, game.bolts):
        for row in np.flatnonzero(~table.alive).tolist():
            table.add_at(row, x=10, y=10)
    capture(replication)
    with pytest.raises(RulesError, match="keep fewer rows"):
        replication.snapshots(players, zeros, zeros)
