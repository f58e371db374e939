"""A worker process of a load test: ``python -m game_server.loadtest.worker``.

It reads a plan and the time of the start, one line of JSON, from standard input, and writes a line for each second to
standard output. Further lines on standard input say when ticks are due; the newest counts. It stops early when its
standard input or output is closed, so that it never outlives the process that started it.
"""

from __future__ import annotations

import json
import os
import resource
import select
import sys
import time
from typing import Final

import trio

from game_server.client import EpochReport, TickEpochs
from game_server.games import game_named
from game_server.loadtest.metrics.meter import Meter, Second, SecondCutter
from game_server.loadtest.plan import Plan
from game_server.loadtest.players.crowd import Crowd
from game_server.loadtest.swarm.connecting import ServerAddress
from game_server.loadtest.swarm.protocol_adapter import GameServerAdapter
from game_server.loadtest.swarm.swarm import Swarm
from game_server.telemetry import ahead_of_trio

_READ: Final = 65536


class PipeLines:
    """Lines from a pipe, wherever they are cut.

    Attributes:
        fd: of the pipe; readable when there are new bytes, or at its end.
        ended: whether the end was reached.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.ended = False
        self._rest = b""

    def first(self) -> bytes:
        """Wait for the first line and return it.

        Raises:
            EOFError: the pipe ended before.
        """
        while b"\n" not in self._rest:
            self._read()
            if self.ended:
                raise EOFError("standard input ended before the first line did")
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def newest(self) -> bytes | None:
        """Return the last line that has come since the last call, without waiting; None if none has."""
        while not self.ended and select.select([self.fd], [], [], 0)[0]:
            self._read()
        *lines, self._rest = self._rest.split(b"\n")
        return lines[-1] if lines else None

    def _read(self) -> None:
        data = os.read(self.fd, _READ)
        self.ended = not data
        self._rest += data


def crowd_of(plan: Plan, meter: Meter, tick_zeros: TickEpochs) -> Crowd:
    """Return the players of ``plan``."""
    targets = [plan.target.to(place) for place in plan.places]
    return Crowd(
        targets,
        plan.own().lives,
        meter,
        plan.seed,
        plan.network.network_of,
        plan.purpose,
        reconnect=plan.reconnect,
        tick_zeros=tick_zeros,
    )


def run_swarm(plan: Plan, started: float, orders: PipeLines) -> None:
    """Run the swarm of ``plan`` to its end, or until ``orders`` end."""
    meter = Meter()
    own = plan.own()
    address = ServerAddress.of(plan.target.host, plan.target.port, plan.target.authority)
    swarm = Swarm(
        GameServerAdapter(in_lobby=plan.scenario.where == "lobby"),
        address,
        plan.places,
        own.lives,
        own.peak,
        meter,
        started,
        reconnect=plan.reconnect,
        networks=plan.network,
        seed=plan.seed + plan.part,
    )
    seconds = SecondCutter(meter, _report, started)

    def look() -> bool:
        line = orders.newest()
        if line:
            swarm.matches.learn(EpochReport.from_json(json.loads(line)))
        return not orders.ended

    time.sleep(max(0.0, started - time.monotonic()))
    swarm.run(seconds.cut, look, started)
    seconds.end()


async def run_players(plan: Plan, started: float, orders: PipeLines) -> None:
    """Run the players of ``plan`` to their end, or until ``orders`` end."""
    meter, tick_zeros = Meter(), TickEpochs(ahead_of_trio())
    crowd = crowd_of(plan, meter, tick_zeros)
    seconds = SecondCutter(meter, _report, started)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(follow, orders, tick_zeros, nursery.cancel_scope)
        nursery.start_soon(seconds.run)
        await crowd.run(started - time.monotonic() + trio.current_time())
        nursery.cancel_scope.cancel()
    seconds.end()


async def follow(orders: PipeLines, tick_zeros: TickEpochs, running: trio.CancelScope) -> None:
    """Pass on each report in ``orders``, and cancel ``running`` when they end."""
    while not orders.ended:
        line = orders.newest()
        if line:
            tick_zeros.learn(EpochReport.from_json(json.loads(line)))
        elif not orders.ended:
            await trio.lowlevel.wait_readable(orders.fd)
    running.cancel()


def _report(second: Second) -> None:
    print(json.dumps(second.to_json()), flush=True)


def raise_file_limit() -> None:
    """Allow as many open files as this user may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> None:
    """Run the plan from standard input."""
    raise_file_limit()
    orders = PipeLines(sys.stdin.fileno())
    order = json.loads(orders.first())
    plan, started = Plan.from_json(order["plan"]), order["started"]
    if plan.game:
        game_named(plan.game)
    try:
        if plan.kind == "swarm":
            run_swarm(plan, started, orders)
        else:
            trio.run(run_players, plan, started, orders)
    except* BrokenPipeError:
        os._exit(1)  # A normal exit would flush standard output, and fail again.


if __name__ == "__main__":
    main()
