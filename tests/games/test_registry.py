"""Games are found by name."""

from __future__ import annotations

import pytest

from game_server.errors import ConfigError
from game_server.games import GAMES, game_named
from game_server.games.arena import Arena


def test_the_arena_is_found_by_its_name() -> None:
    assert game_named("arena") is Arena


def test_every_game_is_registered_under_its_own_name() -> None:
    assert all(game.name == name for name, game in GAMES.items())


def test_an_unknown_name_is_refused_with_a_list_of_what_there_is() -> None:
    with pytest.raises(ConfigError, match=r"no game 'chess'; there is .*arena"):
        game_named("chess")
