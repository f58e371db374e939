"""TLS on real sockets: the link is the same, served by tasks."""

from __future__ import annotations

import ssl
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import trio
import trustme
from trio.testing import memory_stream_pair, open_stream_to_socket_listener

from game_server.protocol import decode_client
from game_server.throttling import Turns
from game_server.transport import Link, SeatedSockets, TransportOptions, secured, serve
from game_server.transport.tls import _InTurns, _redirect
from tests.transport.clients import HttpClient, WebSocketClient, frame
from tests.transport.port import MemoryListener, Owner, echo, virtual_time
from tests.waiting import Passes, bounded


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def port(site: Path, owner: Owner, authority: trustme.CA) -> AsyncIterator[int]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("play.example").configure_cert(context)
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    options = TransportOptions(head_timeout=0.2)
    async with trio.open_nursery() as nursery:
        run = partial(serve, [secured(listener, lambda: context)], site=site, api={}, on_link=owner, options=options)
        await nursery.start(run)
        yield int(listener.socket.getsockname()[1])
        nursery.cancel_scope.cancel()


async def dial(port: int, authority: trustme.CA) -> trio.SSLStream[trio.SocketStream]:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    return trio.SSLStream(stream, context, server_hostname="play.example", https_compatible=True)


async def test_pages_come_over_tls(port: int, authority: trustme.CA) -> None:
    async with await dial(port, authority) as stream:
        assert (await HttpClient(stream).get("/")).status == 200


async def test_a_seated_link_plays_over_tls(port: int, owner: Owner, authority: trustme.CA) -> None:
    async with await dial(port, authority) as stream:
        player = await WebSocketClient.open(stream)
        link, sockets = await owner.link(), SeatedSockets()
        assert link.peer.startswith("127.0.0.1:")
        async with sockets.seat(link):
            await player.send(b"hello")
            assert await link.receive() == b"hello"
            assert link.offer(b"snapshot")
            sockets.flush()
            assert await player.message() == b"snapshot"
            link.close(4009, "removed")
            assert await player.close_code() == (4009, "removed")


class SecureMemory(MemoryListener):
    """Accepts TLS without sockets, so that no wait takes any time."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__()
        self._context = context

    async def accept(self) -> trio.abc.Stream:
        return trio.SSLStream(await super().accept(), self._context, server_side=True, https_compatible=True)


BROKEN = {
    "no mask": frame(b"hello", mask=None),
    "a reserved bit": b"\xc2" + frame(b"hello")[1:],
    "an opcode of nobody's": frame(b"hello", opcode=3),
    "a continuation of nothing": frame(b"hello", opcode=0),
    "a long ping": frame(bytes(126), opcode=9),
    "half a ping": frame(b"", opcode=9, fin=False),
    "too much": frame(bytes(20_000)),
    "text": frame(b"hello", opcode=1),
    "text that is none": frame(b"\xff", opcode=1),
    "no message": frame(b"hello"),
}


@pytest.mark.trio(run=virtual_time)
@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
async def test_whatever_a_peer_breaks_the_end_comes_at_once(
    nursery: trio.Nursery, site: Path, authority: trustme.CA, data: bytes
) -> None:
    async def own(link: Link) -> None:
        decode_client(await link.receive())

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("play.example").configure_cert(context)
    listener = SecureMemory(context)
    await nursery.start(partial(serve, [listener], site=site, api={}, on_link=own, options=TransportOptions()))
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    below = await listener.dial()
    stream = trio.SSLStream(below, trusting, server_hostname="play.example", https_compatible=True)
    player = await WebSocketClient.open(stream)
    began = trio.current_time()
    await player.send_raw(data)
    with trio.fail_after(30):
        await player.close_code()
        while await stream.receive_some():
            pass
    assert trio.current_time() == began


@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n"])
async def test_who_does_not_shake_hands_in_time_is_cut_off_without_a_traceback(
    port: int, authority: trustme.CA, caplog: pytest.LogCaptureFixture, said: bytes
) -> None:
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(said)
        with trio.fail_after(30):
            while await stream.receive_some():
                pass
    async with await dial(port, authority) as good:
        assert (await HttpClient(good).get("/")).status == 200
    assert not [record for record in caplog.records if record.exc_info or record.levelname == "ERROR"]


@pytest.mark.trio(run=virtual_time)
async def test_handshakes_of_one_moment_are_made_one_in_each_pass(
    nursery: trio.Nursery, site: Path, authority: trustme.CA
) -> None:
    context, begun, passes = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), list[int](), Passes()
    authority.issue_cert("play.example").configure_cert(context)
    # Called when the server has read the name in a client's first message, just before the dear part.
    context.sni_callback = lambda *_: begun.append(passes.count)
    listener = SecureMemory(context)
    await nursery.start(partial(serve, [listener], site=site, api={}, on_link=echo, options=TransportOptions()))
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    below = [await listener.dial() for _ in range(40)]
    with passes:
        async with trio.open_nursery() as shaking:
            for stream in below:
                peer = trio.SSLStream(stream, trusting, server_hostname="play.example", https_compatible=True)
                shaking.start_soon(peer.do_handshake)
    assert len(begun) == len(below)
    assert max(Counter(begun).values()) == 1


async def test_before_its_handshake_a_stream_waits_its_turn_and_is_otherwise_the_one_below() -> None:
    below, theirs = memory_stream_pair()
    asked = 0

    async def has_room() -> None:
        nonlocal asked
        asked += 1

    below.send_stream.wait_send_all_might_not_block_hook = has_room
    stream = _InTurns(below, Turns())
    await stream.wait_send_all_might_not_block()
    await stream.send_all(b"hello")
    assert (asked, await theirs.receive_some()) == (1, b"hello")
    await stream.aclose()
    assert await theirs.receive_some() == b""


async def test_the_end_of_a_connection_is_one_without_a_word_of_tls_as_in_https(authority: trustme.CA) -> None:
    context, trusting = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("play.example").configure_cert(context)
    authority.configure_trust(trusting)
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    below = await open_stream_to_socket_listener(listener)
    async with secured(listener, lambda: context) as secure:
        theirs = trio.SSLStream(below, trusting, server_hostname="play.example", https_compatible=True)
        ours = await secure.accept()
        async with ours, theirs:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(theirs.send_all, b"hello")
                assert await ours.receive_some() == b"hello"
            await below.send_eof()
            with bounded():
                assert await ours.receive_some() == b""
    with pytest.raises(trio.ClosedResourceError):
        await listener.accept()


@pytest.mark.parametrize("letter", [b"A", b"M", b"Z"])
async def test_any_method_that_comes_without_tls_is_redirected(port: int, letter: bytes) -> None:
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(letter + b"OVE / HTTP/1.1\r\nHost: play.example\r\n\r\n")
        with bounded():
            assert (await stream.receive_some()).startswith(b"HTTP/1.1 307 Temporary Redirect\r\n")


@pytest.mark.usefixtures("jumping_clock")
async def test_a_plain_head_that_never_ends_is_read_no_further_than_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("game_server.transport.tls.MAX_HEAD_BYTES", 1000)
    ours, theirs = memory_stream_pair()
    await theirs.send_all(b"GET / HTTP/1.1\r\nHost: play.example\r\nX: " + b"x" * 1200)
    with bounded():
        await _redirect(_InTurns(ours, Turns()))
