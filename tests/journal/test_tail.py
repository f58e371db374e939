from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from game_server.errors import JournalError
from game_server.journal.records import Header
from game_server.journal.tail import Tail, read_tail

HEADER = Header("K7RW2P", "arena", "", 1.8e9)


def make(path: Path, capacity: int) -> Tail:
    return Tail(path, capacity, HEADER)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.binary(min_size=1, max_size=40), st.just("carry")), max_size=40))
def test_another_process_reads_what_was_appended_and_not_carried(tmp_path: Path, doings: list[bytes | str]) -> None:
    tail, written, carried = make(tmp_path / "tail", 64), b"", 0
    for doing in doings:
        if isinstance(doing, bytes):
            fits = len(written) - carried + len(doing) <= 64
            assert tail.append(doing, 0) is fits
            written += doing if fits else b""
        else:
            assert tail.waiting() == written[carried:]
            tail.carried(len(written))
            carried = len(written)
    found = read_tail(tmp_path / "tail")
    assert found is not None
    assert (found.header, found.begin, found.data) == (HEADER, carried, written[carried:])
    tail.close(remove=True)
    assert read_tail(tmp_path / "tail") is None


def test_what_a_killed_process_has_appended_is_there(tmp_path: Path) -> None:
    script = f"""if True:
        import os, signal
        from pathlib import Path
        from game_server.journal.records import Header
        from game_server.journal.tail import Tail
        tail = Tail(Path({str(tmp_path / "tail")!r}), 1000, Header("A", "arena", "", 1.0))
        tail.append(b"one", 5); tail.append(b"two", 6); tail.note_tick(7)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -signal.SIGKILL
    found = read_tail(tmp_path / "tail")
    assert found is not None
    assert (found.data, found.tick) == (b"onetwo", 7)


def test_what_another_has_left_is_not_overwritten(tmp_path: Path) -> None:
    make(tmp_path / "tail", 64).append(b"old", 0)
    with pytest.raises(FileExistsError):
        make(tmp_path / "tail", 64)
    found = read_tail(tmp_path / "tail")
    assert found is not None
    assert found.data == b"old"


def test_it_is_for_its_user_alone(tmp_path: Path) -> None:
    make(tmp_path / "tail", 64)
    assert (tmp_path / "tail").stat().st_mode & 0o777 == 0o600


def test_its_room_is_there_from_the_start(tmp_path: Path) -> None:
    # A hole that the file system cannot fill later would end the process with SIGBUS.
    make(tmp_path / "tail", 1_000_000)
    assert (tmp_path / "tail").stat().st_blocks * 512 >= 1_000_000


def test_a_file_system_without_room_refuses_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int, _at: int, _size: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match="No space left"):
        Tail(tmp_path / "tail", 64, HEADER)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_tail_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tail"
    make(path, 64).append(b"something", 0)
    good = path.read_bytes()
    for at in range(0, len(good), 7):
        path.write_bytes(good[:at])
        with pytest.raises(JournalError, match="is not the tail of a journal"):
            read_tail(path)
    for at in (0, 8, 16, 31, 36, 70):
        path.write_bytes(good[:at] + b"\xff" + good[at + 1 :])
        with pytest.raises(JournalError, match="is not the tail of a journal"):
            read_tail(path)


def test_a_link_and_the_file_of_another_user_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "tail", 64)
    (tmp_path / "link").symlink_to(tmp_path / "tail")
    with pytest.raises(JournalError, match="cannot be read"):
        read_tail(tmp_path / "link")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(JournalError, match="belongs to another user"):
        read_tail(tmp_path / "tail")
