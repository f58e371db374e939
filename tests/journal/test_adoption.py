"""Journals and recordings, when another number of workers starts on the same data directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from game_server.journal.adoption import adopt_journals
from game_server.journal.data_directory import JOURNALS, RECORDINGS, DataDirectory
from game_server.journal.journals import DATA_FILE, memory_directory


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "memory"))
    (tmp_path / "memory").mkdir()
    DataDirectory.open(tmp_path / "data").close()
    return tmp_path / "data"


def left(folder: Path, match: str) -> None:
    """A journal and a recording of ``match``, as a killed process leaves them in ``folder``."""
    DataDirectory.open(folder).close()
    (folder / JOURNALS / match).mkdir()
    (folder / RECORDINGS / f"{match}.gsrec").touch()
    (memory_directory(folder) / f"{match}.tail").touch()


def kept(folder: Path) -> set[str]:
    """What is there to go on with."""
    return {
        path.name
        for place in (folder / JOURNALS, folder / RECORDINGS, memory_directory(folder))
        for path in place.iterdir()
        if path.name != DATA_FILE
    }


def all_of(*matches: str) -> set[str]:
    return {f"{match}{suffix}" for match in matches for suffix in ("", ".gsrec", ".tail")}


def workers(data: Path, count: int) -> list[Path]:
    return [data / f"worker-{number}" for number in range(count)]


def test_fewer_workers_take_over_what_the_others_have_left(data: Path) -> None:
    for folder, match in zip(workers(data, 3), "abc", strict=True):
        left(folder, match)
    adopt_journals(data, workers(data, 2))
    assert kept(data / "worker-0") | kept(data / "worker-1") == all_of("a", "b", "c")
    assert kept(data / "worker-0") >= all_of("a")
    assert kept(data / "worker-1") >= all_of("b")


def test_one_process_takes_over_what_workers_have_left_and_the_log_says_from_where(
    data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    left(data / "worker-0", "a")
    left(data, "b")
    adopt_journals(data, [data])
    assert kept(data) == all_of("a", "b")
    assert f"what was in {data / 'worker-0' / JOURNALS} goes on in {data / JOURNALS}" in caplog.text


def test_workers_take_over_what_one_process_has_left(data: Path) -> None:
    left(data, "a")
    adopt_journals(data, workers(data, 2))
    assert kept(data / "worker-0") | kept(data / "worker-1") == all_of("a")


def test_the_same_workers_keep_what_they_have(data: Path) -> None:
    for folder, match in zip(workers(data, 2), "ab", strict=True):
        left(folder, match)
    adopt_journals(data, workers(data, 2))
    assert [kept(folder) for folder in workers(data, 2)] == [all_of("a"), all_of("b")]
