"""Whose address a connection goes by, from the bytes of its head to the link and the log."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.throttling import Budgets, Throttling
from game_server.throttling.turns import PER_PASS
from game_server.transport import Link, TransportOptions
from game_server.transport.http.client_address import Address
from game_server.transport.http.downloads import Download
from game_server.transport.http.responses import PIECE, too_many
from game_server.transport.router import LINGER_SECONDS, Queried, Router
from tests.transport.clients import HANDSHAKE, Answer, HttpClient, head
from tests.transport.port import virtual_time
from tests.waiting import Passes, happened

SITE = Path(__file__).parent
PROXY, STRANGER = Address("10.0.0.1", 50312), Address("198.51.100.7", 50312)
HERE = Address("127.0.0.1", 50312, here=True)
OPTIONS = TransportOptions(trusted_proxies=["10.0.0.0/8"])


def request(path: str, *lines: bytes) -> bytes:
    """A request, an upgrade for ``/ws``, with a header line X-Forwarded-For for each of ``lines``."""
    blank = b"\r\n\r\n"
    start = head(f"GET {path} HTTP/1.1", **({} if path == "/ws" else {"headers": {"Host": "play.example"}}))
    return start.removesuffix(blank) + b"".join(b"\r\nX-Forwarded-For: " + line for line in lines) + blank


async def meet(
    direct: Address, *requests: bytes, options: TransportOptions = OPTIONS, answers: list[Answer] | None = None
) -> tuple[list[int], list[Link]]:
    """The statuses that ``requests`` get on one connection from ``direct``, and the links that come of it."""
    links: list[Link] = []

    async def own(link: Link) -> None:
        links.append(link)

    async def serve() -> None:
        if connection := await Router(SITE, {"/api": dict}, own, options, nursery).answer(theirs, direct):
            await connection.run()

    ours, theirs = trio.testing.memory_stream_pair()
    http, statuses = HttpClient(ours), []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        for data in requests:
            await http.send(data)
            answer = await http.answer()
            statuses.append(answer.status)
            if answers is not None:
                answers.append(answer)
        await ours.aclose()
    return statuses, links


@pytest.mark.parametrize(
    ("direct", "peer", "host"),
    [(PROXY, "203.0.113.9", "203.0.113.9"), (STRANGER, "198.51.100.7:50312", "198.51.100.7")],
)
@pytest.mark.trio(run=virtual_time)
async def test_a_link_and_the_log_go_by_the_address_that_a_trusted_proxy_reports(
    direct: Address, peer: str, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    _, [link] = await meet(direct, request("/ws", b"192.0.2.66, 203.0.113.9"))
    assert (link.peer, link.host) == (peer, host)
    assert [record.getMessage() for record in caplog.records if "closed" in record.message] == [
        f"{peer} closed: 1000 ''"
    ]


@pytest.mark.trio(run=virtual_time)
async def test_each_request_of_a_proxys_connection_has_a_client_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    requests = request("/api", b"203.0.113.8"), request("/api"), request("/ws", b"203.0.113.9")
    statuses, [link] = await meet(PROXY, *requests)
    assert statuses == [200, 200, 101]
    assert link.host == "203.0.113.9"
    told = [record.getMessage().split()[0] for record in caplog.records if "GET" in record.message]
    assert told == ["203.0.113.8", "10.0.0.1:50312"]


@pytest.mark.parametrize(
    ("direct", "tls_ended_by_proxy", "bears"), [(PROXY, True, True), (PROXY, False, False), (STRANGER, True, False)]
)
@pytest.mark.trio(run=virtual_time)
async def test_browsers_are_made_to_stay_with_tls_that_a_trusted_proxy_ends(
    direct: Address, tls_ended_by_proxy: bool, bears: bool
) -> None:
    answers: list[Answer] = []
    options = TransportOptions(trusted_proxies=["10.0.0.0/8"], tls_ended_by_proxy=tls_ended_by_proxy)
    await meet(direct, request("/api"), options=options, answers=answers)
    assert ("strict-transport-security" in answers[0].headers) is bears


@pytest.mark.parametrize(("direct", "warned"), [(HERE, 1), (PROXY, 0), (STRANGER, 0)])
@pytest.mark.trio(run=virtual_time)
async def test_a_proxy_on_this_machine_that_nobody_has_named_is_logged_once(
    direct: Address, warned: int, caplog: pytest.LogCaptureFixture
) -> None:
    await meet(direct, request("/api"), request("/api", b"203.0.113.8"), request("/api", b"203.0.113.9"))
    told = [record.getMessage() for record in caplog.records if "--trust-proxy 127.0.0.1" in record.getMessage()]
    assert len(told) == warned


@pytest.mark.trio(run=virtual_time)
async def test_a_name_by_which_the_server_does_not_go_is_logged_and_not_each_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    other = request("/ws").replace(b"Host: localhost", b"Host: play.example")
    statuses, _ = await meet(STRANGER, other, other, other)
    assert statuses == [421, 421, 421]
    [told] = [record.getMessage() for record in caplog.records]
    assert told.startswith("refused a connection to 'play.example', a name by which this server does not go;")
    assert told.endswith("--public-url https://play.example")


claims = st.lists(
    st.binary(max_size=60).map(lambda data: data.translate(None, b"\r\n"))
    | st.sampled_from([b"10.0.0.2," * 1100, b"[::1]:80", b"203.0.113.8", b"x" * 20_000]),
    max_size=40,
)


@given(lines=claims, rest=st.sampled_from([b"", b"garbage, ", b"203.0.113.8,", b"10.0.0.3\t,"]))
@settings(max_examples=50, deadline=None)
def test_a_hostile_header_is_refused_or_changes_nothing(lines: list[bytes], rest: bytes) -> None:
    statuses, links = virtual_time(partial(meet, PROXY, request("/ws", *lines, rest + b"203.0.113.9")))
    assert (statuses, [link.host for link in links]) in [
        ([101], ["203.0.113.9"]),
        ([400], []),
        ([431], []),
    ]


async def test_an_address_gets_large_files_at_a_bounded_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("game_server.transport.router.DOWNLOAD_BURST", 4)
    monkeypatch.setattr("game_server.transport.router.DOWNLOAD_RATE", 20)
    pieces = 10
    await trio.Path(tmp_path / "file").write_bytes(bytes(pieces * PIECE))
    download = Download(tmp_path / "file", pieces * PIECE, "tag", "file", True, False)

    async def own(_link: Link) -> None:
        raise AssertionError

    async def fetched(address: Address) -> float:
        """Seconds until the whole file is there."""
        ours, theirs = trio.testing.memory_stream_pair()
        began = trio.current_time()
        async with trio.open_nursery() as serving:
            serving.start_soon(router.answer, theirs, address)
            await HttpClient(ours).send(request("/files/x"))
            assert len((await HttpClient(ours).answer(within=60)).body) == pieces * PIECE
            serving.cancel_scope.cancel()
        return trio.current_time() - began

    async with trio.open_nursery() as nursery:
        router = Router(SITE, {"/files/": Queried(lambda *_: download)}, own, OPTIONS, nursery)
        # Threads read the file, so time is real: it is never less than this.
        assert await fetched(STRANGER) >= (pieces - 4) / 20 - 0.01
        assert await fetched(HERE) > 0
        nursery.cancel_scope.cancel()


async def asks(router: Router, stream: trio.abc.Stream) -> None:
    await router.answer(stream, STRANGER)


async def probes(router: Router, stream: trio.abc.Stream) -> None:
    await router.answer_probe(stream, STRANGER)


async def is_turned_away(router: Router, stream: trio.abc.Stream) -> None:
    await router.turn_away(stream, STRANGER, too_many("connections", 2.0))


@pytest.mark.parametrize(("comes", "status"), [(asks, 200), (probes, 503), (is_turned_away, 429)])
@pytest.mark.trio(run=virtual_time)
async def test_what_comes_after_the_last_answer_is_read_so_that_the_answer_is_not_lost(
    nursery: trio.Nursery, comes: Callable[[Router, trio.abc.Stream], Awaitable[None]], status: int
) -> None:
    async def own(_link: Link) -> None:
        raise AssertionError

    ours, theirs = trio.testing.memory_stream_pair()
    done = trio.Event()

    async def serve() -> None:
        await comes(Router(SITE, {"/api": dict}, own, OPTIONS, nursery), theirs)
        done.set()

    nursery.start_soon(serve)
    http, began = HttpClient(ours), trio.current_time()
    await http.send(head("GET /api HTTP/1.1", {"Host": "localhost", "Connection": "close"}))
    assert (await http.answer()).status == status
    assert await http.rest() == b""  # nobody has closed the stream
    await http.send(bytes(10_000))
    await trio.testing.wait_all_tasks_blocked()
    assert not done.is_set()
    await happened(done)
    assert trio.current_time() - began == pytest.approx(LINGER_SECONDS)


@pytest.mark.parametrize(
    ("direct", "client", "keys"),
    [
        pytest.param(STRANGER, STRANGER, ("198.51.100.7",), id="a stranger"),
        pytest.param(PROXY, PROXY, (), id="a proxy that asks for itself"),
        pytest.param(PROXY, Address("203.0.113.9"), ("203.0.113.9",), id="one behind a proxy"),
        pytest.param(PROXY, Address("127.0.0.1"), ("127.0.0.1",), id="one whom a proxy calls this machine"),
        pytest.param(HERE, HERE, (), id="this machine"),
        pytest.param(Address("192.0.2.1", 7, here=True), None, (), id="this machine by its address in the network"),
        pytest.param(Address("127.0.0.9", 7, here=True), None, (), id="this machine by another of its own"),
    ],
)
async def test_what_is_done_is_charged_to_who_does_it_and_not_to_proxies_and_this_machine(
    nursery: trio.Nursery, direct: Address, client: Address | None, keys: tuple[str, ...]
) -> None:
    async def own(_link: Link) -> None:
        raise AssertionError

    router = Router(SITE, {}, own, OPTIONS, nursery)
    assert router.charged_to(direct, client or direct) == keys


@pytest.mark.trio(run=virtual_time)
async def test_a_name_by_which_the_server_does_not_go_is_logged_again_after_a_minute(
    nursery: trio.Nursery, caplog: pytest.LogCaptureFixture
) -> None:
    async def own(_link: Link) -> None:
        raise AssertionError

    router = Router(SITE, {}, own, OPTIONS, nursery)
    for wait in (0.0, 59.0, 1.0):
        await trio.sleep(wait)
        ours, theirs = trio.testing.memory_stream_pair()
        nursery.start_soon(router.answer, theirs, STRANGER)
        http = HttpClient(ours)
        await http.send(request("/ws").replace(b"Host: localhost", b"Host: play.example"))
        assert (await http.answer()).status == 421
        await ours.aclose()
    assert len(caplog.records) == 2


async def serve(router: Router, stream: trio.abc.Stream) -> None:
    """Answer a stranger on ``stream``, and run the WebSocket that comes of it."""
    if connection := await router.answer(stream, STRANGER):
        await connection.run()


class Tickets:
    """Sends nobody anywhere, and takes each ticket once."""

    def __init__(self, *good: str) -> None:
        self._good = {*good}

    async def place(self, code: str, ticket: str) -> None:  # noqa: ARG002
        return None

    def failed(self, path: Path) -> None:
        raise AssertionError(path)

    def origins(self) -> tuple[str, ...]:
        return ("https://other.example",)

    def takes(self, ticket: str) -> bool:
        good = ticket in self._good
        self._good.discard(ticket)
        return good


@pytest.mark.trio(run=virtual_time)
async def test_one_whom_another_process_has_sent_pays_for_no_handshake_once(nursery: trio.Nursery) -> None:
    async def own(link: Link) -> None:
        await link.wait_closed()

    throttling = Throttling(Budgets(handshakes_per_address=1 / 8))
    router = Router(SITE, {}, own, OPTIONS, nursery, throttling=throttling, placing=Tickets("a", "b"))
    waits = []
    for target in ("/ws", "/ws?ticket=a", "/ws?ticket=b", "/ws?ticket=c", "/ws?ticket=a"):
        ours, theirs = trio.testing.memory_stream_pair()
        nursery.start_soon(serve, router, theirs)
        http, began = HttpClient(ours), trio.current_time()
        await http.send(head(f"GET {target} HTTP/1.1"))
        answer = await http.answer(within=9)
        waits.append((answer.status, trio.current_time() - began))
    assert waits == [(101, 0), (101, 0), (101, 0), (429, 0), (429, 0)]


@pytest.mark.trio(run=virtual_time)
async def test_pages_of_the_other_servers_may_open_websockets_here(nursery: trio.Nursery) -> None:
    async def own(link: Link) -> None:
        await link.wait_closed()

    router = Router(SITE, {}, own, OPTIONS, nursery, placing=Tickets())
    statuses = []
    for origin in ("https://other.example", "https://evil.example"):
        ours, theirs = trio.testing.memory_stream_pair()
        nursery.start_soon(serve, router, theirs)
        http = HttpClient(ours)
        await http.send(head("GET /ws HTTP/1.1", {**HANDSHAKE, "Origin": origin}))
        statuses.append((await http.answer()).status)
    assert statuses == [101, 403]


@pytest.mark.trio(run=virtual_time)
async def test_pieces_of_files_for_many_are_sent_a_few_in_each_pass(nursery: trio.Nursery) -> None:
    async def own(_link: Link) -> None:
        raise AssertionError

    async def send(router: Router) -> None:
        await router._pace(())
        sent.append(passes.count)

    router, sent = Router(SITE, {}, own, OPTIONS, nursery), list[int]()
    with Passes() as passes:
        async with trio.open_nursery() as downloads:
            for _ in range(5 * PER_PASS):
                downloads.start_soon(send, router)
    assert max(Counter(sent).values()) <= PER_PASS
