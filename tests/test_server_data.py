"""What a server keeps in its data directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from game_server.errors import ConfigError
from game_server.journal import DataDirectory
from tests.live_server import OpenServer
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
