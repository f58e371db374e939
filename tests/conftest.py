"""How every test runs: property tests the same way on every machine, and without a stopwatch.

And servers for those tests that need a whole one.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import trio

from game_server import server
from tests.live_server import OpenServer, Served, UsualGarbage, jumping_time, serve, toy_options

hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# Modules and tests stay to the end, hundreds of thousands of objects: to look at them again and again would take the
# collector a fifth of all the time. It is off until they are there, and leaves them alone from then on.
gc.disable()


def pytest_collection_finish() -> None:
    """Begin to collect garbage: that of the tests."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that uses `jumping_clock`, directly or through another fixture, runs with one."""
    for item in items:
        if "jumping_clock" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.trio(run=jumping_time), append=False)


@pytest.fixture(autouse=True)
def log_levels() -> Iterator[None]:
    """A command that sets the log up leaves its level to no other test."""
    loggers = logging.getLogger(), logging.getLogger("game_server")
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture(autouse=True, scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where journals begin and are kept: what tests leave there goes with their other files.

    So it fills neither memory nor anybody's home.
    """
    os.environ["RUNTIME_DIRECTORY"] = str(tmp_path_factory.mktemp("memory"))
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


@pytest.fixture(autouse=True, scope="session")
def usual_garbage() -> Iterator[None]:
    """Servers in this process leave the collector as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "Garbage", UsualGarbage)
        yield


@pytest.fixture
def jumping_clock() -> None:
    """Waiting takes hardly any time."""


@pytest.fixture(scope="session")
def small_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page to serve: to compress the true one takes a server two thirds of its start."""
    site = tmp_path_factory.mktemp("site")
    (site / "index.html").write_text("<!doctype html><title>Toys</title>")
    return site


@pytest.fixture
def open_server(
    nursery: trio.Nursery,
    jumping_clock: None,  # noqa: ARG001
    small_site: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[OpenServer]:
    """Open a server of toys: ``served = await open_server(bots=2)``.

    The options are those of `MatchOptions`; ``options={...}`` are those of `ServerOptions`. It serves `small_site`.
    """
    monkeypatch.setattr(server, "site_directory", lambda: small_site)
    running: list[Served] = []

    async def open_server(**match: Any) -> Served:
        running.append(await serve(nursery, toy_options(**match)))
        return running[-1]

    yield open_server
    for served in running:
        served.hang_up()
