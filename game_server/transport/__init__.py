"""Sockets: HTTP and WebSocket on one port, and a player's link."""

from __future__ import annotations

from game_server.transport.link import Link
from game_server.transport.options import Api, OnLink, TransportOptions
from game_server.transport.serving import secured, serve
from game_server.transport.tick_sockets import TickSockets

__all__ = ["Api", "Link", "OnLink", "TickSockets", "TransportOptions", "secured", "serve"]
