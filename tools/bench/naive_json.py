"""What snapshots cost in bytes, beside the same state as JSON: ``tools/bench/run naive_json``.

A match of sixteen bots in this process, everybody playing. Ours is what a viewer is sent: snapshots and events. Naive
is what a server without schema, quantising and deltas would send instead: every tick, every row that the viewer sees
with the names of its fields, and the own row, as compact JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from game_server.games import game_named
from game_server.protocol import Snapshot, SnapshotDecoder, decode_server
from game_server.simulation import Match, World, tick_alone

PLAYERS: Final = 16
SECONDS: Final = 60
RATE: Final = 30
SKILLS: Final = ("easy", "normal", "hard")


class Counter:
    """An outlet that counts what it is sent, and decodes it."""

    round_trip = 0.0

    def __init__(self) -> None:
        self.bytes = 0
        self.snapshots: list[bytes] = []

    def drain(self) -> list[bytes]:
        """Nothing is ever pressed."""
        return []

    def send(self, message: bytes, /) -> None:
        """Count events."""
        self.bytes += len(message)

    def try_send(self, _message: bytes, /) -> bool:
        """There is no chat."""
        return True

    def offer(self, snapshot: bytes, /) -> bool:
        """Count and keep a snapshot."""
        self.bytes += len(snapshot)
        self.snapshots.append(snapshot)
        return True

    def close(self, code: int, reason: str) -> None:
        """Never happens."""
        raise AssertionError(f"closed with {code}: {reason}")


def measure() -> dict[str, float]:
    """Bytes a second and client, ours and naive, over a minute of play."""
    game_type = game_named("arena")
    match = Match(game_type(World(seed=1, max_players=PLAYERS, tick_rate=RATE)), on_message=lambda *_: None)
    setup = match.game.setup()
    for number in range(PLAYERS - 1):
        skill = SKILLS[number % len(SKILLS)]
        match.seat(brain_for=lambda seat, skill=skill: game_type.brain(setup, seat, RATE, skill, seat))  # type: ignore[misc]
    viewer = Counter()
    player = match.seat(outlet=viewer).number
    decoder = SnapshotDecoder(match.replication.schema, player)
    naive = 0
    for tick in range((SECONDS + 10) * RATE):
        tick_alone(match)
        message: Any = decode_server(viewer.snapshots.pop())
        assert isinstance(message, Snapshot)
        view = decoder.apply(message)
        if tick == 10 * RATE:  # past the countdown
            viewer.bytes = naive = 0
        naive += len(json.dumps({"tick": view.tick, "own": view.own, **view.tables}, separators=(",", ":")))
    return {"ours": viewer.bytes / SECONDS, "naive_json": naive / SECONDS}


def main() -> None:
    """Print the figures, and write them where ``--json FILE`` says."""
    figures = {name: round(value) for name, value in measure().items()}
    print(f"{PLAYERS} players, bytes a client and second: ours {figures['ours']}, as JSON {figures['naive_json']}, ")
    print(f"{figures['naive_json'] / figures['ours']:.1f} times as much")
    if len(sys.argv) > 2 and sys.argv[1] == "--json":
        Path(sys.argv[2]).write_text(json.dumps({"naive_json": figures}) + "\n", "utf-8")


if __name__ == "__main__":
    main()
