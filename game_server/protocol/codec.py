"""Bytes to messages and back; sans-I/O.

The checks are written out by hand: a client's message is looked at once, in a fixed order, and whatever is not
exactly what docs/PROTOCOL.md allows raises `ProtocolError` with the close code and a reason that names the field.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs
import msgpack

from game_server.errors import ProtocolError
from game_server.protocol import limits
from game_server.protocol.closes import CloseCode, close_reason
from game_server.protocol.messages import (
    Chat,
    ClientMessage,
    Events,
    Hello,
    Input,
    MatchInfo,
    Notice,
    Ping,
    Pong,
    Resync,
    RosterEntry,
    ServerMessage,
    Snapshot,
    Welcome,
)

_MAX_CLIENT_TIME: Final = 2.0**53


def encode(message: ClientMessage | ServerMessage) -> bytes:
    """The bytes of one WebSocket message."""
    if isinstance(message, Snapshot):
        tables = [item for pair in message.tables for item in pair]
        fields = [message.tick, message.kind, message.ack, message.depth, message.hash, message.own, tables]
    else:
        fields = list(attrs.astuple(message, recurse=False))
    packed: bytes = msgpack.packb([message.type, *fields])
    return packed


def decode_client(data: bytes) -> ClientMessage:
    """Read what a client sent.

    Raises:
        ProtocolError: with close code 4001 and the reason; 1009 over the size limit.
    """
    if len(data) > limits.MAX_CLIENT_MESSAGE_BYTES:
        raise ProtocolError(
            CloseCode.MESSAGE_TOO_BIG,
            f"message of {len(data)} bytes; at most {limits.MAX_CLIENT_MESSAGE_BYTES} allowed",
        )
    fields = _array(data, _CLIENT_DECODERS)
    return _CLIENT_DECODERS[fields[0]](fields)


def decode_server(data: bytes) -> ServerMessage:
    """Read what a server sent; for clients in Python.

    Raises:
        ProtocolError: the message is not what docs/PROTOCOL.md allows.
    """
    if len(data) > limits.MAX_SERVER_MESSAGE_BYTES:
        raise ProtocolError(
            CloseCode.MESSAGE_TOO_BIG,
            f"message of {len(data)} bytes; at most {limits.MAX_SERVER_MESSAGE_BYTES} allowed",
        )
    fields = _array(data, _SERVER_DECODERS)
    return _SERVER_DECODERS[fields[0]](fields)


def _array(data: bytes, decoders: dict[int, Any]) -> list[Any]:
    try:
        fields = msgpack.unpackb(data)
    except Exception as error:
        # msgpack raises whatever its parser and the UTF-8 decoder raise; for the peer it is all the same.
        raise _bad(f"not one msgpack value: {type(error).__name__}") from error
    if type(fields) is not list or not fields:
        raise _bad("not a msgpack array with a type in front")
    if type(fields[0]) is not int:
        raise _bad(f"message type is an integer, not {_kind(fields[0])}")
    if fields[0] not in decoders:
        raise _bad(f"unknown message type {fields[0]}")
    return fields


def _bad(reason: str) -> ProtocolError:
    return ProtocolError(CloseCode.BAD_MESSAGE, close_reason(reason))


def _arity(fields: list[Any], name: str, count: int) -> None:
    if len(fields) != count + 1:
        raise _bad(f"{name} has {count} fields after its type, not {len(fields) - 1}")


def _int(value: Any, name: str, low: int, high: int) -> int:
    if type(value) is not int:
        raise _bad(f"{name} is an integer, not {_kind(value)}")
    if not low <= value <= high:
        raise _bad(f"{name} is from {low} to {high}, not {value}")
    return value


def _number(value: Any, name: str, low: float, high: float) -> float:
    if type(value) is not int and type(value) is not float:
        raise _bad(f"{name} is a number, not {_kind(value)}")
    # NaN is in no range, and no range here has an infinite end.
    if not low <= value <= high:
        raise _bad(f"{name} is a finite number from {low:g} to {high:g}, not {value}")
    return value


def _text(value: Any, name: str, most: int) -> str:
    if type(value) is not str:
        raise _bad(f"{name} is a string, not {_kind(value)}")
    if len(value) > most:
        raise _bad(f"{name} has at most {most} characters, not {len(value)}")
    return value


def _kind(value: Any) -> str:
    names = {list: "an array", dict: "a map", bytes: "bytes", str: "a string", bool: "a boolean", type(None): "nil"}
    return names.get(type(value), type(value).__name__)


def _hello(fields: list[Any]) -> Hello:
    _arity(fields, "hello", 3)
    return Hello(
        _text(fields[1], "hello.nickname", limits.MAX_NICKNAME_WISH),
        _text(fields[2], "hello.match", limits.MAX_MATCH_ID),
        _text(fields[3], "hello.client", limits.MAX_CLIENT_NAME),
    )


def _input(fields: list[Any]) -> Input:
    _arity(fields, "input", 4)
    _, tick, buttons, aim, behind = fields
    # The one message that comes for every player in every tick: the good case is one expression.
    if not (
        type(tick) is type(buttons) is type(aim) is type(behind) is int
        and 0 <= tick <= limits.MAX_TICK
        and 0 <= buttons <= limits.MAX_BUTTONS
        and 0 <= aim < limits.AIM_STEPS
        and 0 <= behind <= limits.MAX_BEHIND
    ):
        _int(tick, "input.tick", 0, limits.MAX_TICK)
        _int(buttons, "input.buttons", 0, limits.MAX_BUTTONS)
        _int(aim, "input.aim", 0, limits.AIM_STEPS - 1)
        _int(behind, "input.behind", 0, limits.MAX_BEHIND)
    return Input(tick, buttons, aim, behind)


def _chat(fields: list[Any]) -> Chat:
    _arity(fields, "chat", 1)
    return Chat(_text(fields[1], "chat.text", limits.MAX_CLIENT_MESSAGE_BYTES))


def _ping(fields: list[Any]) -> Ping:
    _arity(fields, "ping", 1)
    return Ping(_number(fields[1], "ping.client_time", 0, _MAX_CLIENT_TIME))


def _resync(fields: list[Any]) -> Resync:
    _arity(fields, "resync", 1)
    return Resync(_int(fields[1], "resync.tick", 0, limits.MAX_TICK))


_CLIENT_DECODERS: Final[dict[int, Callable[[list[Any]], ClientMessage]]] = {
    Hello.type: _hello,
    Input.type: _input,
    Chat.type: _chat,
    Ping.type: _ping,
    Resync.type: _resync,
}


def _list(value: Any, name: str) -> list[Any]:
    if type(value) is not list:
        raise _bad(f"{name} is an array, not {_kind(value)}")
    return value


def _bytes(value: Any, name: str) -> bytes:
    if type(value) is not bytes:
        raise _bad(f"{name} is bytes, not {_kind(value)}")
    return value


def _welcome(fields: list[Any]) -> Welcome:
    _arity(fields, "welcome", 9)
    match = _list(fields[3], "welcome.match")
    _arity([0, *match], "welcome.match", 4)
    if type(fields[8]) is not dict:
        raise _bad(f"welcome.setup is a map, not {_kind(fields[8])}")
    return Welcome(
        player=_int(fields[1], "welcome.player", 0, limits.MAX_PLAYERS - 1),
        nickname=_text(fields[2], "welcome.nickname", limits.MAX_NICKNAME),
        match=MatchInfo(
            _text(match[0], "match.id", limits.MAX_MATCH_ID),
            _text(match[1], "match.name", limits.MAX_CHAT),
            _text(match[2], "match.game", limits.MAX_MATCH_ID),
            _int(match[3], "match.max_players", 1, limits.MAX_PLAYERS),
        ),
        tick_rate=_int(fields[4], "welcome.tick_rate", 1, 240),
        tick=_int(fields[5], "welcome.tick", 0, limits.MAX_TICK),
        timeout=_number(fields[6], "welcome.timeout", 0, 86400),
        schema=_list(fields[7], "welcome.schema"),
        setup=fields[8],
        roster=tuple(_roster_entry(entry) for entry in _list(fields[9], "welcome.roster")),
    )


def _roster_entry(entry: Any) -> RosterEntry:
    _arity([0, *_list(entry, "roster entry")], "roster entry", 3)
    return RosterEntry(
        _int(entry[0], "roster.player", 0, limits.MAX_PLAYERS - 1),
        _text(entry[1], "roster.nickname", limits.MAX_NICKNAME),
        _int(entry[2], "roster.kind", 0, 255),
    )


def _snapshot(fields: list[Any]) -> Snapshot:
    _arity(fields, "snapshot", 7)
    tables = _list(fields[7], "snapshot.tables")
    if len(tables) % 2:
        raise _bad(f"snapshot.tables pairs numbers with records; it has {len(tables)} elements")
    return Snapshot(
        tick=_int(fields[1], "snapshot.tick", 0, limits.MAX_TICK),
        kind=_int(fields[2], "snapshot.kind", 0, 1),
        ack=_int(fields[3], "snapshot.ack", 0, limits.MAX_TICK),
        depth=_int(fields[4], "snapshot.depth", 0, limits.INPUT_WINDOW),
        hash=None if fields[5] is None else _int(fields[5], "snapshot.hash", 0, 2**32 - 1),
        own=_bytes(fields[6], "snapshot.own"),
        tables=tuple(
            (_int(number, "snapshot table", 0, 255), _bytes(records, "snapshot records"))
            for number, records in zip(tables[::2], tables[1::2], strict=True)
        ),
    )


def _events(fields: list[Any]) -> Events:
    _arity(fields, "events", 2)
    events = []
    for event in _list(fields[2], "events.events"):
        if type(event) is not list or not event or type(event[0]) is not int:
            raise _bad("an event is an array with a code in front")
        events.append(tuple(event))
    return Events(_int(fields[1], "events.tick", 0, limits.MAX_TICK), tuple(events))


def _pong(fields: list[Any]) -> Pong:
    _arity(fields, "pong", 2)
    return Pong(
        _number(fields[1], "pong.client_time", 0, _MAX_CLIENT_TIME),
        _number(fields[2], "pong.match_time", 0, _MAX_CLIENT_TIME),
    )


def _notice(fields: list[Any]) -> Notice:
    _arity(fields, "notice", 2)
    return Notice(_int(fields[1], "notice.code", 0, 255), _text(fields[2], "notice.text", 1024))


_SERVER_DECODERS: Final[dict[int, Callable[[list[Any]], ServerMessage]]] = {
    Welcome.type: _welcome,
    Snapshot.type: _snapshot,
    Events.type: _events,
    Pong.type: _pong,
    Notice.type: _notice,
}
