"""What a client may say, field by field; the ranges of docs/PROTOCOL.md section 3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from game_server.protocol import limits
from game_server.protocol.checks import arity, integer, number, text
from game_server.protocol.client_messages import (
    Admin,
    Browse,
    Chat,
    ClientMessage,
    Create,
    Follow,
    Hello,
    Input,
    Join,
    Leave,
    Moderate,
    Ping,
    Resume,
    Resync,
    Vote,
    Watch,
)
from game_server.protocol.codes import MAPS, MODES, NO_PLAYER, AdminDeed, Choice, ModerateDeed, Spectating


def _hello(fields: list[Any]) -> Hello:
    arity(fields, "hello", 3)
    return Hello(
        text(fields[1], "hello.nickname", limits.MAX_NICKNAME_WISH),
        text(fields[2], "hello.client", limits.MAX_CLIENT_NAME),
        text(fields[3], "hello.key", limits.MAX_KEY),
    )


def _input(fields: list[Any]) -> Input:
    arity(fields, "input", 4)
    _, tick, buttons, aim, behind = fields
    # The one message that comes for every player in every tick: the good case is one expression.
    if not (
        type(tick) is type(buttons) is type(aim) is type(behind) is int
        and 0 <= tick <= limits.MAX_TICK
        and 0 <= buttons <= limits.MAX_BUTTONS
        and 0 <= aim < limits.AIM_STEPS
        and 0 <= behind <= limits.MAX_BEHIND
    ):
        integer(tick, "input.tick", 0, limits.MAX_TICK)
        integer(buttons, "input.buttons", 0, limits.MAX_BUTTONS)
        integer(aim, "input.aim", 0, limits.AIM_STEPS - 1)
        integer(behind, "input.behind", 0, limits.MAX_BEHIND)
    return Input(tick, buttons, aim, behind)


def _chat(fields: list[Any]) -> Chat:
    arity(fields, "chat", 2)
    return Chat(
        text(fields[1], "chat.text", limits.MAX_CLIENT_MESSAGE_BYTES),
        text(fields[2], "chat.to", limits.MAX_NICKNAME_WISH),
    )


def _ping(fields: list[Any]) -> Ping:
    arity(fields, "ping", 1)
    return Ping(number(fields[1], "ping.client_time", 0, limits.MAX_CLIENT_TIME))


def _resync(fields: list[Any]) -> Resync:
    arity(fields, "resync", 1)
    return Resync(integer(fields[1], "resync.tick", 0, limits.MAX_TICK))


def _join(fields: list[Any]) -> Join:
    arity(fields, "join", 3)
    return Join(
        text(fields[1], "join.match", limits.MAX_MATCH_ID),
        text(fields[2], "join.password", limits.MAX_PASSWORD),
        integer(fields[3], "join.wait", 0, 1),
    )


def _browse(fields: list[Any]) -> Browse:
    arity(fields, "browse", 1)
    return Browse(integer(fields[1], "browse.wanted", 0, 1))


def _create(fields: list[Any]) -> Create:
    arity(fields, "create", 13)
    return Create(
        name=text(fields[1], "create.name", limits.MAX_MATCH_NAME_WISH),
        game=text(fields[2], "create.game", limits.MAX_GAME),
        mode=text(fields[3], "create.mode", limits.MAX_MODE),
        max_players=integer(fields[4], "create.max_players", 1, limits.MAX_CREATED_PLAYERS),
        bots=integer(fields[5], "create.bots", 0, limits.MAX_CREATED_PLAYERS),
        rounds=integer(fields[6], "create.rounds", 0, limits.MAX_ROUNDS),
        private=integer(fields[7], "create.private", 0, 1),
        password=text(fields[8], "create.password", limits.MAX_PASSWORD),
        friendly_fire=integer(fields[9], "create.friendly_fire", 0, 1),
        takeover=integer(fields[10], "create.takeover", 0, 1),
        spectating=integer(fields[11], "create.spectating", 0, max(Spectating)),
        delay=integer(fields[12], "create.delay", 0, limits.MAX_SPECTATOR_DELAY),
        rotation=integer(fields[13], "create.rotation", 0, MAPS | MODES),
    )


def _watch(fields: list[Any]) -> Watch:
    arity(fields, "watch", 2)
    return Watch(
        text(fields[1], "watch.match", limits.MAX_MATCH_ID),
        text(fields[2], "watch.password", limits.MAX_PASSWORD),
    )


def _resume(fields: list[Any]) -> Resume:
    arity(fields, "resume", 1)
    return Resume(text(fields[1], "resume.token", limits.MAX_TOKEN))


def _leave(fields: list[Any]) -> Leave:
    arity(fields, "leave", 0)
    return Leave()


def _moderate(fields: list[Any]) -> Moderate:
    arity(fields, "moderate", 3)
    return Moderate(
        integer(fields[1], "moderate.deed", 0, max(ModerateDeed)),
        integer(fields[2], "moderate.player", 0, NO_PLAYER),
        text(fields[3], "moderate.text", limits.MAX_MATCH_NAME_WISH),
    )


def _vote(fields: list[Any]) -> Vote:
    arity(fields, "vote", 1)
    return Vote(integer(fields[1], "vote.choice", 0, max(Choice)))


def _admin(fields: list[Any]) -> Admin:
    arity(fields, "admin", 6)
    return Admin(
        token=text(fields[1], "admin.token", limits.MAX_TOKEN),
        deed=integer(fields[2], "admin.deed", 0, max(AdminDeed)),
        match=text(fields[3], "admin.match", limits.MAX_MATCH_ID),
        subject=text(fields[4], "admin.subject", limits.MAX_NICKNAME_WISH),
        text=text(fields[5], "admin.text", limits.MAX_CHAT),
        seconds=integer(fields[6], "admin.seconds", 0, limits.MAX_STOP_SECONDS),
    )


def _follow(fields: list[Any]) -> Follow:
    arity(fields, "follow", 1)
    return Follow(integer(fields[1], "follow.player", 0, NO_PLAYER))


CLIENT_DECODERS: Final[dict[int, Callable[[list[Any]], ClientMessage]]] = {
    Hello.type: _hello,
    Input.type: _input,
    Chat.type: _chat,
    Ping.type: _ping,
    Resync.type: _resync,
    Join.type: _join,
    Browse.type: _browse,
    Create.type: _create,
    Watch.type: _watch,
    Resume.type: _resume,
    Leave.type: _leave,
    Moderate.type: _moderate,
    Vote.type: _vote,
    Admin.type: _admin,
    Follow.type: _follow,
}
"""From a message's type to what reads it: the whole array in, the message out, or `ProtocolError`."""
