"""``game-server bots --find-limit``: how many clients a server carries."""

from __future__ import annotations

from typing import Final

import attrs
import trio

from game_server.cli.console import PlainConsole
from game_server.cli.interrupt import stoppable
from game_server.cli.report_files import Files
from game_server.errors import ConfigError
from game_server.loadtest.limit_search import Bound, Limit, LimitSearch
from game_server.loadtest.metrics.conditions import Condition
from game_server.loadtest.options import LoadTestOptions
from game_server.loadtest.probe import Probe, probe
from game_server.loadtest.report.results import FAILED, PASSED, TESTER_WAS_THE_LIMIT
from game_server.loadtest.scenario.spread import MatchesUnavailable, find_or_open_matches, seats_each
from game_server.loadtest.server_probe import seats_taken, wait_until_left, why_unreachable
from game_server.protocol.limits import MAX_CREATED_PLAYERS

_BETWEEN: Final = 1.0
"""Seconds from one run to the next, at least."""


class _Ended(Exception):
    """The search cannot go on; says why."""


@attrs.define
class _CapacitySearch:
    """A search under way.

    Attributes:
        began: when the processes that answered as the server began.
    """

    order: LoadTestOptions
    condition: Condition
    search: LimitSearch
    console: PlainConsole
    probes: list[Probe] = attrs.Factory(list)
    began: set[float] = attrs.Factory(set)

    async def run(self) -> None:
        """To the end.

        Raises:
            _Ended: before it, because there is no server, or none that lets anybody in.
            ConfigError: the condition is about figures that the server does not give.
        """
        target = self.order.target
        await self._check_reachable("")
        places: tuple[str, ...] = (target.match,)
        if self.order.spread:
            try:
                places = await find_or_open_matches(
                    target, self.order.spread, seats_each(self.order.spread, self.search.most)
                )
            except MatchesUnavailable as why:
                raise _Ended(str(why)) from None
        before = await seats_taken(target)
        running = self.search.run()
        number = next(running)
        while True:
            done = await probe(self.order, places, number, self.condition)
            await self._check(done)
            self.probes.append(done)
            self._say(str(done), "red" if done.tried.bound else "green")
            try:
                number = running.send(done.tried)
            except StopIteration:
                return
            await trio.sleep(_BETWEEN)
            await self._check_reachable("The server has gone: ")
            still = await wait_until_left(target, before)
            if still:
                self._say(f"{still:,} seats of the run before are still taken", "yellow")

    async def _check(self, done: Probe) -> None:
        counts = done.results.recording.counts
        if counts["failed"] or counts["disconnects"]:
            await self._check_reachable("The server has gone: ")
        self.began |= done.results.server.began if done.results.server else set()
        if done.stopped or len(self.began) > 1:
            raise _Ended("The server has stopped, or begun anew, in the middle of the search.")
        if not counts["connected"]:
            if done.results.limit:
                return
            raise _Ended(f"Nobody got in: {done.trouble}")
        if done.judged.verdict == "unknown" and not done.missing:
            raise ConfigError(f"nothing to judge by: {done.judged}")

    async def _check_reachable(self, saying: str) -> None:
        why = await why_unreachable(self.order.target)
        if why:
            raise _Ended(saying + why)

    def _say(self, text: str, style: str) -> None:
        self.console.print(text, style=style)

    def because(self) -> str:
        """Why there cannot be more clients, in the words of the run that showed it; empty when nothing did."""
        bound = self.search.limit.bound
        showed = next((done for done in reversed(self.probes) if done.tried.bound is bound), None)
        if bound is None or showed is None:
            return ""
        if bound is Bound.TESTER:
            return showed.results.limit or ""
        return showed.trouble or str(showed.judged)


def check_search(order: LoadTestOptions, most: int) -> None:
    """Refuse what cannot be searched.

    Raises:
        ConfigError: it cannot.
    """
    order.check_kinds()
    if order.count and order.swarm:
        raise ConfigError("--find-limit raises one kind of clients: --count or --swarm, not both")
    if order.scenario not in ("hold", "lobby"):
        raise ConfigError(
            f"--find-limit has all come and stay, in a match or with --scenario lobby: not {order.scenario!r}"
        )
    order.check_lobby(order.scenario == "lobby")
    if most < order.asked:
        raise ConfigError(f"--most {most} is less than the {order.asked} clients that --find-limit begins with")
    if order.processes > order.asked:
        raise ConfigError(f"--processes {order.processes} is more than the clients that --find-limit begins with")
    if order.spread:
        seats_each(order.spread, order.asked)


async def find_limit(
    order: LoadTestOptions, condition: Condition, most: int, console: PlainConsole, files: Files
) -> int:
    """Search, tell of each run, and print the capacity; Ctrl-C ends the search with what is known.

    Args:
        order: as `check_search` lets pass.

    Raises:
        ConfigError: the condition is about figures that the server does not give.
    """
    hunt = _CapacitySearch(order, condition, LimitSearch(order.asked, most_of(order, most)), console)
    ended = ""
    async with stoppable():
        try:
            await hunt.run()
        except _Ended as why:
            ended = str(why)
    limit, because = hunt.search.limit, hunt.because()
    capacity = (
        in_words(condition, limit, because) if hunt.probes else "Nothing was measured, so there is nothing to tell."
    )
    told = [{"clients": p.clients, **p.judged.to_json(), "verdict": p.verdict} for p in hunt.probes]
    found = {
        **order.about_any(),
        "scenario": order.scenario,
        "kind": order.kind,
        "condition": str(condition),
        "capacity": limit.passed,
        "too_many": limit.above,
        "bound": limit.bound.name.lower() if limit.bound else None,
        "because": ended or because,
        "probes": told,
    }
    try:
        files.write(found)
    finally:
        if ended:
            console.print(ended, style="bold red")
        if limit.bound is Bound.TESTER:
            console.print(f"THE TESTER WAS THE LIMIT, not the server: {because}", style="bold red")
        console.print(capacity, style="bold")
    if limit.bound is Bound.TESTER and not ended:
        return TESTER_WAS_THE_LIMIT
    return PASSED if limit.passed and not ended else FAILED


def most_of(order: LoadTestOptions, most: int) -> int:
    """How many clients there may be: no more than fit into the matches of a --spread."""
    return min(most, order.spread * MAX_CREATED_PLAYERS) if order.spread else most


def in_words(condition: Condition, limit: Limit, because: str) -> str:
    """What was found, in a sentence."""
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
