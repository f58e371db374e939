"""The directory of nodes that run in one process, and the bus between those who subscribe to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final

import trio

from game_server.cluster.directory import GAP, MAX_BLOB, MAX_SAID, Claim
from game_server.cluster.rows import NodeRow, NodeSummary, pack_row, pack_summary, unpack_row, unpack_summary
from game_server.cluster.state import DirectoryState

QUEUE: Final = 256
"""Messages that wait for a subscriber; a slower one has a gap."""


class Bus:
    """Passes what is said on to everybody who subscribes."""

    def __init__(self) -> None:
        self._queues: set[trio.MemorySendChannel[tuple[str, bytes]]] = set()
        self._gaps: set[trio.MemorySendChannel[tuple[str, bytes]]] = set()
        """Queues that were full: the gap goes in as soon as there is room."""

    def say(self, channel: str, data: bytes) -> None:
        """Queue ``data`` for everybody, without waiting for anybody."""
        for queue in self._queues:
            try:
                if queue in self._gaps:
                    queue.send_nowait((GAP, b""))
                    self._gaps.discard(queue)
                queue.send_nowait((channel, data))
            except trio.WouldBlock:
                self._gaps.add(queue)

    def gap(self) -> None:
        """Notify everybody that messages may have been lost."""
        self._gaps.update(self._queues)
        for queue in self._queues:
            try:
                queue.send_nowait((GAP, b""))
                self._gaps.discard(queue)
            except trio.WouldBlock:
                pass

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[trio.MemoryReceiveChannel[tuple[str, bytes]]]:
        """Receive what is said from now on."""
        send, receive = trio.open_memory_channel[tuple[str, bytes]](QUEUE)
        self._queues.add(send)
        try:
            yield receive
        finally:
            self._queues.discard(send)
            self._gaps.discard(send)
            receive.close()


class MemoryDirectory:
    """A `Directory` in this process: always reachable.

    Args:
        now: a steady clock in seconds; by default trio's.

    Attributes:
        state: what it knows.
        bus: passes on what is said.
    """

    def __init__(self, now: Callable[[], float] = trio.current_time) -> None:
        self.state = DirectoryState()
        self.bus = Bus()
        self.now = now

    async def claim(self, code: str, node: str, journalled: int | None = None) -> Claim:
        """As `Directory.claim`."""
        return self.state.claim(self.now(), code, node, journalled)

    async def renew(self, node: str, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        """As `Directory.renew`."""
        return self.state.renew(self.now(), node, claims)

    async def transfer(self, claim: Claim, node: str) -> Claim:
        """As `Directory.transfer`."""
        return self.state.transfer(self.now(), claim, node)

    async def release(self, claim: Claim) -> None:
        """As `Directory.release`."""
        self.state.release(self.now(), claim)

    async def owner(self, code: str) -> Claim | None:
        """As `Directory.owner`."""
        return self.state.owner(code)

    async def publish(self, row: NodeRow) -> None:
        """As `Directory.publish`."""
        summary = row.summary
        self.state.publish(self.now(), summary.name, summary.instance, pack_summary(summary), pack_row(row))

    async def withdraw(self, name: str, instance: str) -> None:
        """As `Directory.withdraw`."""
        self.state.withdraw(name, instance)

    async def nodes(self) -> tuple[NodeSummary, ...]:
        """As `Directory.nodes`."""
        return tuple(node for data in self.state.nodes(self.now()) if (node := unpack_summary(data)))

    async def rows(self, names: Iterable[str]) -> tuple[NodeRow, ...]:
        """As `Directory.rows`."""
        return tuple(row for data in self.state.rows(self.now(), names) if (row := unpack_row(data)))

    async def say(self, channel: str, data: bytes) -> None:
        """As `Directory.say`."""
        check_size(data, MAX_SAID)
        self.state.say(channel, data)
        self.bus.say(channel, data)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[trio.MemoryReceiveChannel[tuple[str, bytes]]]:
        """As `Directory.subscribe`."""
        async with self.bus.subscribe() as messages:
            yield messages

    async def history(self, channel: str) -> tuple[bytes, ...]:
        """As `Directory.history`."""
        return self.state.history(channel)

    async def hold(self, holder: str, names: Iterable[str]) -> bool:
        """As `Directory.hold`."""
        return self.state.hold(self.now(), holder, names)

    async def free(self, holder: str, names: Iterable[str]) -> None:
        """As `Directory.free`."""
        self.state.free(holder, names)

    async def put(self, key: str, data: bytes, ttl: float) -> None:
        """As `Directory.put`."""
        check_size(data, MAX_BLOB)
        self.state.put(self.now(), key, data, ttl)

    async def take(self, key: str) -> bytes | None:
        """As `Directory.take`."""
        return self.state.take(self.now(), key)


def check_size(data: bytes, most: int) -> None:
    """Check that ``data`` has at most ``most`` bytes.

    Raises:
        ValueError: it has more.
    """
    if len(data) > most:
        raise ValueError(f"{len(data)} bytes are more than the {most} that the directory takes")
