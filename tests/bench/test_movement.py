from __future__ import annotations

import pytest

from game_server.simulation import Grid, Inputs, Newcomer, World
from tools.bench.servers.fields import CELL_HEIGHT, CELL_WIDTH, SPEED, STEP, VIEW_WIDTH, Field
from tools.bench.servers.movement import DOWN, LEFT, RIGHT, Movement, Skirmish


def game(players: int = 2) -> Movement:
    movement = Movement(World(seed=1, max_players=players, tick_rate=30))
    for player in range(players):
        movement.join(player, Newcomer())
    return movement


def press(movement: Movement, buttons: int, ticks: int = 1) -> None:
    inputs = Inputs.none(movement.world.max_players)
    inputs.buttons[:] = buttons
    for _ in range(ticks):
        movement.world.advance()
        movement.step(inputs)


@pytest.mark.parametrize("players", [100, 300, 1000, 2000])
def test_the_field_holds_about_four_players_a_cell_and_fits_the_wire(players: int) -> None:
    field = Field.for_players(players)
    assert 3.5 <= players / (field.columns * field.rows) <= 4.1
    assert max(field.width, field.height) <= 65535 * STEP


def test_everybody_moves_at_the_same_speed_in_every_direction() -> None:
    movement = game()
    rows = movement.movers.rows
    rows.x[:] = rows.y[:] = 100.0
    press(movement, DOWN | RIGHT)
    assert ((rows.x - 100) ** 2 + (rows.y - 100) ** 2) ** 0.5 == pytest.approx([SPEED / 30] * 2)


def test_nobody_leaves_the_field() -> None:
    movement = game()
    press(movement, LEFT | DOWN, ticks=300)
    assert (movement.movers.rows.x == 0).all()
    assert (movement.movers.rows.y == movement.field.height).all()


def test_the_peer_is_sent_the_same_field() -> None:
    told = Field(3, 2).to_json()
    assert (told["width"], told["height"]) == (3 * CELL_WIDTH, 2 * CELL_HEIGHT)
    assert (told["cellWidth"], told["marginX"]) == (CELL_WIDTH, CELL_WIDTH - VIEW_WIDTH / 2)


@pytest.mark.parametrize("players", [100, 300, 1000, 2000])
def test_our_grid_has_the_cells_of_the_field(players: int) -> None:
    movement = Movement(World(seed=1, max_players=players, tick_rate=30))
    grid = Grid(movement.interest)
    assert (grid.columns, grid.rows) == (movement.field.columns, movement.field.rows)


def test_everybody_sees_everybody_in_a_skirmish() -> None:
    assert Grid(Skirmish(World(seed=1, max_players=16, tick_rate=30)).interest).cells == 1
