from __future__ import annotations

import re
from typing import Any

import attrs
import pytest

from game_server.client import Target
from game_server.loadtest import probe as bots_probe
from game_server.loadtest.capacity import describe_limit
from game_server.loadtest.coordinator import LoadTest
from game_server.loadtest.limit_search import Attempt, Bound, Limit
from game_server.loadtest.metrics.conditions import parse
from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.metrics.recording import Recording
from game_server.loadtest.metrics.server_scraper import ServerScraper
from game_server.loadtest.options import LoadTestOptions
from game_server.loadtest.probe import Probe
from game_server.loadtest.report.results import NUMBER_NAMES, SPREAD_NAMES, Results
from game_server.loadtest.scenario.scenario import timeline
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


async def test_a_server_slow_to_let_clients_in_is_tried_again_at_seven_tenths_of_its_pace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = probe(recording(connected=10), missing=4)
    assert slow.pace == pytest.approx(2.0)
    assert await tried_at(monkeypatch, slow) == [bots_probe.COMING, pytest.approx(1.4)]


async def test_one_that_lets_them_in_in_time_or_none_at_all_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(await tried_at(monkeypatch, probe(recording(connected=10)))) == 1
    assert len(await tried_at(monkeypatch, probe(recording(connected=0), missing=10))) == 1


@pytest.mark.parametrize(("clients", "runs"), [(83, 2), (85, 1)])
async def test_it_is_not_tried_again_where_that_would_take_more_than_a_minute(
    monkeypatch: pytest.MonkeyPatch, clients: int, runs: int
) -> None:
    """At seven tenths of two clients a second."""
    slow = probe(recording(connected=10), missing=4)
    rates = []

    async def run(*asked: Any) -> Probe:
        rates.append(asked[-1])
        return slow

    monkeypatch.setattr(bots_probe, "_run", run)
    await bots_probe.probe(attrs.evolve(ORDER, rate=5.0), ("",), clients, FAST)
    assert rates == [5.0, pytest.approx(1.4)][:runs]


async def test_a_server_that_is_stopping_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, what, runs in (("closes", "1001", 1), ("refused", "stopping", 1), ("refused", "busy", 2)):
        made = recording(connected=10)
        made.kinds[kind][what] = 1
        assert len(await tried_at(monkeypatch, probe(made, missing=4))) == runs


async def test_who_was_not_in_when_the_figures_began_to_count_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class AtOnce(LoadTest):
        async def run(self) -> None:
            for second, (swarm, players) in enumerate(((1, 0), (2, 0), (3, 0), (4, 0), (20, 7), (99, 9))):
                meter = Meter()
                meter.level("swarm", swarm)
                meter.level("players", players)
                self.recording.add("swarm 1", meter.cut(second))
            self.recording.counts["turned_away"] = 3

    async def deaf(*_: object) -> None: ...

    monkeypatch.setattr(bots_probe, "LoadTest", AtOnce)
    monkeypatch.setattr(ServerScraper, "run", deaf)
    done = await bots_probe._run(ORDER, ("",), 300, FAST, rate=100.0)
    assert (done.clients, done.since, done.missing) == (300, 5, 300 - 27 - 3)
    assert done.result.wanted


async def test_figures_of_a_run_and_server_count_from_two_seconds_after_the_last_came(
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


@pytest.mark.parametrize(("rate", "whole"), [(100.0, 5), (75.0, 6), (90.0, 6)])
def test_the_clients_stay_from_then_on_for_as_long_as_is_asked(rate: float, whole: int) -> None:
    scenario = bots_probe.stay(ORDER, 300, rate)
    assert [phase.kind for phase in scenario.phases] == ["ramp", "hold"]
    assert (timeline(scenario).peak, scenario.where) == (300, "match")
    assert timeline(scenario).end == pytest.approx(whole + ORDER.seconds + 0.3)


def test_the_line_of_a_run_says_how_much_of_a_core_the_tester_used_if_that_is_known() -> None:
    assert str(probe(recording(connected=10, cpu=0.42))).endswith("  (tester 42% of a core)")
    assert "tester" not in str(probe(recording(connected=10, seconds=1)))
    assert "1,234 disconnects" in str(probe(recording(connected=10, disconnects=1234)))


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
