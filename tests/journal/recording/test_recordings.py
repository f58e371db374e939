"""The recordings of a server on its disk."""

from __future__ import annotations

import io
import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
import trio
import trio.testing

from game_server.journal.recording.format import BY_CODE, HOST_ONLY, OPEN, SEATED
from game_server.journal.recording.reader import RecordingReader
from game_server.journal.recording.recorder import MatchRecorder
from game_server.journal.recording.recordings import LEAST_SECONDS, LISTED, Recording, Recordings, new_id
from game_server.journal.recording.writer import RecordingWriter
from game_server.simulation import Match, tick_alone
from tests.journal.recording.recorded import ID, INTRODUCTION, header_of, recorded, toys

LIMIT = 1_000_000


class Recorded:
    """A match, and its recording."""

    def __init__(self, recordings: Recordings, *, access: int = OPEN) -> None:
        self.recordings = recordings
        self.match: Match = toys()
        self.recorder = self.match.recorder = MatchRecorder(30, [16], lambda: INTRODUCTION)
        header = header_of(self.match, id=new_id(), access=access)
        self.recording: Recording = recordings.begin(header, self.recorder)
        self.id = header.id

    async def ticks(self, seconds: float, *, person: bool = True) -> None:
        """Play on, and write every 5 seconds."""
        for tick in range(round(seconds * 30)):
            tick_alone(self.match)
            if tick == 0 and person:
                self.recorder.mark(SEATED, 3, "Ada", 0)
            if tick % 150 == 149:
                await self.recordings.write()

    async def finish(self) -> None:
        self.recording.finish()
        await self.recordings.write()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "recordings"


@pytest.fixture
def recordings(folder: Path) -> Iterator[Recordings]:
    """Those of a server that has just begun, and that writes when a test says so."""
    made = Recordings(folder, lambda: LIMIT)
    yield made
    made.let_go()


def files(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*"))


def put(folder: Path, data: bytes, id: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{id}.gsrec").write_bytes(data)


async def looked(folder: Path, nursery: trio.Nursery, limit: int = LIMIT) -> Recordings:
    """Recordings that have looked at what is there."""
    recordings = Recordings(folder, lambda: limit)
    await nursery.start(recordings.run)
    return recordings


async def test_a_finished_match_is_listed_and_can_be_read(recordings: Recordings) -> None:
    made = Recorded(recordings)
    await made.ticks(12)
    await recordings.write()
    assert recordings.listed() == []
    await made.finish()
    [summary] = recordings.listed()
    assert (summary.header.id, summary.people) == (made.id, ("Ada",))
    assert summary.seconds == pytest.approx(359 / 30)
    path = recordings.path(made.id)
    assert summary.size == path.stat().st_size
    with path.open("rb") as file:
        assert RecordingReader(file).whole


def modes(folder: Path) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in folder.iterdir()}


async def test_the_file_is_for_its_user_alone(recordings: Recordings, folder: Path) -> None:
    await Recorded(recordings).ticks(12)
    assert modes(folder) == {0o600}


async def test_what_was_published_may_be_watched_while_the_match_goes_on(recordings: Recordings) -> None:
    made = Recorded(recordings)
    await made.ticks(12)
    made.recording.publish()
    await made.ticks(3)
    await recordings.write()
    [summary] = recordings.listed()
    assert summary.seconds == pytest.approx(359 / 30)
    assert not recordings.is_finished(made.id)
    await made.ticks(8)
    await recordings.write()
    assert recordings.listed() == [summary]
    assert recordings.path(made.id).stat().st_size > summary.size


@pytest.mark.parametrize(("seconds", "person"), [(LEAST_SECONDS - 1, True), (LEAST_SECONDS + 1, False)])
async def test_what_is_short_or_without_a_person_is_not_kept(
    recordings: Recordings, folder: Path, seconds: float, person: bool
) -> None:
    made = Recorded(recordings)
    await made.ticks(seconds, person=person)
    await made.finish()
    assert recordings.listed() == []
    assert files(folder) == []


async def test_a_match_in_which_nothing_happened_leaves_no_file(recordings: Recordings, folder: Path) -> None:
    made = Recorded(recordings)
    await recordings.write()
    await made.finish()
    assert files(folder) == []


async def test_the_next_server_lists_what_is_there_the_newest_first(
    recordings: Recordings, folder: Path, nursery: trio.Nursery
) -> None:
    for _ in range(2):
        made = Recorded(recordings)
        await made.ticks(11)
        await made.finish()
    again = await looked(folder, nursery)
    listed = [summary.header.id for summary in again.listed()]
    assert len(listed) == 2
    assert listed == sorted(listed, reverse=True)
    assert again.listed() == recordings.listed()


async def test_a_recording_that_was_cut_off_is_completed_by_the_next_server(
    folder: Path, nursery: trio.Nursery, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    data = recorded(17, finished=False)
    put(folder, data + b"C\0\0", "0123456789abcd")
    [summary] = (await looked(folder, nursery)).listed()
    assert summary.winners == ("Ada",)
    with (folder / "0123456789abcd.gsrec").open("rb") as file:
        reader = RecordingReader(file)
    assert reader.whole
    assert summary.seconds == reader.seconds == pytest.approx(448 / 30)
    [line] = caplog.messages
    assert "was cut off: 15 s of it can be watched" in line


@pytest.mark.parametrize(
    "data",
    [recorded(3)[:900], recorded(LEAST_SECONDS - 1, finished=False), recorded(17, finished=False, people=False)],
    ids=["nothing yet", "too short", "without a person"],
)
async def test_what_was_cut_off_before_it_was_worth_keeping_is_removed(
    folder: Path, nursery: trio.Nursery, caplog: pytest.LogCaptureFixture, data: bytes
) -> None:
    put(folder, data, "0123456789abcd")
    assert (await looked(folder, nursery)).listed() == []
    assert files(folder) == []
    assert caplog.messages == []


@pytest.mark.parametrize("data", [b"", b"hello", recorded(11)[:200]])
async def test_a_file_that_is_no_recording_is_named_and_left_alone(
    folder: Path, nursery: trio.Nursery, caplog: pytest.LogCaptureFixture, data: bytes
) -> None:
    put(folder, data, "0123456789abcd")
    put(folder, b"something else", "notes")
    assert (await looked(folder, nursery)).listed() == []
    assert (folder / "0123456789abcd.gsrec").read_bytes() == data
    [line] = caplog.messages
    assert "0123456789abcd.gsrec" in line


@pytest.mark.parametrize("id", ["", "../../etc/passwd", "..", "nothing", "0123456789abcd", "0123456789ABCD", "a" * 500])
async def test_an_id_that_does_not_exist_finds_nothing(recordings: Recordings, id: str) -> None:
    assert recordings.find(id) is None


@pytest.mark.parametrize(
    ("access", "open_to_all", "by_code"), [(OPEN, True, True), (BY_CODE, False, True), (HOST_ONLY, False, False)]
)
async def test_who_may_watch_depends_on_the_match(
    recordings: Recordings, access: int, open_to_all: bool, by_code: bool
) -> None:
    made = Recorded(recordings, access=access)
    await made.ticks(11)
    await made.finish()
    assert (recordings.find(made.id) is not None) == open_to_all
    assert (len(recordings.listed()) == 1) == open_to_all
    assert (recordings.find(made.id, "K7RW2P") is not None) == by_code
    assert (len(recordings.listed("K7RW2P")) == 1) == by_code
    assert (recordings.find(made.id, "XXXXXX") is not None) == open_to_all
    assert recordings.listed("XXXXXX") == []


async def test_beyond_the_limit_the_oldest_go_first_and_none_that_goes_on(folder: Path) -> None:
    recordings = Recordings(folder, lambda: 30_000)
    ids = []
    for _ in range(6):
        made = Recorded(recordings)
        await made.ticks(11)
        await made.finish()
        ids.append(made.id)
    await recordings.write()
    left = [summary.header.id for summary in recordings.listed()]
    assert 0 < len(left) < 6
    assert left == ids[: -len(left) - 1 : -1]
    assert files(folder) == sorted(left)
    assert sum(summary.size for summary in recordings.listed()) <= 30_000


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
async def test_on_a_full_disk_the_match_goes_on_and_one_line_says_what_is_not_kept(
    recordings: Recordings, caplog: pytest.LogCaptureFixture
) -> None:
    made, other = Recorded(recordings), Recorded(recordings)
    for match in (made, other):
        match.recording._file = open("/dev/full", "wb", buffering=0)  # noqa: ASYNC230, SIM115
    await made.ticks(4)
    await other.ticks(4)
    await recordings.write()
    await made.ticks(8)
    assert recordings.failed == 2
    [line] = caplog.messages
    assert "No space left on device; no recording is kept any more of: K7RW2P, K7RW2P" in line
    assert made.match.world.tick == 12 * 30


async def test_a_folder_that_cannot_be_made_costs_the_recording_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("not a folder")
    recordings = Recordings(tmp_path / "file" / "recordings", lambda: LIMIT)
    made = Recorded(recordings)
    await made.ticks(6)
    await recordings.write()
    assert recordings.failed == 1
    assert "no recording is kept any more of: K7RW2P" in caplog.text
    again = Recorded(recordings)
    await again.ticks(6)
    await again.finish()
    assert recordings.failed == 2


async def test_a_disk_that_does_not_answer_holds_up_neither_ticks_nor_the_end(
    recordings: Recordings, monkeypatch: pytest.MonkeyPatch, autojump_clock: object
) -> None:
    assert autojump_clock
    answers = threading.Event()
    monkeypatch.setattr(recordings, "_append", lambda *_: answers.wait(10))
    made = Recorded(recordings)
    for _ in range(4 * 30):
        tick_alone(made.match)
    began = time.monotonic()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(recordings.write)
        await trio.testing.wait_all_tasks_blocked()
        for _ in range(30):
            tick_alone(made.match)
        await recordings.close()
        nursery.cancel_scope.cancel()
    assert time.monotonic() - began < 5
    answers.set()


async def test_what_was_recorded_is_written_when_the_server_stops(recordings: Recordings) -> None:
    made = Recorded(recordings)
    await made.ticks(11)
    await recordings.close()
    assert [summary.header.id for summary in recordings.listed()] == [made.id]


def test_ids_made_later_sort_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_700_000_000_000_000_000
    made = []
    for step in (0, 1_000_000, 60 * 10**9, 10**17):
        monkeypatch.setattr("time.time_ns", lambda step=step: now + step)
        made.append(new_id())
    assert made == sorted(made)
    assert len({attrs.asdict(header_of(toys(), id=id))["id"] for id in made}) == 4


async def test_a_recording_of_ten_seconds_is_kept_and_none_that_is_a_tick_shorter(recordings: Recordings) -> None:
    kept = []
    for ticks in (300, 301):
        made = Recorded(recordings)
        await made.ticks(ticks / 30)
        await made.finish()
        kept.append(recordings.find(made.id) is not None)
        assert recordings.path(made.id).exists() is kept[-1]
    assert kept == [False, True]


async def test_each_change_of_what_there_is_to_watch_is_counted(recordings: Recordings) -> None:
    versions = [recordings.version]
    made = Recorded(recordings)
    await made.ticks(11)
    versions.append(recordings.version)
    made.recording.publish()
    await made.ticks(1)
    await recordings.write()
    versions.append(recordings.version)
    await recordings.write()
    versions.append(recordings.version)
    await made.finish()
    versions.append(recordings.version)
    assert recordings.is_finished(made.id)
    recordings.forget(made.id)
    versions.append(recordings.version)
    assert versions == [0, 0, 1, 1, 2, 3]
    assert recordings.find(made.id) is None


async def test_the_folder_is_for_its_user_alone_and_a_file_in_it_is_not_overwritten(
    recordings: Recordings, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made, other = Recorded(recordings), Recorded(recordings)
    await made.ticks(6)
    assert modes(folder.parent) == {0o700}
    recordings.path(other.id).write_bytes(b"somebody's")
    await other.ticks(6)
    assert recordings.path(other.id).read_bytes() == b"somebody's"
    assert "File exists; no recording is kept any more of: K7RW2P" in caplog.text
    assert (recordings.failed, other.recorder.send(b"x"), made.recorder.send(b"x")) == (1, False, True)


async def test_the_fifty_newest_are_listed(folder: Path, nursery: trio.Nursery) -> None:
    data = recorded(11)
    reader = RecordingReader(io.BytesIO(data))
    ids = [f"{number:014}" for number in range(53)]
    for id in ids:
        header = attrs.evolve(reader.header, id=id)
        writer = RecordingWriter(header)
        content = writer.begin()
        for mark in reader.index.marks:
            writer.mark(mark)
        for chunk in reader.index.chunks:
            content += writer.open_chunk(chunk.first)
            writer.add(chunk.last, b"message")
        put(folder, content + writer.finish(), id)
    found = await looked(folder, nursery)
    assert [summary.header.id for summary in found.listed()] == ids[: -LISTED - 1 : -1]
    assert found.version == 1
    assert LISTED == 50


async def test_a_whole_recording_stays_though_it_is_short(folder: Path, nursery: trio.Nursery) -> None:
    put(folder, recorded(3), ID)
    [summary] = (await looked(folder, nursery)).listed()
    assert summary.seconds < LEAST_SECONDS


async def test_a_recording_under_another_name_is_named_and_left_alone(
    folder: Path, nursery: trio.Nursery, caplog: pytest.LogCaptureFixture
) -> None:
    put(folder, recorded(11), "zzzzzzzzzzzzzz")
    assert (await looked(folder, nursery)).listed() == []
    assert f"its ID is {ID}" in caplog.text
    assert files(folder) == ["zzzzzzzzzzzzzz"]


async def test_what_is_recorded_is_written_each_second_and_the_file_closed_in_the_end(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    jumping_clock: None,  # noqa: ARG001
) -> None:
    written: list[float] = []
    recordings = Recordings(folder, lambda: LIMIT)
    real = recordings.write

    async def write() -> None:
        written.append(trio.current_time())

    monkeypatch.setattr(recordings, "write", write)
    async with trio.open_nursery() as nursery:
        await nursery.start(recordings.run)
        began = trio.current_time()
        made = Recorded(recordings)
        for _ in range(160):
            tick_alone(made.match)
        await trio.sleep(3.5)
        assert [when - began for when in written] == pytest.approx([1, 2, 3], abs=0.3)
        await real()
        file = made.recording._file
        assert file
        assert not file.closed
        nursery.cancel_scope.cancel()
    assert file.closed
    assert len(files(folder)) == 1


async def test_the_end_of_a_server_waits_two_seconds_for_the_disk(
    recordings: Recordings,
    monkeypatch: pytest.MonkeyPatch,
    jumping_clock: None,  # noqa: ARG001
) -> None:
    monkeypatch.setattr(recordings, "write", trio.sleep_forever)
    made, began = Recorded(recordings), trio.current_time()
    await recordings.close()
    assert trio.current_time() - began == pytest.approx(2)
    assert made.recording._finished


@pytest.mark.parametrize(("spare", "left"), [(0, 2), (-1, 1)])
async def test_recordings_may_take_as_much_as_the_limit_and_not_a_byte_more(
    folder: Path, spare: int, left: int
) -> None:
    limit = [10**9]
    recordings = Recordings(folder, lambda: limit[0])
    for _ in range(2):
        made = Recorded(recordings)
        await made.ticks(11)
        await made.finish()
    limit[0] = sum(summary.size for summary in recordings.listed()) + spare
    await recordings.write()
    assert len(recordings.listed()) == len(files(folder)) == left


def test_an_id_has_the_milliseconds_in_nine_digits_and_five_of_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time_ns", lambda: 1_700_000_000_123_456_789)
    made = [new_id() for _ in range(3)]
    assert {(len(id), id[:9]) for id in made} == {(14, made[0][:9])}
    assert len({id[9:] for id in made}) == 3
    digits = "0123456789abcdefghjkmnpqrstvwxyz"
    number = 0
    for digit in made[0][:9]:
        number = 32 * number + digits.index(digit)
    assert number == 1_700_000_000_123
