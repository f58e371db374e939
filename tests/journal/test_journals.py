from __future__ import annotations

import errno
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from game_server.errors import JournalError
from game_server.journal import DataDirectory, JournalFile, Journals, Replay, StoredJournal
from game_server.journal import journals as journals_module
from game_server.journal import segments as module
from game_server.journal.journals import KEPT_DESYNCS, memory_directory
from game_server.journal.match_journal import DESYNC
from game_server.journal.records import CHECKPOINT, ENDED
from game_server.protocol import Input
from game_server.simulation import Match, tick_alone
from tests.simulation.fake_outlet import FakeOutlet
from tests.simulation.toy_game import Toy, toy

CAPACITY = 30_000
"""Of the tails here."""


class Played:
    """A match with one player, kept in a directory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = DataDirectory.open(path)
        self.journals = Journals(self.data)
        self.match = Match(toy(), on_message=lambda _number, _message: None)
        journal = self.journals.open(self.match, "K7RW2P", lambda: {"some": "people"})
        assert journal
        self.journal = journal
        self.outlet = FakeOutlet()
        self.match.seat(outlet=self.outlet)

    def tick(self, ticks: int = 1) -> None:
        for _ in range(ticks):
            self.outlet.say(Input(self.match.world.tick + 1, 0, self.match.world.tick * 7 % 4096, 0))
            tick_alone(self.match)

    @property
    def folder(self) -> Path:
        return self.journal.disk.folder

    def killed(self) -> tuple[Journals, str]:
        """Another server on the same directory, and the name of what it finds."""
        self.data.close()
        journals = Journals(DataDirectory.open(self.path))
        [name] = journals.unfinished()
        return journals, name

    def read(self) -> StoredJournal:
        journals, name = self.killed()
        return journals.read(name)


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    (tmp_path / "memory").mkdir()
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "memory"))
    monkeypatch.setattr(journals_module, "TAIL_BYTES", CAPACITY)
    monkeypatch.setattr(journals_module, "TAIL_BYTES_A_SEAT", 0)
    return Played(tmp_path / "data")


def goes_on_as(stored: StoredJournal | JournalFile, match: Match) -> bool:
    replay = Replay(Toy)
    for _ in replay.play(stored.records, match.world.tick):
        pass
    assert replay.differences == []
    return replay.world.hash() == match.world.hash()


@pytest.mark.parametrize("carried", [0, 1, 100, 299, 300, 301, 700])
async def test_a_match_is_there_as_it_was_whenever_it_was_carried_last(played: Played, carried: int) -> None:
    played.tick(carried)
    await played.journals.carry()
    played.tick(700 - carried)
    stored = played.read()
    assert stored.header.match == "K7RW2P"
    assert goes_on_as(stored, played.match)


async def test_only_what_follows_the_last_checkpoint_is_read(played: Played) -> None:
    played.tick(1000)
    await played.journals.carry()
    stored = played.read()
    assert stored.records[0].kind == CHECKPOINT
    assert stored.records[0].tick > 600


async def test_a_long_journal_is_cut_into_files_of_which_the_oldest_go(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 20_000)
    monkeypatch.setattr(module, "KEPT_BYTES", 50_000)
    for _ in range(70):
        played.tick(60)
        await played.journals.carry()
    files = module.segments(played.folder)
    assert 2 <= len(files) <= 4
    assert files[0][0] > 0
    for _, path in files:
        assert next(iter(JournalFile.read(path).records)).kind == CHECKPOINT
    assert goes_on_as(played.read(), played.match)


async def test_a_thread_killed_while_it_wrote_has_lost_nothing(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    played.tick(100)
    await played.journals.carry()
    played.tick(100)
    real = os.pwrite

    def killed(descriptor: int, data: Any, at: int) -> int:
        real(descriptor, data[: len(data) // 2], at)
        raise OSError(errno.EIO, "killed here")

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", killed)
        await played.journals.carry()
    assert goes_on_as(played.read(), played.match)


async def test_a_cut_anywhere_leaves_what_was_before_it(played: Played) -> None:
    played.tick(60)
    await played.journals.carry()
    [(_, path)] = module.segments(played.folder)
    data = path.read_bytes()
    ticks = []
    for cut in range(1, len(data) + 1, 7):
        path.write_bytes(data[:-cut])
        try:
            ticks.append(module.read_stored(played.folder, None).last_tick)
        except JournalError:
            break
    assert ticks == sorted(ticks, reverse=True)
    assert ticks[0] >= 59
    assert len(data) - 7 * len(ticks) < 1_000  # those of the header and the first checkpoint


@pytest.mark.parametrize("damage", [b"", b"x", b"x" * 5000])
async def test_files_that_are_no_journal_are_refused_by_name(played: Played, damage: bytes) -> None:
    played.tick(100)
    await played.journals.carry()
    [(_, path)] = module.segments(played.folder)
    path.write_bytes(damage)
    with pytest.raises(JournalError, match=f"{path} is no journal"):
        module.read_stored(played.folder, None)
    with pytest.raises(JournalError, match=f"{path} is no journal"):
        JournalFile.read(path)


async def test_a_match_goes_on_while_the_disk_is_full_and_is_kept_again_later(
    played: Played, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_descriptor: int, _data: Any, _at: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    caplog.set_level("INFO")
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        for _ in range(40):  # more than the tail holds
            played.tick(60)
            await played.journals.carry()
    assert played.match.world.tick == 2_400
    assert [record.message for record in caplog.records] == [
        f"match K7RW2P is not kept any more: {played.folder}: No space left on device"
    ]
    assert played.journals.failures == 1
    await played.journals.carry()
    played.tick(5)
    await played.journals.carry()
    assert caplog.records[-1].message == "match K7RW2P is kept again"
    assert goes_on_as(played.read(), played.match)


async def test_no_tick_waits_for_a_disk_that_hangs(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on, real = threading.Event(), os.pwrite

    def hangs(descriptor: int, data: Any, at: int) -> int:
        goes_on.wait(60)
        return real(descriptor, data, at)

    monkeypatch.setattr(os, "pwrite", hangs)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(played.journals.carry)
        await trio.testing.wait_all_tasks_blocked()
        played.tick(100)
        goes_on.set()
    assert goes_on_as(played.read(), played.match)


async def test_what_is_more_than_the_tail_holds_is_lost_and_the_journal_begins_afresh(played: Played) -> None:
    played.tick(CAPACITY // 20)
    assert played.journal.lost
    await played.journals.carry()
    played.tick(3)
    assert not played.journal.lost
    assert goes_on_as(played.read(), played.match)


async def test_the_oldest_that_nothing_needs_goes_beyond_the_limit(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 20_000)
    monkeypatch.setattr(played.journals, "_limit", 100_000)
    failed = played.data.failed / "old"
    failed.mkdir()
    (failed / "file").write_bytes(bytes(30_000))
    for _ in range(140):
        played.tick(60)
        await played.journals.carry()
    assert not failed.exists()
    assert 20_000 < played.journals.used <= 100_000
    assert goes_on_as(played.read(), played.match)


async def test_a_data_directory_that_is_removed_meanwhile_stops_nothing(played: Played) -> None:
    for _ in range(2):
        shutil.rmtree(played.path)
        for _ in range(journals_module.SYNC_EVERY):
            played.tick(60)
            await played.journals.carry()
        assert played.journals.used == 0
        played.path.mkdir()


async def test_a_tick_noted_far_beyond_the_last_record_is_not_played_to(played: Played) -> None:
    played.tick(100)
    with played.journal.tail.path.open("r+b") as file:
        file.seek(32)
        file.write((2**32 - 1).to_bytes(8, "little"))
    assert 100 <= played.read().last_tick <= 130


@pytest.mark.parametrize("damage", [b"", b"x" * 5000])
async def test_a_match_whose_tail_is_damaged_goes_on_from_what_the_disk_has(
    played: Played, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    played.tick(100)
    await played.journals.carry()
    played.tick(20)
    tail = played.journal.tail.path
    tail.unlink()  # a shorter file under the mapping would kill this process
    tail.write_bytes(damage)
    assert played.read().last_tick == 100
    assert f"{tail} is not the tail of a journal" in caplog.text


@pytest.mark.parametrize("carried", [False, True])
async def test_a_journal_is_read_from_a_disk_that_is_full(
    played: Played, carried: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: Any, **_options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    played.tick(50)
    if carried:
        await played.journals.carry()
    journals, name = played.killed()
    monkeypatch.setattr(Path, "mkdir", full)
    monkeypatch.setattr(Path, "write_bytes", full)
    assert goes_on_as(journals.read(name), played.match)


@pytest.mark.parametrize("failed", [False, True])
async def test_the_journal_of_a_match_that_is_over_is_removed_or_set_aside(played: Played, failed: bool) -> None:
    played.tick(100)
    await played.journals.carry()
    folder = played.folder
    kept = played.journal.end(100, failed=failed)
    await played.journals.carry()
    assert not folder.exists()
    assert list(memory_directory(played.path).iterdir()) == []
    if failed:
        assert kept == played.data.failed / folder.name
        [(_, path)] = module.segments(kept)
        assert JournalFile.read(path).records[-1].kind == ENDED
    else:
        assert kept is None


@pytest.mark.parametrize("stops", [False, True])
async def test_the_journal_of_a_match_with_a_desync_is_set_aside_in_the_end(played: Played, stops: bool) -> None:
    played.tick(100)
    played.match.resync(0, 99)
    folder = played.folder
    if stops:
        await played.journals.close(keep=False)
    else:
        played.journal.end(100, failed=False)
        await played.journals.carry()
    assert not folder.exists()
    kept = played.data.failed / f"{folder.name}-desync"
    assert list(played.data.failed.iterdir()) == [kept]
    [(_, path)] = module.segments(kept)
    assert goes_on_as(JournalFile.read(path), played.match)


async def test_only_the_newest_journals_are_kept_of_those_in_which_clients_reported_desyncs(played: Played) -> None:
    failed = played.data.failed / "failed"
    failed.mkdir()
    os.utime(failed, (0, 0))
    for number in range(9):
        match = Match(toy(), on_message=lambda _number, _message: None)
        journal = played.journals.open(match, f"M{number}", lambda: None)
        assert journal
        match.seat(outlet=FakeOutlet())
        tick_alone(match)
        match.resync(0, 1)
        journal.end(1, failed=False)
        await played.journals.carry()
        for path in played.data.failed.glob("M*-desync"):
            os.utime(path, (int(path.name[1]), int(path.name[1])))
    left = {path.name.partition("-")[0] for path in played.data.failed.iterdir()}
    assert left == {"failed", *(f"M{number}" for number in range(9 - KEPT_DESYNCS, 9))}


async def test_journals_with_a_desync_go_before_those_of_failed_matches(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(played.journals, "_limit", 80_000)
    for at, name in enumerate(("failed", f"old{DESYNC}", f"new{DESYNC}")):
        folder = played.data.failed / name
        folder.mkdir()
        (folder / "file").write_bytes(bytes(40_000))
        os.utime(folder, (at, at))
    for _ in range(journals_module.SYNC_EVERY):
        await played.journals.carry()
    assert [path.name for path in played.data.failed.iterdir()] == ["failed"]


async def test_a_match_that_ended_before_it_was_carried_leaves_no_folder(played: Played) -> None:
    played.journal.end(0, failed=False)
    await played.journals.carry()
    assert list(played.data.journals.iterdir()) == []


async def test_a_journal_played_again_in_vain_twice_is_not_tried_a_third_time(played: Played) -> None:
    played.tick(50)
    await played.journals.carry()
    journals, name = played.killed()
    journals.read(name)
    journals.read(name)
    with pytest.raises(JournalError, match="2 attempts to play it again have failed"):
        journals.read(name)
    aside = journals.set_aside(name)
    [(_, path)] = module.segments(aside)
    assert goes_on_as(JournalFile.read(path), played.match)
    assert journals.unfinished() == []


async def test_a_match_is_not_kept_where_memory_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_descriptor: int, _at: int, _size: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    journals = Journals(DataDirectory.open(tmp_path / "data"))
    match = Match(toy(), on_message=lambda _number, _message: None)
    assert journals.open(match, "K7RW2P", dict) is None
    assert match.journal is None
    assert "match K7RW2P is not kept: " in caplog.text
    assert journals.failures == 1


def test_what_others_have_put_in_memory_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "memory"))
    ours = memory_directory(tmp_path / "data")
    assert ours.parent == tmp_path / "memory"
    assert ours.stat().st_mode & 0o777 == 0o700
    ours.rmdir()
    ours.symlink_to(tmp_path)
    assert memory_directory(tmp_path / "data").parent == tmp_path / "data"
