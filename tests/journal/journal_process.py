"""Plays a match, or plays a journal again, in a process of its own, and prints the world's hash at every tick.

Usage: ``python -m tests.journal.journal_process record|replay KIND TICKS JOURNAL``
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from game_server.games import GAMES
from game_server.journal import Replay
from game_server.journal.journal_writer import JournalWriter
from game_server.journal.records import read
from game_server.protocol import Input, encode
from game_server.simulation import END_ROUND, START_ROUND, Game, Match, Rules, World, tick_alone
from tests.simulation.toy_game import Toy

ALL_GAMES: dict[str, type[Game]] = {Toy.name: Toy, **GAMES}
KINDS: dict[str, tuple[type[Game], Rules]] = {
    (f"{name}, {mode}" if mode else name): (game, Rules(mode, friendly_fire=mode == "teams"))
    for name, game in ALL_GAMES.items()
    for mode in game.modes or ("",)
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
        self.data = b""
        self.last_tick = 0
        JournalWriter(self.append, self.note_tick).begin(match)

    def append(self, record: bytes, tick: int) -> bool:
        self.data += record
        self.last_tick = tick
        return True

    def note_tick(self, tick: int) -> None:
        self.last_tick = tick


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


def main(what: str, name: str, ticks: str, path: str) -> None:
    """Record or replay, and print one hash a line."""
    if what == "record":
        journal, hashes = record(name, int(ticks))
        Path(path).write_bytes(journal.data)
    else:
        hashes = hashes_of(name, Path(path).read_bytes(), int(ticks))
    print("\n".join(hashes))


if __name__ == "__main__":
    main(*sys.argv[1:])
