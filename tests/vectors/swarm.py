"""Recorded runs of the load test's swarm in virtual time: all that it counted and measured, second by second.

`swarm.json` has, of each run, what the server got, and the figures of each second: of a spread how many samples there
were, and the least, the median and the most of them.
"""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import attrs
import pytest

from game_server.loadtest.metrics.meter import Second
from game_server.loadtest.network.shares import Shares
from game_server.loadtest.scenario.scenario import Life
from game_server.loadtest.swarm.connecting import ServerAddress
from game_server.loadtest.swarm.protocol_adapter import GameServerAdapter
from game_server.protocol import ClientMessage, CloseCode, Hello, Home, HomeCode, Lobby
from tests.loadtest.swarm.virtual import STARTED, TICK, VirtualServer, VirtualSwarm, VirtualTime, patch

FILE: Final = Path(__file__).with_suffix(".json")

Deed = Callable[[VirtualServer], None]


def close(server: VirtualServer) -> None:
    """Close the first connection with an error."""
    server.peers[0].close(CloseCode.INTERNAL_ERROR, "A fault.")


def kick(server: VirtualServer) -> None:
    """Remove the second client."""
    server.peers[1].close(CloseCode.REMOVED, "Removed.")


def fall_silent(server: VirtualServer) -> None:
    """Send nothing more for a while."""
    server.quiet = True


def go_on(server: VirtualServer) -> None:
    """Send snapshots again."""
    server.quiet = False


def begin_again(server: VirtualServer) -> None:
    """Restart the match in a new world."""
    server.started += (server.tick - 1) * TICK
    server.tick = 1
    for peer in server.peers:
        if peer.seated:
            server.welcome(peer, peer.player)


def skip(server: VirtualServer) -> None:
    """Leave out three ticks."""
    server.tick += 3


def repeat(server: VirtualServer) -> None:
    """Send one client the same tick twice."""
    server.show(server.peers[2])


def send_home(server: VirtualServer) -> None:
    """Send one client to the lobby."""
    server.peers[3].send(Home(HomeCode.LEFT, "", "Swarm", ()))


def update(server: VirtualServer) -> None:
    """Send everybody a change of the list of matches."""
    for peer in server.peers:
        peer.send(Lobby(0, 7, (), ("K7RW2P",)))


@attrs.frozen
class SwarmRun:
    """Lives of clients, and what the server does at which second of the run."""

    lives: tuple[Life, ...]
    deeds: tuple[tuple[float, Deed], ...] = ()
    options: dict[str, Any] = attrs.Factory(dict)
    in_lobby: bool = False


def _lives(count: int, goes: float, cuts: dict[int, list[float]] | None = None) -> tuple[Life, ...]:
    cuts = cuts or {}
    return tuple(Life(number, 0.07 * number, goes - 0.03 * number, cuts.get(number, [])) for number in range(count))


RUNS: Final = {
    "nothing happens": SwarmRun(_lives(20, 2.0)),
    "clients are cut off and come back": SwarmRun(
        _lives(12, 3.5, {3: [1.5], 4: [1.5, 2.5], 9: [3.2]}),
        ((1.2, close), (1.8, kick), (2.2, close)),
        {"reconnect": True, "seed": 5},
    ),
    "the server has trouble": SwarmRun(
        _lives(12, 4.0),
        ((1.0, skip), (1.3, fall_silent), (1.8, go_on), (2.2, repeat), (2.4, send_home), (3.0, begin_again)),
    ),
    "the server falls silent": SwarmRun(_lives(6, 5.0), ((1.0, fall_silent),), {"firing": True}),
    "networks are in between": SwarmRun(
        _lives(12, 5.0, {1: [2.2], 2: [2.2]}),
        ((1.8, close), (3.2, begin_again)),
        {"networks": Shares.parse("mobile=30%,bad=20%,satellite=20%"), "reconnect": True, "seed": 3},
    ),
    "the lobby is looked at": SwarmRun(_lives(5, 1.5), ((0.6, update), (1.0, update)), {}, in_lobby=True),
}


def record(run: SwarmRun) -> dict[str, Any]:
    """Play a run, and return what is recorded of it."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        time = VirtualTime()
        patch(monkeypatch, time)
        path = Path(folder) / "socket"
        server = VirtualServer(time, path)
        due = list(run.deeds)

        def do_what_is_due() -> None:
            while due and time.now >= STARTED + due[0][0]:
                due.pop(0)[1](server)

        server.each_tick = do_what_is_due
        address = ServerAddress(socket.AF_UNIX, str(path), "localhost")
        adapter = GameServerAdapter(in_lobby=True) if run.in_lobby else None
        swarm = VirtualSwarm(time, server, address, lives=list(run.lives), adapter=adapter, **run.options)
        swarm.run()
        server.close()
        inputs = repr(server.inputs).encode()
        return {
            "ended": round(time.now - STARTED, 3),
            "asked": [_said(message) for message in server.asked],
            "inputs": [len(server.inputs), hashlib.sha256(inputs).hexdigest()[:16]],
            "farewells": server.farewells,
            "seconds": [_figures(second) for second in swarm.seconds],
        }


def _said(message: ClientMessage) -> str:
    """A message without what is random."""
    return repr(Hello(message.nickname, message.client) if isinstance(message, Hello) else message)


def _figures(second: Second) -> dict[str, Any]:
    spreads = {
        name: [spread.count, *(round(spread.percentile(percent) or 0.0, 1) for percent in (0, 50, 100))]
        for name, spread in sorted(second.spreads.items())
    }
    kinds = {name: dict(sorted(kind.items())) for name, kind in sorted(second.kinds.items())}
    return {"levels": second.levels, "counts": dict(sorted(second.counts.items())), **kinds, **spreads}


def document(runs: dict[str, dict[str, Any]]) -> str:
    """The whole file, with a line for each second."""
    parts = []
    for name, run in runs.items():
        seconds = ",\n".join(json.dumps(second) for second in run["seconds"])
        parts.append(f'"{name}": {json.dumps(run | {"seconds": []})[:-2]}\n{seconds}\n]}}')
    return "{{\n{}\n}}\n".format(",\n".join(parts))


if __name__ == "__main__":
    FILE.write_text(document({name: record(run) for name, run in RUNS.items()}))
