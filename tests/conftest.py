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
    """Whoever opens a server does not wait for its clock."""
    for item in items:
        if "open_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.trio(run=jumping_time), append=False)


@pytest.fixture
def open_server(nursery: trio.Nursery) -> Iterator[OpenServer]:
    """Open a server of toys: ``served = await open_server(bots=2)``; the options are those of `MatchOptions`."""
    running: list[Served] = []

    async def open_server(**match: Any) -> Served:
        running.append(await serve(nursery, toy_options(**match)))
        return running[-1]

    yield open_server
    for served in running:
        served.hang_up()
