"""Plays a match of each kind, or their journals again, in a process of its own: prints each world's hash at every tick.

Usage: ``python -m tests.journal.journal_process record|replay TICKS FOLDER``
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from game_server.games import GAMES
from game_server.journal import Replay
from game_server.journal.journal_writer import JournalWriter, TickWriter
from game_server.journal.records import read
from game_server.journal.tail_split import joined, split
from game_server.protocol import Input, encode
from game_server.simulation import END_ROUND, START_ROUND, Game, Match, Rules, World, tick_alone
from tests.simulation.toy_game import Toy

ALL_GAMES: dict[str, type[Game]] = {Toy.name: Toy, **GAMES}
KINDS: dict[str, tuple[type[Game], Rules]] = {
    (f"{name}, {mode}" if mode else name): (game, Rules(mode, {"friendly_fire": True} if mode == "teams" else {}))
    for name, game in ALL_GAMES.items()
    for mode in [mode.name for mode in game.modes] or [""]
}
"""Every game in every mode, with the harshest rules."""
SEATS = 6


class Hands:
    """A person who presses keys at random, over no network, and sees the others now more, now less late."""

    round_trip = 0.1

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._held, self._aim = 0, 0
        self.tick = 0

    def drain(self) -> list[bytes]:
        self.tick += 1
        if self._random.random() < 0.1:
            self._held = self._random.getrandbits(6)
        self._aim = (self._aim + self._random.randrange(-60, 61)) % 4096
        # One input in ten gets lost on the way, so that the one before serves again.
        return [] if self._random.random() < 0.1 else [encode(Input(self.tick, self._held, self._aim, self.tick % 150))]

    def send(self, message: bytes, /) -> None: ...

    def try_send(self, _message: bytes, /) -> bool:
        return True

    def offer(self, snapshot: bytes, /) -> bool:
        return bool(snapshot)

    def close(self, code: int, reason: str) -> None:
        raise AssertionError(f"closed with {code} {reason}")


class Kept:
    """The journal of a match, as bytes."""

    def __init__(self, match: Match) -> None:
        self._tail = b""
        JournalWriter(TickWriter(self._append), 1).begin(match)

    @property
    def data(self) -> bytes:
        return joined(split(self._tail, 0, {1: 0})[1])

    def _append(self, record: bytes) -> bool:
        self._tail += record
        return True


def hashes_of(kind: str, data: bytes, last_tick: int) -> list[str]:
    """The world's hash at each tick, of the journal ``data`` played again."""
    return [world.hash() for world in Replay(KINDS[kind][0]).play(read(data), last_tick)]


def record(kind: str, ticks: int) -> tuple[Kept, list[str]]:
    """Play ``ticks`` ticks with two bots, people who come and go, and a host who starts and ends rounds."""
    game, rules = KINDS[kind]
    world = World(seed=7, max_players=SEATS, tick_rate=30)
    match = Match(game(world, rules), on_message=lambda _number, _message: None)
    journal = Kept(match)
    setup = match.game.setup()
    for seed in (1, 2):
        match.seat(brain_for=lambda number, seed=seed: game.brain(setup, number, 30, "normal", seed))  # type: ignore[misc]
    people = random.Random(3)
    hashes = []
    for tick in range(ticks):
        if tick % 50 == 0:
            guests = [number for number, player in match.players.items() if player.outlet]
            if guests and people.random() < 0.4:
                match.unseat(people.choice(guests))
            elif len(match.players) < SEATS:
                hands = Hands(seed=tick)
                hands.tick = world.tick
                match.seat(outlet=hands)
        if tick % 190 == 120:
            match.order(START_ROUND if people.random() < 0.5 else END_ROUND)
        tick_alone(match)
        hashes.append(world.hash())
    return journal, hashes


def main(what: str, ticks: str, folder: str) -> None:
    """Record into ``folder``, or replay what is there, and print one line for each kind: its hashes."""
    for number, kind in enumerate(KINDS):
        path = Path(folder, str(number))
        if what == "record":
            journal, hashes = record(kind, int(ticks))
            path.write_bytes(journal.data)
        else:
            hashes = hashes_of(kind, path.read_bytes(), int(ticks))
        print(" ".join(hashes))


if __name__ == "__main__":
    main(*sys.argv[1:])
