"""A server behind a proxy, or at every address of its machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from unittest.mock import Mock

import attrs
import pytest
import trio

from game_server.errors import ConfigError
from game_server.listening import local_url
from game_server.server import Server
from tests.live_server import Served, serve, toy_options
from tests.transport.clients import HANDSHAKE, HttpClient, head

Open = Callable[..., Awaitable[Served]]


@pytest.fixture
def open_with(nursery: trio.Nursery, jumping_clock: None) -> Iterator[Open]:  # noqa: ARG001
    """Open a server of toys: ``served = await open_with(public_url=...)``; the options are those of `ServerOptions`."""
    running: list[Served] = []

    async def open_with(**options: Any) -> Served:
        running.append(await serve(nursery, attrs.evolve(toy_options(), **options)))
        return running[-1]

    yield open_with
    for served in running:
        served.hang_up()


async def upgrade(served: Served, **headers: str) -> int:
    """The status of a handshake; underscores in header names stand for hyphens."""
    http = HttpClient(await served.dial())
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    await http.send(head("GET /ws HTTP/1.1", {**HANDSHAKE, **more}))
    return (await http.answer()).status


async def test_listening_at_every_address_it_names_one_that_opens_on_this_machine(open_with: Open) -> None:
    served = await open_with(host="0.0.0.0")
    assert served.server.url.startswith("http://127.0.0.1:")
    assert (await HttpClient(await served.dial()).get("/healthz")).status == 200


@pytest.mark.parametrize(
    ("host", "bound", "here"),
    [
        ("0", "0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "::", "http://[::1]:8000"),
        ("::1", "::1", "http://[::1]:8000"),
        ("192.168.1.20", "192.168.1.20", "http://192.168.1.20:8000"),
        ("play.example", "192.168.1.20", "http://play.example:8000"),
    ],
)
def test_a_url_has_the_host_that_was_asked_for_unless_that_means_every_address(
    host: str, bound: str, here: str
) -> None:
    name = (bound, 8000, 0, 0) if ":" in bound else (bound, 8000)  # of IPv6 with flow and scope
    listener = Mock(**{"socket.getsockname.return_value": name})
    assert local_url(attrs.evolve(toy_options(), host=host), [listener]) == here


async def test_a_page_of_the_public_url_may_connect_whatever_host_the_proxy_asks_for(open_with: Open) -> None:
    served = await open_with(public_url="https://play.example.org/")
    assert await upgrade(served, Host="127.0.0.1:8000", Origin="https://play.example.org") == 101
    assert await upgrade(served, Host="127.0.0.1:8000", Origin="https://evil.example.org") == 403


@pytest.mark.parametrize(("trusted", "host"), [(("127.0.0.0/8",), "203.0.113.9"), (("127.0.0.9",), "127.0.0.1")])
async def test_a_link_has_the_address_that_a_trusted_proxy_forwards(
    open_with: Open, trusted: tuple[str, ...], host: str
) -> None:
    served = await open_with(trusted_proxies=trusted)
    assert await upgrade(served, X_Forwarded_For="203.0.113.9") == 101
    await trio.sleep(1)
    assert [link.host for link in served.server.links] == [host]


async def test_a_proxy_that_is_no_address_is_refused_before_anything_listens() -> None:
    with pytest.raises(ConfigError, match="nginx"):
        await Server(attrs.evolve(toy_options(), trusted_proxies=("nginx",))).run(trio.Event())
