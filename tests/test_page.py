"""The files of the page, and those of a game that it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

import game_server
from game_server.errors import ConfigError
from game_server.games import GAMES
from game_server.page import missing_script, rules_script, site_directory
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


@pytest.mark.parametrize(("own", "served"), [("", "export {};\n"), ("export const a = 1;\n", "export const a = 1;\n")])
def test_a_game_whose_rule_pages_do_not_predict_has_an_empty_module(
    own: str, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Toy, "rules_script", own)
    assert rules_script(Toy) == served


def test_the_client_of_an_installed_package_is_inside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "game_server"
    monkeypatch.setattr(game_server, "__file__", str(package / "__init__.py"))
    for site in (tmp_path / "web_client", package / "_web"):
        site.mkdir(parents=True)
        (site / "index.html").touch()
        assert site_directory() == site
