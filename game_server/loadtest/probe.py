"""One run of ``game-server bots --find-limit``: so many clients, and what became of them."""

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
"""Clients a second, where nothing is said of it; fewer where the server does not let them in so quickly."""
_EASE: Final = 0.7
"""Of the pace at which a server let clients in, which they come at the second time."""
_LONGEST: Final = 60.0
"""Seconds that it may take until all are in."""
_SETTLE: Final = 2.0
"""Seconds after the last has come that do not count."""
_MARGIN: Final = 0.3
"""Seconds for the server's last answer of what it measured."""


@attrs.frozen
class Probe:
    """What became of a number of clients.

    Attributes:
        missing: how many that the server did not turn away were not in when the figures began to count.
        since: seconds from the start to that.
    """

    clients: int
    result: ConditionResult
    results: Results
    missing: int
    since: float

    @property
    def attempt(self) -> Attempt:
        """Whether it passed: the condition holds with everybody in, and else what was in the way."""
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
        """The same in a word."""
        return "failed" if self.attempt.bound else "passed"

    @property
    def trouble(self) -> str:
        """What happened to most of those who did not get in, or were cut off; empty when nothing did."""
        failures = self.results.recording.kinds["failures"].most_common(1)
        if failures:
            return failures[0][0]
        return f"{self.missing:,} were not in after {self.since:.0f} s" if self.missing else ""

    @property
    def stopped(self) -> bool:
        """Whether the server said that it stops."""
        closes, refused = (self.results.recording.kinds[name] for name in ("closes", "refused"))
        return bool(closes[str(int(CloseCode.GOING_AWAY))] or refused["stopping"])

    @property
    def pace(self) -> float:
        """Clients a second that the server let in."""
        return (self.clients - self.missing) / self.since

    def __str__(self) -> str:
        counts, cpu = self.results.recording.counts, self.results.tester_cpu
        parts = [f"{self.clients:6,} clients  {'FAILED' if self.attempt.bound else 'passed'}  {self.result}"]
        parts += [f"{counts[name]:,} {name.replace('_', ' ')}" for name in ("failed", "disconnects") if counts[name]]
        if self.trouble:
            parts.append(self.trouble)
        return ", ".join(parts) + ("" if cpu is None else f"  (tester {cpu:.0%} of a core)")


async def probe(order: LoadTestOptions, places: tuple[str, ...], clients: int, condition: Condition) -> Probe:
    """Try so many clients; once more, and slower, if the server did not let them in as quickly as they came."""
    done = await _run(order, places, clients, condition, order.rate or COMING)
    rate = _EASE * done.pace
    if done.missing and not done.stopped and rate > 0 and clients / rate <= _LONGEST:
        return await _run(order, places, clients, condition, rate)
    return done


async def _run(
    order: LoadTestOptions, places: tuple[str, ...], clients: int, condition: Condition, rate: float
) -> Probe:
    """One run, of which only the time counts in which all are in."""
    since = math.ceil(clients / rate + _SETTLE)
    test = LoadTest([order.plan(order.kind, places, stay(order, clients, rate))], order.processes, Recording(since))
    server = ServerScraper(order.target, since, test.learn)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.run, test.recording, trio.current_time() + test.lead)
        await test.run()
        nursery.cancel_scope.cancel()
    results = Results(test.recording, server, test.seconds, test.broken)
    missing = max(0, clients - test.recording.counts["turned_away"] - _in(test.recording, since))
    return Probe(clients, results.judge([condition], wanted=True)[0], results, missing, since)


def stay(order: LoadTestOptions, clients: int, rate: float) -> Scenario:
    """So many clients come, and stay for as long as counts."""
    coming = clients / rate
    holding = math.ceil(coming + _SETTLE) - coming + order.seconds + _MARGIN
    phases = (Phase("ramp", to=clients, rate=rate), Phase("hold", holding))
    return Scenario(order.scenario, phases, "lobby" if order.scenario == "lobby" else "match")


def _in(recording: Recording, since: int) -> int:
    """How many were in when the second ``since`` began."""
    row = next((row for row in recording.rows() if row["second"] == since - 1), {})
    return int(row.get("swarm", 0) + row.get("players", 0))
