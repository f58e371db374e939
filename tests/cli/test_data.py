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
