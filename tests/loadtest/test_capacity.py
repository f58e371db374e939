"""What a search for a server's capacity says at its end."""

from __future__ import annotations

from io import StringIO

import pytest

from game_server.cli import find_limit as module
from game_server.cli.console import PlainConsole
from game_server.cli.find_limit import find_limit
from game_server.cli.report_files import Files
from game_server.client import Target
from game_server.loadtest.capacity import CapacitySearch
from game_server.loadtest.limit_search import Bound, Limit
from game_server.loadtest.metrics.conditions import parse
from game_server.loadtest.options import LoadTestOptions
from game_server.loadtest.report.results import FAILED, PASSED, TESTER_WAS_THE_LIMIT

URL = "http://127.0.0.1:8000"


def searched(limit: Limit, ended: str = "") -> CapacitySearch:
    """A search that knows ``limit``."""
    options = LoadTestOptions(URL, Target.from_url(URL), swarm=10)
    search = CapacitySearch(options, parse("failed > 0", (), ("failed",)), 100, lambda _text, _tone: None, ended=ended)
    search._search.limit = limit
    return search


@pytest.mark.parametrize(
    ("limit", "ended", "code"),
    [
        (Limit(passed=80), "", PASSED),
        (Limit(passed=80, above=100, bound=Bound.CONDITION), "", PASSED),
        (Limit(passed=80, above=100, bound=Bound.TESTER), "", TESTER_WAS_THE_LIMIT),
        (Limit(above=10, bound=Bound.TESTER), "", TESTER_WAS_THE_LIMIT),
        (Limit(above=10, bound=Bound.CONDITION), "", FAILED),
        (Limit(passed=80), "The server stopped.", FAILED),
        (Limit(passed=80, above=100, bound=Bound.TESTER), "The server stopped.", FAILED),
    ],
)
def test_the_exit_code_says_whether_the_server_or_the_tester_was_the_limit(limit: Limit, ended: str, code: int) -> None:
    assert searched(limit, ended).exit_code == code


@pytest.mark.parametrize(
    ("limit", "ended", "said"),
    [
        (Limit(passed=80, above=100, bound=Bound.CONDITION), "", []),
        (Limit(passed=80, above=100, bound=Bound.TESTER), "", ["THE TESTER WAS THE LIMIT, not the server: "]),
        (Limit(passed=80), "The server stopped.", ["The server stopped."]),
    ],
)
async def test_what_ended_or_bounded_the_search_is_printed_before_its_result(
    monkeypatch: pytest.MonkeyPatch, limit: Limit, ended: str, said: list[str]
) -> None:
    search = searched(limit, ended)

    async def run() -> None:
        pass

    monkeypatch.setattr(module, "CapacitySearch", lambda *_: search)
    monkeypatch.setattr(CapacitySearch, "run", lambda _: run())
    out = StringIO()
    console = PlainConsole()
    console.file = out
    assert await find_limit(search.options, search.condition, 100, console, Files(None, None)) == search.exit_code
    assert out.getvalue().splitlines() == [*said, "Nothing was measured."]
