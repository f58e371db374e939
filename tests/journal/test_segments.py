"""Segments: what a thread writes into the files of a journal, one call after the other."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import attrs
import pytest

from game_server.errors import JournalError
from game_server.journal import segments as module
from game_server.journal.records import (
    CARRIED,
    CHECKPOINT,
    ENDED,
    HEADER,
    ORDERED,
    Checkpoint,
    Header,
    pack,
    pack_header,
    pack_opened,
    read,
)
from game_server.journal.segments import (
    SegmentWriter,
    add_tail,
    newest_header,
    read_segment,
    read_stored,
    segments,
)
from game_server.journal.tail_content import TailContent
from game_server.journal.tail_split import Pieces

HEADER_OF_IT = Header("K7RW2P", "toy", "", 1.8e9, "now", 1)
WORLD = pack(CHECKPOINT, 0, Checkpoint(7, 4, 30, "", {}, b"world"))


def ordered(tick: int) -> bytes:
    return pack(ORDERED, tick, 1)


def pieces(*records: bytes, at: int = 0) -> Pieces:
    """Records as they stand in a tail, each ten bytes after the one before."""
    return [(at + 10 * place, record) for place, record in enumerate(records)]


@pytest.fixture
def writer(tmp_path: Path) -> SegmentWriter:
    return SegmentWriter(tmp_path / "journal", HEADER_OF_IT)


def content(path: Path) -> list[tuple[int, int, Any]]:
    """The records of a file after its header."""
    return [(it.kind, it.tick, it.value) for it in read(read_segment(path)[1]) if it.kind != CHECKPOINT]


def test_what_comes_is_appended_and_how_far_the_tail_was_carried(writer: SegmentWriter) -> None:
    writer.write([], 5)
    assert not writer.folder.exists()
    writer.write(pieces(WORLD, ordered(3), at=70), 100)
    writer.write([], 150)
    writer.write(pieces(ordered(4), at=160), 200)
    [(begins, path)] = segments(writer.folder)
    assert (begins, path.name, writer.since) == (0, "000000000000.journal", 200)
    assert read_segment(path)[0] == attrs.evolve(HEADER_OF_IT, since=70)
    assert content(path) == [(ORDERED, 3, 1), (CARRIED, 0, 100), (ORDERED, 4, 1), (CARRIED, 0, 200)]
    assert (path.stat().st_mode & 0o777, writer.folder.stat().st_mode & 0o777) == (0o600, 0o700)


def test_after_a_file_that_is_long_enough_the_next_checkpoint_begins_another(
    writer: SegmentWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pieces(WORLD, ordered(1))
    long = len(WORLD) + len(ordered(1)) + len(pack(CARRIED, 0, 20))
    monkeypatch.setattr(module, "SEGMENT_BYTES", long)
    writer.write(first, 20)
    writer.write(pieces(ordered(2), WORLD, ordered(3), at=20), 50)
    (_, old), (begins, new) = segments(writer.folder)
    assert content(old) == [(ORDERED, 1, 1), (CARRIED, 0, 20), (ORDERED, 2, 1), (CARRIED, 0, 30)]
    assert content(new) == [(ORDERED, 3, 1), (CARRIED, 0, 50)]
    assert begins == len(read_segment(old)[1])
    assert read_segment(new)[0].since == 30


def test_a_file_that_is_one_byte_too_short_goes_on(writer: SegmentWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.write(pieces(WORLD), 20)
    [(_, path)] = segments(writer.folder)
    monkeypatch.setattr(module, "SEGMENT_BYTES", len(read_segment(path)[1]) + 1)
    writer.write(pieces(WORLD, at=20), 30)
    assert len(segments(writer.folder)) == 1
    writer.write(pieces(ordered(1), at=30), 40)
    assert len(segments(writer.folder)) == 1  # it waits for a checkpoint


@pytest.mark.parametrize(("short", "left"), [(0, 2), (1, 1)])
def test_of_a_match_the_files_go_that_begin_further_back_than_is_kept(
    writer: SegmentWriter, monkeypatch: pytest.MonkeyPatch, short: int, left: int
) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 1)
    writer.write(pieces(WORLD), 10)
    size = len(WORLD) + len(pack(CARRIED, 0, 10))
    monkeypatch.setattr(module, "KEPT_BYTES", size - short)
    writer.write(pieces(WORLD, at=10), 20)
    assert len(segments(writer.folder)) == left


def test_what_a_call_that_failed_has_written_is_written_over(
    writer: SegmentWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.write(pieces(WORLD), 10)
    real = os.pwrite

    def fails(descriptor: int, data: Any, at: int) -> int:
        real(descriptor, data, at)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", fails)
        with pytest.raises(OSError, match="No space"):
            writer.write(pieces(*map(ordered, range(50)), at=10), 500)
    assert writer.since == 10
    writer.write(pieces(ordered(1), at=10), 20)
    [(_, path)] = segments(writer.folder)
    assert content(path) == [(CARRIED, 0, 10), (ORDERED, 1, 1), (CARRIED, 0, 20)]
    assert read_stored(writer.folder, None).unread == 0


def test_a_disk_that_takes_a_few_bytes_at_a_time_gets_all(
    writer: SegmentWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda descriptor, data, at: real(descriptor, data[:7], at))
    writer.write(pieces(WORLD, ordered(1)), 20)
    [(_, path)] = segments(writer.folder)
    assert content(path) == [(ORDERED, 1, 1), (CARRIED, 0, 20)]


def test_a_file_whose_header_cannot_be_written_is_closed_and_begun_again(
    writer: SegmentWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", lambda *_: (_ for _ in ()).throw(OSError(errno.EIO, "no")))
        for _ in range(3):
            with pytest.raises(OSError, match="no"):
                writer.write(pieces(WORLD), 10)
    assert len(os.listdir("/proc/self/fd")) == before
    writer.write(pieces(WORLD), 10)
    assert read_stored(writer.folder, None).records[0].kind == CHECKPOINT


def test_the_disk_is_waited_for_if_there_is_a_file(writer: SegmentWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[int] = []
    monkeypatch.setattr(os, "fdatasync", waited.append)
    writer.sync()
    assert waited == []
    writer.write(pieces(WORLD), 10)
    writer.sync()
    assert len(waited) == 1
    writer.close()
    writer.close()
    writer.sync()
    assert len(waited) == 1


def test_a_journal_that_begins_afresh_has_nothing_of_before(writer: SegmentWriter) -> None:
    writer.write(pieces(WORLD, ordered(1)), 20)
    writer.restart(90)
    [(_, path)] = segments(writer.folder)
    header, rest = read_segment(path)
    assert (header.since, rest, writer.since) == (90, b"", 90)
    writer.write(pieces(WORLD, at=95), 100)
    assert content(path) == [(CARRIED, 0, 100)]


def test_a_journal_that_is_removed_leaves_nothing_though_it_had_no_file(writer: SegmentWriter) -> None:
    writer.remove()
    writer.write(pieces(WORLD), 10)
    before = len(os.listdir("/proc/self/fd"))
    writer.remove()
    assert not writer.folder.exists()
    assert len(os.listdir("/proc/self/fd")) == before - 1


def test_other_files_are_no_segments_and_the_newest_that_can_be_read_has_the_header(tmp_path: Path) -> None:
    assert newest_header(tmp_path) is None
    for name, data in (
        ("000000000000.journal", pack_header(HEADER_OF_IT)),
        ("000000000100.journal", pack_header(attrs.evolve(HEADER_OF_IT, since=100))),
        ("000000000200.journal", b""),
        ("notes.journal", b""),
        ("000000000300.old", b""),
    ):
        (tmp_path / name).write_bytes(data)
    assert [begins for begins, _ in segments(tmp_path)] == [0, 100, 200]
    found = newest_header(tmp_path)
    assert found
    assert found.since == 100


def tail(*records: bytes, name: str = "now", number: int = 1) -> TailContent:
    """A tail from the offset 70 on, in which a journal begins, and which has ``records`` of it."""
    opened = attrs.evolve(HEADER_OF_IT, number=number)
    return TailContent(name, 70, pack_opened(opened) + b"".join(pack(11, 0, (number, record)) for record in records))


def stored_ticks(folder: Path, content: TailContent | None) -> list[int]:
    return [it.tick for it in read_stored(folder, content).records if it.kind == ORDERED]


def test_what_is_stored_goes_on_in_the_tail_that_it_follows_and_in_no_other(writer: SegmentWriter) -> None:
    found = tail(WORLD, ordered(1), ordered(2))
    split = found.pieces(1, 0)
    writer.write(split[:2], split[2][0])
    assert stored_ticks(writer.folder, found) == [1, 2]
    assert stored_ticks(writer.folder, attrs.evolve(found, name="other")) == [1]
    assert stored_ticks(writer.folder, None) == [1]
    # What a thread has written that was killed before it noted how far it came is read from the tail, once.
    [(_, path)] = segments(writer.folder)
    path.write_bytes(path.read_bytes() + ordered(2))
    assert stored_ticks(writer.folder, found) == [1, 2]
    assert stored_ticks(writer.folder, None) == [1, 2]


def test_what_was_never_carried_is_in_the_tail_alone(tmp_path: Path) -> None:
    folder = tmp_path / HEADER_OF_IT.name
    assert stored_ticks(folder, tail(WORLD, ordered(1))) == [1]
    with pytest.raises(JournalError, match="has no checkpoint in it"):
        read_stored(folder, tail(ordered(1)))
    with pytest.raises(JournalError, match="has no checkpoint in it"):
        read_stored(tmp_path / "M4XQ8B-1", tail(WORLD))
    with pytest.raises(JournalError, match="has no checkpoint in it"):
        read_stored(folder, None)


def test_a_tail_is_added_to_the_segment_that_it_continues_or_makes_the_first(writer: SegmentWriter) -> None:
    found = tail(WORLD, ordered(1), ordered(2), pack(ENDED, 2, True))
    split = found.pieces(1, 0)
    writer.write(split[:2], split[2][0])
    [(_, path)] = segments(writer.folder)
    path.write_bytes(path.read_bytes() + b"half of what a killed thread wrote")
    add_tail(writer.folder, attrs.evolve(found, name="other"))
    assert path.read_bytes().endswith(b"wrote")
    add_tail(writer.folder, found)
    assert [value for kind, _, value in content(path) if kind != CARRIED] == [1, 1, True]
    folder = writer.folder.with_name(HEADER_OF_IT.name)
    add_tail(folder, found)
    [(_, path)] = segments(folder)
    assert content(path)[-1] == (CARRIED, 0, 70 + len(found.data))
    assert read_segment(path)[0].since == split[0][0]
    add_tail(folder.with_name("M4XQ8B-1"), found)  # of which it has nothing
    assert not folder.with_name("M4XQ8B-1").exists()


def test_a_file_that_begins_with_another_record_is_no_segment(tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(WORLD)
    with pytest.raises(JournalError, match="is no journal: it does not begin with a header"):
        read_segment(tmp_path / "it")
    with pytest.raises(JournalError, match="missing cannot be read: No such file"):
        read_segment(tmp_path / "missing")
    assert next(read(pack_header(HEADER_OF_IT))).kind == HEADER
