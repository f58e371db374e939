"""The games of this server, by name."""

from __future__ import annotations

from typing import Final

from game_server.errors import ConfigError
from game_server.games.arena import Arena
from game_server.simulation import SKILLS, Game

__all__ = ["GAMES", "SKILLS", "game_named"]

GAMES: Final[dict[str, type[Game]]] = {game.name: game for game in (Arena,)}


def game_named(name: str) -> type[Game]:
    """Return the game called ``name``.

    Raises:
        ConfigError: there is none of that name.
    """
    try:
        return GAMES[name]
    except KeyError:
        raise ConfigError(f"no game {name!r}; there is {', '.join(sorted(GAMES))}") from None
