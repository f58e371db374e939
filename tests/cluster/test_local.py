"""The directory of one machine when its supervisor is frozen, gone, or of another version."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trio

from game_server.cluster import GAP, LocalDirectory, MemoryDirectory, local, serve_directory
from game_server.errors import DirectoryUnavailable
from tests.waiting import bounded


@pytest.fixture
async def path() -> AsyncIterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder, "directory")


async def test_without_a_supervisor_calls_fail_at_once(path: Path) -> None:
    with pytest.raises(DirectoryUnavailable, match="the supervisor is gone"), bounded():
        await LocalDirectory(path).owner("AAAAAA")


async def test_a_call_to_a_frozen_supervisor_ends(path: Path, nursery: trio.Nursery) -> None:
    with trio.socket.socket(trio.socket.AF_UNIX) as frozen:
        await frozen.bind(str(path))
        frozen.listen()
        directory = LocalDirectory(path)
        await nursery.start(directory.run)
        with pytest.raises(DirectoryUnavailable, match="has not answered within 2 s"), bounded():
            await directory.owner("AAAAAA")


async def test_a_call_that_comes_late_has_no_effect(
    path: Path, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, directory = MemoryDirectory(), LocalDirectory(path)
    await nursery.start(serve_directory, memory, path)
    await nursery.start(directory.run)
    monkeypatch.setattr(local, "CALL_TIMEOUT", 0.0)  # it is late when it is sent
    with pytest.raises(DirectoryUnavailable), bounded():
        await directory.claim("AAAAAA", "a")
    monkeypatch.undo()
    assert await directory.owner("AAAAAA") is None  # which has followed it
    assert len(memory.state) == 0


async def test_a_worker_connects_again_and_learns_of_the_gap(path: Path) -> None:
    memory, directory = MemoryDirectory(), LocalDirectory(path)
    with bounded():
        async with trio.open_nursery() as nursery, directory.subscribe() as messages:
            with trio.CancelScope() as serving:
                async with trio.open_nursery() as servers:
                    await servers.start(serve_directory, memory, path)
                    await nursery.start(directory.run)
                    serving.cancel()
            assert await messages.receive() == (GAP, b"")
            with pytest.raises(DirectoryUnavailable):
                await directory.owner("AAAAAA")
            await trio.Path(path).unlink()
            await nursery.start(serve_directory, memory, path)
            while True:
                try:
                    assert await directory.owner("AAAAAA") is None
                    break
                except DirectoryUnavailable:
                    await trio.sleep(0.01)
            nursery.cancel_scope.cancel()


async def test_a_supervisor_of_another_version_is_named(path: Path, nursery: trio.Nursery) -> None:
    directory = LocalDirectory(path)
    await nursery.start(serve_directory, MemoryDirectory(), path)
    await nursery.start(directory.run)
    with pytest.raises(DirectoryUnavailable, match="does not understand nonsense"), bounded():
        await directory._call("nonsense", 1)
