"""A server for the author of a game, which shows each change while the match goes on."""

from __future__ import annotations

from game_server.dev.dev_server import DevServer

__all__ = ["DevServer"]
