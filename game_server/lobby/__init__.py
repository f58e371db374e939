"""People and matches: entry, seats, chat, moderation, and what the host of the process may do."""

from __future__ import annotations

from game_server.lobby.administration import Administration
from game_server.lobby.answered_requests import AnsweredRequests
from game_server.lobby.changed_rules import TakenOver, packed_match, take_over
from game_server.lobby.client_session import ClientSession
from game_server.lobby.game_offers import rotation_of
from game_server.lobby.hosting import Hosting
from game_server.lobby.lobby import Lobby
from game_server.lobby.lobby_options import LobbyOptions, MatchLimits
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchContext, MatchOptions, StayOptions
from game_server.lobby.match_index import MatchIndex
from game_server.lobby.match_ownership import MatchOwnership
from game_server.lobby.opened_elsewhere import OpenedElsewhere
from game_server.lobby.other_nodes import OtherNodes
from game_server.lobby.redirects import Redirects
from game_server.lobby.sessions import Sessions
from game_server.lobby.shared_administration import SharedAdministration
from game_server.lobby.shared_chat import LOBBY_CHANNEL, SharedChat
from game_server.lobby.shared_names import SharedNames
from game_server.lobby.text.nicknames import clean
from game_server.lobby.text.word_filter import WordFilter

__all__ = [
    "LOBBY_CHANNEL",
    "Administration",
    "AnsweredRequests",
    "ClientSession",
    "HostedMatch",
    "Hosting",
    "Lobby",
    "LobbyOptions",
    "MatchContext",
    "MatchIndex",
    "MatchLimits",
    "MatchOptions",
    "MatchOwnership",
    "OpenedElsewhere",
    "OtherNodes",
    "Redirects",
    "Sessions",
    "SharedAdministration",
    "SharedChat",
    "SharedNames",
    "StayOptions",
    "TakenOver",
    "WordFilter",
    "clean",
    "packed_match",
    "rotation_of",
    "take_over",
]
