"""Hand-over: a WebSocket that another process of this machine is to have goes there before it is answered.

The process that has read the handshake checks it, and sends the socket with what it has read (SCM_RIGHTS in unix(7)).
With TLS, whose state cannot be passed on, it sends one end of a pair of sockets, and copies bytes between the other end
and the client for as long as the connection lasts.
"""

from __future__ import annotations

import array
import itertools
import logging
import os
import socket
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Protocol

import attrs
import msgpack
import trio

from game_server.throttling import AddressSlot, Keys
from game_server.transport.options import SLOW_TIMEOUT
from game_server.transport.websocket.handshake import Upgrade

logger = logging.getLogger("game_server.transport")

SEND_TIMEOUT: Final = 1.0
"""Seconds in which the other process must take a connection; after that, the client is asked to come again."""
MAX_MESSAGE: Final = 128 * 1024
"""Bytes: a request head, and what has come after it in one read."""
MOST_AT_ONCE: Final = 8
"""Connections that are taken over between two chances of a tick to begin: they take about as many milliseconds."""
COPIED_BYTES: Final = 16 * 1024
"""At once, between a TLS client and the process that serves it."""


class Placing(Protocol):
    """Decides which process of the machine is to have a WebSocket."""

    async def place(self, code: str, ticket: str) -> Path | None:
        """Where that process takes connections over which is to have one for the match with ``code``; None for this.

        Args:
            code: empty if the client named none.
            ticket: with which another process has sent the client here; empty for none.
        """
        ...

    def failed(self, path: Path) -> None:
        """Note that the process at ``path`` has not taken a connection over."""
        ...

    def origins(self) -> Iterable[str]:
        """The addresses of the other servers: their pages connect here when their players are sent here."""
        ...

    def takes(self, ticket: str) -> bool:
        """Use up the ticket of a client that was sent here; whether it is a good one."""
        ...


@attrs.frozen
class HandedOver:
    """A connection whose handshake was read, checked and paid for by another process.

    Attributes:
        upgrade: what the client asked for.
        rest: bytes that came after the request head.
        query: of the request, as it came.
        host, port: of the client; port 0 if a proxy did not report it.
        charged_to: keys of the budgets that pay for the connection.
    """

    upgrade: Upgrade
    rest: bytes
    query: str
    host: str
    port: int
    charged_to: Keys

    def pack(self) -> bytes:
        """The bytes that stand for it."""
        fields = (self.upgrade.key, self.upgrade.subprotocol, self.rest, self.query)
        packed: bytes = msgpack.packb((*fields, self.host, self.port, self.charged_to))
        return packed

    @classmethod
    def unpack(cls, data: bytes) -> HandedOver:
        """Read what `pack` has made.

        Raises:
            ValueError: it is something else.
        """
        fields: Any = msgpack.unpackb(data, use_list=False)
        if not isinstance(fields, tuple) or tuple(map(type, fields)) != (str, str, bytes, str, str, int, tuple):
            raise ValueError("not a connection")
        key, subprotocol, *rest = fields
        return cls(Upgrade(key, subprotocol), *rest)


class Outgoing:
    """Hands connections over to other processes: to each of them one after the other, first come first served."""

    def __init__(self) -> None:
        self._turns: defaultdict[Path, trio.Lock] = defaultdict(trio.Lock)

    async def hand_over(self, stream: trio.abc.Stream, passed: HandedOver, path: Path, slot: AddressSlot) -> None:
        """Send ``stream`` to the process that listens at ``path``, and return when this one has no more to do with it.

        The caller closes its copy of the stream. The connection is counted in ``slot`` no longer than until it is sent:
        the other process counts it from then on.

        Raises:
            OSError: nobody takes it there: nothing has happened to the stream.
        """
        if isinstance(stream, trio.SocketStream):
            await self._send(stream.socket.fileno(), passed, path)
            slot.release()
            return
        ours, theirs = socket.socketpair()
        inner = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
        async with inner:
            with theirs:
                await self._send(theirs.fileno(), passed, path)
            slot.release()
            await _relay(stream, inner)

    async def _send(self, descriptor: int, passed: HandedOver, path: Path) -> None:
        rights = array.array("i", [descriptor])
        with trio.socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            try:
                with trio.fail_after(SEND_TIMEOUT):
                    async with self._turns[path]:
                        # Only of a connected socket does the kernel report that there is room again in the other one's
                        # queue, which holds ten messages (net.unix.max_dgram_qlen); of others it always says so.
                        await sender.connect(os.fspath(path))
                        await sender.sendmsg([passed.pack()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
            except trio.TooSlowError as error:
                raise TimeoutError(f"{path} does not take connections over") from error


def receiver(path: Path) -> socket.socket:
    """The socket at ``path``, in a directory of this user alone, to which others send connections."""
    path.unlink(missing_ok=True)  # of a process that was killed
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.setblocking(False)
    listener.bind(os.fspath(path))
    return listener


async def taken_over(listener: socket.socket) -> AsyncGenerator[tuple[HandedOver, trio.SocketStream], None]:
    """Take over the connections that others send to ``listener``, and close it. The caller closes the streams."""
    with listener:
        while True:
            await trio.lowlevel.wait_readable(listener)
            # One for each pass of the scheduler would be too few where ticks are long.
            for passed, stream in itertools.islice(_waiting(listener), MOST_AT_ONCE):
                yield passed, stream


def _waiting(listener: socket.socket) -> Iterator[tuple[HandedOver, trio.SocketStream]]:
    """The connections that wait at ``listener``."""
    room = socket.CMSG_SPACE(array.array("i").itemsize)
    while True:
        try:
            data, control, _flags, _sender = listener.recvmsg(MAX_MESSAGE, room, _CLOSE_ON_EXEC)
        except BlockingIOError:
            return
        descriptors = _descriptors(control)
        try:
            passed = HandedOver.unpack(data)
            [descriptor] = descriptors
            stream = trio.SocketStream(trio.socket.from_stdlib_socket(socket.socket(fileno=descriptor)))
        except (ValueError, OSError, msgpack.UnpackException) as error:
            logger.error("what came at %s is no connection: %r", listener.getsockname(), error)
            for descriptor in descriptors:
                os.close(descriptor)
            continue
        yield passed, stream


_CLOSE_ON_EXEC: Final = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


def _descriptors(control: list[tuple[int, int, bytes]]) -> list[int]:
    found = array.array("i")
    for level, kind, data in control:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(data[: len(data) - len(data) % found.itemsize])
    return list(found)


async def _relay(one: trio.abc.Stream, other: trio.abc.Stream) -> None:
    """Copy what comes on each stream to the other, until either has ended or does not read."""
    async with trio.open_nursery() as nursery:

        async def copy(source: trio.abc.Stream, target: trio.abc.Stream) -> None:
            try:
                while data := await source.receive_some(COPIED_BYTES):
                    # The process that serves the client gives a slow one up, which is not seen here while this waits.
                    with trio.fail_after(SLOW_TIMEOUT):
                        await target.send_all(data)
            except (trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError):
                pass
            nursery.cancel_scope.cancel()

        nursery.start_soon(copy, one, other)
        nursery.start_soon(copy, other, one)
