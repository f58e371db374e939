"""Testing of games: a match in a few lines, without sockets or browsers, and the checks of ``game-server check``."""

from __future__ import annotations

from game_server.testing.checks import Finding, check_game
from game_server.testing.playing import Playing, play

__all__ = ["Finding", "Playing", "check_game", "play"]
