"""A whole port without sockets: every connection is a pair of memory streams."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import trio

from game_server.transport import Api, OnLink, TransportOptions, serve
from tests.transport.clients import Dial
from tests.transport.port import MemoryListener, Owner, Start, echo, virtual_time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever starts this port lives in virtual time."""
    for item in items:
        if "start" in getattr(item, "fixturenames", ()) and Path(__file__).parent in item.path.parents:
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


@pytest.fixture
async def start(site: Path, nursery: trio.Nursery) -> Start:
    """Start a port: ``dial = await start(on_link, api=..., lockstep=..., **options)``."""

    async def start(
        on_link: OnLink = echo, *, api: Api | None = None, lockstep: bool = False, **options: object
    ) -> Dial:
        listener = MemoryListener(lockstep=lockstep)
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
