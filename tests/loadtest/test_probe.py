from __future__ import annotations

import re
from typing import Any

import pytest

from game_server.client import Target
from game_server.loadtest import probe as bots_probe
from game_server.loadtest.capacity import describe_limit
from game_server.loadtest.coordinator import LoadTest
from game_server.loadtest.limit_search import Attempt, Bound, Limit
from game_server.loadtest.metrics.conditions import parse
from game_server.loadtest.metrics.recording import Recording
from game_server.loadtest.metrics.server_scraper import ServerScraper
from game_server.loadtest.options import LoadTestOptions
from game_server.loadtest.probe import Probe
from game_server.loadtest.report.results import NUMBER_NAMES, SPREAD_NAMES, Results
from tests.loadtest.report.test_json import recording

FAST = parse("input_ack_ms.p99 < 60", SPREAD_NAMES, NUMBER_NAMES)
SLOW = parse("input_ack_ms.p99 < 40", SPREAD_NAMES, NUMBER_NAMES)


def probe(made: Recording, condition: Any = FAST, missing: int = 0) -> Probe:
    results = Results(made, None, 5.0)
    return Probe(10, results.evaluate([condition], wanted=True)[0], results, missing, 3.0)


@pytest.mark.parametrize(
    ("done", "tried"),
    [
        (probe(recording(connected=10)), Attempt()),
        (probe(recording(connected=10), SLOW), Attempt(Bound.CONDITION)),
        (probe(recording(connected=7, failed=3, turned_away=3)), Attempt(Bound.ROOM, 7)),
        (probe(recording(connected=7, failed=3, turned_away=3), SLOW), Attempt(Bound.ROOM, 7)),
        (probe(recording(connected=7, failed=3, turned_away=2)), Attempt(Bound.CONDITION)),
        (probe(recording(connected=7, failed=3, turned_away=3, disconnects=1)), Attempt(Bound.CONDITION)),
        (probe(recording(connected=10, disconnects=1)), Attempt(Bound.CONDITION)),
        (probe(recording(connected=10), missing=2), Attempt(Bound.CONDITION)),
        (probe(recording(connected=10, cpu=0.95)), Attempt(Bound.TESTER)),
        (probe(recording(connected=7, failed=3, tester_faults=3)), Attempt(Bound.TESTER)),
    ],
)
def test_too_slow_no_room_and_the_limit_of_the_tester_are_distinguished(done: Probe, tried: Attempt) -> None:
    assert done.attempt == tried


ORDER = LoadTestOptions("http://127.0.0.1:8000", Target("127.0.0.1", 8000, False), swarm=300, duration=5.0)


async def tried_at(monkeypatch: pytest.MonkeyPatch, first: Probe) -> list[float]:
    """The rates at which clients came, where the first run went like that."""
    rates = []

    async def run(
        _order: LoadTestOptions, _places: tuple[str, ...], _clients: int, _condition: Any, rate: float
    ) -> Probe:
        rates.append(rate)
        return first if len(rates) == 1 else probe(recording(connected=10))

    monkeypatch.setattr(bots_probe, "_run", run)
    await bots_probe.probe(ORDER, ("",), 10, FAST)
    return rates


async def test_a_server_that_lets_clients_in_slowly_is_tried_again_at_seven_tenths_of_its_pace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = probe(recording(connected=10), missing=4)
    assert slow.pace == pytest.approx(2.0)
    assert await tried_at(monkeypatch, slow) == [bots_probe.COMING, pytest.approx(1.4)]


async def test_one_that_lets_them_in_in_time_or_none_at_all_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(await tried_at(monkeypatch, probe(recording(connected=10)))) == 1
    assert len(await tried_at(monkeypatch, probe(recording(connected=0), missing=10))) == 1


async def test_the_figures_of_a_run_and_of_the_server_count_from_two_seconds_after_the_last_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = []

    class AtOnce(LoadTest):
        async def run(self) -> None:
            begun.append(self.recording._since)

    class Deaf(ServerScraper):
        async def run(self, recording: Recording, started: float) -> None:
            del recording, started
            begun.append(self.since)

    monkeypatch.setattr(bots_probe, "LoadTest", AtOnce)
    monkeypatch.setattr(bots_probe, "ServerScraper", Deaf)
    done = await bots_probe._run(ORDER, ("",), 300, FAST, rate=100.0)
    assert begun == [5, 5]
    assert done.since == 5


def test_a_run_is_summed_up_in_a_line_with_what_was_in_the_way() -> None:
    made = recording(connected=7, failed=3, turned_away=3)
    made.kinds["failures"]["refused: all 7 seats are taken by people"] = 3
    line = str(probe(made))
    assert line.startswith("    10 clients  FAILED  input_ack_ms.p99 < 60: input_ack_ms.p99 is 50")
    assert "3 failed, refused: all 7 seats are taken by people" in line
    assert "2 were not in after 3 s" in str(probe(recording(connected=10), missing=2))


@pytest.mark.parametrize(
    ("limit", "saying"),
    [
        (Limit(), "No number of clients is known"),
        (Limit(8), "at least 8 clients with"),
        (Limit(700, 730, Bound.CONDITION), "Capacity: 700 clients with .*; 730 are too many: why"),
        (Limit(0, 4, Bound.CONDITION), "does not hold with 4 clients: why"),
        (Limit(2000, 2001, Bound.ROOM), "2,000 clients with .*; the server lets no more in: why"),
        (Limit(900, 950, Bound.TESTER), "at least 900 clients with .*; the tester cannot drive 950"),
    ],
)
def test_what_bounds_the_capacity_is_reported(limit: Limit, saying: str) -> None:
    assert re.search(saying, describe_limit(FAST, limit, "why"))
