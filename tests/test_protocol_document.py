"""Holds docs/PROTOCOL.md and the code together: tables against classes and constants, examples against the codec."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import msgpack
import pytest

from game_server.errors import ProtocolError
from game_server.games import GAMES
from game_server.protocol import limits, messages
from game_server.protocol.closes import CloseCode
from game_server.protocol.codec import decode_client, decode_server, encode
from game_server.protocol.messages import Snapshot, Welcome
from game_server.protocol.schema import OWN_STRUCT_CODES, Schema
from game_server.protocol.snapshots import SnapshotDecoder
from game_server.simulation.replication import schema_of
from game_server.simulation.world import World

DOCUMENT = (Path(__file__).parents[1] / "docs" / "PROTOCOL.md").read_text(encoding="utf-8")
CLIENT: dict[str, Any] = {kind.__name__.lower(): kind for kind in messages.ClientMessage.__args__}
SERVER: dict[str, Any] = {kind.__name__.lower(): kind for kind in messages.ServerMessage.__args__}


def section(heading: str) -> str:
    """What stands under ``heading``, up to the next heading of its own or a higher level."""
    level = heading.count("#")
    match = re.search(rf"^{re.escape(heading)}\n(.*?)(?=^#{{2,{level}}} |\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert match, f"no {heading}"
    return match[1]


def tables(text: str) -> list[list[list[str]]]:
    """The tables in ``text``: rows of cells, without the heads."""
    return [
        [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines()[2:]]
        for table in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    ]


def names(cell: str) -> list[str]:
    """The names in a cell such as ```tick, buttons, aim```."""
    return cell.strip("`").split(", ")


# The tables of messages


@pytest.mark.parametrize(
    ("heading", "classes"), [("## 3. Messages from the client", CLIENT), ("## 4. Messages from the server", SERVER)]
)
def test_the_messages_are_those_of_the_code_with_their_types_and_fields(heading: str, classes: dict[str, Any]) -> None:
    listed = {name.strip("`"): (int(number), names(fields)) for number, name, fields, _ in tables(section(heading))[0]}
    assert listed == {name: (kind.type, [f.name for f in attrs.fields(kind)]) for name, kind in classes.items()}


TYPES = {
    "str": "str",
    "int": "int",
    "float": "number",
    "bytes": "bin",
    "int | None": "int or nil",
    "list[Any]": "`[tables, own, events]`",
    "dict[str, Any]": "map",
    "MatchInfo": "`[" + ", ".join(messages.MatchInfo._fields) + "]`",
    "tuple[RosterEntry, ...]": "`[[" + ", ".join(messages.RosterEntry._fields) + "], ...]`",
    "tuple[tuple[int, bytes], ...]": "`[table, records, table, records, ...]`",
}


@pytest.mark.parametrize("name", ["hello", "input", "welcome", "snapshot"])
def test_the_table_of_a_messages_fields_has_the_names_and_types_of_the_class(name: str) -> None:
    kind = (CLIENT | SERVER)[name]
    (rows,) = tables(section(f"### {kind.type} {name}"))
    documented = [(row[0].strip("`"), row[1].split(", ")[0] if row[1][0] != "`" else row[1]) for row in rows]
    assert documented == [(field.name, TYPES[str(field.type)]) for field in attrs.fields(kind)]


@pytest.mark.parametrize("name", ["chat", "ping", "resync", "events", "pong", "notice"])
def test_the_text_on_a_message_without_a_table_names_every_field_and_its_type(name: str) -> None:
    kind = (CLIENT | SERVER)[name]
    text = section(f"### {kind.type} {name}")
    for field in attrs.fields(kind):
        assert f"`{field.name}`" in text
        for said in re.findall(rf"`{field.name}`: (str|int|number)\b", text):
            assert said == TYPES[str(field.type)]


# A range in the document, and a value of each field that is fine.
RANGE = re.compile(r"(\d+(?:\^\d+)?)(?: - (\d+))? to (\d+)(?:\^(\d+))?(?: - (\d+))?( characters)?")
FINE: dict[str, list[Any]] = {
    "hello": ["Ada", "", ""],
    "input": [1, 0, 0, 0],
    "ping": [0],
    "resync": [0],
    "welcome": [0, "Ada", ["", "", "", 1], 30, 0, 15, [[], [], []], {}, []],
    "snapshot": [1, 0, 0, 0, None, b"", []],
}


def documented_ranges() -> Iterator[tuple[str, int, int, int, bool]]:
    """Each ``low to high`` of a message's field: (message, index, low, high, whether of characters)."""
    for name in FINE:
        kind = (CLIENT | SERVER)[name]
        text = section(f"### {kind.type} {name}")
        for index, field in enumerate(attrs.fields(kind)):
            line = re.search(rf"^(?:\| )?`{field.name}`(.*)$", text, re.MULTILINE)
            found = RANGE.search(line[1].split(" | the ")[0]) if line else None
            if found:
                high = int(found[3]) ** int(found[4] or 1) - int(found[5] or 0)
                yield name, index, int(found[1]), high, bool(found[6])


RANGES = list(documented_ranges())


@pytest.mark.parametrize(("name", "index", "low", "high", "characters"), RANGES)
def test_a_documented_range_is_the_range_that_the_codec_allows(
    name: str, index: int, low: int, high: int, characters: bool
) -> None:
    def message(value: int) -> bytes:
        fields = list(FINE[name])
        fields[index] = "x" * value if characters else value
        packed: bytes = msgpack.packb([(CLIENT | SERVER)[name].type, *fields])
        return packed

    decode = decode_client if name in CLIENT else decode_server
    decode(message(low))
    decode(message(high))
    with pytest.raises(ProtocolError):
        decode(message(high + 1))
    if not characters:
        with pytest.raises(ProtocolError):
            decode(message(low - 1))


def test_the_document_has_a_range_for_every_number_of_a_client() -> None:
    ranged = {(name, index) for name, index, *_ in RANGES}
    assert ranged >= {("hello", 0), ("hello", 1), ("hello", 2), ("input", 0), ("input", 1), ("input", 2), ("input", 3)}
    assert ranged >= {("ping", 0), ("resync", 0), ("welcome", 0), ("welcome", 3), ("snapshot", 3)}


def test_the_protocols_events_have_the_codes_of_the_code() -> None:
    (rows,) = tables(section("### 18 events"))
    codes = {name.strip("`"): int(code) for code, name, *_ in rows}
    assert codes == {"joined": messages.JOINED_EVENT, "left": messages.LEFT_EVENT, "chat": messages.CHAT_EVENT}


# The tables of closes and limits


def test_the_close_codes_are_those_of_the_code() -> None:
    (rows,) = tables(section("## 8. Close codes"))
    listed = {int(code): name.replace(" ", "_").upper() for code, name, *_ in rows}
    # 1006 never goes over the wire: it is what a library says when there was no closing handshake.
    assert listed == {int(code): code.name for code in CloseCode if code != CloseCode.ABNORMAL}


def test_the_limits_are_those_of_the_code() -> None:
    def size(count: int) -> str:
        return f"{count // 2**20} MiB" if count % 2**20 == 0 else f"{count // 2**10} KiB"

    one, many = limits.message_budget(1), limits.message_budget(0)
    (rows,) = tables(section("## 9. Limits"))
    assert rows == [
        [
            "time for the HTTP request head",
            f"{limits.HEAD_TIMEOUT:g} s",
            "408 if it has begun, and the connection is closed",
        ],
        ["request head", size(limits.MAX_HEAD_BYTES), "431"],
        ["time to `hello`", f"{limits.HELLO_TIMEOUT:g} s", f"{CloseCode.HELLO_TIMEOUT:d}"],
        ["message from the client", size(limits.MAX_CLIENT_MESSAGE_BYTES), f"{CloseCode.MESSAGE_TOO_BIG:d}"],
        ["nesting", "none: no message of a client holds an array or a map", f"{CloseCode.BAD_MESSAGE:d}"],
        [
            "frames from the client, pings, pongs and fragments included",
            f"a bucket of {one[0] - many[0]} x tick rate + {many[0]}, "
            f"refilled at {one[1] - many[1]} x tick rate + {many[1]} a second",
            f"{CloseCode.FLOODING:d}",
        ],
        ["messages that the server has not used yet", size(limits.MAX_UNUSED_BYTES), f"{CloseCode.FLOODING:d}"],
        [
            "chat",
            f"a bucket of {limits.CHAT_BURST}, refilled at {'one' if limits.CHAT_PER_SECOND == 1 else '?'} a second",
            f"dropped, `notice` {messages.WRITES_TOO_FAST}",
        ],
        ["inputs ahead of the match", f"{limits.INPUT_WINDOW} ticks", "counted and ignored"],
        ["connections to one server", str(limits.MAX_CONNECTIONS), "503"],
        [
            "messages waiting for a slow client",
            f"{size(limits.MAX_QUEUED_BYTES)} beside the snapshot being sent",
            f"{CloseCode.TOO_SLOW:d}",
        ],
        ["message from the server", size(limits.MAX_SERVER_MESSAGE_BYTES), "-"],
    ]


def test_the_names_that_every_peer_must_agree_on_are_in_the_document() -> None:
    connection = section("## 1. Connection")
    assert f"`ws://HOST:PORT{limits.WEBSOCKET_PATH}` and offers the subprotocol `{limits.SUBPROTOCOL}`" in connection
    assert f"cuts to {limits.MAX_NICKNAME} characters" in section("### 1 hello")
    assert f"1 to {limits.MAX_CHAT} characters" in section("### 3 chat")
    assert set(re.findall(r"`([fui]\d)`", section("## 5. The schema"))) == set(OWN_STRUCT_CODES)


# The games


@pytest.mark.parametrize("name", GAMES)
def test_the_tables_own_row_and_events_of_a_game_are_those_of_its_schema(name: str) -> None:
    schema = schema_of(GAMES[name](World(seed=1, max_players=4, tick_rate=30)))
    text = section(f"### {name}")
    (rows,) = tables(text)
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


# The worked examples


@attrs.frozen
class Example:
    """A message of section 11, as an array and as bytes."""

    side: str
    array: list[Any]
    data: bytes


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", section("## 11. Worked examples"), re.MULTILINE | re.DOTALL)


def parsed(line: str) -> Any:
    """JSON with ``h'0a0b'`` for bytes."""
    marked = json.loads(re.sub(r"h'([0-9a-f]*)'", r'{"bytes": "\1"}', line))

    def restore(value: Any) -> Any:
        if isinstance(value, list):
            return [restore(item) for item in value]
        return bytes.fromhex(value["bytes"]) if isinstance(value, dict) and "bytes" in value else value

    return restore(marked)


EXAMPLES = [
    Example(side, parsed(line), bytes.fromhex(data))
    for side in ("client", "server")
    for line, data in (block.split("\n", 1) for block in blocks(side))
]


def test_there_is_an_example_of_every_message() -> None:
    assert {example.array[0] for example in EXAMPLES} == {kind.type for kind in (CLIENT | SERVER).values()}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.side} {example.array[0]}")
def test_the_bytes_of_an_example_are_its_array_and_its_message_in_both_directions(example: Example) -> None:
    assert msgpack.unpackb(example.data) == example.array
    message = decode_client(example.data) if example.side == "client" else decode_server(example.data)
    assert encode(message) == example.data
    assert message.type == example.array[0]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.side} {example.array[0]}")
def test_the_spaces_in_the_bytes_of_an_example_part_msgpack_values(example: Example) -> None:
    def values(value: Any) -> Iterator[bytes]:
        packer = msgpack.Packer()
        if isinstance(value, list):
            yield packer.pack_array_header(len(value))
            for item in value:
                yield from values(item)
        elif isinstance(value, dict):
            yield packer.pack_map_header(len(value))
            for pair in value.items():
                yield from values(pair[0])
                yield from values(pair[1])
        else:
            yield packer.pack(value)

    written = [block.split("\n", 1)[1].split() for block in blocks(example.side)]
    assert [part.hex() for part in values(example.array)] in written


def snapshot_examples() -> list[tuple[Snapshot, str]]:
    """The snapshots with the text that follows each, in their order."""
    found = []
    for part in section("## 11. Worked examples").split("\n### ")[3:]:
        (block,) = re.findall(r"^```server\n.*?\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)
        message = decode_server(bytes.fromhex(block))
        assert isinstance(message, Snapshot)
        found.append((message, part))
    return found


def welcome_example() -> Welcome:
    (message,) = [decode_server(example.data) for example in EXAMPLES if example.array[0] == Welcome.type]
    assert isinstance(message, Welcome)
    return message


def test_the_snapshots_leave_a_client_with_what_the_document_says() -> None:
    welcome = welcome_example()
    decoder = SnapshotDecoder(Schema.from_wire(welcome.schema), welcome.player)
    shown = snapshot_examples()
    assert len(shown) == 3
    for message, text in shown:
        view = decoder.apply(message)
        (expected,) = re.findall(r"^```view\n(.*)\n```$", text, re.MULTILINE)
        assert json.loads(json.dumps({"own": view.own, **view.tables})) == json.loads(expected)


def test_the_bytes_explained_one_by_one_are_the_bytes_of_the_snapshots() -> None:
    for message, text in snapshot_examples():
        (rows,) = tables(text)
        assert bytes.fromhex("".join(row[0].strip("`") for row in rows)) == encode(message)


def test_the_hash_of_a_snapshot_is_over_the_bytes_that_the_document_says() -> None:
    for message, text in snapshot_examples():
        (hashed,) = re.findall(r"^```hashed\n(.*)\n```$", text, re.MULTILINE)
        assert zlib.crc32(bytes.fromhex(hashed)) == message.hash


def test_the_examples_show_a_whole_row_some_fields_and_a_removal() -> None:
    masks = {row[0] for _, text in snapshot_examples() for row in tables(text)[0] if row[1].startswith("mask")}
    assert masks == {"`07`", "`03`", "`01`", "`04`", "`00`"}
