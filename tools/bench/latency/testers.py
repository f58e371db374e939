"""Both testers of `game-server bots`, at a server of known delay: what each records in a window of time."""

from __future__ import annotations

import time
from typing import Final

import attrs
import trio

from game_server.client import Client, EpochReport, Target, TickEpochs
from game_server.loadtest.metrics.log_histogram import LogHistogram
from game_server.loadtest.metrics.meter import LAG_EVERY, Meter, Second
from game_server.loadtest.players.drain import FigureDrain
from game_server.loadtest.players.player import Outcome, play
from game_server.loadtest.scenario.scenario import Life
from game_server.loadtest.swarm.connecting import ServerAddress
from game_server.loadtest.swarm.protocol_adapter import GameServerAdapter
from game_server.loadtest.swarm.swarm import Swarm
from game_server.protocol import Command, View
from game_server.telemetry import ahead_of_trio
from tools.bench.latency.server import MATCH

HOST: Final = "127.0.0.1"
SWARM: Final = 40
PLAYERS: Final = 8
SETTLE: Final = 2.0
_COMING: Final = 40.0
"""Clients a second."""
_LATE: Final = 0.2
"""Seconds that players stay after the window, so that nobody leaves in it."""


@attrs.frozen
class Recorded:
    """Latencies, ages and the lateness of the tester in milliseconds, and the window on the monotonic clock."""

    latencies: LogHistogram
    ages: LogHistogram
    lag: LogHistogram
    since: float
    until: float
    faults: int


class _Still:
    """A brain that presses nothing."""

    def decide(self, view: View) -> Command:
        del view
        return Command(0, 0)


def swarm(port: int, tick_zero: float, seconds: float) -> Recorded:
    """The swarm, for so long after everybody has come and things have settled."""
    meter, began = Meter(), time.monotonic()
    lives = [Life(number, number / _COMING) for number in range(SWARM)]
    tester = Swarm(
        GameServerAdapter(), ServerAddress.of(HOST, port, f"{HOST}:{port}"), ("",), lives, SWARM, meter, began
    )
    tester.matches.learn(EpochReport({MATCH: tick_zero}, began))
    tester.play(began + SWARM / _COMING + SETTLE)
    meter.cut(0)
    since = time.monotonic()
    tester.play(since + seconds)
    until = time.monotonic()
    window = meter.cut(1)
    tester.close()
    return _recorded(window, since, until)


async def players(port: int, tick_zero: float, seconds: float) -> Recorded:
    """Players, likewise."""
    meter, tick_zeros = Meter(), TickEpochs(ahead_of_trio())
    tick_zeros.learn(EpochReport({MATCH: tick_zero}, time.monotonic()))
    target = Target(HOST, port, tls=False)
    async with trio.open_nursery() as nursery:
        settled = trio.current_time() + PLAYERS / _COMING + SETTLE
        until = settled + seconds + _LATE
        nursery.start_soon(_watch, meter)
        drains = []
        for _ in range(PLAYERS):
            outcome = Outcome(Client("Bot", "", lambda _welcome: _Still(), tick_zeros=tick_zeros))
            drains.append(FigureDrain(outcome, meter))
            nursery.start_soon(play, target, outcome, until)
            await trio.sleep(1 / _COMING)
        await trio.sleep_until(settled)
        since = _cut(drains, meter)[1]
        await trio.sleep(seconds)
        window, ended = _cut(drains, meter)
        nursery.cancel_scope.cancel()
    return _recorded(window, since, ended)


def _recorded(window: Second, since: float, until: float) -> Recorded:
    spreads, counts = window.spreads, window.counts
    faults = counts["faults"] + counts["lost_links"]
    latencies, ages, lag = (spreads[name] for name in ("input_ack_ms", "snapshot_age_ms", "tester_lag_ms"))
    return Recorded(latencies, ages, lag, since, until, faults)


async def _watch(meter: Meter) -> None:
    """How late a task gets its turn; until cancelled."""
    while True:
        due = trio.current_time() + LAG_EVERY
        await trio.sleep_until(due)
        meter.record("tester_lag_ms", 1000 * (trio.current_time() - due))


def _cut(drains: list[FigureDrain], meter: Meter) -> tuple[Second, float]:
    for drain in drains:
        drain.take()
    return meter.cut(0), time.monotonic()
