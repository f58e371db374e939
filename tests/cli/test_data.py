from __future__ import annotations

from pathlib import Path

import pytest

from game_server.cli.data import data
from game_server.errors import ConfigError
from game_server.journal import DataDirectory


def test_what_is_in_a_directory_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with DataDirectory.open(tmp_path / "data") as kept:
        (kept.recordings / "one").write_bytes(bytes(3_000_000))
        (kept.journals / "two").mkdir()
    assert data(tmp_path / "data") == 0
    rows = [line.split()[:3] for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        ["journals", "1", "0.0"],
        ["recordings", "1", "3.0"],
        ["failed", "0", "0.0"],
        ["in", "all", "3.0"],
    ]


def test_another_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"{tmp_path} is no data directory"):
        data(tmp_path)


@pytest.mark.parametrize("name", ["missing", "too long" * 50])
def test_a_directory_that_cannot_be_read_is_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"{name} cannot be read: "):
        data(tmp_path / name)


def test_the_table_is_in_columns_of_words_and_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with DataDirectory.open(tmp_path / "data") as kept:
        (kept.recordings / "one").write_bytes(bytes(30_000_000))
    data(tmp_path / "data")
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "journals    0   0.0 MB  matches that go on",
        "recordings  1  30.0 MB  matches to watch again",
        "failed      0   0.0 MB  journals of matches that failed",
        "in all         30.0 MB",
    ]


def test_a_part_that_is_missing_has_nothing_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "journals").mkdir()
    assert data(tmp_path) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()[:3]] == ["0", "0", "0"]
