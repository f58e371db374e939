"""The games of this server: those that come with it, those that are installed, and those that a host names."""

from __future__ import annotations

from game_server.games.packages import (
    ENTRY_POINTS,
    GAMES,
    all_games,
    authors_line,
    game_named,
    module_of,
    reference_of,
    web_folder,
)
from game_server.simulation import SKILLS

__all__ = [
    "ENTRY_POINTS",
    "GAMES",
    "SKILLS",
    "all_games",
    "authors_line",
    "game_named",
    "module_of",
    "reference_of",
    "web_folder",
]
