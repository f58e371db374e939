"""What `ask` says of peers that are no server of ours."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
from trio_websocket import WebSocketConnection, WebSocketRequest, serve_websocket

from game_server.bots.target import Target
from game_server.cli.admin_request import ask
from game_server.errors import ServerUnreachable
from game_server.protocol.client_messages import Admin
from game_server.protocol.closes import CloseCode
from game_server.protocol.codec import encode
from game_server.protocol.codes import AdminDeed
from game_server.protocol.limits import SUBPROTOCOL
from game_server.protocol.server_messages import Home
from tests.live_server import OpenServer

QUESTION = Admin("open sesame", AdminDeed.MATCHES)

Talk = Callable[[trio.SocketStream], Awaitable[None]]
Serve = Callable[[WebSocketConnection], Awaitable[None]]


@asynccontextmanager
async def peer(talk: Talk) -> AsyncIterator[Target]:
    """Something that listens, and speaks as ``talk`` does."""
    async with trio.open_nursery() as nursery:
        [listener] = await nursery.start(partial(trio.serve_tcp, talk, 0, host="127.0.0.1"))
        yield Target("127.0.0.1", listener.socket.getsockname()[1], tls=False)
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def websocket(serve: Serve, subprotocol: str | None = SUBPROTOCOL) -> AsyncIterator[Target]:
    """A WebSocket server that is none of ours."""

    async def accept(request: WebSocketRequest) -> None:
        await serve(await request.accept(subprotocol=subprotocol))

    async with trio.open_nursery() as nursery:
        server = await nursery.start(serve_websocket, accept, "127.0.0.1", 0, None)
        yield Target("127.0.0.1", server.port, tls=False)
        nursery.cancel_scope.cancel()


async def silence(_: object) -> None:
    await trio.sleep_forever()


async def trouble(target: Target) -> str:
    with pytest.raises(ServerUnreachable) as caught:
        await ask(target, QUESTION)
    said = str(caught.value)
    assert said.startswith(f"{target.authority} ")
    assert "\n" not in said
    return said


async def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "cannot be reached: " in await trouble(Target("127.0.0.1", port, tls=False))


async def test_an_http_server() -> None:
    async def talk(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await stream.receive_some()

    async with peer(talk) as target:
        assert "HTTP 404 instead of a WebSocket; is that a game server?" in await trouble(target)


async def test_a_server_that_is_no_http_server(jumping_clock: None) -> None:  # noqa: ARG001
    async def talk(stream: trio.SocketStream) -> None:
        await stream.send_all(b"SSH-2.0-OpenSSH_9.6\r\n")
        await stream.receive_some()

    async with peer(talk) as target:
        assert await trouble(target)


async def test_one_that_says_nothing(autojump_clock: trio.abc.Clock) -> None:  # noqa: ARG001
    async with peer(silence) as target:
        assert "does not answer as a game server does" in await trouble(target)


async def test_a_server_that_speaks_plainly_where_tls_is_asked(open_server: OpenServer) -> None:
    served = await open_server()
    plain = Target.from_url(served.server.url)
    assert await trouble(Target(plain.host, plain.port, tls=True))


async def test_another_version() -> None:
    async def serve(connection: WebSocketConnection) -> None:
        await connection.aclose(CloseCode.VERSION_MISMATCH, "get version 2")

    async with websocket(serve) as target:
        assert "another version" in (said := await trouble(target))
        assert said.endswith("get version 2")


async def test_a_websocket_server_of_another_kind() -> None:
    async with websocket(silence, None) as target:
        assert "speaks no protocol of ours" in await trouble(target)


async def test_one_that_speaks_nonsense() -> None:
    async def serve(connection: WebSocketConnection) -> None:
        await connection.send_message(b"nonsense")
        await connection.get_message()

    async with websocket(serve) as target:
        assert "speaks no protocol of ours" in await trouble(target)


async def test_one_that_closes_instead_of_answering() -> None:
    async def serve(connection: WebSocketConnection) -> None:
        await connection.send_message(encode(Home(0, "Welcome", "Ada", ())))
        await connection.aclose(CloseCode.REMOVED, "your address is banned from this server")

    async with websocket(serve) as target:
        assert (await trouble(target)).endswith("closed the connection: your address is banned from this server")
