"""The server's end of a connection, under the test's control."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs
import trio
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Event, Request

from game_server.protocol import ClientMessage, Home, HomeCode, ServerMessage, Welcome, decode_client, encode
from tests.loadtest.played import WELCOME, snapshot


@attrs.define
class Impostor:
    """One connection; ``number`` counts them from 0."""

    stream: trio.SocketStream
    number: int
    _frames: WSConnection = attrs.Factory(lambda: WSConnection(ConnectionType.SERVER))

    async def read(self) -> list[Event]:
        self._frames.receive_data(bytes(await self.stream.receive_some()) or None)
        return list(self._frames.events())

    async def say(self, *events: Event) -> None:
        await self.stream.send_all(b"".join(self._frames.send(event) for event in events))

    async def send(self, *messages: ServerMessage) -> None:
        await self.say(*(BytesMessage(encode(message)) for message in messages))

    async def accept(self) -> list[ClientMessage]:
        """Shake hands, and read the hello and the request."""
        [request] = await self.read()
        assert isinstance(request, Request)
        await self.say(AcceptConnection(subprotocol=request.subprotocols[0]))
        heard: list[ClientMessage] = []
        while len(heard) < 2:
            heard += [decode_client(bytes(e.data)) for e in await self.read() if isinstance(e, BytesMessage)]
        await self.send(Home(HomeCode.WELCOME, "Welcome", "Ada", ()))
        return heard

    async def welcome(self, welcome: Welcome = WELCOME) -> list[ClientMessage]:
        """Give a seat, and one snapshot."""
        heard = await self.accept()
        await self.send(welcome, snapshot(100, 1))
        return heard

    async def close(self, code: int, reason: str) -> None:
        """Close properly."""
        await self.say(CloseConnection(code=code, reason=reason))
        await self.read()


Script = Callable[[Impostor], Awaitable[None]]
Pretend = Callable[[Script], Awaitable[str]]
