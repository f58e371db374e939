"""Clips: what is played of one is what the recording has there."""

from __future__ import annotations

import io
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.journal.recording.clip import cut
from game_server.journal.recording.format import PHASE, SEATED, RecordingError
from game_server.journal.recording.reader import RecordingReader
from game_server.protocol import Schema, Welcome, decode_server
from tests.journal.recording.recorded import recorded, seen

BYTES = recorded(17)
WHOLE = RecordingReader(io.BytesIO(BYTES))


def views(reader: RecordingReader) -> dict[int, object]:
    welcome = decode_server(reader.header.welcome)
    assert isinstance(welcome, Welcome)
    schema, found = Schema.from_wire(welcome.schema), dict[int, object]()
    for chunk in reader.index.chunks:
        found.update({tick: view.tables for tick, view in seen(reader.messages(chunk), schema).items()})
    return found


TRUTH = views(WHOLE)


@settings(max_examples=20)
@given(st.floats(0, 16), st.floats(0.1, 17))
def test_every_tick_of_a_clip_is_that_of_the_recording(begin: float, length: float) -> None:
    clip = RecordingReader(io.BytesIO(cut(io.BytesIO(BYTES), "clip", begin, begin + length)))
    assert clip.whole
    assert clip.header.id == "clip"
    shown = views(clip)
    first, last = min(shown), max(shown)
    assert shown == {tick: TRUTH[tick] for tick in range(first, last + 1)}
    assert 1 + begin * 30 - 150 < first <= 1 + begin * 30
    assert last == min(max(TRUTH), int(1 + (begin + length) * 30))
    assert all(first <= mark[0] <= last for mark in clip.index.marks)


def test_a_clip_knows_who_had_a_seat_and_the_phase_at_its_beginning() -> None:
    clip = RecordingReader(io.BytesIO(cut(io.BytesIO(BYTES), "clip", 11)))
    first = clip.index.chunks[0].first
    assert [mark for mark in clip.index.marks if mark[1] in (SEATED, PHASE)] == [
        [first, SEATED, 3, "Ada", 0],
        [first, PHASE, "results"],
    ]


@pytest.mark.parametrize(("begin", "end"), [(5.0, 5.0), (6.0, 5.0), (17.0, 18.0), (400.0, math.inf)])
def test_where_the_recording_has_nothing_there_is_no_clip(begin: float, end: float) -> None:
    with pytest.raises(RecordingError, match=r"the recording has 17.0 s: nothing is from .* s to .* s"):
        cut(io.BytesIO(BYTES), "clip", begin, end)


def test_a_clip_of_the_last_moment_is_the_last_chunk() -> None:
    last = WHOLE.index.chunks[-1]
    clip = RecordingReader(io.BytesIO(cut(io.BytesIO(BYTES), "clip", (last.last - 1) / 30)))
    assert [(chunk.first, chunk.last) for chunk in clip.index.chunks] == [(last.first, last.last)]
    assert (clip.header.tick, clip.header.started) == (last.first, WHOLE.header.started + (last.first - 1) // 30)


def test_a_clip_of_the_first_moment_has_its_tick_alone() -> None:
    clip = RecordingReader(io.BytesIO(cut(io.BytesIO(BYTES), "clip", 0.0, 0.001)))
    assert [(chunk.first, chunk.last) for chunk in clip.index.chunks] == [(1, 1)]
    assert [mark[1] for mark in clip.index.marks] == [SEATED]


def test_a_recording_without_a_chunk_has_no_clip() -> None:
    empty = BYTES[: WHOLE.index.chunks[0].offset]
    with pytest.raises(RecordingError, match=r"has 0.0 s"):
        cut(io.BytesIO(empty), "clip", 0.0)
