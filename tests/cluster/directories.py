"""Directories to test: each adapter with what a test needs to do to it."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import trio

from game_server.cluster import (
    REMEMBERED,
    Directory,
    DirectoryState,
    LocalDirectory,
    MemoryDirectory,
    NodeRow,
    NodeSummary,
    PublishedMatch,
    serve_directory,
)
from game_server.cluster.redis import RedisDirectory
from game_server.protocol import MatchRow
from tests.cluster.redis_server import redis_server


@attrs.frozen
class TriedDirectory:
    """A directory.

    Attributes:
        directory: as a node uses it.
        lapse: makes the lease of the claim of a code lapse.
        forget: makes the directory forget everything, as after a restart.
    """

    directory: Directory
    lapse: Callable[[str], Awaitable[None]]
    forget: Callable[[], Awaitable[None]]


@asynccontextmanager
async def in_memory() -> AsyncIterator[TriedDirectory]:
    directory = MemoryDirectory()
    yield _tried(directory, directory)


@asynccontextmanager
async def over_a_socket() -> AsyncIterator[TriedDirectory]:
    memory = MemoryDirectory()
    with TemporaryDirectory() as folder:
        path = Path(folder, "directory")
        directory = LocalDirectory(path)
        async with trio.open_nursery() as nursery:
            await nursery.start(serve_directory, memory, path)
            await nursery.start(directory.run)
            yield _tried(directory, memory)
            nursery.cancel_scope.cancel()


@asynccontextmanager
async def in_redis() -> AsyncIterator[TriedDirectory]:
    async with redis_server() as server, trio.open_nursery() as nursery:
        directory = RedisDirectory(server.url, "tried:")
        await nursery.start(directory.run)

        async def lapse(code: str) -> None:
            await server.command("PEXPIRE", f"tried:claim:{code}", str(int(REMEMBERED * 1000)))

        async def forget() -> None:
            await server.command("FLUSHALL")

        await server.command("SET", "other", "people's")
        yield TriedDirectory(directory, lapse, forget)
        nursery.cancel_scope.cancel()


def _tried(directory: Directory, memory: MemoryDirectory) -> TriedDirectory:
    async def lapse(code: str) -> None:
        memory.state._held[code].until = -math.inf

    async def forget() -> None:
        memory.state = DirectoryState()

    return TriedDirectory(directory, lapse, forget)


def summary_of(name: str, *, instance: str = "one", people: int = 3) -> NodeSummary:
    return NodeSummary(name, instance, "machine", "http://127.0.0.1:8000", "0.1.0", 1.5, False, False, people, 1, -1)


def row_of(name: str, *, instance: str = "one", people: int = 3, match: str = "K7RW2P") -> NodeRow:
    row = MatchRow(match, "Friday", "arena", "deathmatch", "playing", people, 2, 16, 0, 0)
    return NodeRow(
        summary_of(name, instance=instance, people=people), (PublishedMatch(row, True, True, True, "10.0.0.1"),)
    )
