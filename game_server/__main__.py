"""``python -m game_server`` is ``game-server``."""

from __future__ import annotations

from game_server.cli import main

main()
