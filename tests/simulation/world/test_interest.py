from __future__ import annotations

import random

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.protocol import NO_PLAYER, Row, Snapshot, SnapshotDecoder, decode_server
from game_server.simulation import Column, Game, Grid, Interest, Table, World, quantised, whole
from game_server.simulation.replication.replication import Replication
from game_server.simulation.world.interest import ALL_CELLS, NOTHING, NOWHERE, Area, Runs
from tests.simulation.shown import shown
from tests.simulation.toy_game import Toy

SIDE = 2000
VIEWERS = 6
ROWS = 20

interests = st.builds(
    Interest, st.just(SIDE), st.just(SIDE), st.sampled_from((300, 700, 9000)), st.sampled_from((250, 1300, 9000))
)


def cell_at(grid: Grid, x: float, y: float) -> int:
    return int(grid.cells_at(np.array([x]), np.array([y]))[0])


def grid(columns: int = 10, rows: int = 10) -> Grid:
    """Cells of 110 x 110: half views of 100 and a margin of 10."""
    return Grid(Interest(columns * 110, rows * 110, 200, 200))


def cells(runs: Runs) -> set[int]:
    return {cell for first, past in runs for cell in range(first, past)}


def test_without_an_interest_everything_is_in_one_cell_that_all_see() -> None:
    one = Grid(None)
    assert (one.cells, one.around(0), cell_at(one, -5, 1e9)) == (1, Area(0, 0, 0, 0), 0)


def test_cells_are_numbered_row_by_row() -> None:
    assert cell_at(grid(), 0, 0) == 0
    assert cell_at(grid(), 111, 0) == 1
    assert cell_at(grid(), 0, 111) == 10


def test_a_place_outside_the_world_belongs_to_the_nearest_cell() -> None:
    assert cell_at(grid(), -50, -50) == 0
    assert cell_at(grid(), 1e9, 1e9) == 99


def test_who_sees_everything_sees_each_cell() -> None:
    assert cells(grid(4, 3).runs(grid(4, 3).around(ALL_CELLS))) == set(range(12))


def test_a_view_is_three_by_three_cells_cut_at_the_edge_of_the_world() -> None:
    assert grid().around(55) == Area(4, 4, 6, 6)
    assert grid().around(0) == Area(0, 0, 1, 1)
    assert grid().around(99) == Area(8, 8, 9, 9)


def test_who_has_no_place_sees_nothing_that_has_one() -> None:
    assert grid().around(-1) == NOWHERE
    assert grid().runs(NOWHERE) == ()


def test_a_view_is_three_runs_of_neighbouring_cells() -> None:
    assert grid().runs(grid().around(55)) == ((44, 47), (54, 57), (64, 67))


def test_a_view_follows_only_when_its_player_is_beyond_the_margin() -> None:
    def centre(x: float, before: int) -> int:
        return int(grid().centres(np.array([x]), np.array([55.0]), np.array([before]))[0])

    assert centre(119, before=0) == 0
    assert centre(121, before=0) == 1
    assert centre(101, before=1) == 1
    assert centre(99, before=1) == 0
    assert centre(119, before=-1) == 1


def test_between_two_cells_there_is_a_margin_too() -> None:
    centres = grid(2, 1).centres(np.array([119.0, 119.0]), np.array([55.0, 55.0]), np.array([0, 1]))
    assert centres.tolist() == [0, 1]


def test_half_a_view_around_a_player_is_always_in_sight() -> None:
    x = np.linspace(0, 1099, 997)
    before = np.full(len(x), 4)
    for _ in range(3):
        before = grid().centres(x, np.full(len(x), 55.0), before)
        for at, cell in zip(x, before.tolist(), strict=True):
            area = grid().around(cell)
            assert area.left * 110 <= max(0, at - 100)
            assert (area.right + 1) * 110 >= min(1100, at + 100)


@given(st.integers(0, 99), st.integers(-1, 99))
def test_a_change_of_view_parts_the_cells_of_both_into_left_stayed_and_come(now: int, before: int) -> None:
    seen, sees = (cells(grid().runs(grid().around(cell))) for cell in (before, now))
    change = grid().change(grid().around(before), grid().around(now))
    assert cells(change.left) == seen - sees
    assert cells(change.stayed) == seen & sees
    assert cells(change.came) == sees - seen


@attrs.define
class Thing:
    x: Column = quantised(0, SIDE, step=0.25, owner=True)
    y: Column = quantised(0, SIDE, step=0.25, owner=True)
    hue: Column = whole(0, 100)


@attrs.define
class Mark:
    worth: Column = whole(0, 70_000)


class Plain(Toy):
    """Tables and no rules; the test moves the rows."""

    def __init__(self, world: World, interest: Interest | None, rows: int = ROWS) -> None:
        Game.__init__(self, world)
        self.things = world.table(1, "thing", Thing, rows, ("x", "y"))
        self.bolts = world.table(2, "bolt", Thing, rows, ("x", "y"))
        self.marks = world.table(3, "mark", Mark, rows)
        self.owned = self.things
        self.interest = interest


def stir(game: Plain, chance: random.Random) -> None:
    """Let rows come, go, come back under the same id, wander, jump and change."""
    tables: tuple[Table[Thing], ...] = (game.things, game.bolts)
    for table in tables:
        if chance.random() < 0.3:
            continue
        for row in range(table.capacity):
            if table.alive[row] and chance.random() < 0.1:
                table.remove(row)
            if not table.alive[row]:
                if chance.random() < 0.3:
                    table.add_at(row, x=chance.random() * SIDE, y=chance.random() * SIDE)
            elif chance.random() < 0.6:
                for column in (table.rows.x, table.rows.y):
                    column[row] = min(SIDE, max(0, column[row] + chance.uniform(-90, 90)))
            elif chance.random() < 0.2:
                table.rows.hue[row] = int(chance.random() * 100)
    for row in range(game.marks.capacity):
        if not game.marks.alive[row]:
            game.marks.add_at(row, worth=row)
        elif chance.random() < 0.05:
            game.marks.rows.worth[row] += 1


def rows_in(area: Area, cells_of: Grid, table: Table[Thing]) -> dict[int, Row]:
    """The rows of ``table`` whose cell is in ``area``, naively."""
    rows: dict[int, Row] = {}
    for row in table.live.tolist():
        x, y = float(table.rows.x[row]), float(table.rows.y[row])
        down, across = divmod(cell_at(cells_of, x, y), cells_of.columns)
        if area.left <= across <= area.right and area.top <= down <= area.bottom:
            rows[row] = {"x": round(x * 4) / 4, "y": round(y * 4) / 4, "hue": int(table.rows.hue[row])}
    return rows


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.none() | interests)
def test_every_viewer_has_exactly_the_rows_in_its_view_whatever_moves(seed: int, interest: Interest | None) -> None:
    chance = random.Random(seed)
    world = World(seed=1, max_players=VIEWERS, tick_rate=30)
    game = Plain(world, interest)
    replication = Replication(game, hashed=True)
    decoders = [SnapshotDecoder(replication.schema, player) for player in range(VIEWERS)]
    spectator, followed = SnapshotDecoder(replication.schema, NO_PLAYER), NOTHING
    behind = set(range(VIEWERS))
    for _ in range(40):
        world.advance()
        stir(game, chance)
        replication.capture()
        before, followed = followed, chance.choice((ALL_CELLS, *replication.centres))
        message = decode_server(replication.watched(before, followed))
        assert isinstance(message, Snapshot)
        spectator.apply(message)  # compares the hash
        for player, decoder in enumerate(decoders):
            message = decode_server(shown(replication, player, keyframe=player in behind))
            assert isinstance(message, Snapshot)
            if chance.random() < 0.05:  # the connection was full, and the snapshot not sent
                behind.add(player)
                continue
            behind.discard(player)
            view = decoder.apply(message)
            area = replication.grid.around(replication.centres[player])
            assert view.tables["thing"] == rows_in(area, replication.grid, game.things)
            assert view.tables["bolt"] == rows_in(area, replication.grid, game.bolts)
            assert {row: mark["worth"] for row, mark in view.tables["mark"].items()} == {
                row: int(game.marks.rows.worth[row]) for row in game.marks.live.tolist()
            }


def test_what_stands_still_goes_out_of_a_view_that_moves_away_and_comes_back_with_it() -> None:
    game = Plain(World(seed=1, max_players=VIEWERS, tick_rate=30), Interest(SIDE, SIDE, 300, 300))
    game.things.add_at(0, x=10, y=10)
    game.bolts.add_at(0, x=20, y=10)
    replication = Replication(game, hashed=True)
    decoder = SnapshotDecoder(replication.schema, 0)
    seen: list[int] = []
    for x in (10, 11, 12, 1500, 1501, 10):
        game.world.advance()
        game.things.rows.x[0] = x
        replication.capture()
        message = decode_server(shown(replication, 0, keyframe=not seen))
        assert isinstance(message, Snapshot)
        seen.append(len(decoder.apply(message).tables["bolt"]))
    assert seen == [1, 1, 1, 0, 0, 1]


def test_those_around_one_cell_are_given_the_same_bytes_but_for_the_head() -> None:
    game = Plain(World(seed=1, max_players=VIEWERS, tick_rate=30), Interest(SIDE, SIDE, 300, 300))
    for player, x in enumerate((10, 20, 1500)):
        game.things.add_at(player, x=x, y=10)
    replication = Replication(game)
    replication.capture()
    here, there, far = (decode_server(shown(replication, n, keyframe=True)) for n in range(3))
    assert isinstance(here, Snapshot)
    assert isinstance(there, Snapshot)
    assert isinstance(far, Snapshot)
    assert here.tables == there.tables != far.tables
    assert here.own != there.own


@pytest.mark.parametrize("x", [400.0, 1999.0])
def test_no_byte_of_what_is_out_of_view_is_sent(x: float) -> None:
    """Two worlds that differ only in what is out of view look the same to the viewer, byte for byte."""

    def seen(hue: int) -> bytes:
        game = Plain(World(seed=1, max_players=VIEWERS, tick_rate=30), Interest(SIDE, SIDE, 300, 300))
        replication = Replication(game, hashed=True)
        game.things.add_at(0, x=10, y=10)
        messages = []
        for step in range(4):
            game.world.advance()
            if hue and step == 1:
                game.things.add_at(1, x=x, y=10, hue=hue)
            if hue and step > 1:
                game.things.rows.hue[1] += 1
            replication.capture()
            messages.append(shown(replication, 0, keyframe=step == 0))
        return b"".join(messages)

    assert seen(0) == seen(7) == seen(50)
