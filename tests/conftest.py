"""How every test runs: property tests the same way on every machine, and without a stopwatch.

And servers for those tests that need a whole one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import trio

from tests.live_server import OpenServer, Served, jumping_time, serve, toy_options

hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses `jumping_clock`, by way of another fixture maybe, is run with one."""
    for item in items:
        if "jumping_clock" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.trio(run=jumping_time), append=False)


@pytest.fixture
def jumping_clock() -> None:
    """Waiting takes hardly any time."""


@pytest.fixture
def open_server(nursery: trio.Nursery, jumping_clock: None) -> Iterator[OpenServer]:  # noqa: ARG001
    """Open a server of toys: ``served = await open_server(bots=2)``.

    The options are those of `MatchOptions`; ``options={...}`` are those of `ServerOptions`.
    """
    running: list[Served] = []

    async def open_server(**match: Any) -> Served:
        running.append(await serve(nursery, toy_options(**match)))
        return running[-1]

    yield open_server
    for served in running:
        served.hang_up()
