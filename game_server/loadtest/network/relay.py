"""A relay between a client and a server that delays, stalls and cuts connections as a simulated network does."""

from __future__ import annotations

import itertools
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, NoReturn

import trio

from game_server.client import Wrap
from game_server.loadtest.network.model import DelayLine, Impairments, Network

CHUNK_BYTES: Final = 4096
HELD_CHUNKS: Final = 256
"""Chunks that may be on their way in one direction; beyond, nothing is read, as when a TCP window is full."""

Stream = trio.abc.HalfCloseableStream
_BROKEN: Final = (trio.BrokenResourceError, trio.ClosedResourceError)


async def relay(near: Stream, far: Stream, impairments: Impairments, seed: int) -> None:
    """Carry bytes both ways until both sides have ended, one breaks, or the network cuts them off; then close both.

    Holds at most `HELD_CHUNKS` of `CHUNK_BYTES` in each direction. Cancelled, it closes both at once.

    Args:
        near: the client's side.
        far: the server's side.
        impairments: of this connection alone.
        seed: of the jitter.
    """
    try:
        with trio.move_on_at(impairments.cut_at):
            async with trio.open_nursery() as nursery:
                for source, sink, name in ((near, far, "up"), (far, near, "down")):
                    line = DelayLine(impairments, f"{name} {seed}")
                    entrance, exit_ = trio.open_memory_channel[tuple[float, bytes]](HELD_CHUNKS)
                    nursery.start_soon(_take_in, source, line, entrance)
                    nursery.start_soon(_let_out, exit_, sink)
    except* _BROKEN:
        pass
    finally:
        with trio.CancelScope(shield=True):  # or, cancelled, the first would be closed alone
            await trio.aclose_forcefully(near)
            await trio.aclose_forcefully(far)


async def _take_in(source: Stream, line: DelayLine, entrance: trio.MemorySendChannel[tuple[float, bytes]]) -> None:
    async with entrance:
        while True:
            data = await source.receive_some(CHUNK_BYTES)
            await entrance.send((line.arrival(trio.current_time(), len(data)), bytes(data)))
            if not data:
                return


async def _let_out(exit_: trio.MemoryReceiveChannel[tuple[float, bytes]], sink: Stream) -> None:
    async with exit_:
        async for due, data in exit_:
            await trio.sleep_until(due)
            if data:
                await sink.send_all(data)
            else:
                await sink.send_eof()


async def serve_relay(
    listeners: list[trio.SocketListener],
    connect: Callable[[], Awaitable[Stream]],
    impairments_of: Callable[[int], Impairments],
    seed: int,
    *,
    task_status: trio.TaskStatus[list[trio.SocketListener]] = trio.TASK_STATUS_IGNORED,
) -> NoReturn:
    """Relay every connection to ``listeners`` until cancelled.

    Args:
        connect: opens a connection to the server; if it fails, the client's is closed.
        impairments_of: returns the impairments of a new connection, from its seed.
        seed: of the first connection; the next has ``seed + 1``.
    """
    seeds = itertools.count(seed)

    async def handle(near: trio.SocketStream) -> None:
        try:
            far = await connect()
        except OSError:
            await trio.aclose_forcefully(near)
            return
        number = next(seeds)
        await relay(near, far, impairments_of(number), number)

    await trio.serve_listeners(handle, listeners, task_status=task_status)
    raise AssertionError("it serves until it is cancelled")


def impaired(network: Network, seed: int) -> Wrap:
    """Return a wrapper for `open_stream` that puts ``network`` between a client and its socket."""

    @asynccontextmanager
    async def wrap(far: trio.SocketStream) -> AsyncIterator[trio.SocketStream]:
        near, inner = (trio.SocketStream(trio.socket.from_stdlib_socket(end)) for end in socket.socketpair())
        async with near, trio.open_nursery() as nursery:
            nursery.start_soon(relay, inner, far, Impairments(network, seed, trio.current_time()), seed)
            yield near
            nursery.cancel_scope.cancel()

    return wrap
