"""What one address may cost, from its first connection to its last frame."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
import trio
import trio.testing

from game_server.protocol import MAX_CLIENT_MESSAGE_BYTES
from game_server.throttling import AddressSlot, Budgets, Throttling
from game_server.throttling.turns import PER_PASS
from game_server.transport import Api, Link, SeatedSockets, TransportOptions, serve
from game_server.transport.http.client_address import Address
from game_server.transport.options import BYTES_A_FRAME
from game_server.transport.router import Router
from tests.transport.clients import HANDSHAKE, HttpClient, WebSocketClient, head
from tests.transport.port import TICK, echo, virtual_time
from tests.waiting import Passes

SITE = Path(__file__).parent
ADA, GRACE, PROXY = Address("198.51.100.7", 1), Address("198.51.100.8", 1), Address("10.0.0.1", 1)
OPTIONS = TransportOptions(trusted_proxies=["10.0.0.0/8"])
PAGE = head("GET /api HTTP/1.1", {"Host": "localhost"})

Dial = Callable[..., Awaitable[HttpClient]]
OpenPort = Callable[..., Awaitable[Dial]]


@pytest.fixture
async def open_port(nursery: trio.Nursery, site: Path) -> AsyncIterator[OpenPort]:
    """A port on real sockets, called from addresses of this machine: ``dial = await open_port(Budgets(...))``."""
    streams: list[trio.SocketStream] = []

    async def open_port(budgets: Budgets, **more: object) -> Dial:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port = listeners[0].socket.getsockname()[1]
        throttling = Throttling(budgets, **({"trusted": ()} | more))  # type: ignore[arg-type]
        run = partial(serve, site=site, api={"/api": dict}, on_link=echo, options=OPTIONS, throttling=throttling)
        await nursery.start(run, listeners)

        async def dial(last: int = 1) -> HttpClient:
            streams.append(await trio.open_tcp_stream("127.0.0.1", port, local_address=f"127.0.0.{last}"))
            return HttpClient(streams[-1])

        return dial

    yield open_port
    for stream in streams:
        stream.socket.close()


async def refusal(http: HttpClient) -> str:
    """In words; empty where the connection was only closed."""
    try:
        said = await http.rest()
    except trio.BrokenResourceError:
        return ""
    return said.partition(b"\r\n\r\n")[2].decode().strip() if b"HTTP/1.1 429" in said else ""


@pytest.mark.trio(run=trio.run)
async def test_an_address_has_its_number_of_connections_and_others_have_theirs(
    open_port: OpenPort,
) -> None:
    dial = await open_port(Budgets(connections_per_address=2))
    first, second = await dial(), await dial()
    assert [(await http.get("/api")).status for http in (first, second)] == [200, 200]
    assert await refusal(await dial()) == "too many connections from your address; try again in 2 s"
    assert (await (await dial(2)).get("/api")).status == 200
    await first.stream.aclose()
    await second.send(head("GET /api HTTP/1.1", {"Host": "a", "Connection": "close"}))
    await second.rest()
    assert (await (await dial()).get("/api")).status == 200


@pytest.mark.trio(run=trio.run)
async def test_connections_a_second_are_limited_and_the_reason_is_sent_a_few_times(
    open_port: OpenPort,
) -> None:
    dial = await open_port(Budgets(accepts_per_address=1 / 60))
    assert (await (await dial()).get("/api")).status == 200
    refused = [await refusal(await dial()) for _ in range(12)]
    assert set(refused[:8]) == {"too many new connections from your address; try again in 60 s"}
    assert "" in refused[8:]
    assert (await (await dial(2)).get("/api")).status == 200


@pytest.mark.trio(run=trio.run)
async def test_no_budget_binds_a_trusted_network(open_port: OpenPort) -> None:
    dial = await open_port(Budgets(connections_per_address=1, accepts_per_address=0.01), trusted=Throttling().trusted)
    assert [(await (await dial()).get("/api")).status for _ in range(9)] == [200] * 9


class GoneAtOnce(trio.abc.Listener[trio.abc.Stream]):
    """Accepts connections of which nothing is known any more, and one that is there."""

    def __init__(self) -> None:
        ours, self.theirs = trio.socket.socketpair()
        gone = [trio.socket.socket() for _ in range(3)]  # not connected: to ask for the peer's name fails
        self._streams = [trio.SocketStream(ours), *map(trio.SocketStream, gone)]

    async def accept(self) -> trio.abc.Stream:
        if not self._streams:
            await trio.sleep_forever()
        return self._streams.pop()

    async def aclose(self) -> None:
        pass


@pytest.mark.trio(run=trio.run)
async def test_one_who_is_gone_before_anybody_looks_disturbs_nobody(nursery: trio.Nursery, site: Path) -> None:
    listener = GoneAtOnce()
    run = partial(serve, [listener], site=site, api={"/api": dict}, on_link=echo, options=OPTIONS)
    await nursery.start(run)
    async with trio.SocketStream(listener.theirs) as stream:
        assert (await HttpClient(stream).get("/api")).status == 200


class Meeting:
    """Connections from anywhere to one router, in virtual time."""

    def __init__(self, nursery: trio.Nursery, budgets: Budgets, api: Api | None = None) -> None:
        self.throttling = Throttling(budgets)
        self.links: list[Link] = []
        self._nursery = nursery
        self._router = Router(SITE, api or {"/api": dict}, self._own, OPTIONS, nursery, throttling=self.throttling)

    async def _own(self, link: Link) -> None:
        self.links.append(link)
        await echo(link)

    def dial(self, address: Address) -> HttpClient:
        ours, theirs = trio.testing.memory_stream_pair()
        self._nursery.start_soon(self._serve, theirs, address)
        return HttpClient(ours)

    async def _serve(self, stream: trio.abc.Stream, address: Address) -> None:
        slot = AddressSlot(self.throttling.connections)
        if connection := await self._router.answer(stream, address, slot):
            await connection.run()
        slot.release()


@pytest.mark.trio(run=virtual_time)
async def test_requests_beyond_the_burst_are_answered_at_the_rate_of_the_address(nursery: trio.Nursery) -> None:
    meeting = Meeting(nursery, Budgets(requests_per_address=2))
    one, other, began = meeting.dial(ADA), meeting.dial(ADA), trio.current_time()
    waits = []
    for number in range(12):
        http = (one, other)[number % 2]
        assert (await http.get("/api")).status == 200
        waits.append(round(trio.current_time() - began, 3))
    assert waits == [0.0] * 8 + [0.5, 1.0, 1.5, 2.0]
    assert (await meeting.dial(GRACE).get("/api")).status == 200
    assert round(trio.current_time() - began, 3) == 2.0


@pytest.mark.trio(run=virtual_time)
async def test_requests_that_would_wait_too_long_are_refused_in_words(nursery: trio.Nursery) -> None:
    meeting = Meeting(nursery, Budgets(requests_per_address=1))
    crowd = [meeting.dial(ADA) for _ in range(12)]
    for http in crowd:
        await http.send(PAGE)
    answers = [await http.answer() for http in crowd]
    assert sorted(answer.status for answer in answers) == [200] * 9 + [429] * 3
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.body == b"too many requests from your address; try again in 6 s\n"
    assert (refused.headers["retry-after"], refused.headers["connection"]) == ("6", "close")


@pytest.mark.trio(run=virtual_time)
async def test_requests_whose_waits_end_at_once_are_answered_a_few_in_each_pass(nursery: trio.Nursery) -> None:
    answered: list[int] = []
    meeting = Meeting(nursery, Budgets(requests_per_address=1), {"/api": lambda: answered.append(passes.count)})
    crowd = [meeting.dial(Address(f"198.51.100.{number}", 1)) for number in range(5 * PER_PASS)]
    for http in crowd:
        await http.send(4 * PAGE)  # all that may come at once
    await trio.testing.wait_all_tasks_blocked()
    answered.clear()
    with Passes() as passes:
        for http in crowd:
            await http.send(PAGE)
        await trio.sleep(2)
    assert len(answered) == len(crowd)
    assert max(Counter(answered).values()) <= PER_PASS


@pytest.mark.trio(run=virtual_time)
async def test_websockets_are_opened_at_the_rate_of_the_address(nursery: trio.Nursery) -> None:
    meeting = Meeting(nursery, Budgets(handshakes_per_address=0.5))
    began, statuses, waits = trio.current_time(), [], []
    for _ in range(8):
        http = meeting.dial(ADA)
        await http.send(head("GET /ws HTTP/1.1", HANDSHAKE))
        statuses.append((await http.answer()).status)
        waits.append(trio.current_time() - began)
        await http.stream.aclose()
    assert statuses == [101] * 8
    assert waits == pytest.approx([0, 0, 0, 0, 2, 4, 6, 8])


@pytest.mark.trio(run=virtual_time)
async def test_websockets_that_would_wait_too_long_are_refused_in_words(nursery: trio.Nursery) -> None:
    meeting = Meeting(nursery, Budgets(handshakes_per_address=1))
    crowd = [meeting.dial(ADA) for _ in range(16)]
    for http in crowd:
        await http.send(head("GET /ws HTTP/1.1", HANDSHAKE))
    answers = [await http.answer(within=6) for http in crowd]
    assert sorted(answer.status for answer in answers) == [101] * 13 + [429] * 3
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.body == b"too many handshakes from your address; try again in 6 s\n"


@pytest.mark.trio(run=virtual_time)
async def test_whom_a_trusted_proxy_reports_is_counted_and_not_the_proxy(nursery: trio.Nursery) -> None:
    meeting = Meeting(nursery, Budgets(connections_per_address=1))

    async def upgrade(player: str) -> int:
        http = meeting.dial(PROXY)
        await http.send(head("GET /ws HTTP/1.1", {**HANDSHAKE, "X-Forwarded-For": player}))
        return (await http.answer()).status

    players = ["127.0.0.1", "127.0.0.1", "203.0.113.9", "203.0.113.9", "2001:db8::1", "2001:db8::2"]
    assert [await upgrade(player) for player in players] == [101, 429, 101, 429, 101, 429]
    assert [link.charged_to[0] for link in meeting.links] == ["127.0.0.1", "203.0.113.9", "2001:db8::/64"]


@pytest.mark.trio(run=virtual_time)
async def test_a_client_has_no_more_connections_of_a_proxy_than_of_its_own(nursery: trio.Nursery) -> None:
    meeting = Meeting(nursery, Budgets(connections_per_address=3, requests_per_address=1))

    def page(player: str) -> bytes:
        return head("GET /api HTTP/1.1", {"Host": "localhost", "X-Forwarded-For": player})

    one = meeting.dial(PROXY)
    for _ in range(3):
        await one.send(page("203.0.113.9"))
        assert (await one.answer()).status == 200
    crowd = [meeting.dial(PROXY) for _ in range(9)]
    for http in crowd:
        await http.send(page("203.0.113.9"))
    await trio.testing.wait_all_tasks_blocked()
    assert len(meeting.throttling.connections) == 1
    await one.send(page("203.0.113.8"))
    assert (await one.answer()).status == 200
    assert sorted([(await http.answer()).status for http in crowd]) == [200] * 4 + [429] * 5
    assert len(meeting.throttling.connections) == 0


@pytest.mark.trio(run=virtual_time)
@pytest.mark.parametrize(
    ("budgets", "size", "words"),
    [
        (Budgets(frames_per_address=20), 9, "too many messages from your address"),
        (Budgets(bytes_per_address=1000), 900, "too many bytes from your address"),
    ],
)
async def test_frames_and_bytes_are_those_of_all_connections_of_an_address(
    nursery: trio.Nursery, budgets: Budgets, size: int, words: str
) -> None:
    meeting = Meeting(nursery, budgets)
    crowd = [await WebSocketClient.open(meeting.dial(ADA).stream) for _ in range(5)]
    stranger = await WebSocketClient.open(meeting.dial(GRACE).stream)
    for number in range(41):
        player = crowd[number % 5]
        if any(link.closed for link in meeting.links):
            break
        await player.send(bytes(size))
        await trio.testing.wait_all_tasks_blocked()
    [closed] = [number for number, link in enumerate(meeting.links) if link.closed]
    assert await crowd[closed].close_code() == (4005, words)
    await stranger.send(b"hello")
    assert await stranger.message() == b"hello"
    name = "frames" if "messages" in words else "bytes"
    assert meeting.throttling.refused()[name] == 1


@pytest.mark.trio(run=virtual_time)
@pytest.mark.parametrize(
    ("budgets", "seated", "a_tick", "end"),
    [
        (Budgets(frames_per_address=1), True, 1, None),
        (Budgets(bytes_per_address=20), True, 1, None),
        (Budgets(frames_per_address=1), True, 2, "too many messages from your address"),
        (Budgets(frames_per_address=1), False, 1, "too many messages from your address"),
        (Budgets(bytes_per_address=20), False, 1, "too many bytes from your address"),
    ],
)
async def test_an_input_a_tick_of_a_player_is_free_also_where_tasks_read(
    nursery: trio.Nursery, budgets: Budgets, seated: bool, a_tick: int, end: str | None
) -> None:
    meeting, sockets = Meeting(nursery, budgets), SeatedSockets()
    player = await WebSocketClient.open(meeting.dial(ADA).stream)
    await trio.testing.wait_all_tasks_blocked()
    [link] = meeting.links
    if seated:
        sockets.admit(0, link)
    for _ in range(60):
        for _ in range(a_tick):
            await player.send(bytes(13))
        await trio.sleep(TICK)
    assert (link.ended_with()[1] if link.closed else None) == end


@pytest.mark.trio(run=virtual_time)
async def test_a_long_frame_counts_as_one_for_each_2_kib_of_it(nursery: trio.Nursery) -> None:
    meeting = Meeting(nursery, Budgets())
    capacity = OPTIONS.message_budget[0]
    player = await WebSocketClient.open(meeting.dial(ADA).stream)
    for _ in range(capacity * BYTES_A_FRAME // MAX_CLIENT_MESSAGE_BYTES - 1):
        await player.send(bytes(MAX_CLIENT_MESSAGE_BYTES - 8))
        await trio.testing.wait_all_tasks_blocked()
    [link] = meeting.links
    assert not link.closed
    for _ in range(2):
        await player.send(bytes(MAX_CLIENT_MESSAGE_BYTES - 8))
    await trio.testing.wait_all_tasks_blocked()
    assert link.ended_with() == (4005, "too many messages")


@pytest.mark.trio(run=virtual_time)
async def test_no_budget_of_an_address_costs_memory_when_it_is_gone(nursery: trio.Nursery) -> None:
    meeting = Meeting(nursery, Budgets())
    for number in itertools.islice(itertools.count(1), 50):
        http = meeting.dial(PROXY)
        await http.send(head("GET /ws HTTP/1.1", {**HANDSHAKE, "X-Forwarded-For": f"198.51.100.{number}"}))
        assert (await http.answer()).status == 101
        await http.stream.aclose()
        await trio.sleep(1)
    assert len(meeting.throttling.connections) == 0
