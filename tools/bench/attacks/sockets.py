"""A WebSocket that is cheap for its own side: the attacker must not be what the attack measures."""

from __future__ import annotations

import os
import socket
import ssl
import struct
from collections.abc import Iterator
from typing import Any, Final

import msgpack

_UPGRADE: Final = (
    "GET /ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: game-server.v1\r\n\r\n"
)
CLOSE: Final = 8
_PING: Final = 9
_TIMEOUT: Final = 5.0
"""Seconds until the server must have answered the handshake."""
_NOT_NOW: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""What a socket that does not wait raises where one that does would wait."""


class Connection:
    """A TCP connection from a chosen address of this machine, and the WebSocket on it after `upgrade`.

    Args:
        port: of the server, on 127.0.0.1: no other machine can be reached.
        source: where to connect from, in 127.0.0.0/8.
        tls: whether to shake hands, with whatever certificate the server has.

    Attributes:
        closed: code with which the server has closed; 1006 when it is gone without one.
    """

    def __init__(self, port: int, source: str = "127.0.0.1", *, tls: bool = False) -> None:
        self.closed: int | None = None
        self._port = port
        self._came = b""
        self._unsent = b""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT, source_address=(source, 0))
        if tls:
            self.socket = believing_anybody().wrap_socket(self.socket)

    def upgrade(self) -> bool:
        """Open the WebSocket; whether the server did."""
        try:
            self.socket.sendall(_UPGRADE.format(host=f"127.0.0.1:{self._port}").encode())
            while b"\r\n\r\n" not in self._came:
                data = self.socket.recv(4096)
                if not data:
                    break
                self._came += data
        except OSError:
            self._came = b""
        head, _, self._came = self._came.partition(b"\r\n\r\n")
        self.socket.setblocking(False)
        if b" 101 " not in head.split(b"\r\n")[0] + b" ":
            self.end(1006)
        return self.closed is None

    def say(self, *messages: list[Any]) -> None:
        """Send ``messages`` as far as the socket takes them; the rest goes with the next call."""
        self.send(b"".join(frame(msgpack.packb(message)) for message in messages))

    def send(self, data: bytes) -> None:
        """Send bytes as they are, as `say` does."""
        if self.closed is not None or len(self._unsent) > 1 << 16:
            return
        self._unsent += data
        try:
            self._unsent = self._unsent[self.socket.send(self._unsent) :]
        except _NOT_NOW:
            pass
        except OSError:
            self.end(1006)

    def discard(self) -> None:
        """Read what has come and look at none of it."""
        try:
            while self.closed is None and (data := self.socket.recv(1 << 16)):
                del data
        except _NOT_NOW:
            return
        except OSError:
            pass
        self.end(1006)

    def messages(self) -> Iterator[bytes]:
        """What has come, message by message; pings are answered."""
        try:
            while self.closed is None:
                data = self.socket.recv(1 << 16)
                if not data:
                    self.end(1006)
                self._came += data
        except _NOT_NOW:
            pass
        except OSError:
            self.end(1006)
        while (parsed := parse(self._came)) is not None:
            kind, payload, size = parsed
            self._came = self._came[size:]
            if kind == CLOSE:
                self.end(struct.unpack(">H", payload[:2])[0] if len(payload) > 1 else 1005)
            elif kind == _PING:
                self.send(frame(payload, 0x8A))
            else:
                yield payload

    def end(self, code: int = 1000) -> None:
        """Close the socket; the first code stays."""
        if self.closed is None or (self.closed == 1006 and code != 1006):
            self.closed = code
        self.socket.close()


def believing_anybody() -> ssl.SSLContext:
    """A context for servers of this machine, whose certificates nobody vouches for."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def client_hello() -> bytes:
    """The first message of a TLS handshake, which a server answers however often it gets it."""
    out = ssl.MemoryBIO()
    try:
        believing_anybody().wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        return out.read()
    raise AssertionError("a handshake does not end without the other side")


def frame(payload: bytes, head: int = 0x82) -> bytes:
    """One frame of a client, masked with zeros."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size)
    return bytes([head]) + length + bytes(4) + payload


def parse(data: bytes) -> tuple[int, bytes, int] | None:
    """Opcode, payload and size of the frame that ``data`` begins with; None while it is not whole."""
    if len(data) < 2:
        return None
    size, at = data[1] & 0x7F, 2
    if size >= 126:
        at = 4 if size == 126 else 10
        if len(data) < at:
            return None
        size = int.from_bytes(data[2:at], "big")
    return (data[0] & 0x0F, data[at : at + size], at + size) if len(data) >= at + size else None


def hello(nickname: str, *, keyed: bool) -> list[Any]:
    """The first message; before clients had a key it had one field less."""
    return [1, nickname, "attacks", os.urandom(8).hex()] if keyed else [1, nickname, "attacks"]
