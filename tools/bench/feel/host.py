"""A server and a relay before it, whose network changes on demand.

Usage: ``python -m tools.bench.feel.host GAME BOTS SEED PRESET``, GAME being ``arena`` or ``range``. Prints
``Listening on URL``. Lines on standard input: ``network PRESET`` changes the network of every connection; ``stall
SECONDS`` holds all bytes from now on, and prints the time at which that ends, in seconds since the epoch. It ends with
its standard input.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from urllib.parse import urlsplit

import trio

from game_server.games.arena import Arena
from game_server.loadtest.network.model import PRESETS, Impairments
from game_server.loadtest.network.relay import serve_relay
from game_server.lobby.match.match_options import MatchOptions
from game_server.options import ServerOptions
from game_server.server import Server
from game_server.simulation import Game
from game_server.telemetry import set_up
from tools.bench.feel.range import Range

GAMES: dict[str, type[Game]] = {"arena": Arena, "range": Range}


async def main(game: str, bots: int, seed: int, preset: str) -> None:
    """Serve until standard input ends."""
    set_up("warning", "text")
    match = MatchOptions(name="Feel", game=GAMES[game], bots=bots, seed=seed)
    server = Server(ServerOptions(match=match, port=0))
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    network = PRESETS[preset]
    connections: list[Impairments] = []

    def impairments_of(number: int) -> Impairments:
        connections.append(Impairments(network, number, trio.current_time()))
        return connections[-1]

    async with trio.open_nursery() as nursery:
        url = urlsplit(await nursery.start(server.run, trio.Event()))
        connect = partial(trio.open_tcp_stream, str(url.hostname), url.port or 0)
        await nursery.start(serve_relay, listeners, connect, impairments_of, seed)
        print(f"Listening on http://127.0.0.1:{listeners[0].socket.getsockname()[1]}", flush=True)
        while words := (await trio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True)).split():
            if words[0] == "network":
                network = PRESETS[words[1]]
                for connection in connections:
                    connection.network = network
            elif words[0] == "stall":
                seconds = float(words[1])
                for connection in connections:
                    connection.stall(trio.current_time(), trio.current_time() + seconds)
                print(time.time() + seconds, flush=True)
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main, sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
