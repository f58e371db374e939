"""docs/REPLAYS.md: its example is a recording, and says what the text says."""

from __future__ import annotations

import io
import re
from pathlib import Path

from game_server.journal.recording.format import EVENT, SEATED, ChunkPlace
from game_server.journal.recording.reader import RecordingReader
from game_server.journal.recording.summary import Summary
from game_server.protocol import Schema, Welcome, decode_server
from tests.journal.recording.recorded import kinds, seen

DOCUMENT = (Path(__file__).parents[3] / "docs" / "REPLAYS.md").read_text(encoding="utf-8")
FILE, MESSAGES = re.findall(r"^```\n([0-9a-f].*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
READER = RecordingReader(io.BytesIO(bytes.fromhex(FILE)))


def test_the_example_is_a_whole_recording() -> None:
    assert READER.whole
    assert READER.index.chunks == [ChunkPlace(215, 108, 1, 2)]
    assert READER.index.marks == [[1, SEATED, 0, "Ada", 0], [2, EVENT, 16, 0]]
    assert READER.header.name == "Duel"


def test_the_example_has_the_messages_that_the_text_shows() -> None:
    messages = list(READER.messages(READER.index.chunks[0]))
    assert [message.hex(" ") for message in messages] == MESSAGES.split("\n")[:-1]
    assert [kind.__name__ for kind in kinds(messages)] == ["Events", "Snapshot", "Events", "Snapshot"]


def test_the_example_shows_a_dot_that_moves_from_7_to_8() -> None:
    welcome = decode_server(READER.header.welcome)
    assert isinstance(welcome, Welcome)
    views = seen(READER.messages(READER.index.chunks[0]), Schema.from_wire(welcome.schema))
    assert {tick: view.tables["dot"][0]["x"] for tick, view in views.items()} == {1: 7, 2: 8}


def test_each_field_of_the_list_is_in_the_document() -> None:
    summary = Summary.of(READER.header, READER.index, 999)
    _, _, table = DOCUMENT.partition("Each recording is an object:\n\n")
    cells = [line.split("|")[1] for line in table.partition("\n\n")[0].splitlines()[2:]]
    assert {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} == set(summary.to_json())
