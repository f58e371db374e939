"""What a server may say, field by field; the ranges of docs/PROTOCOL.md section 4."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from game_server.protocol import limits
from game_server.protocol.checks import arity, array, bad, binary, integer, kind, number, row, text
from game_server.protocol.codes import MAPS, MODES, NO_PLAYER, Spectating
from game_server.protocol.server_messages import (
    Answer,
    Events,
    GameModes,
    Home,
    Line,
    Lobby,
    MatchInfo,
    MatchRow,
    MatchSettings,
    Notice,
    Pong,
    Queued,
    Refused,
    RosterEntry,
    Said,
    ServerMessage,
    Snapshot,
    Welcome,
)

_MAX_COUNT: Final = limits.MAX_PLAYERS
_MAX_CODE: Final = 255


def _welcome(fields: list[Any]) -> Welcome:
    arity(fields, "welcome", 12)
    match = row(fields[3], "welcome.match", 4)
    if type(fields[8]) is not dict:
        raise bad(f"welcome.setup is a map, not {kind(fields[8])}")
    return Welcome(
        player=integer(fields[1], "welcome.player", 0, NO_PLAYER),
        nickname=text(fields[2], "welcome.nickname", limits.MAX_NICKNAME),
        match=MatchInfo(
            text(match[0], "match.id", limits.MAX_MATCH_ID),
            text(match[1], "match.name", limits.MAX_SHOWN_MATCH_NAME),
            text(match[2], "match.game", limits.MAX_GAME),
            integer(match[3], "match.max_players", 1, limits.MAX_PLAYERS),
        ),
        tick_rate=integer(fields[4], "welcome.tick_rate", 1, 240),
        tick=integer(fields[5], "welcome.tick", 0, limits.MAX_TICK),
        timeout=number(fields[6], "welcome.timeout", 0, 86400),
        schema=array(fields[7], "welcome.schema"),
        setup=fields[8],
        roster=tuple(_roster_entry(entry) for entry in array(fields[9], "welcome.roster")),
        token=text(fields[10], "welcome.token", limits.MAX_TOKEN),
        host=integer(fields[11], "welcome.host", 0, NO_PLAYER),
        settings=_settings(fields[12]),
    )


def _roster_entry(value: Any) -> RosterEntry:
    entry = row(value, "roster entry", 4)
    return RosterEntry(
        integer(entry[0], "roster.player", 0, limits.MAX_PLAYERS - 1),
        text(entry[1], "roster.nickname", limits.MAX_NICKNAME),
        integer(entry[2], "roster.kind", 0, _MAX_CODE),
        integer(entry[3], "roster.present", 0, 1),
    )


def _settings(value: Any) -> MatchSettings:
    settings = row(value, "welcome.settings", 8)
    return MatchSettings(
        text(settings[0], "settings.mode", limits.MAX_MODE),
        integer(settings[1], "settings.friendly_fire", 0, 1),
        integer(settings[2], "settings.rounds", 0, limits.MAX_ROUNDS),
        integer(settings[3], "settings.takeover", 0, 1),
        integer(settings[4], "settings.spectating", 0, max(Spectating)),
        integer(settings[5], "settings.delay", 0, limits.MAX_SPECTATOR_DELAY),
        integer(settings[6], "settings.rotation", 0, MAPS | MODES),
        integer(settings[7], "settings.flags", 0, _MAX_CODE),
    )


def _snapshot(fields: list[Any]) -> Snapshot:
    arity(fields, "snapshot", 7)
    tables = array(fields[7], "snapshot.tables")
    if len(tables) % 2:
        raise bad(f"snapshot.tables pairs numbers with records; it has {len(tables)} elements")
    return Snapshot(
        tick=integer(fields[1], "snapshot.tick", 0, limits.MAX_TICK),
        kind=integer(fields[2], "snapshot.kind", 0, 1),
        ack=integer(fields[3], "snapshot.ack", 0, limits.MAX_TICK),
        depth=integer(fields[4], "snapshot.depth", 0, limits.INPUT_WINDOW),
        hash=None if fields[5] is None else integer(fields[5], "snapshot.hash", 0, 2**32 - 1),
        own=binary(fields[6], "snapshot.own"),
        tables=tuple(
            (integer(table, "snapshot table", 0, 255), binary(records, "snapshot records"))
            for table, records in zip(tables[::2], tables[1::2], strict=True)
        ),
    )


def _events(fields: list[Any]) -> Events:
    arity(fields, "events", 2)
    events = []
    for event in array(fields[2], "events.events"):
        if type(event) is not list or not event or type(event[0]) is not int:
            raise bad("an event is an array with a code in front")
        events.append(tuple(event))
    return Events(integer(fields[1], "events.tick", 0, limits.MAX_TICK), tuple(events))


def _pong(fields: list[Any]) -> Pong:
    arity(fields, "pong", 2)
    return Pong(
        number(fields[1], "pong.client_time", 0, limits.MAX_CLIENT_TIME),
        number(fields[2], "pong.match_time", 0, limits.MAX_CLIENT_TIME),
    )


def _notice(fields: list[Any]) -> Notice:
    arity(fields, "notice", 2)
    return Notice(
        integer(fields[1], "notice.code", 0, _MAX_CODE), text(fields[2], "notice.text", limits.MAX_SERVER_TEXT)
    )


def _home(fields: list[Any]) -> Home:
    arity(fields, "home", 4)
    return Home(
        integer(fields[1], "home.code", 0, _MAX_CODE),
        text(fields[2], "home.text", limits.MAX_SERVER_TEXT),
        text(fields[3], "home.nickname", limits.MAX_NICKNAME),
        tuple(_game_modes(game) for game in array(fields[4], "home.games")),
    )


def _game_modes(value: Any) -> GameModes:
    game, modes = row(value, "row of a game", 2)
    return GameModes(
        text(game, "games.game", limits.MAX_GAME),
        tuple(text(mode, "games.mode", limits.MAX_MODE) for mode in array(modes, "games.modes")),
    )


def _lobby(fields: list[Any]) -> Lobby:
    arity(fields, "lobby", 4)
    return Lobby(
        whole=integer(fields[1], "lobby.whole", 0, 1),
        people=integer(fields[2], "lobby.people", 0, _MAX_COUNT),
        matches=_match_rows(fields[3], "lobby.matches"),
        gone=tuple(text(id_, "lobby.gone", limits.MAX_MATCH_ID) for id_ in array(fields[4], "lobby.gone")),
    )


def _match_rows(value: Any, name: str) -> tuple[MatchRow, ...]:
    return tuple(_match_row(match) for match in array(value, name))


def _match_row(value: Any) -> MatchRow:
    match = row(value, "row of a match", 10)
    return MatchRow(
        text(match[0], "row.id", limits.MAX_MATCH_ID),
        text(match[1], "row.name", limits.MAX_SHOWN_MATCH_NAME),
        text(match[2], "row.game", limits.MAX_GAME),
        text(match[3], "row.mode", limits.MAX_MODE),
        text(match[4], "row.phase", limits.MAX_PHASE),
        integer(match[5], "row.people", 0, _MAX_COUNT),
        integer(match[6], "row.bots", 0, _MAX_COUNT),
        integer(match[7], "row.max_players", 1, limits.MAX_PLAYERS),
        integer(match[8], "row.spectators", 0, _MAX_COUNT),
        integer(match[9], "row.flags", 0, _MAX_CODE),
    )


def _said(fields: list[Any]) -> Said:
    arity(fields, "said", 1)
    return Said(tuple(_line(line) for line in array(fields[1], "said.lines")))


def _line(value: Any) -> Line:
    line = row(value, "line", 4)
    return Line(
        integer(line[0], "line.kind", 0, _MAX_CODE),
        integer(line[1], "line.player", 0, NO_PLAYER),
        text(line[2], "line.nickname", limits.MAX_NICKNAME),
        text(line[3], "line.text", limits.MAX_SERVER_TEXT),
    )


def _refused(fields: list[Any]) -> Refused:
    arity(fields, "refused", 4)
    return Refused(
        integer(fields[1], "refused.request", 0, _MAX_CODE),
        integer(fields[2], "refused.code", 0, _MAX_CODE),
        text(fields[3], "refused.text", limits.MAX_SERVER_TEXT),
        integer(fields[4], "refused.wait", 0, 86400),
    )


def _queued(fields: list[Any]) -> Queued:
    arity(fields, "queued", 4)
    return Queued(
        text(fields[1], "queued.match", limits.MAX_MATCH_ID),
        integer(fields[2], "queued.place", 0, _MAX_COUNT),
        integer(fields[3], "queued.length", 0, _MAX_COUNT),
        text(fields[4], "queued.name", limits.MAX_SHOWN_MATCH_NAME),
    )


def _answer(fields: list[Any]) -> Answer:
    arity(fields, "answer", 2)
    return Answer(text(fields[1], "answer.text", limits.MAX_SERVER_TEXT), _match_rows(fields[2], "answer.matches"))


SERVER_DECODERS: Final[dict[int, Callable[[list[Any]], ServerMessage]]] = {
    Welcome.type: _welcome,
    Snapshot.type: _snapshot,
    Events.type: _events,
    Pong.type: _pong,
    Notice.type: _notice,
    Home.type: _home,
    Lobby.type: _lobby,
    Said.type: _said,
    Refused.type: _refused,
    Queued.type: _queued,
    Answer.type: _answer,
}
"""From a message's type to what reads it: the whole array in, the message out, or `ProtocolError`."""
