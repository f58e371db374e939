from __future__ import annotations

import pytest

from game_server.simulation import Interest
from game_server.simulation.match.bot_sight import BotSight
from game_server.simulation.replication.replication import Replication
from tests.simulation.toy_game import Toy, toy


def sight_of(game: Toy) -> BotSight:
    replication = Replication(game)
    replication.capture()
    return BotSight(game, replication)


def test_a_view_is_in_wire_precision_and_the_own_row_exact() -> None:
    game = toy()
    game.runners.add_at(2, x=1.3, y=500.0, mood=-9)
    view = sight_of(game).view(2)
    assert view.tables["runner"][2] == {"x": 1.25, "y": 100.0, "mood": -5, "taken": 0}
    assert view.own == {"x": 1.3, "y": 500.0, "vx": 0.0, "tired": 0}


def test_hidden_columns_are_not_to_be_seen() -> None:
    game = toy()
    game.runners.add_at(0, steps=5)
    assert "steps" not in sight_of(game).view(0).tables["runner"][0]


def test_one_who_has_no_row_still_sees_the_others() -> None:
    game = toy()
    game.runners.add_at(0)
    view = sight_of(game).view(1)
    assert (view.own, list(view.tables["runner"]), view.tables["prize"]) == ({}, [0], {})


def test_the_rows_are_made_once_a_tick_for_all() -> None:
    game = toy()
    game.runners.add_at(0)
    replication = Replication(game)
    replication.capture()
    sight = BotSight(game, replication)
    first = sight.view(0)
    assert sight.view(1).tables["runner"] is first.tables["runner"]
    game.world.advance()
    game.runners.rows.x[0] = 10
    replication.capture()
    assert sight.view(0).tables["runner"][0]["x"] == 10
    assert first.tables["runner"][0]["x"] == pytest.approx(0)


def test_a_bot_sees_no_further_than_a_client_would() -> None:
    game = toy()
    game.interest = Interest(2000, 2000, 200, 200)
    for player, x in enumerate((5, 30, 90)):
        game.runners.add_at(player, x=x, y=0)
    game.runners.rows.x[2] = 900
    sight = sight_of(game)
    assert list(sight.view(0).tables["runner"]) == [0, 1]
    assert list(sight.view(2).tables["runner"]) == [2]


def test_what_has_no_place_is_seen_by_all_and_made_again_only_when_it_changes() -> None:
    game = toy()
    replication = Replication(game)
    sight = BotSight(game, replication)
    game.prizes.add(worth=3)
    replication.capture()
    first = sight.view(0).tables["prize"]
    game.world.advance()
    replication.capture()
    assert sight.view(0).tables["prize"] is first
    game.world.advance()
    game.prizes.rows.worth[0] = 4
    replication.capture()
    assert [row["worth"] for row in sight.view(0).tables["prize"].values()] == [4]
