from __future__ import annotations

import errno
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
import trio
import trio.testing
import trio_websocket

from game_server.errors import LinkClosed
from game_server.throttling.turns import PER_PASS
from game_server.transport import Link, Traffic, TransportOptions, serve, serving
from game_server.transport.http.client_address import UNKNOWN, Address
from game_server.transport.options import HELLO_TIMEOUT
from game_server.transport.router import PROBES
from game_server.transport.serving import SPARE, SPARE_SECONDS
from tests.transport.clients import HANDSHAKE, HttpClient, WebSocketClient, head
from tests.transport.port import MemoryListener, Owner, Start, echo
from tests.waiting import Passes, ended


async def test_a_thousand_idle_connections_starve_nobody(start: Start) -> None:
    dial = await start()
    idle = [await dial() for _ in range(1001)]
    for stream in idle[:500]:
        await stream.send_all(b"GET / HT")
    player = await WebSocketClient.open(await dial())
    await player.send(b"hello")
    assert await player.message() == b"hello"
    assert (await HttpClient(await dial()).get("/")).status == 200


@pytest.mark.parametrize("ahead", [1, 4])
async def test_requests_that_come_at_once_are_answered_a_few_in_each_pass(start: Start, ahead: int) -> None:
    answered: list[int] = []
    with Passes() as passes:
        dial = await start(api={"/count": lambda: answered.append(passes.count)})
        streams = [await dial() for _ in range(5 * PER_PASS)]
        await trio.testing.wait_all_tasks_blocked()
        async with trio.open_nursery() as nursery:
            for stream in streams:
                nursery.start_soon(stream.send_all, ahead * head("GET /count HTTP/1.1", {"Host": "a"}))
        await trio.testing.wait_all_tasks_blocked()
    assert len(answered) == ahead * 5 * PER_PASS
    assert max(Counter(answered).values()) <= PER_PASS


async def test_what_is_sent_to_many_at_once_is_written_a_few_in_each_pass(start: Start, owner: Owner) -> None:
    heard: list[int] = []

    async def hear(player: WebSocketClient) -> None:
        assert await player.message() == b"hello, everybody"
        heard.append(passes.count)

    dial = await start(owner)
    players = [await WebSocketClient.open(await dial()) for _ in range(5 * PER_PASS)]
    links = [await owner.link() for _ in players]
    with Passes() as passes:
        async with trio.open_nursery() as nursery:
            for player in players:
                nursery.start_soon(hear, player)
            await trio.testing.wait_all_tasks_blocked()
            for link in links:
                link.send(b"hello, everybody")
    assert max(Counter(heard).values()) <= PER_PASS


@pytest.mark.parametrize("end", ["their clients go", "nobody says hello"])
async def test_web_sockets_that_end_at_once_end_a_few_in_each_pass(start: Start, end: str) -> None:
    gone: list[int] = []

    async def own(link: Link) -> None:
        with suppress(LinkClosed):
            await link.receive()
        await link.wait_closed()
        gone.append(passes.count)

    with Passes() as passes:
        dial = await start(own)
        players = [await WebSocketClient.open(await dial()) for _ in range(5 * PER_PASS)]
        if end == "their clients go":
            for player in players:
                assert isinstance(player.stream, trio.StapledStream)
                player.stream.send_stream.close()  # as `aclose`, but for the pass of the scheduler
        await trio.sleep(HELLO_TIMEOUT + 5)
    assert len(gone) == 5 * PER_PASS
    assert max(Counter(gone).values()) <= PER_PASS


async def test_heads_that_are_not_whole_in_time_are_refused_a_few_in_each_pass(start: Start) -> None:
    refused: list[int] = []

    async def hear(http: HttpClient) -> None:
        assert (await http.answer()).status == 408
        refused.append(passes.count)

    dial = await start(head_timeout=1.0)
    slow = [HttpClient(await dial()) for _ in range(5 * PER_PASS)]
    async with trio.open_nursery() as nursery:
        for http in slow:
            nursery.start_soon(http.send, b"GET / HT")
    with Passes() as passes:
        async with trio.open_nursery() as nursery:
            for http in slow:
                nursery.start_soon(hear, http)
    assert max(Counter(refused).values()) <= PER_PASS


@pytest.mark.parametrize("request_head", [head("GET / HTTP/1.1", {"Host": "a"}), head("GET /ws HTTP/1.1", HANDSHAKE)])
async def test_beyond_the_limit_connections_get_503_until_others_leave(start: Start, request_head: bytes) -> None:
    dial = await start(max_connections=2)
    players = [await WebSocketClient.open(await dial()) for _ in range(2)]
    refused = HttpClient(await dial())
    await refused.send(request_head)
    answer = await refused.answer()
    assert (answer.status, answer.headers["connection"]) == (503, "close")
    assert "retry-after" in answer.headers
    assert await refused.rest() == b""
    await players[0].stream.aclose()
    await trio.sleep(1)
    assert (await HttpClient(await dial()).get("/")).status == 200
    await players[1].send(b"hello")
    assert await players[1].message() == b"hello"


@pytest.mark.parametrize("probe", PROBES)
async def test_a_full_server_still_says_how_it_is_once_a_connection(start: Start, probe: str) -> None:
    dial = await start(max_connections=1, api={probe: lambda: {"status": "ok"}})
    _player = await WebSocketClient.open(await dial())
    http = HttpClient(await dial())
    await http.send(2 * head(f"GET {probe} HTTP/1.1", {"Host": "a"}))
    answer = await http.answer()
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert await http.rest() == b""


async def test_those_who_find_no_room_and_say_nothing_are_gone_soon_and_bounded(start: Start) -> None:
    dial = await start(max_connections=1, api={"/healthz": dict})
    _player = await WebSocketClient.open(await dial())
    silent = [HttpClient(await dial()) for _ in range(2 * SPARE)]
    await trio.testing.wait_all_tasks_blocked()
    assert await HttpClient(await dial()).rest() == b""
    await trio.sleep(2 * SPARE_SECONDS)
    assert [await http.rest() for http in silent] == [b""] * len(silent)
    assert (await HttpClient(await dial()).get("/healthz")).status == 200


async def test_an_error_nobody_thought_of_ends_one_connection_with_one_line(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    dial = await start()
    player = await WebSocketClient.open(await dial())

    def fail(*_: object) -> object:
        raise ZeroDivisionError("unthought of")

    monkeypatch.setattr("game_server.transport.router.check_upgrade", fail)
    http = HttpClient(await dial())
    await http.send(head("GET /ws HTTP/1.1"))
    assert await http.rest() == b""
    await player.send(b"hello")
    assert await player.message() == b"hello"
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "unthought of" in record.getMessage()
    assert record.exc_info is None


class FullSystem(MemoryListener):
    """Has no room for the first connections."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self._failures = failures

    async def accept(self) -> trio.abc.Stream:
        if self._failures:
            self._failures -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        return await super().accept()


@pytest.mark.usefixtures("jumping_clock")
async def test_a_system_without_room_is_waited_for_with_one_complaint(
    site: Path, nursery: trio.Nursery, caplog: pytest.LogCaptureFixture
) -> None:
    listener = FullSystem(failures=20)
    run = partial(serve, [listener], site=site, api={}, on_link=echo, options=TransportOptions())
    await nursery.start(run)
    assert (await HttpClient(await listener.dial()).get("/")).status == 200
    complaints = [record for record in caplog.records if "no room" in record.getMessage()]
    assert len(complaints) == 1
    assert "Traceback" not in caplog.text


async def test_cancelling_cuts_every_connection_at_once(site: Path, autojump_clock: trio.testing.MockClock) -> None:
    listener, began = MemoryListener(), autojump_clock.current_time()
    async with trio.open_nursery() as nursery:
        run = partial(serve, [listener], site=site, api={}, on_link=echo, options=TransportOptions())
        await nursery.start(run)
        player = await WebSocketClient.open(await listener.dial())
        idle = HttpClient(await listener.dial())
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert await player.close_code() == (1006, "")
    assert await idle.rest() == b""
    assert autojump_clock.current_time() == began


# The same on real sockets, in real time


@pytest.fixture
async def port(site: Path, owner: Owner) -> AsyncIterator[int]:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        run = partial(serve, listeners, site=site, api={}, on_link=owner, options=TransportOptions())
        await nursery.start(run)
        yield int(listeners[0].socket.getsockname()[1])
        nursery.cancel_scope.cancel()


async def test_a_websocket_library_plays_over_a_real_socket(port: int, owner: Owner) -> None:
    # open_websocket would leave its socket open when the server closes first, so the stream is ours.
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream, trio.open_nursery() as nursery:
        websocket = await trio_websocket.wrap_client_stream(
            nursery, stream, "127.0.0.1", "/ws", subprotocols=["game-server.v1"]
        )
        link = await owner.link()
        assert link.peer.startswith("127.0.0.1:")
        await websocket.send_message(b"hello")
        assert await link.receive() == b"hello"
        link.send(b"welcome")
        assert await websocket.get_message() == b"welcome"
        link.close(4009, "removed")
        with pytest.raises(trio_websocket.ConnectionClosed) as closed:
            await websocket.get_message()
    assert closed.value.reason is not None
    assert (closed.value.reason.code, closed.value.reason.reason) == (4009, "removed")


class SpyListener(trio.abc.Listener[trio.abc.Stream]):
    """Keeps what it accepted."""

    def __init__(self, listener: trio.SocketListener) -> None:
        self.listener = listener
        self.accepted: list[trio.SocketStream] = []

    async def accept(self) -> trio.abc.Stream:
        self.accepted.append(await self.listener.accept())
        return self.accepted[-1]

    async def aclose(self) -> None:
        await self.listener.aclose()


async def test_what_the_peer_did_not_get_to_send_does_not_cost_it_the_reason(port: int, owner: Owner) -> None:
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        player = await WebSocketClient.open(stream)
        link = await owner.link()
        for _ in range(500):
            await player.send(bytes(1000))
        assert (await player.close_code())[0] == 4005
        await stream.aclose()
        assert (await ended(link)).code == 4005


async def test_a_reset_connection_is_1006_for_its_owner(port: int, owner: Owner) -> None:
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    await WebSocketClient.open(stream)
    link = await owner.link()
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await stream.aclose()
    assert (await ended(link)).code == 1006


async def test_connections_reset_at_any_stage_disturb_nobody(port: int, caplog: pytest.LogCaptureFixture) -> None:
    whole = head("GET /ws HTTP/1.1", HANDSHAKE)
    for sent in (b"", whole[:10], whole, head("GET / HTTP/1.1", {"Host": "a"}) * 50):
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        await stream.send_all(sent)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await stream.aclose()
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        assert (await HttpClient(stream).get("/")).status == 200
    assert not [record for record in caplog.records if record.exc_info or record.levelname == "ERROR"]


async def test_little_unsent_data_waits_in_the_kernel(site: Path, nursery: trio.Nursery, owner: Owner) -> None:
    spy = SpyListener((await trio.open_tcp_listeners(0, host="127.0.0.1"))[0])
    await nursery.start(partial(serve, [spy], site=site, api={}, on_link=owner, options=TransportOptions()))
    async with await trio.testing.open_stream_to_socket_listener(spy.listener) as stream:
        await WebSocketClient.open(stream)
        await owner.link()
        assert spy.accepted[0].getsockopt(socket.IPPROTO_TCP, trio.socket.TCP_NOTSENT_LOWAT) == 4096


# Connections beyond the limit, and what is counted


@pytest.mark.parametrize(("stranger", "spare"), [(False, 2 * SPARE), (True, SPARE)])
async def test_a_full_server_has_places_for_health_checks_and_more_for_trusted_networks(
    site: Path, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch, stranger: bool, spare: int
) -> None:
    monkeypatch.setattr(serving, "_address", lambda _: Address("198.51.100.7", 1) if stranger else UNKNOWN)
    listener, traffic = MemoryListener(), Traffic()
    run = partial(serve, [listener], site=site, api={"/healthz": dict}, on_link=echo, traffic=traffic)
    await nursery.start(partial(run, options=TransportOptions(max_connections=1)))
    _player = await WebSocketClient.open(await listener.dial())
    _silent = [await listener.dial() for _ in range(spare - 1)]
    await trio.testing.wait_all_tasks_blocked()
    last, beyond = HttpClient(await listener.dial()), HttpClient(await listener.dial())
    assert await beyond.rest() == b""
    assert (await last.get("/healthz")).status == 200
    assert traffic.refused == spare + 1


async def test_a_full_system_is_asked_ten_times_a_second_and_reported_every_ten_seconds(
    site: Path, nursery: trio.Nursery, autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    listener, began = FullSystem(failures=150), autojump_clock.current_time()
    await nursery.start(partial(serve, [listener], site=site, api={}, on_link=echo, options=TransportOptions()))
    http = HttpClient(await listener.dial())
    await http.send(head("GET / HTTP/1.1", {"Host": "a"}))
    assert (await http.answer(within=20)).status == 200
    assert autojump_clock.current_time() - began == pytest.approx(15)
    assert len([record for record in caplog.records if "no room" in record.getMessage()]) == 2


async def test_any_other_error_of_a_listener_is_a_fault(site: Path) -> None:
    class Broken(MemoryListener):
        async def accept(self) -> trio.abc.Stream:
            raise OSError(errno.EBADF, "Bad file descriptor")

    with pytest.RaisesGroup(pytest.RaisesExc(OSError, match="Bad file"), flatten_subgroups=True):
        await serve([Broken()], site=site, api={}, on_link=echo, options=TransportOptions())


async def test_listeners_are_closed_at_the_end(site: Path) -> None:
    listener = MemoryListener()
    async with trio.open_nursery() as nursery:
        await nursery.start(partial(serve, [listener], site=site, api={}, on_link=echo, options=TransportOptions()))
        nursery.cancel_scope.cancel()
    with pytest.raises(trio.BrokenResourceError):
        await listener.dial()
