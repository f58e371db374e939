"""A process of a load test: ``python -m game_server.bots.worker``.

It reads a plan and the time of the start, one line of JSON, from standard input, and writes a line for each second to
standard output. It stops early when its standard input or output is closed: so it never outlives whoever started it.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
import time

import trio

from game_server.bots.crowd import Crowd
from game_server.bots.meter import Meter, Second
from game_server.bots.plan import Plan
from game_server.bots.seconds import Seconds
from game_server.bots.swarm.dialect import GameServer
from game_server.bots.swarm.swarm import Swarm
from game_server.bots.swarm.wire import Address


def crowd_of(plan: Plan, meter: Meter) -> Crowd:
    """The players of ``plan``."""
    targets = [plan.target.to(place) for place in plan.places]
    return Crowd(
        targets, plan.own().lives, meter, plan.seed, plan.network.network_of, plan.purpose, reconnect=plan.reconnect
    )


def run_swarm(plan: Plan, started: float) -> None:
    """Play the swarm of ``plan`` to its end."""
    meter = Meter()
    own = plan.own()
    address = Address.of(plan.target.host, plan.target.port, plan.target.authority)
    swarm = Swarm(
        GameServer(in_lobby=plan.scenario.where == "lobby"),
        address,
        plan.places,
        own.lives,
        own.peak,
        meter,
        started,
        ages=plan.target.is_here,
        reconnect=plan.reconnect,
        networks=plan.network,
        seed=plan.seed + plan.part,
    )
    seconds = Seconds(meter, _tell, started)

    def every_second() -> bool:
        seconds.cut()
        return not select.select([sys.stdin], [], [], 0)[0]

    time.sleep(max(0.0, started - time.monotonic()))
    swarm.run(every_second, started)
    seconds.end()


async def run_players(plan: Plan, started: float) -> None:
    """Play the players of ``plan`` to their end."""
    meter = Meter()
    crowd = crowd_of(plan, meter)
    seconds = Seconds(meter, _tell, started)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_stop_with_input, nursery.cancel_scope)
        nursery.start_soon(seconds.run)
        await crowd.run(started - time.monotonic() + trio.current_time())
        nursery.cancel_scope.cancel()
    seconds.end()


async def _stop_with_input(running: trio.CancelScope) -> None:
    await trio.lowlevel.wait_readable(sys.stdin)
    running.cancel()


def _tell(second: Second) -> None:
    print(json.dumps(second.to_json()), flush=True)


def raise_file_limit() -> None:
    """Allow as many open files as this user may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> None:
    """Do what standard input says; when nobody listens any more, all clients leave first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise_file_limit()
    order = json.loads(sys.stdin.readline())
    plan, started = Plan.from_json(order["plan"]), order["started"]
    try:
        if plan.kind == "swarm":
            run_swarm(plan, started)
        else:
            trio.run(run_players, plan, started)
    except* BrokenPipeError:
        os._exit(1)  # What could not be told would be tried once more, and fail.


if __name__ == "__main__":
    main()
