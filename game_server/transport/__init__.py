"""Sockets: HTTP and WebSocket on one port, links, and the sockets that a tick reads and writes."""

from __future__ import annotations

from game_server.transport.http.client_address import networks
from game_server.transport.http.downloads import Download
from game_server.transport.http.origins import page_origin, public_url
from game_server.transport.http.responses import Response, json_response, too_many
from game_server.transport.http.static_files import GameFiles, warm_up
from game_server.transport.options import PEER_TIMEOUT, PING_INTERVAL, TransportOptions, message_budget
from game_server.transport.router import Api, Guarded, Queried
from game_server.transport.serving import serve
from game_server.transport.tick_io.seated_sockets import SeatedSockets, served_here
from game_server.transport.tls import secured
from game_server.transport.websocket.connection import OnLink
from game_server.transport.websocket.link import Link
from game_server.transport.websocket.traffic import Traffic

__all__ = [
    "PEER_TIMEOUT",
    "PING_INTERVAL",
    "Api",
    "Download",
    "GameFiles",
    "Guarded",
    "Link",
    "OnLink",
    "Queried",
    "Response",
    "SeatedSockets",
    "Traffic",
    "TransportOptions",
    "json_response",
    "message_budget",
    "networks",
    "page_origin",
    "public_url",
    "secured",
    "serve",
    "served_here",
    "too_many",
    "warm_up",
]
