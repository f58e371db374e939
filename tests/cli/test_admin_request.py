"""What `ask` says of peers that are no server of ours."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import attrs
import pytest
import trio
import trustme
from trio_websocket import WebSocketConnection, WebSocketRequest, serve_websocket

from game_server.cli.admin_request import ask
from game_server.client import Target, Trust, fingerprint_of_file
from game_server.errors import ConfigError, ServerUnreachable
from game_server.loadtest.metrics.server_scraper import ServerScraper
from game_server.loadtest.server_probe import seats_taken
from game_server.protocol import SUBPROTOCOL, Admin, AdminDeed, Answer, CloseCode, Home, encode
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
        assert "404 Not Found' instead of a WebSocket; is that a game server?" in await trouble(target)


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
    with trio.fail_after(5):
        said = await trouble(Target(plain.host, plain.port, tls=True))
    assert said.endswith("it does not speak TLS: write http:// instead of https://")


@pytest.fixture
async def tls(open_server: OpenServer, tmp_path: Path) -> Target:
    """A server with a certificate for another name, by an authority that no system knows."""
    authority = trustme.CA()
    issued = authority.issue_cert("play.example")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    files = {"tls_cert": tmp_path / "cert.pem", "tls_key": tmp_path / "key.pem"}
    served = await open_server(options={**files, "admin_token": QUESTION.token.ljust(16, "x")})
    return Target.from_url(served.server.url)


async def test_a_server_that_speaks_tls_where_it_is_asked_plainly(tls: Target) -> None:
    with trio.fail_after(5):
        assert (await trouble(attrs.evolve(tls, tls=False))).endswith(
            "it speaks TLS: write https:// instead of http://"
        )


async def test_a_certificate_that_nobody_vouches_for(tls: Target) -> None:
    assert "its certificate is not trusted (unable to get local issuer certificate)" in await trouble(tls)


async def test_a_certificate_of_a_known_authority_for_another_name(tls: Target, tmp_path: Path) -> None:
    said = await trouble(attrs.evolve(tls, trust=Trust.of(tmp_path / "ca.pem", "")))
    assert "not valid for '127.0.0.1'" in said
    assert "--pin" in said


async def test_the_pinned_certificate_is_believed_and_no_other(tls: Target, tmp_path: Path) -> None:
    pin = fingerprint_of_file(tmp_path / "cert.pem")
    asked = attrs.evolve(QUESTION, token=QUESTION.token.ljust(16, "x"))
    assert isinstance(await ask(attrs.evolve(tls, trust=Trust.of(None, pin)), asked), Answer)
    other = fingerprint_of_file(tmp_path / "ca.pem")
    assert "its certificate has the fingerprint" in await trouble(attrs.evolve(tls, trust=Trust.of(None, other)))


async def test_nothing_is_read_from_a_server_with_another_certificate_than_the_pinned_one(
    tls: Target, tmp_path: Path
) -> None:
    right, other = (fingerprint_of_file(tmp_path / name) for name in ("cert.pem", "ca.pem"))
    assert await seats_taken(attrs.evolve(tls, trust=Trust.of(None, right))) == 0
    assert await seats_taken(attrs.evolve(tls, trust=Trust.of(None, other))) is None
    side = ServerScraper(attrs.evolve(tls, trust=Trust.of(None, other)))
    assert await side._ask() is None
    assert "its certificate has the fingerprint" in (side.missing or "")


def test_a_pin_is_read_however_it_is_written() -> None:
    pin = f"sha256:{'ab' * 32}"
    for written in (pin, pin.upper(), "ab" * 32, ":".join(["AB"] * 32)):
        assert Trust.of(None, written).pin == pin


@pytest.mark.parametrize(
    ("ca", "pin", "saying"),
    [
        (None, "sha256:abc", "--pin sha256:abc is not a fingerprint"),
        ("ca.pem", "ab" * 32, "--ca and --pin exclude one another"),
        ("none.pem", "", r"cannot use .*none\.pem as --ca: No such file"),
        ("text.pem", "", r"cannot use .*text\.pem as --ca: it is not a PEM file"),
    ],
)
def test_a_ca_or_a_pin_that_cannot_be_used_is_named(tmp_path: Path, ca: str | None, pin: str, saying: str) -> None:
    (tmp_path / "text.pem").write_text("no certificate")
    with pytest.raises(ConfigError, match=saying):
        Trust.of(tmp_path / ca if ca else None, pin)


def test_a_plain_link_takes_no_pin() -> None:
    with pytest.raises(ConfigError, match="is not an https link"):
        Target.from_url("http://127.0.0.1:8000", Trust(pin="sha256:" + "ab" * 32))


async def test_another_version() -> None:
    async def serve(connection: WebSocketConnection) -> None:
        await connection.aclose(CloseCode.VERSION_MISMATCH, "get version 2")

    async with websocket(serve) as target:
        assert "another version" in (said := await trouble(target))
        assert said.endswith("get version 2")


async def test_a_websocket_server_of_another_kind() -> None:
    async with websocket(silence, None) as target:
        assert f"the server does not speak {SUBPROTOCOL}" in await trouble(target)


async def test_one_that_speaks_nonsense() -> None:
    async def serve(connection: WebSocketConnection) -> None:
        await connection.send_message(b"nonsense")
        await connection.get_message()

    async with websocket(serve) as target:
        assert "speaks another protocol" in await trouble(target)


async def test_one_that_closes_instead_of_answering() -> None:
    async def serve(connection: WebSocketConnection) -> None:
        await connection.send_message(encode(Home(0, "Welcome", "Ada", ())))
        await connection.aclose(CloseCode.REMOVED, "your address is banned from this server")

    async with websocket(serve) as target:
        assert (await trouble(target)).endswith("closed the connection: your address is banned from this server")
