"""What people who browse the list of matches cost: ``tools/bench/run lobby``.

A server with matches that all change every second, on one core, and connections that do nothing but browse, on another.
The server's CPU time without anybody there is measured, too, to distinguish the two.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import trio

from game_server.client import Purpose, Target
from game_server.games.arena import Arena
from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.players.crowd import Crowd
from game_server.loadtest.scenario.scenario import Life
from game_server.lobby.lobby_options import MatchLimits
from game_server.lobby.match.match_options import MatchOptions
from game_server.options import ServerOptions
from game_server.server import Server
from game_server.telemetry import set_up
from tools.bench.machine import Cores, cpu_time

PEOPLE: Final = 500
PEOPLE_A_SECOND: Final = 50
MATCHES: Final = 50
WINDOW: Final = 15.0
SETTLE: Final = 3.0
MOST: Final = 0.10
"""Of a core."""
MOST_UPDATES: Final = 2.0
"""A second and client."""


async def serve() -> None:
    """Host matches whose rows change once a second each, one after the other; until the process ends."""
    set_up("warning", "text")
    options = MatchOptions(name="Benchmark", game=Arena, max_players=8, tick_rate=30, seed=7)
    server = Server(
        ServerOptions(options, matches=(options,) * MATCHES, port=0, limits=MatchLimits(max_matches=MATCHES))
    )
    async with trio.open_nursery() as nursery:
        url = await nursery.start(server.run, trio.Event())
        print(url, flush=True)
        for turn in itertools.count():
            for match in list(server.match_index):
                match.state.name = f"Match {turn}"
                await trio.sleep(1 / MATCHES)


async def measure(url: str, pid: int) -> dict[str, float]:
    """The server's share of a core, without anybody and with everybody, and what each received."""
    await trio.sleep(SETTLE)
    alone = await _share(pid)
    lives = [Life(number, number / PEOPLE_A_SECOND, 3600.0) for number in range(PEOPLE)]
    crowd = Crowd([Target.from_url(url)], lives, Meter(), purpose=Purpose.BROWSE)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(crowd.run)
        while sum(outcome.connected for outcome in crowd.outcomes) < PEOPLE:  # noqa: ASYNC110
            await trio.sleep(0.1)
        await trio.sleep(SETTLE)
        before = [outcome.client.figures.lobby_updates for outcome in crowd.outcomes]
        began = trio.current_time()
        crowded = await _share(pid)
        seconds = trio.current_time() - began
        told = [
            (outcome.client.figures.lobby_updates - earlier) / seconds
            for outcome, earlier in zip(crowd.outcomes, before, strict=True)
        ]
        nursery.cancel_scope.cancel()
    return {
        "people": PEOPLE,
        "matches": MATCHES,
        "cpu_alone": round(alone, 4),
        "cpu": round(crowded, 4),
        "updates_a_second_least": round(min(told), 2),
        "updates_a_second_most": round(max(told), 2),
    }


async def _share(pid: int) -> float:
    began, used = trio.current_time(), cpu_time(pid).total
    await trio.sleep(WINDOW)
    return (cpu_time(pid).total - used) / (trio.current_time() - began)


def main() -> None:
    """Print the figures, and write them where ``--json FILE`` says; fails when they fall short."""
    cores = Cores.choose()
    os.sched_setaffinity(0, {cores.server})
    command = [sys.executable, "-m", "tools.bench.lobby", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        os.sched_setaffinity(0, {cores.load})
        try:
            assert server.stdout
            figures = trio.run(measure, server.stdout.readline().strip(), server.pid)
        finally:
            server.send_signal(signal.SIGTERM)
    print(
        f"{PEOPLE} people browse, {MATCHES} matches change every second: {figures['cpu']:.1%} of a core, of which "
        f"{figures['cpu_alone']:.1%} without them; {figures['updates_a_second_least']} to "
        f"{figures['updates_a_second_most']} updates a second and client"
    )
    if len(sys.argv) > 2 and sys.argv[1] == "--json":
        Path(sys.argv[2]).write_text(json.dumps({"lobby": figures}) + "\n", "utf-8")
    # The updates of a window that begins between two of them may be one more than its length allows.
    if figures["cpu"] > MOST or figures["updates_a_second_most"] > MOST_UPDATES + 1 / WINDOW:
        raise SystemExit("tools/bench/run lobby: the figures fall short")


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        trio.run(serve)
    else:
        main()
