from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.errors import RulesError
from game_server.protocol import Snapshot, SnapshotDecoder, decode_server, pack_tables
from game_server.simulation import Grid, Interest, World
from game_server.simulation.replication.replication import Replication
from game_server.simulation.replication.snapshot_assembly import assemble
from game_server.simulation.replication.table_replica import CellBytes
from game_server.simulation.replication.view_transitions import ViewSpans
from game_server.simulation.world.interest import UNPLACED, Runs, Spans
from tests.simulation.shown import snapshots
from tests.simulation.world.test_interest import Plain, stir

SIDE = 2000
MANY = 100
INTERESTS = st.builds(Interest, *(st.sampled_from((90, 400, 1000)),) * 2, st.just(200), st.just(200))
SIZES = st.sampled_from([(0, 0, 0, 1, 9), (0, 0, 90, 200, 30_000)])
"""Of the bytes in a cell: such that the indices are picked, and such that the pieces are sliced."""


def pass_all(_: int) -> None:
    pass


@given(INTERESTS, st.integers(0, 9), SIZES, st.integers(0, 2**32))
def test_what_is_cut_for_many_is_what_is_packed_for_each(
    interest: Interest, count: int, sizes: tuple[int, ...], seed: int
) -> None:
    chance = random.Random(seed)
    grid = Grid(interest)

    def changes() -> CellBytes:
        parts = [chance.randbytes(chance.choice(sizes)) for _ in range(3 * grid.cells)]
        return CellBytes(b"".join(parts), np.cumsum([0, *map(len, parts)]))

    tables = [(number, changes()) for number in chance.sample(range(256), count)]
    views = [(chance.randrange(3), chance.randrange(grid.cells)) for _ in range(10)]
    planes, centres = np.array(views).T
    around = ViewSpans(grid).around(centres).moved(planes * grid.cells)
    here = Spans(planes[:, None], planes[:, None] + 1)
    placed = [chance.random() < 0.7 for _ in tables]

    def runs(plane: int, centre: int, has_place: bool) -> Runs:
        first = plane * grid.cells
        in_view = tuple((first + begin, first + past) for begin, past in grid.runs(grid.around(centre)))
        return in_view if has_place else ((plane, plane + 1),)

    sources = [
        (number, [(cells, around if has_place else here)])
        for (number, cells), has_place in zip(tables, placed, strict=True)
    ]
    assert assemble(len(views), sources, pass_all) == [
        pack_tables(
            (number, cells.of(runs(*view, has_place)))
            for (number, cells), has_place in zip(tables, placed, strict=True)
        )
        for view in views
    ]


def test_nothing_is_cut_for_nobody() -> None:
    assert assemble(0, [], pass_all) == []


def test_the_longest_is_known_before_anything_is_cut() -> None:
    told: list[int] = []
    cells = CellBytes(b"x" * 100, np.array((0, 1, 100)))
    spans = Spans(np.array([[0, 0, 0], [1, 0, 0]]), np.array([[1, 0, 0], [2, 0, 0]]))
    messages = assemble(2, [(3, [(cells, spans)])], told.append)
    assert told == [max(map(len, messages))]

    def refuse(size: int) -> None:
        raise RulesError(str(size))

    with pytest.raises(RulesError, match=str(*told)):
        assemble(2, [(3, [(cells, spans)])], refuse)


def crowd(rows: int = MANY) -> Plain:
    return Plain(World(seed=1, max_players=MANY, tick_rate=30), Interest(SIDE, SIDE, 300, 300), rows)


def capture(*replications: Replication) -> None:
    for replication in replications:
        replication.capture()


@settings(max_examples=10)
@given(st.integers(0, 2**32))
def test_a_player_gets_the_same_bytes_among_many_as_alone(seed: int) -> None:
    chance = random.Random(seed)
    game = crowd()
    together, alone = Replication(game), Replication(game)
    players = list(range(MANY))
    behind = set(players)
    for _ in range(12):
        game.world.advance()
        stir(game, chance)
        capture(together, alone)
        each = [snapshots(alone, [n], behind & {n})[0] for n in players]
        assert snapshots(together, players, behind) == each
        behind = {n for n in players if chance.random() < 0.1}


def test_who_has_no_row_is_among_the_many() -> None:
    game = crowd()
    game.things.add_at(0, x=10, y=10)
    replication = Replication(game)
    capture(replication)
    assert replication.centres[1] == UNPLACED
    players = list(range(MANY))
    first, second, *others = snapshots(replication, players, players)
    assert len(first) > len(second)
    assert others == [second] * len(others)


def test_more_than_a_message_holds_is_the_fault_of_the_rules() -> None:
    game = crowd(rows=2**16 - 1)
    replication, players = Replication(game), list(range(MANY))
    for player in players:
        game.things.add_at(player, x=10, y=10)
    capture(replication)
    snapshots(replication, players, players)
    for row in range(1000):
        game.marks.add_at(row, worth=1)
    for table in (game.things, game.bolts):
        for row in np.flatnonzero(~table.alive).tolist():
            table.add_at(row, x=10, y=10)
    capture(replication)
    with pytest.raises(RulesError, match="keep fewer rows"):
        snapshots(replication, players)


@pytest.mark.parametrize("hashed", [False, True])
def test_many_see_what_is_there_in_worlds_that_are_followed_together(hashed: bool) -> None:
    chance = random.Random(3)
    games = [crowd(), crowd()]
    replications = [Replication(game, hashed=hashed) for game in games]
    encoder = replications[0].fresh()
    for replication in replications:
        replication.share(encoder)
    players = list(range(MANY))
    decoders = [[SnapshotDecoder(replication.schema, player) for player in players] for replication in replications]
    behind = players
    for _ in range(10):
        for game in games:
            game.world.advance()
            stir(game, chance)
        encoder.capture()
        for replication, theirs in zip(replications, decoders, strict=True):
            for player, message in enumerate(snapshots(replication, players, behind)):
                snapshot = decode_server(message)
                assert isinstance(snapshot, Snapshot)
                there = replication.rows_around(replication.centres[player]) | replication.rows_everywhere(())
                assert theirs[player].apply(snapshot).tables == there
        behind = []
