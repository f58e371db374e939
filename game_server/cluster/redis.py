"""The directory in Redis or Valkey, for nodes on several machines."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import coredis
import msgpack
import trio
from coredis.commands import Script
from coredis.exceptions import AuthenticationError, AuthorizationError, RedisError
from coredis.patterns.pubsub import PubSub
from coredis.retry import NoRetryPolicy

from game_server.cluster import redis_scripts
from game_server.cluster.directory import MAX_BLOB, MAX_SAID, PREFIX, Claim
from game_server.cluster.memory import Bus, check_size
from game_server.cluster.outage import Outage
from game_server.cluster.rows import NodeRow, NodeSummary, pack_row, pack_summary, unpack_row, unpack_summary
from game_server.errors import CodeTaken, ConfigError, DirectoryUnavailable, NodeNameTaken, leaves

CALL_TIMEOUT: Final = 1.0
"""Seconds: Redis answers within a millisecond, and a join that has to ask twice still has an answer within three."""
CONNECTIONS: Final = 4
"""Calls share them; one is for what is said."""
RECONNECT_EVERY: Final = 0.25
OLDEST: Final = (6, 2)
"""The first version of Redis that can take a value and remove it in one call; Valkey began at 7.2."""


class RedisDirectory:
    """A `Directory` in Redis. `run` it while it is used.

    Args:
        url: of Redis: ``redis://``, ``rediss://`` or ``unix://``, with a password if it wants one.
        prefix: of all keys and channels, so that other things can be in the same Redis.
        channels: what to receive; all if there are none. Each node says something to one other now and then, which
            need not reach a thousand.
    """

    def __init__(self, url: str, prefix: str = PREFIX, channels: Iterable[str] = ()) -> None:
        self._url = url
        self._prefix = prefix
        self._channels = tuple(channels)
        self._bus = Bus()
        self._client: coredis.Redis[bytes] | None = None
        self._ahead: float | None = None
        """Milliseconds by which the clock of Redis is ahead of the steady one here, at least."""
        self._scripts: dict[str, Script[bytes]] = {}
        self._calling = Outage(
            "the directory in Redis cannot be reached, matches go on without", "the directory in Redis is there again"
        )
        self._hearing = Outage(
            "what other nodes say through Redis is not heard", "what other nodes say through Redis is heard again"
        )

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep connections until cancelled. It has started when Redis has answered once, or cannot be reached.

        Raises:
            ConfigError: the address is none, Redis refuses the password, or is too old. Later that is only logged: a
                cluster outlives a mistake in the configuration of its Redis.
        """
        started = False
        wrong: BaseException | None = None  # to be raised in an `except*`, it would be in a group

        def ready() -> None:
            nonlocal started
            if not started:
                started = True
                task_status.started()

        while True:
            client = self._open()
            try:
                async with client:
                    if not started:
                        await self._check(client)
                    self._scripts = {}
                    self._ahead = None
                    self._client = client
                    await self._listen(client, ready)
            except* ConfigError as group:
                wrong = leaves(group)[0]
            except* Exception as group:
                _lost(self._calling, leaves(group)[0])
            finally:
                self._client = None
            if wrong:
                raise wrong
            await trio.sleep(RECONNECT_EVERY)

    def _open(self) -> coredis.Redis[bytes]:
        try:
            if urlsplit(self._url).scheme not in ("redis", "rediss", "unix"):
                raise ValueError("it begins with redis://, rediss:// or unix://")
            return coredis.Redis.from_url(
                self._url,
                stream_timeout=CALL_TIMEOUT,
                connect_timeout=CALL_TIMEOUT,
                max_connections=CONNECTIONS,
                retry_policy=NoRetryPolicy(),
            )
        except (ValueError, RedisError) as error:
            raise ConfigError(f"--redis {shown(self._url)} is no address of a Redis: {error}") from error

    async def _check(self, client: coredis.Redis[bytes]) -> None:
        """Check that this Redis can be used; one that cannot be reached may come yet.

        Raises:
            ConfigError: it cannot.
        """
        try:
            with trio.fail_after(CALL_TIMEOUT):
                version = str((await client.info("server"))["redis_version"])
        except (AuthenticationError, AuthorizationError) as error:
            raise ConfigError(f"--redis {shown(self._url)} refuses the password: {error}") from error
        except (RedisError, trio.TooSlowError, OSError) as error:
            if "HELLO" in str(error) or "unknown command" in str(error):
                raise ConfigError(f"--redis {shown(self._url)} is older than Redis {_dotted(OLDEST)}") from error
            _lost(self._calling, error)
            return
        if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
            raise ConfigError(f"--redis {shown(self._url)} has Redis {version}; {_dotted(OLDEST)} or newer is needed")

    async def _listen(self, client: coredis.Redis[bytes], ready: Callable[[], None]) -> None:
        """Pass on what is said, over one connection after the other, until cancelled.

        Args:
            ready: called when it has listened, or failed to, for the first time.
        """
        begin = self._prefix + "say:"
        names = [begin + channel for channel in self._channels]
        while True:
            try:
                listening: PubSub[bytes] = client.pubsub(
                    channels=names or None,
                    patterns=None if names else [begin + "*"],
                    ignore_subscribe_messages=True,
                    retry_policy=NoRetryPolicy(),
                    max_idle_seconds=CALL_TIMEOUT,
                )
                async with listening:
                    self._bus.gap()
                    ready()
                    async for message in listening:
                        self._hearing.worked()
                        channel = _text(message["channel"]).removeprefix(begin)
                        self._bus.say(channel, bytes(message["data"]))  # type: ignore[arg-type]
            except* Exception as group:
                _lost(self._hearing, leaves(group)[0])
            ready()
            await trio.sleep(RECONNECT_EVERY)

    async def _call(self, script: str, keys: Iterable[str], *args: str | int | bytes) -> Any:
        """Run ``script`` with the keys below the prefix; returns what it returns after its state.

        Raises:
            DirectoryUnavailable: no answer in time.
            CodeTaken: the script says so of the claim that is the first key.
            NodeNameTaken: the script says so.
        """
        client = self._client
        if client is None:
            raise DirectoryUnavailable("there is no connection to Redis")
        names = [self._prefix + key for key in keys]
        sent = time.monotonic()
        try:
            with trio.fail_after(CALL_TIMEOUT):
                status, *rest = await self._run(client, script, names, sent, args)
                if status == b"late":  # it had no effect, but says what the time is at Redis
                    status, *rest = await self._run(client, script, names, sent, args)
        except (RedisError, trio.TooSlowError, OSError, trio.BrokenResourceError, trio.ClosedResourceError) as error:
            _lost(self._calling, error)
            self._ahead = None
            raise DirectoryUnavailable(f"Redis does not answer: {_reason(error)}") from error
        self._calling.worked()
        match status:
            case b"done":
                return rest[0] if rest else None
            case b"late":
                raise DirectoryUnavailable("a call reached Redis too late")
            case b"name":
                raise NodeNameTaken(_text(rest[0]))
            case _:
                epoch, _, node = _text(rest[0]).partition(" ")
                raise CodeTaken(names[0].rpartition(":")[2], node, int(epoch or 0))

    async def _run(
        self,
        client: coredis.Redis[bytes],
        script: str,
        names: list[str],
        sent: float,
        args: tuple[str | int | bytes, ...],
    ) -> list[Any]:
        """Run ``script``, which has no effect later than `CALL_TIMEOUT` after ``sent``; returns its state and more."""
        if self._ahead is None:
            self._ahead = (await client.time()).timestamp() * 1000 - time.monotonic() * 1000
        until = int(sent * 1000 + self._ahead + CALL_TIMEOUT * 1000)
        runs = self._scripts.setdefault(script, Script(client, script))
        asked = time.monotonic()
        answer: Any = await runs(names, (until, *args))
        now, found = answer[0], list(answer[1:])
        self._learn(now - time.monotonic() * 1000, now - asked * 1000)
        return found

    def _learn(self, least: float, most: float) -> None:
        """Note that the clock of Redis is between ``least`` and ``most`` milliseconds ahead, by its latest answer.

        What is known stands if it fits: the answer to a process that then stood still seems old, and the next call
        would be taken for a late one.
        """
        self._ahead = least if self._ahead is None else min(max(self._ahead, least), most)

    async def claim(self, code: str, node: str, journalled: int | None = None) -> Claim:
        """As `Directory.claim`."""
        known = -1 if journalled is None else journalled
        return Claim(code, node, int(await self._call(redis_scripts.CLAIM, [f"claim:{code}"], node, known)))

    async def renew(self, node: str, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        """As `Directory.renew`."""
        all_claims = tuple(claims)
        own = [claim for claim in all_claims if claim.node == node]
        if not own:
            return all_claims
        keys = [f"claim:{claim.code}" for claim in own]
        lost = await self._call(redis_scripts.RENEW, keys, *map(_value, own))
        return (*(own[number] for number in lost), *(claim for claim in all_claims if claim.node != node))

    async def transfer(self, claim: Claim, node: str) -> Claim:
        """As `Directory.transfer`."""
        moved = Claim(claim.code, node, claim.epoch + 1)
        await self._call(redis_scripts.TRANSFER, [f"claim:{claim.code}"], _value(claim), _value(moved))
        return moved

    async def release(self, claim: Claim) -> None:
        """As `Directory.release`."""
        await self._call(redis_scripts.RELEASE, [f"claim:{claim.code}"], _value(claim))

    async def owner(self, code: str) -> Claim | None:
        """As `Directory.owner`."""
        value = await self._call(redis_scripts.OWNER, [f"claim:{code}"])
        if value is None:
            return None
        epoch, _, node = _text(value).partition(" ")
        return Claim(code, node, int(epoch))

    async def publish(self, row: NodeRow) -> None:
        """As `Directory.publish`."""
        summary = row.summary
        data = pack_summary(summary), pack_row(row)
        await self._call(
            redis_scripts.PUBLISH, [f"node:{summary.name}", "nodes"], summary.name, summary.instance, *data
        )

    async def withdraw(self, name: str, instance: str) -> None:
        """As `Directory.withdraw`."""
        await self._call(redis_scripts.WITHDRAW, [f"node:{name}", "nodes", "summaries"], name, instance)

    async def nodes(self) -> tuple[NodeSummary, ...]:
        """As `Directory.nodes`."""
        packed = await self._call(redis_scripts.NODES, ["nodes", "summaries"], self._prefix + "node:")
        summaries = (unpack_summary(data) for data in msgpack.unpackb(packed, raw=True) or ())
        return tuple(sorted((node for node in summaries if node), key=lambda node: node.name))

    async def rows(self, names: Iterable[str]) -> tuple[NodeRow, ...]:
        """As `Directory.rows`."""
        keys = [f"node:{name}" for name in names]
        if not keys:
            return ()
        return tuple(row for data in await self._call(redis_scripts.ROWS, keys) if (row := unpack_row(data)))

    async def say(self, channel: str, data: bytes) -> None:
        """As `Directory.say`."""
        check_size(data, MAX_SAID)
        await self._call(redis_scripts.SAY, [f"history:{channel}"], f"{self._prefix}say:{channel}", data)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[trio.MemoryReceiveChannel[tuple[str, bytes]]]:
        """As `Directory.subscribe`."""
        async with self._bus.subscribe() as messages:
            yield messages

    async def history(self, channel: str) -> tuple[bytes, ...]:
        """As `Directory.history`."""
        return tuple(reversed(await self._call(redis_scripts.HISTORY_OF, [f"history:{channel}"])))

    async def hold(self, holder: str, names: Iterable[str]) -> bool:
        """As `Directory.hold`."""
        return bool(await self._call(redis_scripts.HOLD, [f"name:{name}" for name in names], holder))

    async def free(self, holder: str, names: Iterable[str]) -> None:
        """As `Directory.free`."""
        await self._call(redis_scripts.FREE, [f"name:{name}" for name in names], holder)

    async def put(self, key: str, data: bytes, ttl: float) -> None:
        """As `Directory.put`."""
        check_size(data, MAX_BLOB)
        await self._call(redis_scripts.PUT, [f"blob:{key}"], data, int(ttl * 1000))

    async def take(self, key: str) -> bytes | None:
        """As `Directory.take`."""
        data: bytes | None = await self._call(redis_scripts.TAKE, [f"blob:{key}"])
        return data


def shown(url: str) -> str:
    """``url`` as it may be shown: without its password."""
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":...@") if parts.password else url


def _lost(outage: Outage, error: BaseException) -> None:
    if trio.current_effective_deadline() > -math.inf:
        outage.failed(_reason(error))
    # else coredis unsubscribes on a connection that it has closed itself, because this task is cancelled


def _reason(error: BaseException) -> str:
    if isinstance(error, trio.TooSlowError):
        return f"no answer within {CALL_TIMEOUT:.0f} s"
    return f"{type(error).__name__}: {error}"


def _value(claim: Claim) -> str:
    return f"{claim.epoch} {claim.node}"


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
