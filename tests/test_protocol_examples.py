"""Holds the worked examples of docs/PROTOCOL.md against the codec and the decoder of snapshots."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from typing import Any

import attrs
import msgpack
import pytest

from game_server.protocol import Schema, Snapshot, SnapshotDecoder, Welcome, decode_client, decode_server, encode
from tests.protocol_document import CLIENT, SERVER, section, tables


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
        (hashed,) = re.findall(r"^```hashed\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
        assert sum(zlib.crc32(bytes.fromhex(line)) for line in hashed.splitlines()) % 2**32 == message.hash


def test_the_examples_show_a_whole_row_some_fields_and_a_removal() -> None:
    masks = {row[0] for _, text in snapshot_examples() for row in tables(text)[0] if row[1].startswith("mask")}
    assert masks == {"`07`", "`03`", "`01`", "`04`", "`00`"}
