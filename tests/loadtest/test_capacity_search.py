"""A whole search for the capacity of a server that exists on paper alone."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
import trio

from game_server.client import Target
from game_server.errors import ConfigError
from game_server.loadtest import capacity
from game_server.loadtest.capacity import CapacitySearch
from game_server.loadtest.limit_search import Bound
from game_server.loadtest.metrics.conditions import parse
from game_server.loadtest.metrics.server_scraper import ServerScraper
from game_server.loadtest.options import LoadTestOptions
from game_server.loadtest.probe import Probe
from game_server.loadtest.report.results import NUMBER_NAMES, SPREAD_NAMES, Results
from tests.loadtest.report.test_json import recording

URL = "http://127.0.0.1:8000"
TARGET = Target.from_url(URL)
SMOOTH = parse("input_ack_ms.p99 < 60", SPREAD_NAMES, NUMBER_NAMES)


@attrs.define
class Paper:
    """A server that lets ``room`` clients in, and whose process is another one from the probe ``restarts`` on.

    Attributes:
        asked: where clients were sent, and how many.
        unreachable: by how many times it was looked at before.
    """

    room: int = 100
    restarts: int = 99
    lost: int = 0
    asked: list[tuple[tuple[str, ...], int]] = attrs.Factory(list)
    unreachable: dict[int, str] = attrs.Factory(dict)
    looks: int = 0
    still_taken: int = 0
    opened: tuple[int, int] | None = None

    async def probe(self, options: LoadTestOptions, places: tuple[str, ...], clients: int, condition: Any) -> Probe:
        self.asked.append((places, clients))
        failed = max(0, clients - self.room)
        made = recording(connected=clients - failed, failed=failed, turned_away=failed, disconnects=self.lost)
        made.kinds["failures"]["refused: full"] = failed
        server = ServerScraper(options.target, missing=None, began={float(len(self.asked) >= self.restarts)})
        results = Results(made, server, 5.0)
        return Probe(clients, results.evaluate([condition], wanted=True)[0], results, 0, 3.0)

    async def why_unreachable(self, target: Target) -> str | None:
        assert target == TARGET
        self.looks += 1
        return self.unreachable.get(self.looks)

    async def seats_taken(self, _target: Target) -> int:
        return 7

    async def wait_until_left(self, _target: Target, before: int | None) -> int:
        assert before == 7
        return self.still_taken

    async def find_or_open_matches(self, _target: Target, count: int, seats: int, _game: str) -> tuple[str, ...]:
        self.opened = count, seats
        return tuple("ABC"[:count])


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch, jumping_clock: None) -> Paper:  # noqa: ARG001
    paper = Paper()
    for name in ("probe", "why_unreachable", "seats_taken", "wait_until_left", "find_or_open_matches"):
        monkeypatch.setattr(capacity, name, getattr(paper, name))
    return paper


async def searched(
    first: int = 20, most: int = 1000, condition: Any = SMOOTH, spread: int = 0
) -> tuple[CapacitySearch, list[tuple[str, str]]]:
    """The search at its end, and what it said on the way."""
    said: list[tuple[str, str]] = []
    options = LoadTestOptions(URL, TARGET, swarm=first, spread=spread)
    search = CapacitySearch(options, condition, most, lambda text, tone: said.append((tone, text.split(" clients")[0])))
    await search.run()
    return search, said


async def test_a_search_doubles_then_halves_until_the_limit_is_known_and_says_each_step(paper: Paper) -> None:
    began = trio.current_time()
    search, said = await searched()
    assert paper.asked == [(("",), number) for number in (20, 40, 80, 160, 100)]
    assert said == [
        ("good", "    20"), ("good", "    40"), ("good", "    80"), ("bad", "   160"), ("good", "   100"),
    ]  # fmt: skip
    assert (search.limit.passed, search.limit.above, search.limit.bound) == (100, 101, Bound.ROOM)
    assert search.ended == ""
    assert search.exit_code == 0
    assert search.sentence.startswith(
        "Capacity: 100 clients with input_ack_ms.p99 < 60; the server lets no more in: refu"
    )
    assert trio.current_time() - began == pytest.approx(4.0)


async def test_a_search_goes_no_further_than_it_may(paper: Paper) -> None:
    search, _ = await searched(most=60)
    assert [number for _, number in paper.asked] == [20, 40, 60]
    assert search.sentence == "Capacity: at least 60 clients with input_ack_ms.p99 < 60"


async def test_over_several_matches_a_search_goes_as_far_as_they_have_seats(paper: Paper) -> None:
    paper.room = 1000
    await searched(most=1000, spread=2)
    assert paper.opened == (2, 64)
    assert paper.asked[-1] == (("A", "B"), 128)
    await searched(most=50, spread=2)
    assert paper.opened == (2, 25)


@pytest.mark.parametrize(
    ("trouble", "ended", "probes"),
    [
        ({"restarts": 2}, "The server stopped or restarted during the search.", 1),
        ({"room": 0}, "Nobody got in: refused: full", 0),
        ({"unreachable": {1: "no"}}, "no", 0),
        ({"unreachable": {2: "no"}}, "The server has gone: no", 1),
        ({"unreachable": {2: "no"}, "lost": 1}, "The server has gone: no", 0),
        ({"unreachable": {2: "no"}, "room": 10}, "The server has gone: no", 0),
    ],
)
async def test_a_search_without_its_server_ends_and_says_why(
    paper: Paper, trouble: dict[str, Any], ended: str, probes: int
) -> None:
    for name, value in trouble.items():
        setattr(paper, name, value)
    search, _ = await searched()
    assert search.ended == ended
    assert search.report()["because"] == ended
    assert len(search.probes) == probes
    assert search.exit_code == 1


async def test_seats_that_are_still_taken_are_reported(paper: Paper) -> None:
    paper.still_taken = 1234
    _, said = await searched(most=40)
    assert ("warn", "1,234 seats of the previous probe are still taken") in said


async def test_a_condition_that_this_server_cannot_answer_is_refused(paper: Paper) -> None:
    with pytest.raises(ConfigError, match=r"the condition cannot be checked: connect_ms.p99 < 5: .* is not measured"):
        await searched(condition=parse("connect_ms.p99 < 5", SPREAD_NAMES, NUMBER_NAMES))
    assert len(paper.asked) == 1


async def test_the_report_of_a_search_has_every_probe_and_what_bounds_the_number(paper: Paper) -> None:
    search, _ = await searched()
    report = search.report()
    assert {name: report[name] for name in ("kind", "condition", "capacity", "too_many", "bound", "because")} == {
        "kind": "swarm",
        "condition": "input_ack_ms.p99 < 60",
        "capacity": 100,
        "too_many": 101,
        "bound": "room",
        "because": "refused: full",
    }
    assert [(one["clients"], one["verdict"]) for one in report["probes"]][-2:] == [(160, "failed"), (100, "passed")]
    assert len(paper.asked) == len(report["probes"])
