"""``game-server bots --find-limit``: how many clients a server carries."""

from __future__ import annotations

import math
import signal
from collections.abc import Callable
from typing import Any, Final

import attrs
import trio
from rich.console import Console

from game_server.bots.limit import search
from game_server.bots.load_test import LoadTest
from game_server.bots.recording import Recording
from game_server.bots.results import FAILED, HELD, TESTER_WAS_THE_LIMIT, Results
from game_server.bots.scenario import Phase, Scenario
from game_server.bots.server_side import ServerSide
from game_server.bots.spread import NoMatches, matches
from game_server.bots.verdict import Condition, Judged
from game_server.cli.bots_order import Order
from game_server.errors import ConfigError

_SETTLE: Final = 2.0
"""Seconds after the last has come that do not count."""
_MARGIN: Final = 0.3
"""Seconds for the server's last answer of what it measured."""
_COMING: Final = 300.0
"""Clients a second."""
_BETWEEN: Final = 1.5
"""Seconds from one run to the next, in which the server is rid of those before."""


@attrs.frozen
class _Probe:
    clients: int
    judged: Judged
    results: Results

    @property
    def held(self) -> bool:
        """The condition did, and everybody got in and stayed."""
        counts = self.results.recording.counts
        return self.judged.holds is True and not counts["failed"] and not counts["disconnects"]


async def find_limit(
    order: Order, condition: Condition, most: int, console: Console, write: Callable[[dict[str, Any]], None]
) -> int:
    """Search, tell of each run, and print the capacity; Ctrl-C ends the search with what is known.

    Raises:
        ConfigError: the condition is about figures that the server does not give.
    """
    if order.players and order.swarm:
        raise ConfigError("--find-limit raises one kind of clients: --count or --swarm, not both")
    searching = search(order.clients, most)
    probes: list[_Probe] = []
    held, failed = 0, None
    with trio.CancelScope() as running:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_stop_on_signal, running)
            number = next(searching)
            while True:
                try:
                    probe = await _try(order, number, condition)
                except NoMatches as why:
                    console.print(str(why), style="bold red", highlight=False)
                    break
                probes.append(probe)
                console.print(_line(probe), style="green" if probe.held else "red", highlight=False)
                if probe.judged.holds is None and not probe.results.recording.counts["failed"]:
                    raise ConfigError(f"nothing to judge by: {probe.judged}")
                if probe.results.limit:
                    break
                held, failed = (number, failed) if probe.held else (held, number)
                try:
                    number = searching.send(probe.held)
                except StopIteration:
                    break
                await trio.sleep(_BETWEEN)
            nursery.cancel_scope.cancel()
    limit = probes[-1].results.limit if probes else None
    if limit:
        console.print(f"THE TESTER WAS THE LIMIT, not the server: {limit}", style="bold red", highlight=False)
    capacity = _capacity(condition, held, failed) if probes else "Nothing was measured, so there is nothing to tell."
    console.print(capacity, style="bold", highlight=False)
    told = [{"clients": p.clients, "held": p.held, **p.judged.to_json()} for p in probes]
    write({**order.about(), "condition": str(condition), "capacity": held, "too_many": failed, "probes": told})
    if limit:
        return TESTER_WAS_THE_LIMIT
    return HELD if held else FAILED


async def _try(order: Order, clients: int, condition: Condition) -> _Probe:
    """One run, of which only the time counts in which all are in."""
    coming = clients / _COMING
    since = math.ceil(coming + _SETTLE)
    holding = since - coming + order.duration + _MARGIN
    hold = Scenario("hold", (Phase("ramp", to=clients, rate=_COMING), Phase("hold", holding)))
    sized = attrs.evolve(order, swarm=clients) if order.swarm else attrs.evolve(order, players=clients)
    places = await matches(order.target, order.spread, clients) if order.spread else (order.target.match,)
    plans = [attrs.evolve(plan, scenario=hold) for plan in attrs.evolve(sized, scenario="hold").plans(places)]
    test = LoadTest(plans, order.processes, Recording(since))
    server = ServerSide(order.target, since)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(server.run, test.recording, trio.current_time() + test.lead)
        await test.run()
        nursery.cancel_scope.cancel()
    results = Results(test.recording, server, test.seconds, test.broken)
    return _Probe(clients, results.judge([condition])[0], results)


def _line(probe: _Probe) -> str:
    counts, cpu = probe.results.recording.counts, probe.results.tester_cpu
    parts = [f"{probe.clients:6,} clients  {'held  ' if probe.held else 'failed'}  {probe.judged}"]
    parts += [f"{counts[name]:,} {name}" for name in ("failed", "disconnects") if counts[name]]
    return ", ".join(parts) + ("" if cpu is None else f"  (tester {cpu:.0%} of a core)")


def _capacity(condition: Condition, held: int, failed: int | None) -> str:
    if not held:
        return f"{condition} does not hold with {failed or 'any number of'} clients"
    if failed is None:
        return f"Capacity: at least {held:,} clients with {condition}"
    return f"Capacity: {held:,} clients with {condition}; {failed:,} are too many"


async def _stop_on_signal(running: trio.CancelScope) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        await anext(signals)
        running.cancel()
