"""Holds docs/PROTOCOL.md and the code together: its tables against classes, constants and what the codec allows."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, get_type_hints

import attrs
import msgpack
import pytest

from game_server.errors import ProtocolError
from game_server.games import GAMES
from game_server.lobby.lobby_options import BOTS_PER_ADDRESS, BOTS_PER_MATCH, MATCHES_PER_ADDRESS, MAX_BOTS
from game_server.lobby.match.hosted_match import OVER
from game_server.lobby.match.match_options import SEAT_HOLD
from game_server.lobby.opening_limits import MATCHES_IN_A_ROW, MATCHES_WAIT
from game_server.lobby.person import LOBBY_INTERVAL, REQUESTS_BURST, REQUESTS_PER_SECOND
from game_server.lobby.text.chat import (
    CHAT_BURST,
    CHAT_HISTORY,
    CHAT_HISTORY_BYTES,
    CHAT_PER_SECOND,
    CHAT_ROOM_BYTES,
    WHISPERS_BURST,
    WHISPERS_PER_SECOND,
)
from game_server.protocol import (
    OWN_STRUCT_CODES,
    CloseCode,
    codes,
    decode_client,
    decode_server,
    limits,
    server_messages,
)
from game_server.simulation import World
from game_server.simulation.replication.table_replicas import schema_of
from game_server.throttling.attempts import PASSWORD_TRIES, PASSWORD_WAIT
from game_server.transport.http.request import MAX_HEAD_BYTES, MAX_HEAD_LINES
from game_server.transport.options import BYTES_A_FRAME, HEAD_TIMEOUT, HELLO_TIMEOUT, MAX_CONNECTIONS, message_budget
from game_server.transport.router import PROBES
from game_server.transport.websocket.mailbox import MAX_QUEUED_BYTES, MAX_QUEUED_CHAT_BYTES, MAX_UNUSED_BYTES
from tests.protocol.samples import CLIENT_SAMPLES, SERVER_SAMPLES
from tests.protocol_document import CLIENT, SERVER, names, section, section_of, tables

# The tables of messages


@pytest.mark.parametrize(
    ("heading", "classes"), [("## 3. Messages from the client", CLIENT), ("## 4. Messages from the server", SERVER)]
)
def test_the_messages_are_those_of_the_code_with_their_types_and_fields(heading: str, classes: dict[str, Any]) -> None:
    listed = {name.strip("`"): (int(number), names(fields)) for number, name, fields, _ in tables(section(heading))[0]}
    assert listed == {name: (kind.type, [f.name for f in attrs.fields(kind)]) for name, kind in classes.items()}


def _rows(kind: Any) -> str:
    return "`[[" + ", ".join(kind._fields) + "], ...]`"


TYPES = {
    str: "str",
    int: "int",
    float: "number",
    bytes: "bin",
    int | None: "int or nil",
    list[Any]: "`[tables, own, events]`",
    dict[str, Any]: "map",
    Mapping[str, int | str]: "map",
    server_messages.MatchInfo: "`[" + ", ".join(server_messages.MatchInfo._fields) + "]`",
    server_messages.MatchSettings: "`[" + ", ".join(server_messages.MatchSettings._fields) + "]`",
    tuple[server_messages.RosterEntry, ...]: _rows(server_messages.RosterEntry),
    tuple[server_messages.GameOffer, ...]: _rows(server_messages.GameOffer),
    tuple[server_messages.MatchRow, ...]: _rows(server_messages.MatchRow),
    tuple[server_messages.Line, ...]: _rows(server_messages.Line),
    tuple[str, ...]: "`[id, ...]`",
    tuple[tuple[int, bytes], ...]: "`[table, records, table, records, ...]`",
}


def _types(message: str) -> dict[str, Any]:
    """What Python holds in each field of ``message``."""
    kind = (CLIENT | SERVER)[message]
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in attrs.fields(kind)}


WITH_A_TABLE = ["hello", "input", "chat", "join", "create", "moderate", "admin", "welcome", "snapshot", "home", "lobby"]


@pytest.mark.parametrize("name", WITH_A_TABLE)
def test_the_table_of_a_messages_fields_has_the_names_and_types_of_the_class(name: str) -> None:
    rows = tables(section_of(name))[0]
    documented = [(row[0].strip("`"), row[1].split(", ")[0] if row[1][0] != "`" else row[1]) for row in rows]
    assert documented == [(field, TYPES[held]) for field, held in _types(name).items()]


@pytest.mark.parametrize("name", [name for name in CLIENT | SERVER if name not in WITH_A_TABLE])
def test_the_text_on_a_message_without_a_table_names_every_field_and_its_type(name: str) -> None:
    text = section_of(name)
    for field, held in _types(name).items():
        assert f"`{field}`" in text
        for said in re.findall(rf"`{field}`: (str|int|number|`\[[^`]*`)", text):
            assert said == TYPES[held]


# A range in the document.
RANGE = re.compile(r"(\d+(?:\^\d+)?)(?: - (\d+))? to (\d+)(?:\^(\d+))?(?: - (\d+))?( characters)?")
SAMPLES = CLIENT_SAMPLES | SERVER_SAMPLES


def documented_ranges() -> Iterator[tuple[str, int, int, int, bool]]:
    """Each ``low to high`` of a message's field: (message, index, low, high, whether of characters)."""
    for name, kind in (CLIENT | SERVER).items():
        for index, field in enumerate(attrs.fields(kind), 1):
            # In a table it stands before the meaning; in a line, before the next field.
            row = re.search(rf"^\| `{field.name}` \|(.*) \|.*\|$", section_of(name), re.MULTILINE)
            line = re.search(rf"(?:^|; )`{field.name}`:(.*?)(?:; `|$)", section_of(name), re.MULTILINE)
            told = row or line
            found = RANGE.search(told[1]) if told else None
            if found:
                high = int(found[3]) ** int(found[4] or 1) - int(found[5] or 0)
                yield name, index, int(found[1]), high, bool(found[6])


RANGES = list(documented_ranges())


@pytest.mark.parametrize(("name", "index", "low", "high", "characters"), RANGES)
def test_a_documented_range_is_the_range_that_the_codec_allows(
    name: str, index: int, low: int, high: int, characters: bool
) -> None:
    def message(value: int) -> bytes:
        fields = list(SAMPLES[name])
        fields[index] = "x" * value if characters else value
        packed: bytes = msgpack.packb(fields)
        return packed

    decode = decode_client if name in CLIENT else decode_server
    decode(message(low))
    decode(message(high))
    with pytest.raises(ProtocolError):
        decode(message(high + 1))
    if not characters:
        with pytest.raises(ProtocolError):
            decode(message(low - 1))


def test_the_document_has_a_range_for_every_field_of_a_client() -> None:
    ranged = {(name, index) for name, index, *_ in RANGES}
    every = {(name, index) for name, sample in CLIENT_SAMPLES.items() for index in range(1, len(sample))}
    assert every - ranged == {("chat", 1), ("create", 9), ("watch", 1), ("watch", 2), ("act", 2)}
    assert "| `text` | str | as much as a message holds |" in section_of("chat")
    assert f"| `options` | map | up to {limits.MAX_OPTIONS} entries |" in section_of("create")
    assert f"a str of 0 to {limits.MAX_OPTION} characters" in section_of("create")
    assert f"has up to {limits.MAX_TITLE} characters" in section_of("home")
    assert "`match`, `password`: str, as for `join`" in section_of("watch")
    assert ranged >= {("welcome", 1), ("welcome", 4), ("welcome", 11), ("snapshot", 4), ("lobby", 1), ("refused", 4)}


def test_the_ranges_that_messages_of_the_server_share_are_those_of_the_code() -> None:
    assert (
        "a code, a kind and flags are from 0 to 255, a count is from 0 to 65535, "
        f"a text has at most {limits.MAX_SERVER_TEXT} characters and a nickname {limits.MAX_NICKNAME}; "
        f"an `id`, `game`, `mode` or `phase` has at most {limits.MAX_MATCH_ID}, "
        f"the `name` of a match {limits.MAX_SHOWN_MATCH_NAME}."
    ) in section("## 4. Messages from the server")
    assert limits.MAX_MATCH_ID == limits.MAX_GAME == limits.MAX_MODE == limits.MAX_PHASE


# The tables of codes


@pytest.mark.parametrize(
    ("message", "codes"),
    [
        ("events", codes.EventCode),
        ("notice", codes.NoticeCode),
        ("home", codes.HomeCode),
        ("refused", codes.RefusalCode),
        ("said", codes.LineKind),
        ("moderate", codes.ModerateDeed),
        ("admin", codes.AdminDeed),
    ],
)
def test_a_table_of_codes_has_the_codes_and_names_of_the_code(message: str, codes: type[enum.IntEnum]) -> None:
    rows = tables(section_of(message))[-1]
    assert [(int(code), name.strip("`").upper()) for code, name, *_ in rows] == [(c.value, c.name) for c in codes]


@pytest.mark.parametrize(
    ("message", "line", "codes"),
    [
        ("events", r"`reason` is (.*) \|", codes.LeaveReason),
        ("vote", r"0 to 2: (.*?)\.", codes.VoteChoice),
        ("create", r"`spectating` \| int \| 0 to 2 \| (.*) \|", codes.Spectating),
    ],
)
def test_codes_that_stand_in_a_line_are_those_of_the_code(message: str, line: str, codes: type[enum.IntEnum]) -> None:
    found = re.search(line, section_of(message))
    assert found
    told = re.findall(r"(\d) (\w+)", found[1])
    assert [(int(code), name.upper()) for code, name in told] == [(c.value, c.name) for c in codes]


def test_bits_are_those_of_the_code() -> None:
    assert (
        f"bits: {codes.PRIVATE} private, {codes.LOCKED} locked, {codes.WITH_PASSWORD} with a password"
    ) in section_of("lobby")
    assert f"bits: {codes.MAPS} the map, {codes.MODES} the mode" in section_of("create")


def test_the_games_events_begin_where_the_protocols_can_no_longer() -> None:
    assert "Codes 0 to 15 belong to the protocol" in section_of("events")
    assert max(codes.EventCode) <= 15


# The tables of closes and limits


def test_the_close_codes_are_those_of_the_code() -> None:
    (rows,) = tables(section("## 8. Close codes"))
    listed = {int(code): name.replace(" ", "_").upper() for code, name, *_ in rows}
    # 1006 never goes over the wire: it is what a library says when there was no closing handshake.
    assert listed == {int(code): code.name for code in CloseCode if code != CloseCode.ABNORMAL}


def test_the_limits_are_those_of_the_code() -> None:
    def size(count: int) -> str:
        return f"{count // 2**20} MiB" if count % 2**20 == 0 else f"{count // 2**10} KiB"

    one, many = message_budget(1), message_budget(0)
    (rows,) = tables(section("## 9. Limits"))
    assert rows == [
        [
            "time for the HTTP request head",
            f"{HEAD_TIMEOUT:g} s",
            "408 if it has begun, and the connection is closed",
        ],
        ["request head", f"{size(MAX_HEAD_BYTES)}, {MAX_HEAD_LINES} lines", "431"],
        ["time to `hello`", f"{HELLO_TIMEOUT:g} s", f"{CloseCode.HELLO_TIMEOUT:d}"],
        ["message from the client", size(limits.MAX_CLIENT_MESSAGE_BYTES), f"{CloseCode.MESSAGE_TOO_BIG:d}"],
        ["nesting", "none: no message of a client holds an array or a map", f"{CloseCode.BAD_MESSAGE:d}"],
        [
            "frames from the client, pings, pongs and fragments included; "
            f"a long frame counts as one for each {size(BYTES_A_FRAME)}",
            f"a bucket of {one[0] - many[0]} x tick rate + {many[0]}, "
            f"refilled at {one[1] - many[1]} x tick rate + {many[1]} a second",
            f"{CloseCode.FLOODING:d}",
        ],
        ["messages that the server has not used yet", size(MAX_UNUSED_BYTES), f"{CloseCode.FLOODING:d}"],
        [
            "chat",
            f"a bucket of {CHAT_BURST}, refilled at {'one' if CHAT_PER_SECOND == 1 else '?'} a second",
            f"dropped, `notice` {codes.NoticeCode.WRITES_TOO_FAST:d}",
        ],
        ["a line of chat", f"{limits.MAX_CHAT} characters, {limits.MAX_CHAT_BYTES} bytes", "cut"],
        [
            "chat in one place",
            f"{size(CHAT_ROOM_BYTES)} in half a second",
            f"dropped, `notice` {codes.NoticeCode.TOO_MUCH_IS_SAID:d}",
        ],
        [
            "whispers to one person",
            f"a bucket of {WHISPERS_BURST}, refilled at {WHISPERS_PER_SECOND:g} a second",
            f"dropped, `notice` {codes.NoticeCode.TOO_MUCH_IS_SAID:d}",
        ],
        [
            "chat waiting for a slow client",
            f"{size(MAX_QUEUED_CHAT_BYTES)}, beside all else",
            f"left out; a line of kind {codes.LineKind.SERVER:d} says how many",
        ],
        [
            "lines of chat kept",
            f"{CHAT_HISTORY} a match, {CHAT_HISTORY} in the lobby, {size(CHAT_HISTORY_BYTES)} of each",
            "the oldest are forgotten",
        ],
        [
            "wrong passwords",
            f"{PASSWORD_TRIES} for a match and an address",
            f"`refused` {codes.RefusalCode.WAIT:d} for {PASSWORD_WAIT:g} s",
        ],
        [
            "wrong admin tokens",
            f"{PASSWORD_TRIES} for an address",
            f"`refused` {codes.RefusalCode.WAIT:d} for each further wrong one, for {PASSWORD_WAIT:g} s",
        ],
        [
            "new matches, by `create` or quick play",
            f"{MATCHES_IN_A_ROW} in a row from an address, each less than {MATCHES_WAIT:g} s after the previous one",
            f"`refused` {codes.RefusalCode.WAIT:d} for {MATCHES_WAIT:g} s",
        ],
        [
            "matches opened from one address",
            f"an option of the host; {MATCHES_PER_ADDRESS}",
            f"`refused` {codes.RefusalCode.TOO_MANY_MATCHES:d}",
        ],
        [
            "bots in a match that somebody opened, in those of one address, in all of them",
            f"options of the host; {BOTS_PER_MATCH}, {BOTS_PER_ADDRESS}, {MAX_BOTS}",
            f"`refused` {codes.RefusalCode.BAD_OPTION:d}, or {codes.RefusalCode.MATCH_FULL:d} to one more",
        ],
        [
            "`join`, `create`, `watch`, `resume`, `moderate`, `vote`, `follow`",
            f"a bucket of {REQUESTS_BURST}, refilled at {REQUESTS_PER_SECOND:g} a second",
            f"`refused` {codes.RefusalCode.WAIT:d}",
        ],
        [
            "chat, new matches, wrong codes and passwords of one address",
            "options of the host ([OPERATING.md](OPERATING.md))",
            f"`notice` {codes.NoticeCode.WRITES_TOO_FAST:d}, `refused` {codes.RefusalCode.WAIT:d}",
        ],
        [
            "updates of the list of matches, of a place in a queue",
            f"{1 / LOBBY_INTERVAL:g} a second",
            "put together",
        ],
        [
            "matches, spectators of a match",
            "options of the host",
            f"`refused` {codes.RefusalCode.TOO_MANY_MATCHES:d}, {codes.RefusalCode.MATCH_FULL:d}",
        ],
        ["inputs ahead of the match", f"{limits.INPUT_WINDOW} ticks", "counted and ignored"],
        ["connections to one server", str(MAX_CONNECTIONS), f"503, but for `GET {PROBES[0]}` and `{PROBES[1]}`"],
        [
            "connections, new connections, handshakes, HTTP requests, frames and bytes of one address",
            "options of the host ([OPERATING.md](OPERATING.md))",
            f"{HTTPStatus.TOO_MANY_REQUESTS:d} with `Retry-After`, or closed; {CloseCode.FLOODING:d}",
        ],
        [
            "messages waiting for a slow client",
            f"{size(MAX_QUEUED_BYTES)} beside the snapshot being sent and chat, which never counts",
            f"{CloseCode.TOO_SLOW:d}",
        ],
        ["message from the server", size(limits.MAX_SERVER_MESSAGE_BYTES), "-"],
    ]


def test_the_names_that_every_peer_must_agree_on_are_in_the_document() -> None:
    connection = section("## 1. Connection")
    assert f"`ws://HOST:PORT{limits.WEBSOCKET_PATH}` and offers the subprotocol `{limits.SUBPROTOCOL}`" in connection
    assert f"cuts to {limits.MAX_NICKNAME} characters" in section_of("hello")
    assert f"1 to {limits.MAX_CHAT} characters" in section_of("chat")
    assert f"cleaned and cut to {limits.MAX_MATCH_NAME};" in section_of("create")
    assert f"a new name, cleaned and cut to {limits.MAX_MATCH_NAME} |" in section_of("moderate")
    assert f"and `{OVER}`, in any game, for a match that has ended" in section_of("lobby")
    assert f"A seat is kept for {SEAT_HOLD:g} s (an option of the host)" in section_of("resume")
    assert f"Answered by `welcome` with `player` {codes.NO_PLAYER}" in section_of("watch")
    assert set(re.findall(r"`([fui]\d)`", section("## 5. The schema"))) == set(OWN_STRUCT_CODES)


# The games


@pytest.mark.parametrize("name", ["arena"])
def test_the_tables_own_row_and_events_of_a_game_are_those_of_its_schema(name: str) -> None:
    schema = schema_of(GAMES[name](World(seed=1, max_players=4, tick_rate=30)))
    text = section(f"### {name}")
    rows = tables(text)[0]
    assert [(int(number), table.strip("`")) for number, table, *_ in rows] == [
        (t.number, t.name) for t in schema.tables
    ]
    for row, table in zip(rows, schema.tables, strict=True):
        told = [field for group in re.findall(r"`([a-z_, ]+)`", row[3]) for field in names(group)]
        assert told == [field.name for field in table.fields]
    (own,) = re.findall(r"^`own`: (.*)$", text, re.MULTILINE)
    told_own = [
        (field, code)
        for group, code in re.findall(r"((?:`[a-z_, ]+`(?:, )?)+) \((\w\d)[;)]", own)
        for part in re.findall(r"`([a-z_, ]+)`", group)
        for field in names(part)
    ]
    assert told_own == list(schema.own)
    (events,) = re.findall(r"^Events: (.*)$", text, re.MULTILINE)
    told_events = [
        (int(code), event, tuple(names(f))) for code, event, f in re.findall(r"(\d+) `(\w+)\((.*?)\)`", events)
    ]
    assert told_events == [(event.code, event.name, event.fields) for event in schema.events]
