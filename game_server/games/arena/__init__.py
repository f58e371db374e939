"""The game `arena`: its rules, one file each, and its bots."""

from __future__ import annotations

from game_server.games.arena.arena import Arena as Arena
