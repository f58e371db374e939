"""The recorder: what is played of a recording is what the match was."""

from __future__ import annotations

import io

import pytest
import trio
import trio.testing

from game_server.journal.recording.reader import RecordingReader
from game_server.journal.recording.recorder import MOST_WAITING, MatchRecorder, fold
from game_server.journal.recording.writer import RecordingWriter
from game_server.protocol import Events, Said, Snapshot, decode_server, encode
from game_server.simulation import Match, TickGroup, tick_alone
from tests.journal.recording.recorded import INTRODUCTION, header_of, kinds, seen, toys


def recorder_of(match: Match, introduction: bytes = INTRODUCTION) -> MatchRecorder:
    match.recorder = made = MatchRecorder(match.world.tick_rate, [16], lambda: introduction)
    return made


def played(match: Match, recorder: MatchRecorder) -> RecordingReader:
    """Read what was recorded."""
    writer = RecordingWriter(header_of(match))
    data = writer.begin() + fold(recorder.take(), writer) + writer.finish()
    return RecordingReader(io.BytesIO(data))


def rows_of(match: Match) -> dict[str, dict[int, dict[str, float]]]:
    """The rows in wire precision, as a spectator of everything gets them."""
    replicas = match.replication.encoder.replicas
    plane = match.replication.plane
    return {
        table.schema.name: table.rows_in(((plane * table.cells, (plane + 1) * table.cells),))
        for table in replicas.tables
    }


def test_every_tick_is_seen_as_it_was_from_the_beginning_of_each_chunk() -> None:
    match = toys()
    recorder = recorder_of(match)
    truth = {}
    for _ in range(9 * 30):
        tick_alone(match)
        truth[match.world.tick] = rows_of(match)
    reader = played(match, recorder)
    assert len(reader.index.chunks) == 2
    for chunk in reader.index.chunks:
        views = seen(reader.messages(chunk), match.replication.schema)
        assert {tick: view.tables for tick, view in views.items()} == {
            tick: truth[tick] for tick in range(chunk.first, chunk.last + 1)
        }


async def test_matches_that_tick_together_are_recorded_each_by_itself() -> None:
    matches = [toys(seed=seed) for seed in (1, 2, 3)]
    recorders = [recorder_of(match) for match in matches]
    truth: list[dict[int, object]] = [{} for _ in matches]
    group = TickGroup(30)
    async with trio.open_nursery() as nursery:
        for match in matches:
            nursery.start_soon(group.drive, match)
        await trio.testing.wait_all_tasks_blocked()
        for _ in range(20):
            group.tick()
            for match, rows in zip(matches, truth, strict=True):
                rows[match.world.tick] = rows_of(match)
        nursery.cancel_scope.cancel()
    for match, recorder, rows in zip(matches, recorders, truth, strict=True):
        reader = played(match, recorder)
        views = seen(reader.messages(reader.index.chunks[0]), match.replication.schema)
        assert {tick: view.tables for tick, view in views.items()} == rows


def test_a_chunk_begins_with_who_is_there_and_a_keyframe() -> None:
    match = toys()
    recorder = recorder_of(match)
    for _ in range(2):
        tick_alone(match)
    reader = played(match, recorder)
    messages = [decode_server(message) for message in reader.messages(reader.index.chunks[0])]
    assert messages[0] == decode_server(INTRODUCTION)
    [first, second] = [message for message in messages if isinstance(message, Snapshot)]
    assert (first.kind, second.kind) == (1, 0)


def test_events_and_what_is_said_stay_in_their_order() -> None:
    match = toys()
    recorder = recorder_of(match)
    tick_alone(match)
    match.announce((5, 1))
    recorder.send(encode(Said(())))
    tick_alone(match)
    match.announce((5, 2))
    match.conclude()
    reader = played(match, recorder)
    messages = list(reader.messages(reader.index.chunks[0]))
    assert kinds(messages) == [Events, Snapshot, Said, Events, Snapshot, Events]
    assert decode_server(messages[-1]) == Events(2, ((5, 2),))


def test_highlights_are_marked_with_their_fields() -> None:
    match = toys()
    recorder = recorder_of(match)
    for _ in range(60):
        tick_alone(match)
    reader = played(match, recorder)
    happened = [
        [message.tick, 3, *event]
        for data in reader.messages(reader.index.chunks[0])
        if isinstance(message := decode_server(data), Events)
        for event in message.events
        if event[0] == 16
    ]
    assert happened
    assert reader.index.marks == happened


def test_what_waits_for_a_slow_disk_is_bounded_and_the_rest_begins_with_a_keyframe() -> None:
    match = toys()
    recorder = recorder_of(match)
    most = MOST_WAITING * 30
    for _ in range(most + 50):
        tick_alone(match)
    writer = RecordingWriter(header_of(match))
    data = writer.begin()
    waiting = recorder.take()
    assert len(waiting) <= most + match.world.max_players
    assert recorder.lost > 0
    data += fold(waiting, writer)
    tick_alone(match)
    data += fold(recorder.take(), writer) + writer.finish()
    reader = RecordingReader(io.BytesIO(data))
    last = reader.index.chunks[-1]
    assert (last.first, last.last) == (most + 51, most + 51)
    assert match.world.tick in seen(reader.messages(last), match.replication.schema)


def test_a_match_that_moves_to_another_group_goes_on_with_a_keyframe() -> None:
    match = toys()
    recorder = recorder_of(match)
    tick_alone(match)
    match.share(None)
    tick_alone(match)
    reader = played(match, recorder)
    assert [(chunk.first, chunk.last) for chunk in reader.index.chunks] == [(1, 1), (2, 2)]


def test_a_recorder_that_was_stopped_takes_nothing() -> None:
    match = toys()
    recorder = recorder_of(match)
    recorder.stop()
    tick_alone(match)
    assert not recorder.send(b"x")
    assert recorder.take() == []


@pytest.mark.parametrize("said", [False, True])
def test_ten_seconds_wait_and_each_tick_beyond_them_is_counted_as_lost(said: bool) -> None:
    match = toys()
    recorder = recorder_of(match)
    for _ in range(299):
        tick_alone(match)
    assert (recorder.lost, recorder.tick, recorder.send(b"x")) == (0, 299, True)
    tick_alone(match)
    assert (recorder.lost, recorder.tick, recorder.send(b"x")) == (0, 300, False)
    for _ in range(7):
        tick_alone(match)
    assert (recorder.lost, recorder.tick) == (7, 300)
    assert recorder.take()
    if said:
        assert recorder.send(b"x")
    tick_alone(match)
    assert (recorder.lost, recorder.tick) == (7, 308)


def test_as_many_messages_wait_as_ticks_may() -> None:
    recorder = recorder_of(toys())
    assert [recorder.send(b"x") for _ in range(301)] == [True] * 300 + [False]


def test_ticks_of_changes_alone_wait_as_one_run_until_somebody_says_something() -> None:
    match = toys()
    recorder = recorder_of(match)
    shown: list[list[str]] = []
    for said in (False, True):
        for tick in range(4):
            tick_alone(match)
            if said and tick == 1:
                recorder.send(encode(Said(())))
        shown.append([type(item).__name__ for item in recorder.take() if not isinstance(item, list)])
    assert shown[0][0] == "Shown"
    assert "Sent" in shown[1]
    assert len(shown[0]) < 4


def test_a_recording_that_is_to_begin_with_every_row_begins_another_chunk() -> None:
    match = toys()
    recorder = recorder_of(match)
    for _ in range(3):
        tick_alone(match)
    recorder.restart()
    tick_alone(match)
    reader = played(match, recorder)
    assert [(chunk.first, chunk.last) for chunk in reader.index.chunks] == [(1, 3), (4, 4)]
