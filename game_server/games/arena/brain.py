"""A bot that plays by what a player sees."""

from __future__ import annotations

from typing import Any

from game_server.protocol.messages import Command
from game_server.protocol.view import View


class ArenaBrain:
    """Stands still."""

    def __init__(self, setup: dict[str, Any], player: int, tick_rate: int, skill: str, seed: int) -> None:
        self._known = (setup, player, tick_rate, skill, seed)

    def decide(self, view: View) -> Command:
        """Nothing."""
        return Command(0, view.tick & 0)
