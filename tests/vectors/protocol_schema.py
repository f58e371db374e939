"""The protocol for programs: every message with its fields, types and ranges, every code, and what is answered where.

The ranges are those that the decoders check: each decoder reads values here that note down what is asked of them.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar
from unittest.mock import patch

import attrs

from game_server.games import GAMES
from game_server.lobby.client_session import GIVES_UP_THE_SEAT
from game_server.protocol import client_codec, client_messages, codes, limits, server_codec, server_messages
from game_server.protocol.closes import MAX_REASON_BYTES, CloseCode
from game_server.protocol.schema import OWN_STRUCT_CODES
from game_server.simulation.replication.table_replicas import schema_of
from game_server.simulation.world.world import World
from tests.protocol_document import section

T = TypeVar("T")

FILE: Final = Path(__file__).parents[2] / "docs" / "protocol" / "protocol.json"

CODES: Final[dict[str, type[enum.IntEnum]]] = {
    "events": codes.EventCode,
    "left.reason": codes.Leaving,
    "notice": codes.NoticeCode,
    "home": codes.HomeCode,
    "refused": codes.RefusalCode,
    "said": codes.LineKind,
    "moderate": codes.ModerateDeed,
    "admin": codes.AdminDeed,
    "vote": codes.Choice,
    "spectating": codes.Spectating,
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
_OWN_KINDS: Final = {"f": "float", "u": "unsigned", "i": "signed"}


class _Value:
    """A field that notes down what its decoder asks of it."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.asked: dict[str, Any] = {}
        self.parts: list[_Value] = []

    def told(self) -> dict[str, Any]:
        """The field, as it stands in the file."""
        told = {"name": self.name, **self.asked}
        if self.asked["type"] == "row":
            return told | {"fields": [part.told() for part in self.parts]}
        parts = [part.told() for part in self.parts if part.asked]
        if parts[:1] == parts[1:]:
            return told | ({"of": _unnamed(parts[0])} if parts else {})
        return told | {"of_by_turns": parts}


def _unnamed(told: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key != "name"}


def _text(value: _Value, name: str, most: int) -> str:
    return _note(value, name, "", type="str", max_characters=most)


def _integer(value: _Value, name: str, low: int, high: int) -> int:
    return _note(value, name, 0, type="int", min=low, max=high)


def _number(value: _Value, name: str, low: float, high: float) -> float:
    return _note(value, name, 0.0, type="number", min=low, max=high)


def _binary(value: _Value, name: str) -> bytes:
    return _note(value, name, b"", type="bin")


def _array(value: _Value, name: str) -> list[Any]:
    # Two elements, since those of a snapshot's tables take turns; an event's are of whatever the schema says.
    value.parts = [] if name == "events.events" else [_Value(), _Value()]
    return _note(value, name, value.parts, type="array")


def _row(value: _Value, name: str, count: int) -> list[Any]:
    value.parts = [_Value() for _ in range(count)]
    return _note(value, name, value.parts, type="row")


def _note(value: _Value, name: str, answer: T, **asked: Any) -> T:
    value.name = value.name or name.replace(".", " ").split()[-1]
    value.asked = asked
    return answer


def _message(kind: Any, decode: Callable[[list[Any]], Any], sender: str) -> dict[str, Any]:
    checks = {"text": _text, "integer": _integer, "number": _number, "binary": _binary, "array": _array, "row": _row}
    maps = {field.name for field in attrs.fields(kind) if str(field.type).startswith("dict")}
    values = [_Value(field.name) for field in attrs.fields(kind)]
    module = client_codec if sender == "client" else server_codec
    used: dict[str, Any] = {name: check for name, check in checks.items() if hasattr(module, name)}
    with patch.multiple(module, **used):
        decode([kind.type, *({} if value.name in maps else value for value in values)])
    for value, field in zip(values, attrs.fields(kind), strict=True):
        if value.name in maps:
            value.asked = {"type": "map"}
        if "None" in str(field.type):
            value.asked["or_nil"] = True
        if (kind.__name__.lower(), value.name) in CODED:
            value.asked["codes"] = CODED[kind.__name__.lower(), value.name]
    fields = [value.told() for value in values]
    return {"type": kind.type, "name": kind.__name__.lower(), "from": sender, "fields": fields}


def protocol() -> dict[str, Any]:
    """All that is in the file."""
    sides: list[tuple[str, Any, Any]] = [
        ("client", client_messages.ClientMessage, client_codec.CLIENT_DECODERS),
        ("server", server_messages.ServerMessage, server_codec.SERVER_DECODERS),
    ]
    return {
        "version": limits.PROTOCOL_VERSION,
        "subprotocol": limits.SUBPROTOCOL,
        "path": limits.WEBSOCKET_PATH,
        "messages": sorted(
            (
                _message(kind, decoders[kind.type], sender)
                for sender, union, decoders in sides
                for kind in union.__args__
            ),
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
        "limits": {name.lower(): value for name, value in vars(limits).items() if isinstance(value, int | float)},
        "games": {
            name: {
                "modes": list(game.modes),
                "schema": schema_of(game(World(seed=1, max_players=4, tick_rate=30))).to_wire(),
            }
            for name, game in GAMES.items()
        },
    }


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
