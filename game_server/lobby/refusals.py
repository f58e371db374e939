"""The answer to a request that is not granted, in words that name the request."""

from __future__ import annotations

from game_server.errors import RequestRefused
from game_server.protocol.client_messages import Admin, Moderate, Request
from game_server.protocol.codes import AdminDeed, ModerateDeed
from game_server.protocol.server_messages import Refused


def refusal(asked: Request, why: RequestRefused) -> Refused:
    """The `Refused` for ``asked``: ``You cannot join: the password is wrong``."""
    return Refused(asked.type, why.code, f"You cannot {_verb(asked)}: {why.reason}", why.wait)


def _verb(asked: Request) -> str:
    match asked:
        case Moderate(deed):
            return ModerateDeed(deed).name.lower().replace("_", " ")
        case Admin(_, deed):
            return AdminDeed(deed).name.lower()
    return type(asked).__name__.lower()
