"""A whole port in memory: every connection is a pair of memory streams, or of Unix sockets where a tick serves it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest
import trio

from game_server.transport import Api, OnLink, TransportOptions, serve
from tests.transport.clients import Dial
from tests.transport.port import MemoryListener, Owner, SocketListener, Start, Ticks, echo, virtual_time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that starts this port, or one end of a socket, runs in virtual time."""
    for item in items:
        if {"start", "start_lockstep", "end", "watched", "group", "open_port"} & set(
            getattr(item, "fixturenames", ())
        ) and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.trio(run=virtual_time), append=False)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A small client: a page and a module."""
    folder = tmp_path / "site"
    (folder / "src").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>page</title>")
    (folder / "src" / "main.js").write_text("export const answer = 42;\n")
    (tmp_path / "secret.txt").write_text("not for you")
    return folder


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is said of links is true however they are served."""
    if "start" in metafunc.fixturenames:
        both = getattr(metafunc.module, "HOWEVER_SERVED", False)
        metafunc.parametrize("start", ["by tasks", "at the tick"] if both else ["by tasks"], indirect=True)


@pytest.fixture
async def start(request: pytest.FixtureRequest, site: Path, nursery: trio.Nursery) -> AsyncIterator[Start]:
    """Start a port: ``dial = await start(on_link, api=..., **options)``."""
    if request.param == "by tasks":
        yield _starter(MemoryListener, site, nursery)
        return
    ticks, listener = Ticks(), SocketListener()
    nursery.start_soon(ticks.run)
    start = _starter(lambda: listener, site, nursery)

    async def start_seated(on_link: OnLink = echo, **options: object) -> Dial:
        return await start(ticks.seated(on_link), **options)

    yield start_seated
    listener.close()


@pytest.fixture
async def start_lockstep(site: Path, nursery: trio.Nursery) -> Start:
    """The same with connections that take one write at a time."""
    return _starter(partial(MemoryListener, lockstep=True), site, nursery)


def _starter(make_listener: Callable[[], MemoryListener], site: Path, nursery: trio.Nursery) -> Start:
    async def start(on_link: OnLink = echo, *, api: Api | None = None, **options: object) -> Dial:
        listener = make_listener()
        run = partial(
            serve,
            [listener],
            site=site,
            api=api or {},
            on_link=on_link,
            options=TransportOptions(**options),  # type: ignore[arg-type]
        )
        await nursery.start(run)
        return listener.dial

    return start


@pytest.fixture
def owner() -> Owner:
    return Owner()
