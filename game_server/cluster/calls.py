"""Calls from node to node over the bus of the directory: a question to one node or to several, with a deadline."""

from __future__ import annotations

import inspect
import itertools
import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import attrs
import msgpack
import trio

from game_server.cluster.directory import GAP, MAX_SAID, Directory
from game_server.errors import DirectoryUnavailable, GameServerError, RequestRefused

logger = logging.getLogger("game_server.cluster")

ANSWER_TIMEOUT: Final = 1.0
"""Seconds for a node to answer."""
MOST_CALLS: Final = 64
"""Calls that a node answers at the same time; it does not answer more."""
EVERYBODY: Final = "all"
"""The channel of what every node hears."""
_TO: Final = "to:"
_LONG: Final = MAX_SAID // 2
"""Bytes of an answer beyond which it is left with the directory, to be fetched there."""
_LONG_TTL: Final = 5.0


@attrs.frozen
class Answers:
    """What the nodes that were asked have answered.

    Attributes:
        values: by the name of the node.
        silent: the nodes that have not answered in time.
        refused: why others have refused, by name.
    """

    values: dict[str, Any]
    silent: tuple[str, ...]
    refused: Mapping[str, RequestRefused] = attrs.field(factory=dict)


class NodeCalls:
    """Asks other nodes, and answers them. `run` it once.

    Values are what msgpack can hold; lists arrive as tuples. Each kind of question has a handler, which may raise
    `RequestRefused`; `ask` raises that, too.

    Args:
        directory: whose bus is used.
        name: of this node.
        near: the directory of this machine, by which its nodes reach one another even while ``directory`` is gone; None
            if ``directory`` is that of this machine.
        near_nodes: the nodes of this machine.
    """

    def __init__(
        self, directory: Directory, name: str, near: Directory | None = None, near_nodes: Iterable[str] = ()
    ) -> None:
        self.name = name
        self._directory = directory
        self._near = near
        self._by_node = dict.fromkeys(near_nodes, near) if near else {}
        self._handlers: dict[str, tuple[Callable[..., Any], float]] = {}
        self._listeners: dict[str, Callable[[bytes], object]] = {}
        self._gap: list[Callable[[], object]] = []
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[trio.Event, str]] = {}
        self._answers: dict[int, tuple[Any, ...]] = {}
        self._running = 0
        self._instance = secrets.token_hex(4)
        """Answers to calls of an earlier process of this name are not taken for answers to ours."""

    @staticmethod
    def channels(name: str) -> tuple[str, ...]:
        """The channels on which the node ``name`` is called."""
        return _TO + name, EVERYBODY

    def answer(self, kind: str, handler: Callable[..., Any], within: float = ANSWER_TIMEOUT) -> None:
        """Have questions of ``kind`` answered by ``handler``, a function or a coroutine function.

        Args:
            within: seconds, after which a coroutine is cancelled; those who ask wait as long.
        """
        self._handlers[kind] = handler, within

    def hear(self, channel: str, listener: Callable[[bytes], object]) -> None:
        """Have ``listener`` called with all that is said on ``channel``."""
        self._listeners[channel] = listener

    def after_gap(self, listener: Callable[[], object]) -> None:
        """Have ``listener`` called when something may have been missed on any channel."""
        self._gap.append(listener)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Listen until cancelled."""
        async with trio.open_nursery() as nursery:
            for directory in filter(None, (self._directory, self._near)):
                await nursery.start(self._listen, directory, nursery)
            task_status.started()

    async def _listen(self, directory: Directory, nursery: trio.Nursery, *, task_status: trio.TaskStatus[None]) -> None:
        async with directory.subscribe() as said:
            task_status.started()
            async for channel, data in said:
                if channel in (_TO + self.name, EVERYBODY):
                    self._take(data, nursery)
                elif channel == GAP:
                    for catch_up in self._gap:
                        catch_up()
                elif listener := self._listeners.get(channel):
                    listener(data)

    def _reaching(self, node: str) -> Directory:
        return self._by_node.get(node) or self._directory

    async def ask(self, node: str, kind: str, *arguments: Any, within: float = ANSWER_TIMEOUT) -> Any:
        """The answer of ``node``; at once if that is this node.

        Raises:
            RequestRefused: by the node.
            trio.TooSlowError: it has not answered ``within`` seconds.
            DirectoryUnavailable: the bus is out of order.
        """
        if node == self.name:
            handler, _ = self._handlers[kind]
            value = handler(*arguments)
            return await value if inspect.isawaitable(value) else value
        number, answered = next(self._numbers), trio.Event()
        self._waiting[number] = answered, node
        try:
            with trio.fail_after(within):
                asked = (number, f"{self.name} {self._instance}", kind, arguments)
                await self._reaching(node).say(_TO + node, msgpack.packb(asked))
                await answered.wait()
                value, refused, long = self._answers.pop(number)
                if long:
                    value = msgpack.unpackb(await self._reaching(node).take(long) or b"\xc0", use_list=False)
        finally:
            self._waiting.pop(number, None)
            self._answers.pop(number, None)
        if refused:
            raise RequestRefused(*refused)
        return value

    async def ask_all(
        self, nodes: Iterable[str], kind: str, *arguments: Any, within: float = ANSWER_TIMEOUT
    ) -> Answers:
        """What ``nodes`` answer, all asked at the same time."""
        values: dict[str, Any] = {}
        refused: dict[str, RequestRefused] = {}
        silent: list[str] = []

        async def ask(node: str) -> None:
            try:
                values[node] = await self.ask(node, kind, *arguments, within=within)
            except RequestRefused as error:
                refused[node] = error
            except (trio.TooSlowError, GameServerError):
                silent.append(node)

        async with trio.open_nursery() as nursery:
            for node in nodes:
                nursery.start_soon(ask, node)
        return Answers(values, tuple(sorted(silent)), refused)

    async def announce(self, kind: str, *arguments: Any) -> None:
        """Have every node, this one included, handle ``kind``; nobody answers.

        While the bus is out of order, those of this machine alone do; a few of them may handle it twice.

        Raises:
            DirectoryUnavailable: perhaps nobody has heard it.
        """
        data = msgpack.packb((0, "", kind, arguments))
        try:
            await self._directory.say(EVERYBODY, data)
        except DirectoryUnavailable:
            if self._near is None:
                raise
            await self._near.say(EVERYBODY, data)

    def _take(self, data: bytes, nursery: trio.Nursery) -> None:
        try:
            number, sender, kind, content = msgpack.unpackb(data, use_list=False)
            if kind:
                if self._running < MOST_CALLS:
                    nursery.start_soon(self._handle, number, sender, kind, content)
            elif number in self._waiting and sender == f"{self._waiting[number][1]} {self._instance}":
                self._answers[number] = content
                self._waiting[number][0].set()
        except (ValueError, TypeError, msgpack.UnpackException) as error:
            logger.warning("what came over the bus cannot be read: %r", error)

    async def _handle(self, number: int, sender: str, kind: str, arguments: tuple[Any, ...]) -> None:
        self._running += 1
        try:
            handler, within = self._handlers[kind]
            with trio.move_on_after(within):
                node, _, instance = sender.partition(" ")
                content = await self._content(handler, arguments, self._reaching(node))
                if node:
                    answer = msgpack.packb((number, f"{self.name} {instance}", "", content))
                    await self._reaching(node).say(_TO + node, answer)
        except Exception as error:
            logger.error("the call %r of %s failed: %r", kind, sender, error)
        finally:
            self._running -= 1

    async def _content(
        self, handler: Callable[..., Any], arguments: tuple[Any, ...], directory: Directory
    ) -> tuple[Any, ...]:
        """The answer as (value, refusal, key of a long value)."""
        try:
            value = handler(*arguments)
            if inspect.isawaitable(value):
                value = await value
        except RequestRefused as refused:
            return None, (refused.code, refused.reason, refused.wait), ""
        packed = msgpack.packb(value)
        if len(packed) <= _LONG:
            return value, None, ""
        key = f"answer:{secrets.token_urlsafe(12)}"
        await directory.put(key, packed, _LONG_TTL)
        return None, None, key
