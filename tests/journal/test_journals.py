from __future__ import annotations

import errno
import os
import random
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from game_server.errors import JournalError
from game_server.journal import DataDirectory, JournalFile, Journals, MatchJournal, Replay, StoredJournal
from game_server.journal import journals as journals_module
from game_server.journal import segments as module
from game_server.journal import tail as tail_module
from game_server.journal.journal_writer import JournalWriter
from game_server.journal.journals import DATA_FILE, DEATHS, KEPT_DESYNCS, PASSES_WELL, memory_directory
from game_server.journal.match_journal import DESYNC
from game_server.journal.records import CHECKPOINT, ENDED
from game_server.protocol import Input
from game_server.simulation import Match, TickGroup, tick_alone
from tests.simulation.fake_outlet import FakeOutlet
from tests.simulation.toy_game import Toy, toy

CAPACITY = 60_000
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
    monkeypatch.setattr(module, "SEGMENT_BYTES", 5_000)
    monkeypatch.setattr(module, "KEPT_BYTES", 12_500)
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
        for _ in range(60):  # more than the tail holds
            played.tick(60)
            await played.journals.carry()
    assert played.match.world.tick == 3_600
    assert [record.message for record in caplog.records] == [
        f"match K7RW2P is not kept any more: {played.folder}: No space left on device"
    ]
    assert played.journals.failures == 1
    for _ in range(PASSES_WELL):
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
    played.tick(CAPACITY // 40)
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


@pytest.mark.parametrize("damage", [b"x", b"x" * 5000])
async def test_a_match_whose_tail_is_damaged_goes_on_from_what_the_disk_has(
    played: Played, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    played.tick(100)
    await played.journals.carry()
    played.tick(20)
    [tail] = memory_directory(played.path).glob("*.tail")
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
    kept = played.journal.end(failed=failed)
    await played.journals.carry()
    assert not folder.exists()
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
        played.journal.end(failed=False)
        await played.journals.carry()
    assert not folder.exists()
    kept = played.data.failed / f"{folder.name}-desync"
    assert list(played.data.failed.iterdir()) == [kept]
    [(_, path)] = module.segments(kept)
    assert goes_on_as(JournalFile.read(path), played.match)


async def test_only_the_newest_journals_with_desyncs_that_clients_reported_are_kept(played: Played) -> None:
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
        journal.end(failed=False)
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
    played.journal.end(failed=False)
    await played.journals.carry()
    assert list(played.data.journals.iterdir()) == []


async def test_a_journal_played_again_in_vain_twice_is_not_tried_a_third_time(played: Played) -> None:
    played.tick(50)
    await played.journals.carry()
    journals, name = played.killed()
    for _ in range(2):
        journals.read(name)
        journals.note_attempt(name, failed=True)
    with pytest.raises(JournalError, match="2 attempts to play it again have failed"):
        journals.read(name)
    aside = journals.set_aside(name)
    [(_, path)] = module.segments(aside)
    assert goes_on_as(JournalFile.read(path), played.match)
    assert journals.unfinished() == []


async def test_a_server_killed_after_it_replayed_a_journal_may_do_so_any_number_of_times(played: Played) -> None:
    played.tick(50)
    journals, name = played.killed()
    for _ in range(20):
        assert goes_on_as(journals.read(name), played.match)
        journals.note_attempt(name, failed=False)


async def test_a_journal_that_kills_each_server_that_replays_it_is_left_alone_in_the_end(played: Played) -> None:
    played.tick(50)
    journals, name = played.killed()
    for _ in range(DEATHS):
        journals.read(name)
    with pytest.raises(JournalError, match=f"the server has died {DEATHS} times while it played it again"):
        journals.read(name)


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
    shutil.rmtree(ours)
    ours.symlink_to(tmp_path)
    assert memory_directory(tmp_path / "data").parent == tmp_path / "data"


def test_what_is_in_memory_for_a_data_directory_that_is_gone_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "memory").mkdir()
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "memory"))
    memory = {}
    for name in ("gone", "there", "new"):
        (tmp_path / name).mkdir()
        memory[name] = memory_directory(tmp_path / name)
        (memory[name] / "some-000001.tail").write_bytes(b"some")
    unknown = tmp_path / "memory" / memory["new"].name[:-3]
    unknown.mkdir()
    (tmp_path / "gone").rmdir()
    memory_directory(tmp_path / "new")
    assert set((tmp_path / "memory").iterdir()) == {memory["there"], memory["new"], unknown}


class PlayedTogether:
    """Three matches, of which two tick together, kept in one directory."""

    def __init__(self, path: Path) -> None:
        self.data = DataDirectory.open(path)
        self.journals = Journals(self.data)
        self.groups = [TickGroup(30), TickGroup(30)]
        self.matches: list[Match] = []
        self.outlets: list[FakeOutlet] = []
        self.journal_of: dict[str, MatchJournal] = {}

    def begin(self, nursery: trio.Nursery) -> Match:
        match, number = Match(toy(), on_message=lambda _number, _message: None), len(self.matches)
        journal = self.journals.open(match, f"M{number}", lambda: None)
        assert journal
        self.journal_of[f"M{number}"] = journal
        self.matches.append(match)
        self.outlets.append(FakeOutlet())
        match.seat(outlet=self.outlets[-1])
        nursery.start_soon(self.groups[number % 2].drive, match)
        return match

    def tick(self, chance: random.Random) -> None:
        for match, outlet in zip(self.matches, self.outlets, strict=True):
            outlet.say(Input(match.world.tick + 1, chance.getrandbits(6), chance.randrange(4096), 0))
        for group in self.groups:
            group.tick()


@pytest.mark.parametrize("seed", range(8))
async def test_each_of_several_matches_is_there_whenever_the_server_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    (tmp_path / "memory").mkdir()
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "memory"))
    monkeypatch.setattr(tail_module, "BLOCK_BYTES", 3_000)
    monkeypatch.setattr(module, "SEGMENT_BYTES", 4_000)
    chance, real = random.Random(seed), os.pwrite

    def fails_at_times(descriptor: int, data: Any, at: int) -> int:
        if chance.random() < 0.2:
            real(descriptor, data[: chance.randrange(len(data))], at)
            raise OSError(errno.EIO, "killed here, or the disk is full")
        return real(descriptor, data, at)

    played = PlayedTogether(tmp_path / "data")
    monkeypatch.setattr(os, "pwrite", fails_at_times)
    async with trio.open_nursery() as nursery:
        for _ in range(3):
            played.begin(nursery)
        await trio.testing.wait_all_tasks_blocked()
        for _ in range(chance.randrange(60, 900)):
            played.tick(chance)
            if chance.random() < 0.03:
                match = chance.choice(played.matches)
                match.seat(outlet=FakeOutlet()) if len(match.players) < 2 else match.unseat(max(match.players))
            if chance.random() < 0.005:
                played.begin(nursery)
                await trio.testing.wait_all_tasks_blocked()
            if chance.random() < 0.05:
                await played.journals.carry()
        nursery.cancel_scope.cancel()
    assert not any(journal.lost for journal in played.journal_of.values())
    monkeypatch.setattr(os, "pwrite", real)
    played.data.close()
    journals = Journals(DataDirectory.open(tmp_path / "data"))
    names = journals.unfinished()
    assert {name.partition("-")[0] for name in names} == set(played.journal_of)
    for name in names:
        assert goes_on_as(journals.read(name), played.matches[int(name.partition("-")[0][1:])])
    for name in names:
        journals.forget(name)
    assert [path.name for path in memory_directory(tmp_path / "data").iterdir()] == [DATA_FILE]


async def test_matches_that_leave_and_come_back_between_two_ticks_go_on_where_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "memory").mkdir()
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "memory"))
    played, chance = PlayedTogether(tmp_path / "data"), random.Random(1)
    [group, _] = played.groups = [TickGroup(30)] * 2
    async with trio.open_nursery() as nursery:
        first, second = (played.begin(nursery) for _ in range(2))
        await trio.testing.wait_all_tasks_blocked()
        played.groups.pop()
        for driven in ((first, second), (second,), (first, second), (first,), (second, first)):
            group.release(first)
            group.release(second)
            for match in driven:
                nursery.start_soon(group.drive, match, group.reserve(4))
                await trio.testing.wait_all_tasks_blocked()
            for _ in range(35):
                played.tick(chance)
        nursery.cancel_scope.cancel()
    played.data.close()
    journals = Journals(DataDirectory.open(tmp_path / "data"))
    for name in journals.unfinished():
        assert goes_on_as(journals.read(name), played.matches[int(name[1])])


async def test_places_of_matches_are_asked_for_once_while_none_comes_or_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "memory").mkdir()
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "memory"))
    played, asked, place = PlayedTogether(tmp_path / "data"), [], JournalWriter.place

    def counted(self: JournalWriter, first: int) -> tuple[int, ...]:
        asked.append(first)
        return place(self, first)

    monkeypatch.setattr(JournalWriter, "place", counted)
    async with trio.open_nursery() as nursery:
        for _ in range(4):
            played.begin(nursery)
        await trio.testing.wait_all_tasks_blocked()
        for _ in range(90):
            played.tick(random.Random(1))
        nursery.cancel_scope.cancel()
    assert len(asked) == 4


async def test_journals_are_carried_once_a_second(
    played: Played,
    monkeypatch: pytest.MonkeyPatch,
    nursery: trio.Nursery,
    jumping_clock: None,  # noqa: ARG001
) -> None:
    carried: list[float] = []

    async def carry(_: Journals) -> None:
        carried.append(trio.current_time())

    monkeypatch.setattr(Journals, "carry", carry)
    began = trio.current_time()
    nursery.start_soon(played.journals.run)
    await trio.sleep(3.5)
    assert [when - began for when in carried] == pytest.approx([1, 2, 3], abs=0.1)
    nursery.cancel_scope.cancel()


async def test_the_disk_is_waited_for_at_each_tenth_pass_and_when_it_is_asked_for(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    synchronised: list[int] = []
    monkeypatch.setattr(os, "fdatasync", synchronised.append)
    passes = []
    for number in range(1, 22):
        played.tick()
        before = len(synchronised)
        await played.journals.carry(sync=number == 13)
        if len(synchronised) > before:
            passes.append(number)
    assert passes == [10, 13, 20]
    await played.journals.close(keep=True)
    assert len(synchronised) == 4


def modes(path: Path) -> set[int]:
    return {it.stat().st_mode & 0o777 for it in path.iterdir()}


async def test_a_journal_is_for_its_user_alone_on_the_disk_and_in_memory(played: Played) -> None:
    memory = memory_directory(played.path)
    assert (modes(memory.parent), modes(memory) - {0o644}) == ({0o700}, {0o600})
    await played.journals.carry()
    assert (modes(played.data.journals), modes(played.folder)) == ({0o700}, {0o600})
    memory.chmod(0o755)
    assert memory_directory(played.path) == memory
    assert modes(memory.parent) == {0o700}


async def test_a_journal_read_before_it_was_carried_gets_a_folder_for_its_user_alone(played: Played) -> None:
    played.tick(30)
    journals, name = played.killed()
    journals.read(name)
    journals.read(name)
    assert modes(played.data.journals) == {0o700}
    assert (played.data.journals / name / "attempts").read_bytes() == b"??"
    journals.note_attempt(name, failed=True)
    assert (played.data.journals / name / "attempts").read_bytes() == b"?x"
    journals.note_attempt(name, failed=False)
    assert not (played.data.journals / name / "attempts").exists()


@pytest.mark.parametrize("keep", [False, True])
async def test_a_server_that_stops_leaves_its_matches_or_nothing_and_no_memory_in_use(
    played: Played, keep: bool
) -> None:
    played.tick(40)
    memory = memory_directory(played.path)
    await played.journals.close(keep=keep)
    assert not memory.exists()
    assert len(list(played.data.journals.iterdir())) == keep
    if keep:
        assert goes_on_as(played.read(), played.match)


async def test_what_the_disk_has_not_taken_when_a_server_stops_stays_in_memory(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int, _data: Any, _at: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    played.tick(40)
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        await played.journals.close(keep=True)
    assert list(memory_directory(played.path).glob("*.tail"))
    assert goes_on_as(played.read(), played.match)


async def test_the_room_of_a_match_in_the_tail_is_given_back_when_it_is_over(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert played.journals._tail.limit == CAPACITY
    monkeypatch.setattr(journals_module, "TAIL_BYTES_A_SEAT", 100)
    other = played.journals.open(Match(toy(), on_message=lambda *_: None), "M4XQ8B", dict)
    assert other
    assert played.journals._tail.limit == 2 * CAPACITY + 400
    other.end(failed=False)
    await played.journals.carry()
    assert played.journals._tail.limit == CAPACITY


async def test_a_disk_that_works_at_times_is_reported_once_until_it_has_worked_ten_times(
    played: Played, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    real, works = os.pwrite, True

    def write(descriptor: int, data: Any, at: int) -> int:
        if not works:
            raise OSError(errno.EIO, "Input/output error")
        return real(descriptor, data, at)

    monkeypatch.setattr(os, "pwrite", write)
    said = []
    for works in [False, *[True] * 9, False, *[True] * 10, False]:  # noqa: B007
        played.tick()
        before = len(caplog.messages)
        await played.journals.carry()
        said.append(len(caplog.messages) - before)
    assert said == [1, *[0] * 19, 1, 1]
    assert (played.journals.failures, played.journal.trouble) == (2, "Input/output error")


async def test_of_a_match_that_ends_twice_the_first_end_counts(played: Played) -> None:
    played.tick(10)
    assert played.journal.end(failed=True) == played.data.failed / played.folder.name
    assert played.journal.end(failed=False) == played.data.failed / played.folder.name
    await played.journals.carry()
    [(_, path)] = module.segments(played.data.failed / played.folder.name)
    assert [record.value for record in JournalFile.read(path).records if record.kind == ENDED] == [True]


async def test_journals_left_by_a_server_are_listed_the_newest_first(played: Played) -> None:
    names = ["ZZZZZZ-1000", "AAAAAA-3000", "MMMMMM-2000"]
    for name in names:
        (played.data.journals / name).mkdir()
    (played.data.journals / "file").touch()
    await played.journals.close(keep=False)
    played.data.close()
    assert Journals(DataDirectory.open(played.path)).unfinished() == ["AAAAAA-3000", "MMMMMM-2000", "ZZZZZZ-1000"]


async def test_a_journal_that_cannot_be_moved_is_named_in_the_log_and_stays(
    played: Played, caplog: pytest.LogCaptureFixture
) -> None:
    played.tick(30)
    await played.journals.carry()
    journals, name = played.killed()
    played.data.failed.rmdir()
    played.data.failed.write_text("no folder")
    aside = journals.set_aside(name)
    assert f"{played.data.journals / name} cannot be moved to {aside}" in caplog.text
    assert (played.data.journals / name).exists()
