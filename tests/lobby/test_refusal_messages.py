"""The words in which a request is refused."""

from __future__ import annotations

import pytest

from game_server.errors import RequestRefused
from game_server.lobby.refusal_messages import refusal
from game_server.protocol import NO_PLAYER, Admin, AdminDeed, Join, Moderate, ModerateDeed, RefusalCode, Request

MODERATE = {
    ModerateDeed.KICK: "kick",
    ModerateDeed.BAN: "ban",
    ModerateDeed.MUTE: "mute",
    ModerateDeed.UNMUTE: "unmute",
    ModerateDeed.LOCK: "lock",
    ModerateDeed.UNLOCK: "unlock",
    ModerateDeed.RENAME: "rename",
    ModerateDeed.ADD_BOT: "add a bot",
    ModerateDeed.REMOVE_BOT: "remove a bot",
    ModerateDeed.START_ROUND: "start a round",
    ModerateDeed.END_ROUND: "end the round",
    ModerateDeed.HAND_OVER: "hand over",
}
ADMIN = {
    AdminDeed.MATCHES: "list the matches",
    AdminDeed.SAY: "say",
    AdminDeed.KICK: "kick",
    AdminDeed.BAN: "ban",
    AdminDeed.CLOSE: "close",
    AdminDeed.STOP: "stop",
    AdminDeed.CANCEL: "cancel",
    AdminDeed.MOVE: "move",
    AdminDeed.DRAIN: "drain",
    AdminDeed.RESTART: "restart",
}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Join(""), "join"),
        *((Moderate(deed, NO_PLAYER, ""), MODERATE[deed]) for deed in ModerateDeed),
        *((Admin("wrong", deed), ADMIN[deed]) for deed in AdminDeed),
    ],
)
def test_a_refusal_names_in_plain_english_what_was_asked_for(asked: Request, words: str) -> None:
    refused = refusal(asked, RequestRefused(RefusalCode.WAIT, "wait a little", 7))
    assert (refused.request, refused.code, refused.wait) == (asked.type, RefusalCode.WAIT, 7)
    assert refused.text == f"You cannot {words}: wait a little"
