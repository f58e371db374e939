"""Non-blocking connections, opened in steps.

A conversation with the server is a generator. It yields what it waits for, and `EntryQueue` resumes it when that has
come: so one process opens a hundred connections at a time without a task for each.
"""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Generator
from functools import lru_cache
from typing import Any, Final, TypeVar

import attrs

from game_server.client import ConnectError, Target, check_head, new_key, split_head, upgrade_request
from game_server.errors import ProtocolError
from game_server.loadtest.network.model import Network
from game_server.loadtest.swarm.client_frames import CLOSE, PING, PONG, split
from game_server.loadtest.swarm.delayed_io import DelayedIO, DelayedLink
from game_server.protocol import CloseCode, Elsewhere

_CHUNK: Final = 65536
MOST_BYTES: Final = 2**20 + 2**16
"""Bytes after which an answer without end is given up: the longest message, and a chunk."""

Result = TypeVar("Result")
Conversation = Generator[tuple[int, int], None, Result]
"""Yields a file descriptor and the epoll event to wait for, or `HEARD`; returns its result at the end."""
HEARD: Final = 0
"""In place of an epoll event: wait until the `DelayedConnection` is ready."""


@attrs.frozen
class ServerAddress:
    """The address of the server, looked up once for all clients; ``authority`` is for the Host header."""

    family: int
    place: Any
    authority: str

    @classmethod
    @lru_cache(maxsize=64)  # a look-up stops the swarm, so there is one for each machine of a cluster
    def of(cls, host: str, port: int, authority: str) -> ServerAddress:
        """Look ``host`` up.

        Raises:
            OSError: the name cannot be resolved.
        """
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return cls(family, place, authority)

    def elsewhere(self, sent: Elsewhere) -> tuple[ServerAddress, str]:
        """Return the address to which the server at this one sends a client, and the resource to ask for there.

        Raises:
            ConnectError: it is no address of a WebSocket, or has TLS.
            OSError: its name cannot be resolved.
        """
        here = Target.from_url(f"ws://{self.authority}")
        try:
            there = here.elsewhere(sent)
        except ProtocolError as error:
            raise ConnectError(str(error), code=error.code) from error
        if there.tls:
            raise ConnectError(f"sent to {sent.url}, and the swarm speaks no TLS")
        if there.authority == here.authority:
            return self, there.resource
        return ServerAddress.of(there.host, there.port, there.authority), there.resource


@attrs.define(eq=False)
class RawConnection:
    """A non-blocking connection to the server, and the bytes read from it but not used yet.

    Attributes:
        upgraded: when it became a WebSocket, on the monotonic clock.
    """

    address: ServerAddress
    socket: socket.socket = attrs.field(init=False)
    rest: bytes = b""
    upgraded: float = 0.0

    def __attrs_post_init__(self) -> None:
        self.socket = socket.socket(self.address.family, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def redial(self, address: ServerAddress) -> None:
        """Close the connection, and begin another one, to ``address``: `connect` is next."""
        self.close()
        self.address, self.rest = address, b""
        self.__attrs_post_init__()

    @property
    def ready(self) -> bool:
        """Whether a conversation that waits for `HEARD` can go on."""
        return True

    def connect(self) -> Conversation[None]:
        """Connect to the server.

        Raises:
            OSError: nothing listens there, or it cannot be reached.
        """
        try:
            self.socket.connect(self.address.place)
        except BlockingIOError:
            yield self.socket.fileno(), select.EPOLLOUT
            error = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                raise OSError(error, os.strerror(error)) from None

    def send(self, data: bytes) -> None:
        """Write ``data``, which is short enough for the empty buffer of a new socket to take it whole."""
        self.socket.send(data)

    def release(self) -> bytes:
        """Leave the socket to others; returns the rest of what it has taken in part."""
        return b""

    def close(self) -> None:
        """Close the connection without a close frame."""
        self.socket.close()

    def upgrade(self, path: str, subprotocol: str = "", *, insist: bool = True) -> Conversation[None]:
        """Upgrade to a WebSocket.

        Args:
            insist: that the server chooses ``subprotocol`` and answers this very request.

        Raises:
            ConnectError: the server does not accept the upgrade.
        """
        key = new_key()
        self.send(upgrade_request(self.address.authority, path, key, subprotocol))
        check_head((yield from self.head()), key if insist else "", subprotocol if insist else "")
        self.upgraded = time.monotonic()

    def message(self) -> Conversation[bytes]:
        """Return the payload of the next data frame; what follows it stays in ``rest``.

        Raises:
            ConnectError: the server closed the connection.
        """
        while True:
            frames, left = split(self.rest)
            for position, (opcode, payload) in enumerate(frames):
                if opcode == CLOSE:
                    raise ConnectError.closed(close_code(payload), close_reason(payload))
                if opcode not in (PING, PONG):
                    self.rest = _after(self.rest, len(left), frames[position + 1 :])
                    return payload
            yield from self.more()

    def head(self) -> Conversation[bytes]:
        """Return the head of an HTTP response."""
        while (cut := split_head(self.rest)) is None:
            yield from self.more()
        head, self.rest = cut
        return head

    def more(self) -> Conversation[None]:
        """Wait for bytes, and add them to ``rest``.

        Raises:
            ConnectError: the connection ended, or more than `MOST_BYTES` wait.
        """
        yield self.socket.fileno(), select.EPOLLIN
        self._add(self.socket.recv(_CHUNK))

    def _add(self, data: bytes) -> None:
        if not data:
            raise ConnectError.closed(None)
        self.rest += data
        if len(self.rest) > MOST_BYTES:
            raise ConnectError("could not connect: the answer does not end; is that a game server?")


class DelayedConnection(RawConnection):
    """A connection with a simulated network in between, once it is open."""

    def __init__(self, address: ServerAddress, delayed_io: DelayedIO, network: Network, seed: int) -> None:
        super().__init__(address)
        self._delayed_io = delayed_io
        self._network = network
        self._seed = seed
        self.link: DelayedLink | None = None

    @property
    def ready(self) -> bool:
        """Whether something has arrived."""
        return self.link is not None and bool(self.link.heard or self.link.ended)

    def connect(self) -> Conversation[None]:
        """Connect to the server; the simulated network does not delay the TCP handshake."""
        yield from super().connect()
        self.link = self._delayed_io.open(self.socket.fileno(), self._network, self._seed, time.monotonic())

    def send(self, data: bytes) -> None:
        """Send ``data`` on its delayed way."""
        assert self.link is not None
        self.link.send(data, time.monotonic())

    def release(self) -> bytes:
        """Remove the network; returns the rest of what the socket has taken in part."""
        return self._delayed_io.release(self.link) if self.link else b""

    def close(self) -> None:
        """Close the connection without a close frame."""
        self.release()
        super().close()

    def more(self) -> Conversation[None]:
        """Wait until something has arrived, and add it to ``rest``."""
        assert self.link is not None
        while not self.ready:
            yield self.socket.fileno(), HEARD
        self._add(self.link.take())


def close_code(payload: bytes) -> int:
    """Return the code of a close frame; 1000 if it has none."""
    return int.from_bytes(payload[:2], "big") if len(payload) >= 2 else int(CloseCode.NORMAL)


def close_reason(payload: bytes) -> str:
    """Return the reason of a close frame; may be empty."""
    return payload[2:].decode("utf-8", "replace")


def farewell(payload: bytes) -> str:
    """Describe a close frame in words."""
    return str(ConnectError.closed(close_code(payload), close_reason(payload)))


def _after(data: bytes, left: int, frames: list[tuple[int, bytes]]) -> bytes:
    """Return the end of ``data``: ``frames``, which were split off it, and the bytes ``left`` after them."""
    size = left + sum(len(payload) + _header_size(len(payload)) for _, payload in frames)
    return data[len(data) - size :]


def _header_size(length: int) -> int:
    return 2 if length < 126 else 4 if length < 65536 else 10
