"""People and matches: entry, seats, chat, moderation, and what the host of the process may do."""

from __future__ import annotations

from game_server.lobby.administration import Administration
from game_server.lobby.client_session import ClientSession
from game_server.lobby.directory import Directory
from game_server.lobby.lobby import Lobby
from game_server.lobby.lobby_options import (
    BOTS_PER_ADDRESS,
    BOTS_PER_MATCH,
    MATCHES_PER_ADDRESS,
    MAX_BOTS,
    LobbyOptions,
    MatchLimits,
)
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import IDLE_TO_WATCHING, SEAT_HOLD, MatchContext, MatchOptions, StayOptions
from game_server.lobby.text.nicknames import clean
from game_server.lobby.text.word_filter import WordFilter

__all__ = [
    "BOTS_PER_ADDRESS",
    "BOTS_PER_MATCH",
    "IDLE_TO_WATCHING",
    "MATCHES_PER_ADDRESS",
    "MAX_BOTS",
    "SEAT_HOLD",
    "Administration",
    "ClientSession",
    "Directory",
    "HostedMatch",
    "Lobby",
    "LobbyOptions",
    "MatchContext",
    "MatchLimits",
    "MatchOptions",
    "StayOptions",
    "WordFilter",
    "clean",
]
