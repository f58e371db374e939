"""Opening connections without blocking: steps of a conversation, resumed when there is something to read."""

from __future__ import annotations

import base64
import json
import os
import socket
from collections.abc import Generator
from typing import Any, Final, TypeVar

import attrs

from tools.bench.swarm.frames import CLOSE, split

HOST: Final = "127.0.0.1"
_CHUNK: Final = 65536

Result = TypeVar("Result")
Talk = Generator[int, None, Result]
"""Yields the file descriptor that has to become readable before it can go on."""


class Refused(Exception):
    """The server did not let a client in."""


@attrs.define(eq=False)
class Wire:
    """A connection to the server, and the bytes read from it but not used."""

    port: int
    socket: socket.socket = attrs.field(init=False)
    rest: bytes = b""

    def __attrs_post_init__(self) -> None:
        self.socket = socket.create_connection((HOST, self.port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)

    def send(self, data: bytes) -> None:
        """Write ``data``, which is so short that an open socket takes it whole."""
        self.socket.send(data)

    def close(self) -> None:
        """Cut the connection."""
        self.socket.close()

    def upgrade(self, target: str, subprotocol: str = "") -> Talk[None]:
        """Become a WebSocket."""
        lines = [
            f"GET {target} HTTP/1.1",
            f"Host: {HOST}:{self.port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            "Sec-WebSocket-Version: 13",
        ]
        if subprotocol:
            lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
        self.send("\r\n".join((*lines, "", "")).encode())
        head = yield from self._head()
        if not head.startswith(b"HTTP/1.1 101"):
            raise Refused(head.splitlines()[0].decode("latin-1"))

    def post(self, target: str) -> Talk[Any]:
        """Send a JSON object with nothing in it, and read the JSON that comes back."""
        lines = (f"POST {target} HTTP/1.1", f"Host: {HOST}:{self.port}", "Content-Type: application/json")
        self.send("\r\n".join((*lines, "Content-Length: 2", "Connection: close", "", "{}")).encode())
        head = yield from self._head()
        if not head.startswith(b"HTTP/1.1 200"):
            raise Refused(head.splitlines()[0].decode("latin-1"))
        size = next(
            int(line.split(b":")[1]) for line in head.lower().splitlines() if line.startswith(b"content-length")
        )
        while len(self.rest) < size:
            yield from self._more()
        return json.loads(self.rest[:size])

    def message(self) -> Talk[bytes]:
        """The payload of the next frame that is no control frame; what follows it stays in ``rest``."""
        while True:
            frames, left = split(self.rest)
            for position, (opcode, payload) in enumerate(frames):
                if opcode == CLOSE:
                    raise Refused(f"closed with {payload!r}")
                if opcode < CLOSE:
                    self.rest = _after(self.rest, len(left), frames[position + 1 :])
                    return payload
            yield from self._more()

    def _head(self) -> Talk[bytes]:
        while b"\r\n\r\n" not in self.rest:
            yield from self._more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        return head

    def _more(self) -> Talk[None]:
        yield self.socket.fileno()
        data = self.socket.recv(_CHUNK)
        if not data:
            raise Refused("the server hung up")
        self.rest += data


def _after(data: bytes, left: int, frames: list[tuple[int, bytes]]) -> bytes:
    """The end of ``data``: the bytes ``left`` over and the frames before them."""
    size = left + sum(len(payload) + _header_size(len(payload)) for _, payload in frames)
    return data[len(data) - size :]


def _header_size(length: int) -> int:
    return 2 if length < 126 else 4 if length < 65536 else 10
