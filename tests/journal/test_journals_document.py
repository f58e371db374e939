"""docs/JOURNALS.md: its example is a journal, and its tables are what the code has."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from game_server.journal import records, segments, tail
from game_server.journal.records import (
    CAME,
    CARRIED,
    FORMAT,
    HASH,
    HEADER,
    INPUTS,
    OF,
    PEOPLE,
    TICKED,
    Header,
    pack,
    pack_header,
    pack_inputs,
    pack_opened,
    pack_ticked,
    read,
)
from game_server.journal.segments import SegmentWriter
from game_server.journal.tail import MAGIC, Tail
from game_server.journal.tail_split import joined, split

DOCUMENT = (Path(__file__).parents[2] / "docs" / "JOURNALS.md").read_text(encoding="utf-8")
[EXAMPLE] = re.findall(r"^```\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
HEADER_OF_EXAMPLE = Header("K7RW2P", "toy", "", 1_800_000_000.0, "17f", 1, 5)
KINDS = (
    "HEADER",
    "CHECKPOINT",
    "INPUTS",
    "CAME",
    "LEFT",
    "ORDERED",
    "HASH",
    "PEOPLE",
    "ENDED",
    "CARRIED",
    "OPENED",
    "OF",
    "TICKED",
    "COMMANDED",
)


def test_the_example_is_what_the_text_says() -> None:
    header, came, first, second, hash_, people, carried, of, ticked = read(bytes.fromhex(EXAMPLE))
    assert (header.kind, header.value) == (HEADER, Header("K7RW2P", "toy", "", 1_800_000_000.0, "17f", 1, 0))
    assert (came.kind, came.tick, came.value) == (CAME, 41, (2, "Ada", False))
    assert (first.kind, first.tick, first.value.tolist()) == (INPUTS, 42, [[0, 0, 8], [0, 0, 1024], [0, 0, 0]])
    assert (second.kind, second.tick, second.value.tolist()) == (INPUTS, 43, [[0, 0, 8], [0, 0, 1100], [0, 0, 0]])
    assert (hash_.kind, hash_.tick, hash_.value) == (HASH, 60, bytes(range(16)))
    assert (people.kind, people.value) == (PEOPLE, ("lines", ((1, 2, "Ada", "hi"),)))
    assert (carried.kind, carried.value) == (CARRIED, 4711)
    assert (of.kind, of.value) == (OF, (1, pack(CAME, 41, (2, "Ada", False))))
    places, inputs = ticked.value
    assert (ticked.kind, places.tolist()) == (TICKED, [[1, 0, 4, 42]])
    assert inputs.tolist() == [[0, 0, 8, 0], [0, 0, 1024, 0], [0, 0, 0, 0]]


def test_what_the_example_has_in_the_tail_is_what_it_has_in_the_segment() -> None:
    data = bytes.fromhex(EXAMPLE)
    *_, carried, _, _ = read(data)
    came, first = read(joined(split(data[carried.end :], 4711, {1: 0})[1]))
    assert (came.kind, came.value) == (CAME, (2, "Ada", False))
    assert (first.kind, first.tick, first.value.tolist()) == (INPUTS, 42, [[0, 0, 8], [0, 0, 1024], [0, 0, 0]])


def test_each_kind_of_record_has_its_row() -> None:
    rows = re.findall(r"^\| (\d+) \| (\w+) \|", DOCUMENT, re.MULTILINE)
    assert [(int(number), name) for number, name in rows] == [(getattr(records, kind), kind.lower()) for kind in KINDS]
    assert f"array: format ({FORMAT})" in DOCUMENT


def test_the_numbers_are_those_of_the_code(tmp_path: Path) -> None:
    assert f"When a segment has {segments.SEGMENT_BYTES >> 20} MiB" in DOCUMENT
    assert f"The newest {segments.KEPT_BYTES >> 20} MiB of a match are kept" in DOCUMENT
    assert f"| 0 to 7 | `{MAGIC.decode()}`, or zeros" in DOCUMENT
    assert f"| from {tail.STREAM} | the byte" in DOCUMENT
    made = Tail(tmp_path, "17f")
    made.limit = 1000
    made.append(b"abc")
    made.carried(1)
    [path] = tmp_path.iterdir()
    assert path.name == "17f-000001.tail"
    written = path.read_bytes()
    places = {name: int(at) for at, name in re.findall(r"^\| (\d+) to \d+ \| (base|begin|end)", DOCUMENT, re.MULTILINE)}
    numbers = {name: int.from_bytes(written[at : at + 8], "little") for name, at in places.items()}
    assert numbers == {"base": 0, "begin": 1, "end": 3}
    assert written[tail.STREAM : tail.STREAM + 3] == b"abc"


def test_what_is_packed_is_the_example_byte_by_byte() -> None:
    inputs = np.array([[[0, 0, 8], [0, 0, 1024], [0, 0, 0]], [[0, 0, 8], [0, 0, 1100], [0, 0, 0]]], "<u2")
    ticked = np.array([[0, 0, 8, 0], [0, 0, 1024, 0], [0, 0, 0, 0]], "<u2")
    came = pack(CAME, 41, (2, "Ada", False))
    assert b"".join((
        pack_header(Header("K7RW2P", "toy", "", 1_800_000_000.0, "17f", 1, 0)), came, pack_inputs(43, inputs),
        pack(HASH, 60, bytes(range(16))), pack(PEOPLE, 61, ("lines", [(1, 2, "Ada", "hi")])), pack(CARRIED, 0, 4711),
        pack(OF, 41, (1, came)), pack_ticked(np.array([[1, 0, 4, 42]], "<u4"), ticked),
    )) == bytes.fromhex(EXAMPLE)  # fmt: skip


def test_records_of_no_tick_have_tick_0(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, HEADER_OF_EXAMPLE)
    writer.write([(5, pack(CAME, 41, (2, "Ada", False)))], 4711)
    writer.close()
    [path] = tmp_path.iterdir()
    header, came, carried = read(path.read_bytes())
    assert (header.tick, carried.kind, carried.tick, carried.value) == (0, CARRIED, 0, 4711)
    assert (path.name, came.tick, path.stat().st_mode & 0o777) == ("000000000000.journal", 41, 0o600)
    [opened] = read(pack_opened(HEADER_OF_EXAMPLE))
    assert (opened.tick, opened.value) == (0, HEADER_OF_EXAMPLE)
