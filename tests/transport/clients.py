"""Peers for the tests: one that writes HTTP by hand, one that writes WebSocket frames, good or bad."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import NamedTuple

import h11
import trio
from wsproto import ConnectionType
from wsproto.connection import Connection, ConnectionState
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage

from tests.waiting import WITHIN, bounded

Dial = Callable[[], Awaitable[trio.abc.Stream]]

HANDSHAKE: Mapping[str, str] = {
    "Host": "localhost",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "game-server.v1",
}


def head(line: str, headers: Mapping[str, str | None] = HANDSHAKE) -> bytes:
    """A request head; headers that are None are left out."""
    lines = [line, *(f"{name}: {value}" for name, value in headers.items() if value is not None), "", ""]
    return "\r\n".join(lines).encode("latin-1")


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class HttpClient:
    """Sends what the test gives it and reads answers."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self.received = b""

    async def send(self, data: bytes) -> None:
        await self.stream.send_all(data)

    async def answer(self, method: str = "GET", *, within: float = WITHIN) -> Answer:
        """The next answer, to a request of ``method``."""
        parser = h11.Connection(h11.CLIENT)
        parser.send(h11.Request(method=method, target="/", headers=[("Host", "x"), ("Upgrade", "websocket")]))
        parser.send(h11.EndOfMessage())
        parser.receive_data(self.received) if self.received else None
        found: h11.Response | h11.InformationalResponse | None = None
        body = b""
        while True:
            event = parser.next_event()
            if event is h11.NEED_DATA:
                with bounded(within):
                    parser.receive_data(bytes(await self.stream.receive_some()))
            elif isinstance(event, h11.Response | h11.InformationalResponse):
                found = event
                if event.status_code == 101:
                    break
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                raise AssertionError(f"the server ended the connection: {event!r}")
        self.received = parser.trailing_data[0]
        assert found is not None
        assert found.reason == HTTPStatus(found.status_code).phrase.encode()
        headers = {name.decode().lower(): value.decode() for name, value in found.headers}
        return Answer(found.status_code, headers, body)

    async def get(self, target: str, method: str = "GET", **headers: str) -> Answer:
        """A plain request and its answer; underscores in header names stand for hyphens."""
        fields = {"Host": "localhost"} | {name.replace("_", "-"): value for name, value in headers.items()}
        await self.send(head(f"{method} {target} HTTP/1.1", fields))
        return await self.answer(method)

    async def rest(self, *, within: float = WITHIN) -> bytes:
        """Everything up to the server's end of the connection."""
        data = self.received
        with bounded(within):
            while more := await self.stream.receive_some():
                data += more
        return data


class WebSocketClient:
    """A WebSocket after its handshake; `send_raw` says anything at all."""

    def __init__(self, http: HttpClient, subprotocol: str | None) -> None:
        self.stream = http.stream
        self.subprotocol = subprotocol
        self._frames = Connection(ConnectionType.CLIENT, trailing_data=http.received)
        self._events: list[Event] = []

    @staticmethod
    async def open(
        stream: trio.abc.Stream, *, glued: bytes = b"", subprotocols: str = "game-server.v1"
    ) -> WebSocketClient:
        """Shake hands on ``stream``; ``glued`` bytes go out in one write with the request head."""
        http = HttpClient(stream)
        headers = {**HANDSHAKE, "Sec-WebSocket-Protocol": subprotocols}
        await http.send(head("GET /ws HTTP/1.1", headers) + glued)
        answer = await http.answer()
        assert answer.status == 101, answer
        return WebSocketClient(http, answer.headers.get("sec-websocket-protocol"))

    async def event(self, *, within: float = WITHIN) -> Event:
        """What the server sends next; the connection's end is a close with code 1006."""
        while not self._events:
            try:
                with bounded(within):
                    data = bytes(await self.stream.receive_some())
            except trio.BrokenResourceError:
                data = b""
            self._frames.receive_data(data or None)
            self._events = list(self._frames.events())
        return self._events.pop(0)

    async def message(self, *, within: float = WITHIN) -> bytes:
        """The next message, skipping (and answering) pings."""
        message = b""
        with bounded(within):
            while True:
                event = await self.event(within=within)
                if isinstance(event, BytesMessage):
                    message += event.data
                    if event.message_finished:
                        return message
                    continue
                assert isinstance(event, Ping), event
                await self.send_event(Pong(payload=event.payload))

    async def send(self, message: bytes | str) -> None:
        await self.send_event(TextMessage(message) if isinstance(message, str) else BytesMessage(message))

    async def send_event(self, event: Event) -> None:
        await self.stream.send_all(self._frames.send(event))

    async def send_raw(self, data: bytes) -> None:
        await self.stream.send_all(data)

    async def close_code(self, *, within: float = WITHIN, answering: bool = True) -> tuple[int, str]:
        """Read on to the server's close frame and answer it, and pings if ``answering``."""
        with bounded(within):
            while True:
                event = await self.event(within=within)
                if isinstance(event, Ping) and answering and self._frames.state is ConnectionState.OPEN:
                    with suppress(trio.BrokenResourceError):
                        await self.send_event(Pong(payload=event.payload))
                if isinstance(event, CloseConnection):
                    if self._frames.state is ConnectionState.REMOTE_CLOSING:
                        await self.send_event(event.response())
                    return int(event.code), event.reason or ""


def frame(payload: bytes, *, opcode: int = 2, fin: bool = True, mask: bytes | None = b"\1\2\3\4") -> bytes:
    """One frame by hand, RFC 6455 section 5.2."""
    length = len(payload)
    if length < 126:
        sizes = bytes([length])
    elif length < 1 << 16:
        sizes = bytes([126]) + length.to_bytes(2, "big")
    else:
        sizes = bytes([127]) + length.to_bytes(8, "big")
    first = (0x80 if fin else 0) | opcode
    if mask is None:
        return bytes([first]) + sizes + payload
    masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return bytes([first, sizes[0] | 0x80]) + sizes[1:] + mask + masked
