from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from game_server.journal import tail as module
from game_server.journal.records import Header, pack, pack_opened
from game_server.journal.tail import Tail
from game_server.journal.tail_content import TailContent, read_tail, tail_files

HEADER = Header("K7RW2P", "arena", "", 1.8e9, "now", 1)
RECORDS = [pack_opened(HEADER), *(pack(kind, 0, 5) for kind in (3, 4, 5))]


def make(folder: Path, limit: int = 1_000_000) -> Tail:
    folder.mkdir(exist_ok=True)
    tail = Tail(folder, "now")
    tail.limit = limit
    return tail


def left(folder: Path) -> TailContent:
    content, faults = read_tail("now", tail_files(folder).get("now", []))
    assert faults == []
    return content


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.sampled_from(RECORDS), st.just("carry")), max_size=60))
def test_another_process_reads_what_was_appended_and_not_carried(
    tmp_path_factory: pytest.TempPathFactory, doings: list[bytes | str]
) -> None:
    folder = tmp_path_factory.mktemp("memory")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "BLOCK_BYTES", 100)
        tail, written, carried = make(folder, limit=400), b"", 0
        for doing in doings:
            if isinstance(doing, bytes):
                fits = len(written) - carried + len(doing) <= 400
                assert tail.append(doing) is fits
                written += doing if fits else b""
            else:
                assert tail.waiting() == written[carried:]
                tail.carried(len(written))
                carried = len(written)
        found = left(folder)
        assert found.data == written[carried:]
        assert found.begin == carried or not found.data
        assert len(list(folder.iterdir())) <= 2 + 400 // 50
        tail.close()
        assert bool(list(folder.iterdir())) is (carried < len(written))


def test_what_a_killed_process_has_appended_is_there(tmp_path: Path) -> None:
    script = f"""if True:
        import os, signal
        from pathlib import Path
        from game_server.journal.records import pack
        from game_server.journal.tail import Tail
        tail = Tail(Path({str(tmp_path)!r}), "now")
        tail.limit = 1000
        tail.append(pack(3, 5, 1)); tail.append(pack(3, 6, 2))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -signal.SIGKILL
    assert left(tmp_path).data == pack(3, 5, 1) + pack(3, 6, 2)


def test_a_record_larger_than_a_block_has_a_block_of_its_own(tmp_path: Path) -> None:
    large = pack(7, 0, bytes(2 * module.BLOCK_BYTES))
    tail = make(tmp_path, limit=10 * module.BLOCK_BYTES)
    assert all(tail.append(record) for record in (RECORDS[1], large, RECORDS[2]))
    assert left(tmp_path).data == RECORDS[1] + large + RECORDS[2]


def test_what_another_has_left_is_not_overwritten(tmp_path: Path) -> None:
    assert make(tmp_path).append(RECORDS[1])
    again = make(tmp_path)
    assert not again.append(RECORDS[2])
    assert again.trouble == "File exists"
    assert left(tmp_path).data == RECORDS[1]


def test_it_is_for_its_user_alone(tmp_path: Path) -> None:
    make(tmp_path).append(RECORDS[1])
    [path] = tmp_path.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_room_of_a_block_is_there_from_the_start(tmp_path: Path) -> None:
    # A hole that the file system cannot fill later would end the process with SIGBUS.
    make(tmp_path).append(RECORDS[1])
    [path] = tmp_path.iterdir()
    assert path.stat().st_blocks * 512 >= module.BLOCK_BYTES


def test_a_file_system_without_room_refuses_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int, _at: int, _size: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    tail = make(tmp_path)
    assert not tail.append(RECORDS[1])
    assert tail.trouble == "No space left on device"
    assert list(tmp_path.iterdir()) == []


def test_blocks_that_are_none_are_named_and_what_was_before_them_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK_BYTES", 20)
    tail = make(tmp_path)
    for record in RECORDS[1:]:
        tail.append(record)
    *_, path = sorted(tmp_path.iterdir())
    good = path.read_bytes()
    damaged = [good[:at] for at in range(8, 64 + len(RECORDS[-1]), 7)]
    damaged += [good[:at] + b"\xff" + good[at + 1 :] for at in (0, 15, 23, 31)]
    for data in damaged:
        path.write_bytes(data)
        found, faults = read_tail("now", tail_files(tmp_path)["now"])
        assert found.data == b"".join(RECORDS[1:-1])
        assert [str(path) in fault for fault in faults] == [True]


def test_a_block_that_is_being_made_is_passed_over(tmp_path: Path) -> None:
    make(tmp_path).append(RECORDS[1])
    for at, content in enumerate((b"", bytes(8), bytes(5_000)), 7):
        (tmp_path / f"now-00000{at}.tail").write_bytes(content)
    assert left(tmp_path).data == RECORDS[1]


def test_records_of_another_format_are_refused(tmp_path: Path) -> None:
    make(tmp_path).append(pack(99, 0, 5))
    found, faults = read_tail("now", tail_files(tmp_path)["now"])
    assert found.data == b""
    assert len(faults) == 1
    assert "is none of format 3" in faults[0]


def test_a_link_and_the_file_of_another_user_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path).append(RECORDS[1])
    [path] = tmp_path.iterdir()
    link = tmp_path / "link"
    link.symlink_to(path)
    _, [fault] = read_tail("now", [link])
    assert "cannot be read" in fault
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    _, [fault] = read_tail("now", [path])
    assert "belongs to another user" in fault
