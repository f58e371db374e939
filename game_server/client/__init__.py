"""A protocol client in Python, for bots, tests and other programs; docs/CLIENT.md shows how to use it."""

from __future__ import annotations

from game_server.client.client import Client, Purpose
from game_server.client.connect_error import ConnectError, root_cause
from game_server.client.figures import PING_INTERVAL, Figures
from game_server.client.http import HTTP_ERRORS, HttpError, http_get, http_send
from game_server.client.input_latency import OVERDUE_TICKS
from game_server.client.match_session import RESYNC_INTERVAL, Controller
from game_server.client.own_row import OwnRowCheck
from game_server.client.target import Target
from game_server.client.tick_epochs import EpochReport, TickEpochs
from game_server.client.trust import TlsError, Trust, fingerprint_of_file
from game_server.client.upgrade import check_head, new_key, split_head, upgrade_request
from game_server.client.websocket import (
    CONNECT_TIMEOUT,
    ENDS,
    Stream,
    Wrap,
    open_stream,
    open_websocket,
    why_ended,
)

__all__ = [
    "CONNECT_TIMEOUT",
    "ENDS",
    "HTTP_ERRORS",
    "OVERDUE_TICKS",
    "PING_INTERVAL",
    "RESYNC_INTERVAL",
    "Client",
    "ConnectError",
    "Controller",
    "EpochReport",
    "Figures",
    "HttpError",
    "OwnRowCheck",
    "Purpose",
    "Stream",
    "Target",
    "TickEpochs",
    "TlsError",
    "Trust",
    "Wrap",
    "check_head",
    "fingerprint_of_file",
    "http_get",
    "http_send",
    "new_key",
    "open_stream",
    "open_websocket",
    "root_cause",
    "split_head",
    "upgrade_request",
    "why_ended",
]
