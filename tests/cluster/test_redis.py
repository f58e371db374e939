"""The directory in Redis when that is frozen, restarted, emptied, refuses, or is too old."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import attrs
import pytest
import trio

from game_server.cluster import GAP, Claim, Node, open_directory
from game_server.cluster import redis as redis_module
from game_server.cluster.redis import CALL_TIMEOUT, RedisDirectory, shown
from game_server.errors import ConfigError, DirectoryUnavailable
from tests.cluster.directories import row_of
from tests.cluster.redis_server import RedisServer, redis_server
from tests.waiting import bounded


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    async with redis_server() as server:
        yield server


@pytest.fixture
async def directory(redis: RedisServer, nursery: trio.Nursery) -> RedisDirectory:
    directory = RedisDirectory(redis.url)
    await nursery.start(directory.run)
    return directory


async def reachable(directory: RedisDirectory) -> None:
    """Wait until ``directory`` answers."""
    with bounded():
        while True:
            try:
                await directory.owner("AAAAAA")
                return
            except DirectoryUnavailable:
                await trio.sleep(0.02)


async def test_a_frozen_redis_costs_a_second_and_a_late_call_has_no_effect(
    redis: RedisServer, directory: RedisDirectory
) -> None:
    claim = await directory.claim("AAAAAA", "a")
    redis.freeze()
    with bounded():
        with pytest.raises(DirectoryUnavailable):
            await directory.claim("BBBBBB", "a")
        with pytest.raises(DirectoryUnavailable):
            await directory.transfer(claim, "b")
    redis.go_on()
    await reachable(directory)
    assert await directory.owner("BBBBBB") is None
    assert await directory.owner("AAAAAA") == claim


async def test_each_way_in_which_a_frozen_redis_is_noticed_is_logged_once(
    redis: RedisServer,
    directory: RedisDirectory,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(redis_module, "CALL_TIMEOUT", 0.1)
    await redis.restart()  # what it listens to has to be asked for again
    redis.freeze()
    for _ in range(20):
        with suppress(DirectoryUnavailable), bounded():
            await directory.owner("AAAAAA")
    redis.go_on()
    begun = [it.getMessage().partition(":")[0] for it in caplog.records if it.name == "game_server.cluster"]
    assert len(set(begun)) == len(begun)
    assert begun


async def test_after_a_restart_that_lost_everything_renewal_restores_the_claims(
    redis: RedisServer, directory: RedisDirectory
) -> None:
    claim = await directory.transfer(await directory.claim("AAAAAA", "a"), "b")
    redis.kill()
    with pytest.raises(DirectoryUnavailable), bounded():
        await directory.renew("b", [claim])
    await redis.start()
    await reachable(directory)
    assert await directory.renew("b", [claim]) == ()
    assert await directory.owner("AAAAAA") == claim


async def test_subscribers_hear_again_after_a_restart_and_learn_of_the_gap(
    redis: RedisServer, directory: RedisDirectory
) -> None:
    async with directory.subscribe() as messages:
        await redis.restart()
        await reachable(directory)
        with bounded():
            while await messages.receive() != (GAP, b""):
                pass
            await directory.say("lobby", b"hello again")
            assert await messages.receive() == ("lobby", b"hello again")


async def test_a_node_that_read_an_answer_late_is_not_late_with_its_next_call(
    directory: RedisDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    await directory.owner("AAAAAA")
    readings = iter([0.0, 0.0, CALL_TIMEOUT * 2])  # when it was sent, and when the process had its turn again
    with monkeypatch.context() as patch:
        patch.setattr(redis_module, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + next(readings)))
        await directory.owner("AAAAAA")
    await directory.owner("AAAAAA")


async def test_a_call_that_seems_late_by_an_old_reading_of_the_clock_is_made_again(directory: RedisDirectory) -> None:
    assert directory._ahead is None
    await directory.owner("AAAAAA")
    assert directory._ahead
    directory._ahead -= CALL_TIMEOUT * 2000
    assert (await directory.claim("AAAAAA", "a")).epoch == 1


async def test_a_node_hears_its_own_channels_alone(redis: RedisServer, nursery: trio.Nursery) -> None:
    directory = RedisDirectory(redis.url, channels=["lobby", "node-a"])
    await nursery.start(directory.run)
    async with directory.subscribe() as messages:
        for channel in ("node-b", "node-a", "lobby"):
            await directory.say(channel, b"data")
        with bounded():
            assert [(await messages.receive())[0] for _ in range(2)] == ["node-a", "lobby"]


async def test_clusters_with_other_prefixes_do_not_meet(redis: RedisServer, nursery: trio.Nursery) -> None:
    first, second = RedisDirectory(redis.url, "first:"), RedisDirectory(redis.url, "second:")
    for directory in (first, second):
        await nursery.start(directory.run)
    await first.claim("AAAAAA", "a")
    await first.publish(row_of("a"))
    assert await second.claim("AAAAAA", "b") == Claim("AAAAAA", "b", 1)
    assert await second.nodes() == ()


async def test_nodes_with_other_keys_share_nothing(redis: RedisServer, nursery: trio.Nursery) -> None:
    node = Node("a", 0, 1, b"k" * 32, (), Path(), "machine", "http://127.0.0.1", redis.url)
    ours, theirs, same = (
        open_directory(one, ("lobby",)) for one in (node, attrs.evolve(node, key=b"l" * 32), attrs.evolve(node))
    )
    for directory in (ours, theirs, same):
        await nursery.start(directory.run)
    async with theirs.subscribe() as heard_there, same.subscribe() as heard_here:
        await ours.claim("AAAAAA", "a")
        await ours.publish(row_of("a"))
        await ours.hold("a", ["ada"])
        await ours.say("lobby", b"hello")
        with bounded():
            assert await heard_here.receive() == ("lobby", b"hello")
        assert (await same.history("lobby"), await theirs.history("lobby")) == ((b"hello",), ())
        assert (len(await same.nodes()), await theirs.nodes()) == (1, ())
        assert (await same.owner("AAAAAA"), await theirs.owner("AAAAAA")) == (Claim("AAAAAA", "a", 1), None)
        assert not await same.hold("b", ["ada"])
        assert await theirs.hold("b", ["ada"])
        await theirs.say("lobby", b"stranger")
        with bounded():
            assert await heard_there.receive() == ("lobby", b"stranger")
        with pytest.raises(trio.WouldBlock):
            heard_here.receive_nowait()


async def test_rows_of_a_node_of_another_version_are_not_listed(redis: RedisServer, directory: RedisDirectory) -> None:
    await directory.publish(row_of("a"))
    await redis.command("HSET", "game-server:node:a", "summary", "nonsense", "row", "nonsense")
    assert await directory.nodes() == () == await directory.rows(["a"])


async def test_a_server_that_starts_before_its_redis_goes_on_without(redis: RedisServer, nursery: trio.Nursery) -> None:
    redis.kill()
    directory = RedisDirectory(redis.url)
    with bounded():
        await nursery.start(directory.run)
        with pytest.raises(DirectoryUnavailable):
            await directory.claim("AAAAAA", "a")
    await redis.start()
    await reachable(directory)


async def test_a_wrong_password_is_an_error_at_the_start() -> None:
    async with redis_server("secret") as redis:
        with bounded(), pytest.raises(ConfigError, match="refuses the password"):
            await RedisDirectory(redis.url.replace("unix://", "unix://:wrong@")).run()
        async with trio.open_nursery() as nursery:
            directory = RedisDirectory(redis.url.replace("unix://", "unix://:secret@"))
            await nursery.start(directory.run)
            await directory.claim("AAAAAA", "a")
            nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    "answer",
    [b"-ERR unknown command `HELLO`, with args beginning with: `3`\r\n"],
    ids=["no HELLO, as before Redis 6"],
)
async def test_a_redis_that_is_too_old_is_an_error_at_the_start(nursery: trio.Nursery, answer: bytes) -> None:
    async def serve(stream: trio.SocketStream) -> None:
        async for _ in stream:
            await stream.send_all(answer)

    [listener] = await nursery.start(partial(trio.serve_tcp, serve, 0, host="127.0.0.1"))
    port = listener.socket.getsockname()[1]
    with bounded(), pytest.raises(ConfigError, match="older than Redis"):
        await RedisDirectory(f"redis://127.0.0.1:{port}").run()


async def test_what_is_no_address_is_an_error_at_the_start() -> None:
    with bounded(), pytest.raises(ConfigError, match="is no address of a Redis"):
        await RedisDirectory("http://127.0.0.1").run()


def test_a_password_is_not_shown() -> None:
    assert shown("redis://:secret@host:6379/0") == "redis://:...@host:6379/0"
    assert shown("redis://host") == "redis://host"
