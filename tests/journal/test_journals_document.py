"""docs/JOURNALS.md: its example is a journal, and its tables are what the code has."""

from __future__ import annotations

import re
from pathlib import Path

from game_server.journal import records, segments, tail
from game_server.journal.records import CAME, FORMAT, HASH, HEADER, INPUTS, PEOPLE, Header, read
from game_server.journal.tail import MAGIC, Tail

DOCUMENT = (Path(__file__).parents[2] / "docs" / "JOURNALS.md").read_text(encoding="utf-8")
[EXAMPLE] = re.findall(r"^```\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
KINDS = ("HEADER", "CHECKPOINT", "INPUTS", "CAME", "LEFT", "ORDERED", "HASH", "PEOPLE", "ENDED")


def test_the_example_is_what_the_text_says() -> None:
    header, came, inputs, hash_, people = read(bytes.fromhex(EXAMPLE))
    assert (header.kind, header.value) == (HEADER, Header("K7RW2P", "toy", "", 1_800_000_000.0))
    assert (came.kind, came.tick, came.value) == (CAME, 41, 2)
    assert (inputs.kind, inputs.tick, inputs.value.tolist()) == (INPUTS, 42, [[2, 8, 1024, 0]])
    assert (hash_.kind, hash_.tick, hash_.value) == (HASH, 60, bytes(range(16)))
    assert (people.kind, people.value) == (PEOPLE, ("lines", ((1, 2, "Ada", "hi"),)))


def test_each_kind_of_record_has_its_row() -> None:
    rows = re.findall(r"^\| (\d) \| ([\w']+) \|", DOCUMENT, re.MULTILINE)
    assert [(int(number), name) for number, name in rows] == [(getattr(records, kind), kind.lower()) for kind in KINDS]
    assert f"array: format ({FORMAT})" in DOCUMENT


def test_the_numbers_are_those_of_the_code(tmp_path: Path) -> None:
    assert f"After {segments.SEGMENT_BYTES >> 20} MiB" in DOCUMENT
    assert f"Of one match {segments.KEPT_BYTES >> 20} MiB are kept" in DOCUMENT
    assert f"| 0 to 7 | `{MAGIC.decode()}` |" in DOCUMENT
    assert f"| {tail._HEADER} to {tail._RING - 1} | the header record |" in DOCUMENT
    made = Tail(tmp_path / "tail", 100, Header("K7RW2P", "toy", "", 1.0))
    made.append(b"abc", 7)
    written = (tmp_path / "tail").read_bytes()
    places = {
        name: int(at)
        for at, name in re.findall(r"^\| (\d+) to \d+ \| (capacity|begin|end|the tick)", DOCUMENT, re.MULTILINE)
    }
    numbers = {name: int.from_bytes(written[at : at + 8], "little") for name, at in places.items()}
    assert numbers == {"capacity": 100, "begin": 0, "end": 3, "the tick": 7}
    assert written[1024:1027] == b"abc"
