"""The capacity of a server: probes with ever more clients until a condition fails, and what they showed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs
import trio

from game_server.errors import ConfigError, GameServerError
from game_server.loadtest.limit_search import Bound, Limit, LimitSearch
from game_server.loadtest.metrics.conditions import Condition
from game_server.loadtest.options import LoadTestOptions
from game_server.loadtest.probe import Probe, probe
from game_server.loadtest.report.results import FAILED, PASSED, TESTER_WAS_THE_LIMIT
from game_server.loadtest.report.summary import Tone
from game_server.loadtest.scenario.spread import MatchesUnavailable, find_or_open_matches, seats_each
from game_server.loadtest.server_probe import seats_taken, wait_until_left, why_unreachable
from game_server.protocol import MAX_CREATED_PLAYERS

_PAUSE: Final = 1.0
"""Seconds from one probe to the next, at least: the server closes the matches and seats of the probe before."""

Notify = Callable[[str, Tone], None]
"""Shows one line of progress to the person who waits."""


class SearchEnded(GameServerError):
    """The search cannot go on: there is no server, or none that lets anybody in."""


def check_search(options: LoadTestOptions, most: int) -> None:
    """Check that a search with ``options`` makes sense, up to ``most`` clients.

    Raises:
        ConfigError: it does not.
    """
    options.check_kinds()
    if options.count and options.swarm:
        raise ConfigError("--find-limit raises one kind of clients: give --count or --swarm, not both")
    if options.scenario not in ("hold", "lobby"):
        raise ConfigError(
            f"--find-limit has all clients come and stay: it takes --scenario hold or lobby, not {options.scenario!r}"
        )
    options.check_lobby(options.scenario == "lobby")
    if most < options.asked:
        raise ConfigError(f"--most {most} is less than the {options.asked} clients that --find-limit begins with")
    if options.processes > options.asked:
        raise ConfigError(
            f"--processes {options.processes} is more than the {options.asked} clients that --find-limit begins with"
        )
    if options.spread:
        seats_each(options.spread, options.asked)


@attrs.define
class CapacitySearch:
    """One search.

    Args:
        options: accepted by `check_search`.
        most: clients beyond which the search does not go.
        notify: called after each probe.

    Attributes:
        limit: what is known so far.
        ended: why the search ended before a limit was found; empty if it did not.
    """

    options: LoadTestOptions
    condition: Condition
    most: int
    notify: Notify
    probes: list[Probe] = attrs.Factory(list)
    ended: str = ""
    _search: LimitSearch = attrs.field(init=False)
    _server_starts: set[float] = attrs.Factory(set)
    """When the processes that answered as the server started: more than one means that it was restarted."""

    def __attrs_post_init__(self) -> None:
        spread = self.options.spread
        self._search = LimitSearch(
            self.options.asked, min(self.most, spread * MAX_CREATED_PLAYERS) if spread else self.most
        )

    @property
    def limit(self) -> Limit:
        """What is known so far."""
        return self._search.limit

    async def run(self) -> None:
        """Probe until the limit is known, or until the search cannot go on, which sets ``ended``.

        Cancelled, it keeps what is known by then.

        Raises:
            ConfigError: the condition is about figures that this server does not report.
        """
        try:
            await self._run()
        except SearchEnded as error:
            self.ended = str(error)

    async def _run(self) -> None:
        target = self.options.target
        await self._check_reachable("")
        places: tuple[str, ...] = (target.match,)
        if self.options.spread:
            seats = seats_each(self.options.spread, self._search.most)
            try:
                places = await find_or_open_matches(target, self.options.spread, seats, self.options.opens)
            except MatchesUnavailable as error:
                raise SearchEnded(str(error)) from None
        seats_before = await seats_taken(target)
        numbers = self._search.run()
        number = next(numbers)
        while True:
            done = await probe(self.options, places, number, self.condition)
            await self._check(done)
            self.probes.append(done)
            self.notify(str(done), "bad" if done.attempt.bound else "good")
            try:
                number = numbers.send(done.attempt)
            except StopIteration:
                return
            await trio.sleep(_PAUSE)
            await self._check_reachable("The server has gone: ")
            still = await wait_until_left(target, seats_before)
            if still:
                self.notify(f"{still:,} seats of the previous probe are still taken", "warn")

    async def _check(self, done: Probe) -> None:
        """Check that ``done`` says something of the server that the search began with."""
        counts = done.results.recording.counts
        if counts["failed"] or counts["disconnects"]:
            await self._check_reachable("The server has gone: ")
        self._server_starts |= done.results.server.began if done.results.server else set()
        if done.stopped or len(self._server_starts) > 1:
            raise SearchEnded("The server stopped or restarted during the search.")
        if not counts["connected"]:
            if done.results.limit:
                return
            raise SearchEnded(f"Nobody got in: {done.trouble}")
        if done.result.verdict == "unknown" and not done.missing:
            raise ConfigError(f"the condition cannot be checked: {done.result}")

    async def _check_reachable(self, prefix: str) -> None:
        why = await why_unreachable(self.options.target)
        if why:
            raise SearchEnded(prefix + why)

    @property
    def because(self) -> str:
        """Why there cannot be more clients, in the words of the newest probe that showed it; empty if unbounded."""
        bound = self.limit.bound
        showed = next((done for done in reversed(self.probes) if done.attempt.bound is bound), None)
        if bound is None or showed is None:
            return ""
        if bound is Bound.TESTER:
            return showed.results.limit or ""
        return showed.trouble or str(showed.result)

    @property
    def sentence(self) -> str:
        """What was found, in a sentence."""
        if not self.probes:
            return "Nothing was measured."
        return describe_limit(self.condition, self.limit, self.because)

    @property
    def exit_code(self) -> int:
        """The verdict on the server, or on the tester, as of a run (`Results.exit_code`)."""
        if self.limit.bound is Bound.TESTER and not self.ended:
            return TESTER_WAS_THE_LIMIT
        return PASSED if self.limit.passed and not self.ended else FAILED

    def report(self) -> dict[str, Any]:
        """Return the search as plain data, fit for JSON."""
        limit, options = self.limit, self.options
        return {
            **options.about_any(),
            "scenario": options.scenario,
            "kind": options.kind,
            "condition": str(self.condition),
            "capacity": limit.passed,
            "too_many": limit.above,
            "bound": limit.bound.name.lower() if limit.bound else None,
            "because": self.ended or self.because,
            "probes": [
                {"clients": done.clients, **done.result.to_json(), "verdict": done.verdict} for done in self.probes
            ],
        }


def describe_limit(condition: Condition, limit: Limit, because: str) -> str:
    """Put ``limit`` into a sentence; ``because`` is what was in the way of more clients."""
    if limit.bound is None:
        if not limit.passed:
            return f"No number of clients is known to hold {condition}"
        return f"Capacity: at least {limit.passed:,} clients with {condition}"
    if limit.bound is Bound.CONDITION:
        if not limit.passed:
            return f"{condition} does not hold with {limit.above} clients: {because}"
        return f"Capacity: {limit.passed:,} clients with {condition}; {limit.above:,} are too many: {because}"
    if limit.bound is Bound.ROOM:
        return f"Capacity: {limit.passed:,} clients with {condition}; the server lets no more in: {because}"
    return f"Capacity: at least {limit.passed:,} clients with {condition}; the tester cannot drive {limit.above:,}"
