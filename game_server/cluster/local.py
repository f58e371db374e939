"""The directory of one machine: in the supervisor, and for each worker over a Unix socket."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs
import trio

from game_server.cluster.directory import MAX_BLOB, MAX_SAID, Claim
from game_server.cluster.frames import pack_frame, read_frames
from game_server.cluster.memory import Bus, MemoryDirectory, check_size
from game_server.cluster.rows import NodeRow, NodeSummary, pack_row, pack_summary, unpack_row, unpack_summary
from game_server.cluster.state import DirectoryState
from game_server.errors import CodeTaken, DirectoryUnavailable, NodeNameTaken

logger = logging.getLogger("game_server.cluster")

CALL_TIMEOUT: Final = 2.0
"""Seconds: the supervisor does nothing else, so that only a frozen one takes as long."""
RECONNECT_EVERY: Final = 0.1
"""Seconds; the supervisor is there as long as its workers, so that a broken connection is rare."""
MAX_WAITING: Final = 256
"""Frames that wait to be written, in either direction: a side that reads nothing for long is cut off."""
PUSHED: Final = 0
"""The number of a frame that is no answer, but something that was said."""
_DONE, _TAKEN, _NAME_TAKEN, _WRONG = range(4)


def _claims(values: Iterable[tuple[str, str, int]]) -> tuple[Claim, ...]:
    return tuple(Claim(*value) for value in values)


def _plain(claim: Claim | None) -> tuple[str, str, int] | None:
    return (claim.code, claim.node, claim.epoch) if claim else None


_CALLS: Final[Mapping[str, Callable[..., Any]]] = {
    "claim": lambda state, now, *args: _plain(state.claim(now, *args)),
    "renew": lambda state, now, node, claims: tuple(map(_plain, state.renew(now, node, _claims(claims)))),
    "transfer": lambda state, now, claim, node: _plain(state.transfer(now, Claim(*claim), node)),
    "release": lambda state, now, claim: state.release(now, Claim(*claim)),
    "owner": lambda state, _now, code: _plain(state.owner(code)),
    "publish": DirectoryState.publish,
    "withdraw": lambda state, _now, name, instance: state.withdraw(name, instance),
    "nodes": DirectoryState.nodes,
    "rows": DirectoryState.rows,
    "history": lambda state, _now, channel: state.history(channel),
    "hold": DirectoryState.hold,
    "free": lambda state, _now, holder, names: state.free(holder, names),
    "put": DirectoryState.put,
    "take": DirectoryState.take,
}


async def serve_directory(
    directory: MemoryDirectory, path: Path, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Serve ``directory`` at the Unix socket ``path`` until cancelled; it has started when workers can connect."""
    with trio.socket.socket(trio.socket.AF_UNIX) as socket:
        await socket.bind(str(path))
        socket.listen()
        task_status.started()
        await trio.serve_listeners(partial(_serve, directory), [trio.SocketListener(socket)])


async def _serve(directory: MemoryDirectory, stream: trio.SocketStream) -> None:
    send, receive = trio.open_memory_channel[bytes](MAX_WAITING)
    async with stream, directory.bus.subscribe() as messages, trio.open_nursery() as nursery:
        nursery.start_soon(_write, stream, receive, nursery.cancel_scope)
        nursery.start_soon(_push, messages, send)
        async with aclosing(read_frames(stream)) as frames:
            async for frame in frames:
                try:
                    if (answer := _answer(directory, frame)) is not None:
                        send.send_nowait(pack_frame(answer))
                except trio.WouldBlock:
                    logger.warning("a worker that does not read was cut off from the directory")
                    break
        nursery.cancel_scope.cancel()


def _answer(directory: MemoryDirectory, frame: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The answer to a call; None for one that came too late: its caller has gone on."""
    number, until, name, *args = frame
    if time.monotonic() > until:
        return None
    try:
        if name == "say":
            channel, data = args
            directory.state.say(channel, data)
            directory.bus.say(channel, data)
            return number, _DONE, None
        return number, _DONE, _CALLS[name](directory.state, directory.now(), *args)
    except CodeTaken as error:
        return number, _TAKEN, error.code, error.node, error.epoch
    except NodeNameTaken as error:
        return number, _NAME_TAKEN, error.name
    except (TypeError, ValueError, KeyError) as error:  # a worker of another version
        return number, _WRONG, f"{name}: {error!r}"


async def _push(messages: trio.MemoryReceiveChannel[tuple[str, bytes]], send: trio.MemorySendChannel[bytes]) -> None:
    async for channel, data in messages:
        await send.send(pack_frame((PUSHED, channel, data)))


async def _write(
    stream: trio.SocketStream, receive: trio.MemoryReceiveChannel[bytes], broken: trio.CancelScope
) -> None:
    with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        async for data in receive:
            await stream.send_all(data)
    broken.cancel()


@attrs.define
class _Waiting:
    answered: trio.Event = attrs.field(factory=trio.Event)
    answer: tuple[Any, ...] | None = None


class LocalDirectory:
    """The `Directory` of the supervisor, as a worker uses it. `run` it while it is used.

    Args:
        path: of the Unix socket at which the supervisor serves it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._bus = Bus()
        self._numbers = itertools.count(PUSHED + 1)
        self._waiting: dict[int, _Waiting] = {}
        self._send: trio.MemorySendChannel[bytes] | None = None

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep a connection until cancelled; it has started when the first one stands."""
        started = False
        while True:
            with suppress(OSError):
                stream = await trio.open_unix_socket(self._path)
                send, receive = trio.open_memory_channel[bytes](MAX_WAITING)
                async with stream, trio.open_nursery() as nursery:
                    self._send = send
                    nursery.start_soon(_write, stream, receive, nursery.cancel_scope)
                    if not started:
                        task_status.started()
                        started = True
                    async with aclosing(read_frames(stream)) as frames:
                        async for frame in frames:
                            self._take(frame)
                    nursery.cancel_scope.cancel()
            self._lose()
            await trio.sleep(RECONNECT_EVERY)

    def _take(self, frame: tuple[Any, ...]) -> None:
        number, *rest = frame
        if number == PUSHED:
            self._bus.say(*rest)
        elif waiting := self._waiting.get(number):
            waiting.answer = tuple(rest)
            waiting.answered.set()

    def _lose(self) -> None:
        self._send = None
        for waiting in self._waiting.values():
            waiting.answered.set()
        self._bus.gap()

    async def _call(self, name: str, *args: Any) -> Any:
        number, waiting = next(self._numbers), _Waiting()
        self._waiting[number] = waiting
        try:
            if self._send is None:
                raise DirectoryUnavailable("the supervisor is gone")
            self._send.send_nowait(pack_frame((number, time.monotonic() + CALL_TIMEOUT, name, *args)))
            with trio.move_on_after(CALL_TIMEOUT):
                await waiting.answered.wait()
        except trio.WouldBlock:
            raise DirectoryUnavailable("the supervisor does not read what it is sent") from None
        finally:
            del self._waiting[number]
        match waiting.answer:
            case (status, value) if status == _DONE:
                return value
            case (status, code, node, epoch) if status == _TAKEN:
                raise CodeTaken(code, node, epoch)
            case (status, taken) if status == _NAME_TAKEN:
                raise NodeNameTaken(taken)
            case (_, why):
                raise DirectoryUnavailable(f"the supervisor does not understand {why}; it may be of another version")
            case _:
                raise DirectoryUnavailable(f"the supervisor has not answered within {CALL_TIMEOUT:.0f} s")

    async def claim(self, code: str, node: str, journalled: int | None = None) -> Claim:
        """As `Directory.claim`."""
        return Claim(*await self._call("claim", code, node, journalled))

    async def renew(self, node: str, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        """As `Directory.renew`."""
        return _claims(await self._call("renew", node, tuple(map(_plain, claims))))

    async def transfer(self, claim: Claim, node: str) -> Claim:
        """As `Directory.transfer`."""
        return Claim(*await self._call("transfer", _plain(claim), node))

    async def release(self, claim: Claim) -> None:
        """As `Directory.release`."""
        await self._call("release", _plain(claim))

    async def owner(self, code: str) -> Claim | None:
        """As `Directory.owner`."""
        claim = await self._call("owner", code)
        return Claim(*claim) if claim else None

    async def publish(self, row: NodeRow) -> None:
        """As `Directory.publish`."""
        await self._call("publish", row.summary.name, row.summary.instance, pack_summary(row.summary), pack_row(row))

    async def withdraw(self, name: str, instance: str) -> None:
        """As `Directory.withdraw`."""
        await self._call("withdraw", name, instance)

    async def nodes(self) -> tuple[NodeSummary, ...]:
        """As `Directory.nodes`."""
        return tuple(node for data in await self._call("nodes") if (node := unpack_summary(data)))

    async def rows(self, names: Iterable[str]) -> tuple[NodeRow, ...]:
        """As `Directory.rows`."""
        return tuple(row for data in await self._call("rows", tuple(names)) if (row := unpack_row(data)))

    async def say(self, channel: str, data: bytes) -> None:
        """As `Directory.say`."""
        check_size(data, MAX_SAID)
        await self._call("say", channel, data)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[trio.MemoryReceiveChannel[tuple[str, bytes]]]:
        """As `Directory.subscribe`."""
        async with self._bus.subscribe() as messages:
            yield messages

    async def history(self, channel: str) -> tuple[bytes, ...]:
        """As `Directory.history`."""
        return tuple(await self._call("history", channel))

    async def hold(self, holder: str, names: Iterable[str]) -> bool:
        """As `Directory.hold`."""
        return bool(await self._call("hold", holder, tuple(names)))

    async def free(self, holder: str, names: Iterable[str]) -> None:
        """As `Directory.free`."""
        await self._call("free", holder, tuple(names))

    async def put(self, key: str, data: bytes, ttl: float) -> None:
        """As `Directory.put`."""
        check_size(data, MAX_BLOB)
        await self._call("put", key, data, ttl)

    async def take(self, key: str) -> bytes | None:
        """As `Directory.take`."""
        data: bytes | None = await self._call("take", key)
        return data
