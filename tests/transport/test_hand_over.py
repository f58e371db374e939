"""A WebSocket that another process of this machine gets before it is answered."""

from __future__ import annotations

import array
import os
import socket
import ssl
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
import trustme
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import lockstep_stream_pair, wait_all_tasks_blocked

from game_server.throttling import AddressCount, AddressSlot, Budgets, Throttling
from game_server.transport import Link, Traffic, TransportOptions, secured, serve
from game_server.transport.hand_over import MOST_AT_ONCE, HandedOver, Outgoing, receiver, taken_over
from game_server.transport.websocket.handshake import Upgrade
from tests.transport.clients import HANDSHAKE, HttpClient, WebSocketClient, frame, head
from tests.transport.port import MemoryListener
from tests.waiting import Passes, bounded

upgrades = st.builds(Upgrade, st.text(max_size=30), st.text(max_size=30))
connections = st.builds(
    HandedOver,
    upgrades,
    st.binary(max_size=100),
    st.text(max_size=30),
    st.text(max_size=30),
    st.integers(0, 65535),
    st.lists(st.text(max_size=20), max_size=2).map(tuple),
)


@given(connections)
def test_a_connection_arrives_as_it_was(passed: HandedOver) -> None:
    assert HandedOver.unpack(passed.pack()) == passed


@given(st.binary(max_size=60))
def test_what_is_no_connection_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - msgpack's own errors are such
        HandedOver.unpack(data)


QUEUE: int = int(Path("/proc/sys/net/unix/max_dgram_qlen").read_text())
"""Messages that wait at a socket."""


class Nodes:
    """Two servers: the first hands those who ask for the match FAR over to the second."""

    def __init__(self, site: Path, folder: Path, authority: trustme.CA | None) -> None:
        self.folder = folder
        self._site = site
        self._authority = authority
        self.newcomers: Path | None = None
        self.far: list[Link] = []
        self.near: list[Link] = []
        self.failures: list[str] = []
        self.port = 0
        self._dialled: list[trio.SocketStream] = []

    def hang_up(self) -> None:
        for stream in self._dialled:
            stream.socket.close()

    def origins(self) -> tuple[str, ...]:
        return ()

    def takes(self, ticket: str) -> bool:
        return ticket == "good"

    def failed(self, path: Path) -> None:
        self.failures.append(path.name)

    async def place(self, code: str, ticket: str) -> Path | None:  # noqa: ARG002
        if not code:
            return self.newcomers
        return self.folder / "far.sock" if code == "FAR" else None

    async def run(self, throttling: Throttling | None, *, task_status: trio.TaskStatus[None]) -> None:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.port = listener.socket.getsockname()[1]
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        if self._authority:
            self._authority.issue_cert("play.example").configure_cert(context)
        both: dict[str, Any] = {"site": self._site, "api": {}, "options": TransportOptions(hello_timeout=60)}
        near = partial(self.serve, self.near, **both, placing=self)
        far = partial(self.serve, self.far, **both, takes_over_at=self.folder / "far.sock", throttling=throttling)
        async with trio.open_nursery() as nursery:
            await nursery.start(far, [MemoryListener()])
            await nursery.start(near, [secured(listener, lambda: context) if self._authority else listener])
            task_status.started()

    async def serve(self, links: list[Link], listeners: Any, *, task_status: Any, **chosen: Any) -> None:
        async def on_link(link: Link) -> None:
            links.append(link)
            while True:
                link.send(await link.receive())

        await serve(listeners, on_link=on_link, task_status=task_status, **chosen)

    async def dial(self) -> trio.abc.Stream:
        stream = await trio.open_tcp_stream("127.0.0.1", self.port)
        self._dialled.append(stream)
        if not self._authority:
            return stream
        context = ssl.create_default_context()
        self._authority.configure_trust(context)
        return trio.SSLStream(stream, context, server_hostname="play.example", https_compatible=True)

    async def join(self, code: str, glued: bytes = b"") -> WebSocketClient:
        http = HttpClient(await self.dial())
        await http.send(head(f"GET /ws?match={code} HTTP/1.1", HANDSHAKE) + glued)
        answer = await http.answer()
        assert answer.status == 101, answer
        return WebSocketClient(http, "")


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gs-") as folder:  # the path of a socket is short
        yield Path(folder)


@pytest.fixture(params=["plain", "over TLS"])
async def nodes(request: pytest.FixtureRequest, site: Path, folder: Path) -> AsyncIterator[Nodes]:
    nodes = Nodes(site, folder, trustme.CA() if request.param == "over TLS" else None)
    async with trio.open_nursery() as nursery:
        await nursery.start(nodes.run, None)
        yield nodes
        nodes.hang_up()
        nursery.cancel_scope.cancel()


async def test_a_client_plays_where_its_match_is(nodes: Nodes) -> None:
    far, near = await nodes.join("far"), await nodes.join("NEAR")
    for client in (far, near):
        await client.send(b"hello")
        assert await client.message() == b"hello"
    assert (len(nodes.far), len(nodes.near)) == (1, 1)
    nodes.far[0].close(4009, "removed")
    assert await far.close_code() == (4009, "removed")


async def test_what_was_sent_with_the_handshake_is_not_lost(nodes: Nodes) -> None:
    client = await nodes.join("FAR", glued=frame(b"at once"))
    assert await client.message() == b"at once"


async def test_the_other_process_knows_who_the_client_is(nodes: Nodes) -> None:
    client = await nodes.join("FAR")
    await client.send(b"hello")
    await client.message()
    assert nodes.far[0].host == "127.0.0.1"
    assert nodes.far[0].peer.rpartition(":")[2].isdigit()


async def test_a_client_whose_process_is_gone_is_asked_to_come_again(nodes: Nodes) -> None:
    (nodes.folder / "far.sock").unlink()
    http = HttpClient(await nodes.dial())
    await http.send(head("GET /ws?match=FAR HTTP/1.1", HANDSHAKE))
    answer = await http.answer()
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


async def test_a_client_that_named_no_match_is_served_here_if_the_other_process_is_gone(nodes: Nodes) -> None:
    nodes.newcomers = nodes.folder / "gone.sock"
    client = await nodes.join("")
    await client.send(b"hello")
    assert await client.message() == b"hello"
    assert (len(nodes.far), len(nodes.near)) == (0, 1)


@pytest.mark.usefixtures("jumping_clock")
async def test_clients_that_a_process_does_not_take_are_warned_of_once_a_minute_and_noted(
    nodes: Nodes, caplog: pytest.LogCaptureFixture
) -> None:
    nodes.newcomers = nodes.folder / "gone.sock"
    for _ in range(3):
        await nodes.join("")
    assert nodes.failures == ["gone.sock"] * 3
    assert [record.levelname for record in caplog.records].count("WARNING") == 1
    await trio.sleep(60)
    await nodes.join("")
    assert [record.levelname for record in caplog.records].count("WARNING") == 2


async def test_a_process_with_no_room_for_clients_is_waited_for_without_trying_on_and_on(folder: Path) -> None:
    path, passed = folder / "far.sock", HandedOver(Upgrade("", ""), b"", "", "192.0.2.1", 7, ())
    many, outgoing = 2 * QUEUE + 2, Outgoing()
    taken = taken_over(receiver(path))

    async def pass_on() -> None:
        ours, theirs = socket.socketpair()
        with ours:
            async with trio.SocketStream(trio.socket.from_stdlib_socket(theirs)) as stream:
                await outgoing.hand_over(stream, passed, path, AddressSlot(AddressCount(0)))

    async with aclosing(taken), trio.open_nursery() as nursery:
        for _ in range(many):
            nursery.start_soon(pass_on)
        with trio.fail_after(10):
            await wait_all_tasks_blocked()  # where one tries again at once, they never are
            for _ in range(many):
                _, served = await anext(taken)
                await served.aclose()


async def test_connections_that_wait_together_are_taken_over_together(folder: Path) -> None:
    path, passed = folder / "far.sock", HandedOver(Upgrade("", ""), b"", "", "192.0.2.1", 7, ())
    outgoing, taken = Outgoing(), taken_over(receiver(path))
    async with aclosing(taken):
        for _ in range(MOST_AT_ONCE):
            ours, theirs = socket.socketpair()
            with ours:
                async with trio.SocketStream(trio.socket.from_stdlib_socket(theirs)) as stream:
                    await outgoing.hand_over(stream, passed, path, AddressSlot(AddressCount(0)))
        with Passes() as passes:
            for _ in range(MOST_AT_ONCE):
                _, served = await anext(taken)
                served.socket.close()
        assert passes.count == 1


@pytest.mark.usefixtures("jumping_clock")
async def test_a_client_over_tls_that_reads_nothing_is_given_up(folder: Path) -> None:
    _client, stream = lockstep_stream_pair()
    taken = taken_over(receiver(folder / "far.sock"))
    passed = HandedOver(Upgrade("", ""), b"", "", "192.0.2.1", 7, ())
    slot = AddressSlot(counts := AddressCount(1))
    slot.hold(("192.0.2.1",))
    with trio.fail_after(60):
        async with aclosing(taken), trio.open_nursery() as nursery:
            nursery.start_soon(Outgoing().hand_over, stream, passed, folder / "far.sock", slot)
            _, served = await anext(taken)
            await wait_all_tasks_blocked()
            assert len(counts) == 0  # the other process counts it, though bytes are copied here
            await served.send_all(b"nobody reads this")
            await served.aclose()


async def test_a_client_that_vanishes_ends_its_link_there(nodes: Nodes) -> None:
    client = await nodes.join("FAR")
    await client.send(b"hello")
    await client.message()
    await client.stream.aclose()
    with bounded():
        await nodes.far[0].wait_closed()


async def test_connections_of_an_address_are_counted_where_they_are(site: Path, folder: Path) -> None:
    nodes = Nodes(site, folder, None)
    async with trio.open_nursery() as nursery:
        throttling = Throttling(Budgets(connections_per_address=1), ())
        throttling.connections.elsewhere = lambda _address: 1  # the process that has passed it on still counts it
        await nursery.start(nodes.run, throttling)
        first, second = socket.socketpair(), socket.socketpair()
        clients: list[trio.SocketStream] = []
        for ours, theirs in (first, second):
            passed = HandedOver(
                Upgrade(HANDSHAKE["Sec-WebSocket-Key"], "game-server.v1"), b"", "", "192.0.2.1", 7, ("a",)
            )
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                rights = array.array("i", [theirs.fileno()])
                sender.sendmsg(
                    [passed.pack()],
                    [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)],
                    0,
                    os.fspath(folder / "far.sock"),
                )
            theirs.close()
            clients.append(trio.SocketStream(trio.socket.from_stdlib_socket(ours)))
            assert (await HttpClient(clients[-1]).answer()).status == (101 if len(clients) == 1 else 429)
        for client in clients:
            await client.aclose()
        nursery.cancel_scope.cancel()


HELD: HandedOver = HandedOver(
    Upgrade(HANDSHAKE["Sec-WebSocket-Key"], "game-server.v1"), b"", "match=FAR", "192.0.2.1", 7, ("192.0.2.1",)
)


def pass_to(path: Path, data: bytes, *descriptors: int) -> None:
    """Send a message with descriptors to the process at ``path``."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.connect(os.fspath(path))
        sender.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))])


async def test_what_is_no_connection_is_logged_and_closed_and_the_next_is_taken_over(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = folder / "far.sock"
    taken = taken_over(receiver(path))
    ends: list[socket.socket] = []
    for data, count in ((b"nonsense", 1), (HELD.pack(), 0), (HELD.pack(), 1)):
        pairs = [socket.socketpair() for _ in range(count)]
        pass_to(path, data, *(theirs.fileno() for _, theirs in pairs))
        for ours, theirs in pairs:
            theirs.close()
            ends.append(ours)
    async with aclosing(taken):
        with bounded():
            passed, stream = await anext(taken)
        async with stream:
            assert passed == HELD
            assert not os.get_inheritable(stream.socket.fileno())
            ends[0].settimeout(4)
            assert ends[0].recv(1) == b""
            await stream.send_all(b"hello")
            assert ends[1].recv(9) == b"hello"
    for end in ends:
        end.close()
    assert [record.getMessage().partition(" is no connection")[0] for record in caplog.records] == [
        f"what came at {path}"
    ] * 2


def test_the_socket_of_a_process_that_was_killed_is_replaced(folder: Path) -> None:
    path = folder / "far.sock"
    with receiver(path):
        pass
    with receiver(path) as again:
        assert not again.getblocking()
        assert again.getsockname() == os.fspath(path)


async def test_a_connection_that_is_handed_over_is_counted_here_no_longer(folder: Path) -> None:
    slot = AddressSlot(counts := AddressCount(1))
    slot.hold(("192.0.2.1",))
    ours, theirs = socket.socketpair()
    with ours, receiver(folder / "far.sock"):
        async with trio.SocketStream(trio.socket.from_stdlib_socket(theirs)) as stream:
            await Outgoing().hand_over(stream, HELD, folder / "far.sock", slot)
            assert len(counts) == 0


@pytest.mark.parametrize(
    ("options", "budgets"),
    [({"max_connections": 1}, Budgets()), ({}, Budgets(connections_per_address=1))],
    ids=["in all", "of an address"],
)
async def test_those_handed_over_beyond_the_limits_are_turned_away_until_others_leave(
    site: Path, folder: Path, nursery: trio.Nursery, options: dict[str, Any], budgets: Budgets
) -> None:
    async def own(link: Link) -> None:
        await link.wait_closed()

    path, traffic, throttling = folder / "far.sock", Traffic(), Throttling(budgets, ())
    run = partial(serve, [MemoryListener()], site=site, api={}, on_link=own, takes_over_at=path)
    await nursery.start(partial(run, options=TransportOptions(**options), traffic=traffic, throttling=throttling))

    async def come() -> tuple[int, trio.SocketStream]:
        ours, theirs = socket.socketpair()
        pass_to(path, HELD.pack(), theirs.fileno())
        theirs.close()
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
        return (await HttpClient(stream).answer()).status, stream

    for _ in range(2):
        (first, stream), (second, other) = await come(), await come()
        assert (first, second) == (101, 429)
        for each in (stream, other):
            await each.aclose()
        with bounded():
            while traffic.links or len(throttling.connections):
                await trio.lowlevel.checkpoint()
    assert traffic.refused == 2


async def test_a_fault_in_a_connection_that_was_handed_over_ends_that_one_with_one_line(
    site: Path, folder: Path, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def own(link: Link) -> None:
        await link.wait_closed()

    def fail(*_: object) -> object:
        raise ZeroDivisionError("unthought of")

    path, throttling = folder / "far.sock", Throttling(trusted=())
    options = TransportOptions()
    run = partial(serve, [MemoryListener()], site=site, api={}, on_link=own, options=options, takes_over_at=path)
    await nursery.start(partial(run, throttling=throttling))
    for breaks in (True, False):
        with monkeypatch.context() as patched:
            if breaks:
                patched.setattr("game_server.transport.router.Router.take_over", fail)
            ours, theirs = socket.socketpair()
            pass_to(path, HELD.pack(), theirs.fileno())
            theirs.close()
            async with trio.SocketStream(trio.socket.from_stdlib_socket(ours)) as stream:
                http = HttpClient(stream)
                if breaks:
                    assert await http.rest() == b""
                else:
                    assert (await http.answer()).status == 101
                    assert len(throttling.connections) == 1
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "the connection to 192.0.2.1 failed" in record.getMessage()
    assert record.exc_info is None
