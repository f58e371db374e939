"""A probe: one run of a capacity search with a given number of clients."""

from __future__ import annotations

import math
from typing import Final

import attrs
import trio

from game_server.loadtest.coordinator import LoadTest
from game_server.loadtest.limit_search import Attempt, Bound
from game_server.loadtest.metrics.conditions import Condition, ConditionResult, Verdict
from game_server.loadtest.metrics.recording import Recording
from game_server.loadtest.metrics.server_scraper import ServerScraper
from game_server.loadtest.options import LoadTestOptions
from game_server.loadtest.report.results import Results
from game_server.loadtest.scenario.scenario import Phase, Scenario
from game_server.protocol import CloseCode

COMING: Final = 300.0
"""Clients a second by default; fewer if the server does not let them in as quickly."""
_EASE: Final = 0.7
"""Share of the pace at which the server let clients in; at that rate they come the second time."""
_LONGEST: Final = 60.0
"""Seconds until all are in, at most; a slower rate is not tried."""
_SETTLE: Final = 2.0
"""Seconds after the last client has come that do not count."""
_MARGIN: Final = 0.3
"""Seconds for the server's last answer to the scraper."""


@attrs.frozen
class Probe:
    """A finished probe.

    Attributes:
        result: of the condition.
        missing: clients that were neither in nor turned away when the figures began to count.
        since: seconds from the start until then.
    """

    clients: int
    result: ConditionResult
    results: Results
    missing: int
    since: float

    @property
    def attempt(self) -> Attempt:
        """Whether the condition holds with all clients in; otherwise what was in the way."""
        counts = self.results.recording.counts
        if self.results.limit:
            return Attempt(Bound.TESTER)
        if counts["turned_away"] and counts["turned_away"] == counts["failed"] and not counts["disconnects"]:
            return Attempt(Bound.ROOM, counts["connected"])
        passed = (
            self.result.verdict == "passed" and not counts["failed"] and not counts["disconnects"] and not self.missing
        )
        return Attempt() if passed else Attempt(Bound.CONDITION)

    @property
    def verdict(self) -> Verdict:
        """The outcome in a word."""
        return "failed" if self.attempt.bound else "passed"

    @property
    def trouble(self) -> str:
        """The most frequent reason why clients did not get in or were cut off; empty if none was."""
        failures = self.results.recording.kinds["failures"].most_common(1)
        if failures:
            return failures[0][0]
        return f"{self.missing:,} were not in after {self.since:.0f} s" if self.missing else ""

    @property
    def stopped(self) -> bool:
        """Whether the server said that it is stopping."""
        closes, refused = (self.results.recording.kinds[name] for name in ("closes", "refused"))
        return bool(closes[str(int(CloseCode.GOING_AWAY))] or refused["stopping"])

    @property
    def pace(self) -> float:
        """Clients a second that got in."""
        return (self.clients - self.missing) / self.since

    def __str__(self) -> str:
        counts, cpu = self.results.recording.counts, self.results.tester_cpu
        parts = [f"{self.clients:6,} clients  {'FAILED' if self.attempt.bound else 'passed'}  {self.result}"]
        parts += [f"{counts[name]:,} {name.replace('_', ' ')}" for name in ("failed", "disconnects") if counts[name]]
        if self.trouble:
            parts.append(self.trouble)
        return ", ".join(parts) + ("" if cpu is None else f"  (tester {cpu:.0%} of a core)")


async def probe(order: LoadTestOptions, places: tuple[str, ...], clients: int, condition: Condition) -> Probe:
    """Run a probe; run it again, with clients coming more slowly, if the server did not let all in in time.

    Args:
        places: match codes, assigned to the clients in turn.
    """
    done = await _run(order, places, clients, condition, order.rate or COMING)
    rate = _EASE * done.pace
    if done.missing and not done.stopped and rate > 0 and clients / rate <= _LONGEST:
        return await _run(order, places, clients, condition, rate)
    return done


async def _run(
    order: LoadTestOptions, places: tuple[str, ...], clients: int, condition: Condition, rate: float
) -> Probe:
    """Run once; the figures count from when all clients should be in."""
    since = math.ceil(clients / rate + _SETTLE)
    test = LoadTest([order.plan(order.kind, places, stay(order, clients, rate))], order.processes, Recording(since))
    server = ServerScraper(order.target, since, test.learn)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.run, test.recording, trio.current_time() + test.lead)
        await test.run()
        nursery.cancel_scope.cancel()
    results = Results(test.recording, server, test.seconds, test.broken)
    missing = max(0, clients - test.recording.counts["turned_away"] - _in(test.recording, since))
    return Probe(clients, results.evaluate([condition], wanted=True)[0], results, missing, since)


def stay(order: LoadTestOptions, clients: int, rate: float) -> Scenario:
    """Return the scenario of a probe: ``clients`` come at ``rate`` a second, and stay for the measured time."""
    coming = clients / rate
    holding = math.ceil(coming + _SETTLE) - coming + order.seconds + _MARGIN
    phases = (Phase("ramp", to=clients, rate=rate), Phase("hold", holding))
    return Scenario(order.scenario, phases, "lobby" if order.scenario == "lobby" else "match")


def _in(recording: Recording, since: int) -> int:
    """Return how many clients were in when second ``since`` began."""
    row = next((row for row in recording.rows() if row["second"] == since - 1), {})
    return int(row.get("swarm", 0) + row.get("players", 0))
