"""The commands for authors of games: ``game-server new``, ``game-server types`` and ``game-server check``."""

from __future__ import annotations

import keyword
import re
import string
from importlib.resources import files
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Final

from game_server.authoring import page_types
from game_server.cli.console import PlainConsole
from game_server.cli.exit_codes import FAILED
from game_server.errors import ConfigError
from game_server.games import all_games, game_named, web_folder
from game_server.simulation import Game
from game_server.testing import check_game

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_PLACES: Final = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "jsconfig.json": "jsconfig.json",
    "rules.py": "{name}/__init__.py",
    "game.js": "{name}/web/game.js",
    "test_rules.py": "tests/test_{name}.py",
}
"""Where each file of the template goes."""


def new(name: str, folder: Path | None = None, /) -> int:
    """Write a game that already plays, to begin one of your own with: a package with rules, a page, a bot and tests.

    Args:
        name: Name of the game: small letters, digits and _.
        folder: The folder to write; by default one of that name. It must be missing or empty.
    """
    if keyword.iskeyword(name):
        raise ConfigError(f"name {name!r} cannot be used: it is a word of Python itself; choose another name")
    if not _NAME.fullmatch(name):
        raise ConfigError(f"name {name!r} cannot be used: write small letters, digits and _, a letter first")
    if find_spec(name):
        raise ConfigError(
            f"there is a module {name!r} already, which would be imported in its place; choose another name"
        )
    if name in all_games():
        raise ConfigError(f"there is a game {name!r} already; choose another name")
    place = folder or Path(name)
    words = {
        "name": name,
        "Class": "".join(part.capitalize() for part in name.split("_")) or name,
        "title": name.replace("_", " ").capitalize(),
    }
    template = files("game_server.cli") / "new_game"
    try:
        if place.exists() and any(place.iterdir()):
            raise ConfigError(f"{place} is not empty: name another folder")
        for source, target in _PLACES.items():
            path = place / target.format(name=name)
            path.parent.mkdir(parents=True, exist_ok=True)
            text = (template / f"{source}.txt").read_text("utf-8")
            path.write_text(string.Template(text).substitute(words) if source != "game.js" else text, "utf-8")
        (place / name / "web" / "game.d.ts").write_text(page_types(_written(place / name, words["Class"])), "utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {place}: {error}") from error
    print(f"{place}: cd {place}, then game-server dev")
    return 0


def _written(package: Path, called: str) -> type[Game]:
    """Import the game ``called`` so from the ``package`` that has just been written, which is not on the path."""
    spec = spec_from_file_location(package.name, package / "__init__.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    made: type[Game] = getattr(module, called)
    return made


def types(game: str, file: Path | None = None, /) -> int:
    """Write a file by which editors know the rows, events and commands of a game in its game.js.

    Args:
        game: The game: one that is installed, or module:Class of your own.
        file: The file to write; by default ``game.d.ts`` beside ``game.js``.
    """
    made = game_named(game)
    path = file or web_folder(made) / "game.d.ts"
    text = page_types(made)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error}") from error
    print(path)
    return 0


def check(game: str, /) -> int:
    """Check that a game is deterministic, whole in a checkpoint and within its ranges, and measure what it costs.

    The exit code is 1 if a check has failed.

    Args:
        game: The game: one that is installed, or module:Class of your own.
    """
    console, failed = PlainConsole(), False
    for finding in check_game(game_named(game)):
        failed |= not finding.good
        mark = "ok   " if finding.good else "FAULT"
        console.print(f"{mark} {finding.check:<19} {finding.text}", soft_wrap=True, markup=False, highlight=False)
    return FAILED if failed else 0
