"""Games by name: built in, installed as the entry point of a package, or ``module:Class``.

A package offers its games in its ``pyproject.toml``::

    [project.entry-points."game_server.games"]
    tag = "my_games.tag:Tag"

Code of games is run when it is imported: everything that it raises then becomes a `ConfigError` that says where.
"""

from __future__ import annotations

import importlib
import inspect
import logging
import os
import re
import sys
import traceback
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Final

from game_server.errors import ConfigError, GameServerError
from game_server.games.arena import Arena
from game_server.games.cards import Cards
from game_server.games.sketch import Sketch
from game_server.games.tag import Tag
from game_server.simulation import Choice, Game, Mode, Number, Switch

logger = logging.getLogger("game_server.games")

ENTRY_POINTS: Final = "game_server.games"
"""Of the entry points."""
GAMES: Final[dict[str, type[Game]]] = {game.name: game for game in (Arena, Cards, Sketch, Tag)}
"""Those that are built in, and those that `game_named` has found, by name."""

_PACKAGE: Final = Path(__file__).resolve().parents[1]

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_OPTION: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_MOST_TITLE: Final = 80
_MOST_OPTIONS: Final = 16
_MOST_CHOICES: Final = 64
_MOST_TICK_RATE: Final = 240


def game_named(name: str) -> type[Game]:
    """Return the game called ``name``, or that of ``module:Class``; from then on it is known by its own name.

    Modules are looked for in the working directory, too.

    Raises:
        ConfigError: there is none of that name, or it cannot be imported or played.
    """
    if name in GAMES:
        return GAMES[name]
    if ":" in name:
        module, _, place = name.partition(":")
        return _remember(_load(EntryPoint(name, f"{module}:{place}", ENTRY_POINTS), f"the game {name!r}"))
    installed = {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}
    if name not in installed:
        known = ", ".join(sorted({*GAMES, *installed}))
        raise ConfigError(f"no game {name!r}; there is {known}, or name your own as module:Class")
    return _remember(_load_installed(installed[name]))


def all_games() -> dict[str, type[Game]]:
    """Return every game by name; installed ones that cannot be imported or played are logged and left out."""
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name not in GAMES:
            try:
                _remember(_load_installed(entry))
            except ConfigError as error:
                logger.error("%s; it is left out", error)
    return dict(GAMES)


def reference_of(game: type[Game]) -> str:
    """Return a name by which `game_named` finds ``game`` in another process."""
    return f"{game.__module__}:{game.__qualname__}"


def module_of(name: str) -> str:
    """Return the module of the game ``name``, which is not imported unless it is built in.

    Raises:
        ConfigError: there is no game of that name.
    """
    if ":" not in name and name not in GAMES:
        installed = {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}
        if name not in installed:
            return game_named(name).__module__  # which says what there is
        return installed[name].module
    return (name if ":" in name else reference_of(GAMES[name])).partition(":")[0]


def web_folder(game: type[Game]) -> Path:
    """Return the folder that is served below ``/games/NAME/``, whether it is there or not."""
    return Path(inspect.getfile(game)).resolve().parent / (game.web if game.web is not None else "web")


def _remember(game: type[Game]) -> type[Game]:
    """Know ``game`` by its name.

    Raises:
        ConfigError: another one has that name.
    """
    known = GAMES.setdefault(game.name, game)
    if known is not game:
        raise ConfigError(
            f"{reference_of(game)} is called {game.name!r}, and so is {reference_of(known)}; give it another name"
        )
    return game


def _load_installed(entry: EntryPoint) -> type[Game]:
    """Import an installed game.

    Raises:
        ConfigError: it cannot be imported or played, or has another name than its entry point.
    """
    package = f" of the package {entry.dist.name}" if entry.dist else ""
    game = _load(entry, f"the game {entry.name!r}{package}")
    if game.name != entry.name:
        raise ConfigError(f"the game {entry.name!r}{package} calls itself {game.name!r}; give both the same name")
    return game


def _load(entry: EntryPoint, what: str) -> type[Game]:
    """Import what ``entry`` refers to.

    Args:
        what: names it in messages.

    Raises:
        ConfigError: it cannot be imported, or is no game that can be played.
    """
    if not re.fullmatch(r"[\w.]+:[\w.]+", entry.value):
        raise ConfigError(f"{what} is to be found at {entry.value!r}; write module:Class")
    here = os.getcwd()
    if here not in sys.path:  # as `python -m` has it; the script of a package has not
        sys.path.insert(0, here)
    try:
        found = importlib.import_module(entry.module)
        for part in entry.attr.split("."):
            found = getattr(found, part)
    except Exception as error:
        raise ConfigError(f"{what} cannot be imported: {_reason(error)}") from error
    _check(found, what)
    game: type[Game] = found  # type: ignore[assignment]
    return game


def _reason(error: Exception) -> str:
    """Say what went wrong while a module was imported, and in which line of it: not where the engine noticed."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}, line {error.lineno}: {error.msg}"
    said = str(error) if isinstance(error, GameServerError) else f"{type(error).__name__}: {error}"
    if re.match(r"\S+\.py, line \d+: ", said):  # a predicted rule: the line of the statement, not of its class
        return said
    place = authors_line(error)
    return f"{said} ({place})" if place else said


def authors_line(error: BaseException) -> str:
    """Return the file and line of a game's code that ``error`` has come out of last, not of the engine below it.

    Empty if there is none.
    """
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and "importlib" not in frame.filename and not _is_engine(frame)
    ]
    return f"{own[-1].filename}, line {own[-1].lineno}" if own else ""


def _is_engine(frame: traceback.FrameSummary) -> bool:
    """Whether no author has a line to mend there; games that come with the server are not of the engine."""
    path = Path(frame.filename)
    if not path.is_relative_to(_PACKAGE):
        return False
    return path.parent == Path(__file__).resolve().parent or not path.is_relative_to(_PACKAGE / "games")


def _check(game: Any, what: str) -> None:
    """Check that ``game`` can be offered: a whole class, and everything that it says of itself.

    Raises:
        ConfigError: something is missing, or is not what it must be.
    """
    if not (isinstance(game, type) and issubclass(game, Game)):
        raise ConfigError(f"{what} is {game!r}; it must be a class derived from Game")
    missing = sorted(getattr(game, "__abstractmethods__", ()))
    if missing:
        raise ConfigError(f"{what} lacks {', '.join(missing)}; every game has these methods")
    name = getattr(game, "name", None)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ConfigError(f"{what} has the name {name!r}; small letters, digits and _ are allowed, a letter first")
    _check_title(game.title, f"the title of {what}", empty=True)
    least, most = _pair(game.seats, what)
    if not 1 <= least <= most <= 4096:
        raise ConfigError(f"{what} has seats = {game.seats!r}; the least and the most are from 1 to 4096")
    if type(game.tick_rate) is not int or not 1 <= game.tick_rate <= _MOST_TICK_RATE:
        raise ConfigError(f"{what} has tick_rate = {game.tick_rate!r}; it is from 1 to {_MOST_TICK_RATE}")
    if game.camera not in ("follow", "whole"):
        raise ConfigError(f"{what} has camera = {game.camera!r}; it is 'follow' or 'whole'")
    for switch in ("minimap", "maps", "has_rounds"):
        if type(getattr(game, switch)) is not bool:
            raise ConfigError(f"{what} has {switch} = {getattr(game, switch)!r}; it is True or False")
    if game.may_idle is not None and not isinstance(game.may_idle, int | float):
        raise ConfigError(f"{what} has may_idle = {game.may_idle!r}; it is seconds")
    for several in ("modes", "options"):
        given = getattr(game, several)
        if not isinstance(given, tuple | list):
            raise ConfigError(f"{what} has {several} = {given!r}; write {several} = ({type(given).__name__}(...),)")
    modes: tuple[Any, ...] = game.modes
    for mode in modes:
        if not isinstance(mode, Mode) or not _OPTION.fullmatch(mode.name):
            raise ConfigError(f"{what} has the mode {mode!r}; write Mode('name', 'Title')")
        _check_title(mode.title, f"the title of the mode {mode.name!r} of {what}")
    _check_options(game, what)


def _check_options(game: type[Game], what: str) -> None:
    names = [getattr(option, "name", None) for option in game.options]
    if len(names) > _MOST_OPTIONS or len(set(names)) < len(names):
        raise ConfigError(f"{what} has the options {names}; at most {_MOST_OPTIONS}, each with another name")
    options: tuple[Any, ...] = game.options
    for option in options:
        if not isinstance(option, Switch | Number | Choice) or not _NAME.fullmatch(option.name):
            raise ConfigError(f"{what} has the option {option!r}; write Switch, Number or Choice, named like a_b")
        _check_title(option.label, f"the label of the option {option.name!r} of {what}")
        if isinstance(option, Choice):
            if not 1 <= len(option.choices) <= _MOST_CHOICES:
                raise ConfigError(f"the option {option.name!r} of {what} has no choices, or more than {_MOST_CHOICES}")
            for value, title in option.choices:
                if not _OPTION.fullmatch(value):
                    raise ConfigError(f"the option {option.name!r} of {what} has the choice {value!r}: small letters")
                _check_title(title, f"the title of the choice {value!r} of {what}")
        try:
            option.read(option.preset)
        except GameServerError as error:
            raise ConfigError(f"the default of {what} does not fit: {error}") from error


def _check_title(title: Any, what: str, *, empty: bool = False) -> None:
    fits = isinstance(title, str) and len(title) <= _MOST_TITLE and (title.isprintable() if title else empty)
    if not fits:
        raise ConfigError(f"{what} is {title!r}; it has 1 to {_MOST_TITLE} printable characters")


def _pair(seats: Any, what: str) -> tuple[int, int]:
    if not (isinstance(seats, tuple) and len(seats) == 2 and all(type(count) is int for count in seats)):
        raise ConfigError(f"{what} has seats = {seats!r}; write the least and the most, as in (2, 16)")
    return seats[0], seats[1]
