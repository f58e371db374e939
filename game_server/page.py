"""The page: where the files of the browser client are, and the scripts with which it plays each game."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import game_server
from game_server.errors import ConfigError
from game_server.games import web_folder
from game_server.simulation import Game

_NO_RULES: Final = "export {};\n"


def site_directory() -> Path:
    """Return the directory of the browser client: inside the package when installed, beside it in a checkout.

    Raises:
        ConfigError: in neither place.
    """
    package = Path(game_server.__file__).parent
    for site in (package / "_web", package.parent / "web_client"):
        if (site / "index.html").is_file():
            return site
    raise ConfigError(f"the browser client is missing: no index.html in {package / '_web'}; install the package again")


def rules_script(game: type[Game]) -> str:
    """Return the module of the rule of ``game`` that pages predict; an empty one if there is none."""
    return game.rules_script or _NO_RULES


def missing_script(game: type[Game]) -> Path | None:
    """Return where the script is missing by which pages draw ``game``; None if it is there, or a part of the page."""
    script = web_folder(game) / "game.js"
    is_there = script.is_file() or (site_directory() / "games" / game.name / "game.js").is_file()
    return None if is_there else script
