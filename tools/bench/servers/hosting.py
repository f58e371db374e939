"""Our server as `game-server host` runs it, with the game, the seats and the number of matches of a benchmark.

Usage: ``python -m tools.bench.servers.hosting PORT GAME SEATS MATCHES [calls] [kept] [journal] [workers]``; with
``calls`` it does without io_uring, with ``kept`` it keeps journals and recordings, with ``journal`` journals alone, and
with ``workers`` it is a supervisor and two workers. Without these, SIGUSR1 makes every match forget the ticks that it
has measured, so that ``/api/matches`` has those of a window.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Collection
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import attrs
import trio

from game_server.games.arena import Arena
from game_server.lobby.lobby_options import MatchLimits
from game_server.lobby.match.match_options import MatchOptions
from game_server.options import ServerOptions
from game_server.server import Server
from game_server.simulation import Game
from game_server.supervisor import Supervisor
from game_server.telemetry import TickProfile, set_up
from tools.bench.servers.movement import Movement, Skirmish

GAMES: Final[dict[str, type[Game]]] = {game.name: game for game in (Arena, Movement, Skirmish)}
SEED: Final = 7


async def main(port: int, game: str, seats: int, matches: int, *, how: Collection[str], data: Path) -> None:
    """Serve until the process ends."""
    set_up("warning", "text")
    kept = data if {"kept", "journal"}.intersection(how) else None
    options = MatchOptions(name="Benchmark", game=GAMES[game], max_players=seats, seed=SEED)
    chosen = ServerOptions(
        match=options,
        matches=(options,) * matches,
        limits=MatchLimits(max_matches=matches),
        port=port,
        ring="calls" not in how,
        data=kept,
        recordings="kept" in how,
    )
    async with trio.open_nursery() as nursery:
        if "workers" in how:
            await nursery.start(Supervisor(attrs.evolve(chosen, workers=2), ("warning", "text")).run, trio.Event())
            print("Listening", flush=True)
            return
        server = Server(chosen)
        await nursery.start(server.run, trio.Event())
        print("Listening", flush=True)
        with trio.open_signal_receiver(signal.SIGUSR1) as signals:
            async for _ in signals:
                for hosted in server.match_index:
                    hosted.match.profile = TickProfile(options.tick_rate)


if __name__ == "__main__":
    port, game, seats, matches, *how = sys.argv[1:]
    with TemporaryDirectory() as folder:
        trio.run(partial(main, int(port), game, int(seats), int(matches), how=how, data=Path(folder)))
