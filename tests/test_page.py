"""The files of the page, and those of a game that it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

import game_server
from game_server.errors import ConfigError
from game_server.games import GAMES
from game_server.page import missing_script, site_directory
from tests.simulation.toy_game import Toy


def test_a_package_without_the_client_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(game_server, "__file__", str(tmp_path / "game_server" / "__init__.py"))
    with pytest.raises(ConfigError, match=r"the browser client is missing: .*install the package again"):
        site_directory()


@pytest.mark.parametrize("game", GAMES.values())
def test_pages_can_draw_every_game_that_comes_with_the_server(game: type) -> None:
    assert missing_script(game) is None


def test_of_a_game_that_no_page_can_draw_it_is_known_which_script_is_missing() -> None:
    assert missing_script(Toy) == Path(__file__).parent / "simulation" / "web" / "game.js"
