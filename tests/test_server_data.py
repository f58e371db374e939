"""What a server keeps in its data directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import trio

from game_server.errors import ConfigError
from game_server.journal import DataDirectory
from tests.live_server import OpenServer
from tests.test_server_metrics import scrape
from tests.waiting import happened_on_disk


async def test_tokens_are_signed_with_the_key_in_the_directory(open_server: OpenServer, tmp_path: Path) -> None:
    served = await open_server(options={"data": tmp_path / "data"})
    sessions = served.server.lobby.context.sessions
    assert sessions.key == (tmp_path / "data" / "key").read_bytes()


async def test_the_directory_is_locked_while_the_server_runs(open_server: OpenServer, tmp_path: Path) -> None:
    served = await open_server(options={"data": tmp_path / "data"})
    with pytest.raises(ConfigError, match="in use"):
        DataDirectory.open(tmp_path / "data")
    served.stop.set()
    await happened_on_disk(served.stopped)
    DataDirectory.open(tmp_path / "data").close()


async def test_what_journals_leave_of_the_limit_is_for_recordings(open_server: OpenServer, tmp_path: Path) -> None:
    failed = tmp_path / "data" / "failed" / "old"
    DataDirectory.open(tmp_path / "data").close()
    failed.mkdir()
    (failed / "file").write_bytes(bytes(2_000_000))
    served = await open_server(options={"data": tmp_path / "data", "data_limit": 1_000_000})
    await trio.sleep(15)
    served.stop.set()
    await happened_on_disk(served.stopped)
    assert not failed.exists()
    assert served.server._journals
    assert served.server._recordings
    served.server._journals.used = 400_000
    assert served.server._recordings._limit() == 600_000


async def test_matches_that_are_not_kept_are_counted(
    open_server: OpenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int, _at: int, _size: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    served = await open_server(options={"data": tmp_path / "data"})
    found = await scrape(served)
    assert found.value("game_server_journals_failed_total") == 1


async def test_the_log_says_where_data_is_kept(
    open_server: OpenServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "game_server.server")
    await open_server(options={"data": tmp_path / "data"})
    assert f"data is kept in {tmp_path / 'data'}" in caplog.messages
