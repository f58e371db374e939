"""Messages of refusals, in words that name the request: ``You cannot join: the password is wrong``."""

from __future__ import annotations

from typing import Final

from game_server.errors import RequestRefused
from game_server.protocol import Admin, AdminDeed, Moderate, ModerateDeed, Refused, Request

# Commands whose names do not read as a verb after "You cannot". Two tables, since equal numbers are equal keys.
_MODERATE_WORDS: Final = {
    ModerateDeed.ADD_BOT: "add a bot",
    ModerateDeed.REMOVE_BOT: "remove a bot",
    ModerateDeed.START_ROUND: "start a round",
    ModerateDeed.END_ROUND: "end the round",
    ModerateDeed.HAND_OVER: "hand over",
}
_ADMIN_WORDS: Final = {AdminDeed.MATCHES: "list the matches"}


def refusal(asked: Request, why: RequestRefused) -> Refused:
    """The `Refused` for ``asked``: ``You cannot join: the password is wrong``."""
    return Refused(asked.type, why.code, f"You cannot {_verb(asked)}: {why.reason}", why.wait)


def _verb(asked: Request) -> str:
    match asked:
        case Moderate(deed):
            return _MODERATE_WORDS.get(ModerateDeed(deed), ModerateDeed(deed).name.lower())
        case Admin(_, deed):
            return _ADMIN_WORDS.get(AdminDeed(deed), AdminDeed(deed).name.lower())
    return type(asked).__name__.lower()
