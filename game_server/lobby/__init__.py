"""People and matches: entry, seats, chat, moderation, and what the host of the process may do."""

from __future__ import annotations

from game_server.lobby.administration import Administration
from game_server.lobby.client_session import ClientSession
from game_server.lobby.directory import Directory
from game_server.lobby.lobby import Lobby
from game_server.lobby.lobby_options import LobbyOptions, MatchLimits
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchContext, MatchOptions, StayOptions
from game_server.lobby.sessions import Sessions
from game_server.lobby.text.nicknames import clean
from game_server.lobby.text.word_filter import WordFilter

__all__ = [
    "Administration",
    "ClientSession",
    "Directory",
    "HostedMatch",
    "Lobby",
    "LobbyOptions",
    "MatchContext",
    "MatchLimits",
    "MatchOptions",
    "Sessions",
    "StayOptions",
    "WordFilter",
    "clean",
]
