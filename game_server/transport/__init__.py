"""Sockets: HTTP and WebSocket on one port, and a player's link."""

from __future__ import annotations

from game_server.transport.client_address import networks
from game_server.transport.link import Link
from game_server.transport.match_sockets import GroupSockets
from game_server.transport.options import Api, Guarded, OnLink, TransportOptions
from game_server.transport.origins import page_origin, public_url
from game_server.transport.responses import Response, json_response
from game_server.transport.serving import secured, serve
from game_server.transport.tick_sockets import TickSockets, served_here
from game_server.transport.traffic import Traffic

__all__ = [
    "Api",
    "GroupSockets",
    "Guarded",
    "Link",
    "OnLink",
    "Response",
    "TickSockets",
    "Traffic",
    "TransportOptions",
    "json_response",
    "networks",
    "page_origin",
    "public_url",
    "secured",
    "serve",
    "served_here",
]
