from __future__ import annotations

import pytest

from game_server.simulation.sight import Sight
from tests.simulation.toy_game import toy


def test_a_view_is_in_wire_precision_and_the_own_row_exact() -> None:
    game = toy()
    game.runners.add_at(2, x=1.3, y=500.0, mood=-9)
    view = Sight(game).view(2)
    assert view.tables["runner"][2] == {"x": 1.25, "y": 100.0, "mood": -5, "taken": 0}
    assert view.own == {"x": 1.3, "y": 500.0, "vx": 0.0, "tired": 0}


def test_hidden_columns_are_not_to_be_seen() -> None:
    game = toy()
    game.runners.add_at(0, steps=5)
    assert "steps" not in Sight(game).view(0).tables["runner"][0]


def test_whoever_has_no_row_still_sees_the_others() -> None:
    game = toy()
    game.runners.add_at(0)
    view = Sight(game).view(1)
    assert (view.own, list(view.tables["runner"]), view.tables["prize"]) == ({}, [0], {})


def test_the_rows_are_made_once_a_tick_for_all() -> None:
    game = toy()
    game.runners.add_at(0)
    sight = Sight(game)
    first = sight.view(0)
    assert sight.view(1).tables is first.tables
    game.world.advance()
    game.runners.rows.x[0] = 10
    assert sight.view(0).tables["runner"][0]["x"] == 10
    assert first.tables["runner"][0]["x"] == pytest.approx(0)
