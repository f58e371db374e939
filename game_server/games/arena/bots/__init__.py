"""Bots for the arena: they see what is on a player's screen and know the map, as a player does.

Data flows one way: `perception` (what is seen, late by a reaction time) -> `intent` (what to go for) -> `pilot` (where
to steer) and `gunner` (where to aim) -> a command. `brain` puts them together.
"""

from __future__ import annotations

from game_server.games.arena.bots.brain import ArenaBrain as ArenaBrain
from game_server.games.arena.bots.skills import SKILLS as SKILLS
