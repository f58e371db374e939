"""The protocol for programs: every message with its fields, types and ranges, every code, and what is answered where.

Fields, types and ranges are those that the message classes declare, from which the decoders are made as well.
"""

from __future__ import annotations

import enum
import json
from pathlib import Path
from types import ModuleType
from typing import Any, Final, get_args

from game_server.games import GAMES
from game_server.lobby import hosting, lobby_options, opening_limits, person
from game_server.lobby.client_session import GIVES_UP_THE_SEAT
from game_server.lobby.match import hosted_match, match_options
from game_server.lobby.text import chat
from game_server.protocol import (
    MAX_REASON_BYTES,
    OWN_STRUCT_CODES,
    CloseCode,
    client_messages,
    codes,
    limits,
    server_messages,
)
from game_server.protocol.fields import (
    ArrayOf,
    EventRow,
    Integer,
    IntegerOrText,
    Kind,
    MapOf,
    Nullable,
    Number,
    Plain,
    Row,
    TableRecords,
    Text,
    kinds_of,
)
from game_server.simulation import World
from game_server.simulation.replication.table_replicas import schema_of
from game_server.throttling import attempts
from game_server.transport import options as transport_options
from game_server.transport.http import request
from game_server.transport.websocket import mailbox
from tests.protocol_document import section

FILE: Final = Path(__file__).parents[2] / "docs" / "protocol" / "protocol.json"

CODES: Final[dict[str, type[enum.IntEnum]]] = {
    "events": codes.EventCode,
    "left.reason": codes.LeaveReason,
    "notice": codes.NoticeCode,
    "home": codes.HomeCode,
    "refused": codes.RefusalCode,
    "said": codes.LineKind,
    "moderate": codes.ModerateDeed,
    "admin": codes.AdminDeed,
    "vote": codes.VoteChoice,
    "spectating": codes.Spectating,
    "option": codes.OptionKind,
    "camera": codes.CameraKind,
}
CODED: Final = {
    ("create", "spectating"): "spectating", ("create", "rotation"): "rotation", ("moderate", "deed"): "moderate",
    ("vote", "choice"): "vote", ("admin", "deed"): "admin", ("snapshot", "kind"): "snapshot",
    ("notice", "code"): "notice", ("home", "code"): "home", ("refused", "code"): "refused",
}  # fmt: skip
"""Fields whose numbers stand for something, and under which name in the file."""
BITS: Final = {
    "flags": {"private": codes.PRIVATE, "locked": codes.LOCKED, "with_password": codes.WITH_PASSWORD},
    "rotation": {"map": codes.MAPS, "mode": codes.MODES},
}
KINDS: Final = {
    "player": {"person": codes.PERSON, "bot": codes.BOT},
    "snapshot": {"delta": codes.DELTA, "keyframe": codes.KEYFRAME},
}
POLICY: Final[dict[ModuleType, list[str]]] = {
    attempts: ["PASSWORD_TRIES", "PASSWORD_WAIT"],
    hosting: ["BOTS_REST_AFTER"],
    opening_limits: ["MATCHES_IN_A_ROW", "MATCHES_WAIT"],
    lobby_options: ["BOTS_PER_ADDRESS", "BOTS_PER_MATCH", "MATCHES_PER_ADDRESS", "MAX_BOTS"],
    hosted_match: ["BOTS_REST_WHEN_LATE"],
    match_options: ["IDLE_TO_WATCHING", "SEAT_HOLD"],
    person: ["LOBBY_INTERVAL", "REQUESTS_BURST", "REQUESTS_PER_SECOND"],
    chat: [
        "CHAT_BURST",
        "CHAT_HISTORY",
        "CHAT_HISTORY_BYTES",
        "CHAT_INTERVAL",
        "CHAT_PER_SECOND",
        "CHAT_ROOM_BYTES",
        "WHISPERS_BURST",
        "WHISPERS_PER_SECOND",
    ],
    request: ["MAX_HEAD_BYTES"],
    transport_options: ["HEAD_TIMEOUT", "HELLO_TIMEOUT", "MAX_CONNECTIONS", "SLOW_TIMEOUT"],
    mailbox: ["MAX_QUEUED_BYTES", "MAX_QUEUED_CHAT_BYTES", "MAX_UNUSED_BYTES"],
}
"""Limits that the server chooses, where they are enforced."""
_OWN_KINDS: Final = {"f": "float", "u": "unsigned", "i": "signed"}


def _held(kind: Kind) -> dict[str, Any]:
    """What a field of ``kind`` holds."""
    match kind:
        case Integer(low, high):
            return {"type": "int", "min": low, "max": high}
        case Number(low, high):
            return {"type": "number", "min": low, "max": high}
        case Text(most):
            return {"type": "str", "max_characters": most}
        case Plain(plain):
            names: dict[type, str] = {bytes: "bin", dict: "map", list: "array"}
            return {"type": names[plain]}
        case Nullable(inner):
            return {**_held(inner), "or_nil": True}
        case IntegerOrText(integer, most):
            return {**_held(integer), "or": _held(most)}
        case MapOf(most, named, value):
            return {"type": "map", "max_entries": most, "from": _held(named), "to": _held(value)}
        case Row(made):
            return {"type": "row", "fields": _fields(made)}
        case ArrayOf(EventRow()):  # whose elements are for the schema of the game to say
            return {"type": "array"}
        case ArrayOf(element):
            return {"type": "array", "of": _held(element)}
        case TableRecords(table, records):
            turns = [{"name": "table", **_held(table)}, {"name": "records", **_held(records)}]
            return {"type": "array", "of_by_turns": turns}
    raise AssertionError(kind)


def _fields(declaring: type) -> list[dict[str, Any]]:
    return [{"name": name, **_held(kind)} for name, kind in kinds_of(declaring).items()]


def _message(message: Any, sender: str) -> dict[str, Any]:
    name = message.__name__.lower()
    fields = _fields(message)
    for field in fields:
        if (name, field["name"]) in CODED:
            field["codes"] = CODED[name, field["name"]]
    return {"type": message.type, "name": name, "from": sender, "fields": fields}


def protocol() -> dict[str, Any]:
    """All that is in the file."""
    sides: dict[str, Any] = {"client": client_messages.ClientMessage, "server": server_messages.ServerMessage}
    return {
        "version": limits.PROTOCOL_VERSION,
        "subprotocol": limits.SUBPROTOCOL,
        "path": limits.WEBSOCKET_PATH,
        "messages": sorted(
            (_message(message, sender) for sender, union in sides.items() for message in get_args(union)),
            key=lambda message: message["type"],
        ),
        "answers": _answers(),
        "codes": {name: _codes(kind) for name, kind in CODES.items()},
        "bits": BITS,
        "kinds": KINDS,
        "nobody": codes.NO_PLAYER,
        "close_codes": [
            {
                "code": int(code),
                "name": code.name.lower(),
                "gives_up_the_seat": code in GIVES_UP_THE_SEAT or code == CloseCode.REMOVED,
            }
            for code in CloseCode
            if code != CloseCode.ABNORMAL
        ],
        "max_reason_bytes": MAX_REASON_BYTES,
        "own_codes": {code: {"kind": _OWN_KINDS[code[0]], "bytes": int(code[1:])} for code in OWN_STRUCT_CODES},
        "limits": _limits(),
        "games": {
            name: {
                "modes": [mode.name for mode in game.modes],
                "schema": schema_of(game(World(seed=1, max_players=4, tick_rate=30))).to_wire(),
            }
            for name, game in GAMES.items()
        },
    }


def _limits() -> dict[str, float]:
    wire = {name: value for name, value in vars(limits).items() if isinstance(value, int | float)}
    policy = {name: getattr(module, name) for module, names in POLICY.items() for name in names}
    return {name.lower(): value for name, value in sorted({**wire, **policy}.items())}


def _answers() -> dict[str, dict[str, str]]:
    """What a message gets in each state: the document's table, which `test_protocol_states.py` holds to the server."""
    text = section("### What is answered where")
    head, _, *rows = (line for line in text.splitlines() if line.startswith("|"))
    states = [_plain(cell) for cell in head.strip("|").split("|")[1:]]
    answers = {}
    for row in rows:
        message, *outcomes = (_plain(cell) for cell in row.strip("|").split("|"))
        answers[message] = dict(zip(states, outcomes, strict=True))
    return answers


def _plain(cell: str) -> str:
    return cell.replace("`", "").strip()


def _codes(kind: type[enum.IntEnum]) -> dict[str, int]:
    return {code.name.lower(): int(code) for code in kind}


def document() -> str:
    """The whole file."""
    return json.dumps(protocol(), indent=1, allow_nan=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(document())
