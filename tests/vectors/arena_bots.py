"""Recorded matches of the arena's bots: what each decided, and what became of the world.

`arena_bots.json` holds the decisions of every bot, ``[decisions, buttons, aim]`` where several in a row are the same,
and the hash of the world after each second. A match is played again with the recorded decisions, whatever
the bots decide this time: so what follows a difference stays comparable, and the world depends on the rules alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import attrs

from game_server.protocol import Command
from game_server.simulation import Rules
from tests.games.arena.bots.stage import BotStage

FILE: Final = Path(__file__).with_suffix(".json")
TICK_RATE: Final = 30


@attrs.frozen
class BotMatch:
    """Bots of these skills, by seat.

    Attributes:
        every: ticks from one decision of a bot to the next.
    """

    skills: tuple[str, ...]
    ticks: int
    seed: int
    every: int
    rules: Rules = Rules()

    def play(self, chosen: Callable[[int, int, Command], Command]) -> list[str]:
        """Play, and return the hash of the world after each second.

        Args:
            chosen: called with the tick, the player and what its bot has decided; returns what counts.
        """
        stage = BotStage(self.skills, seed=self.seed, rules=self.rules)
        for player in range(0, len(self.skills), 2):
            stage.ground.wound(player, 35)
        hashes = []
        for tick in range(self.ticks):
            if tick % self.every == 0:
                for player, brain in enumerate(stage.brains):
                    stage.ground.hold(player, *chosen(tick, player, brain.decide(stage.view(player)))[:3])
            stage.ground.run(1)
            if (tick + 1) % TICK_RATE == 0:
                hashes.append(stage.ground.world.hash())
        return hashes


MATCHES: Final = {
    "each for itself": BotMatch(("gentle", "easy", "normal", "hard", "normal", "hard"), 600, seed=3, every=3),
    "teams that can harm each other": BotMatch(
        ("hard", "hard", "hard", "normal"), 450, seed=8, every=3, rules=Rules("teams", {"friendly_fire": True})
    ),
    "a duel": BotMatch(("normal", "hard"), 240, seed=11, every=1),
}


def recorded() -> dict[str, Any]:
    """What the file holds, by the name of the match."""
    found: dict[str, Any] = json.loads(FILE.read_text())
    return found


def unpacked(runs: Sequence[tuple[int, int, int]]) -> list[Command]:
    """All decisions of one bot."""
    return [Command(buttons, aim) for times, buttons, aim in runs for _ in range(times)]


def document() -> str:
    """The whole file."""
    matches = []
    for name, match in MATCHES.items():
        decided: list[list[Command]] = [[] for _ in match.skills]

        def note(_tick: int, player: int, command: Command, decided: list[list[Command]] = decided) -> Command:
            decided[player].append(command)
            return command

        hashes = match.play(note)
        bots = ",\n".join(json.dumps(list(_packed(one)), separators=(",", ":")) for one in decided)
        matches.append(f'"{name}":{{"hashes":{json.dumps(hashes)},"decisions":[\n{bots}\n]}}')
    return "{{{}}}\n".format(",\n".join(matches))


def _packed(commands: Sequence[Command]) -> Iterator[tuple[int, int, int]]:
    for command, same in groupby(commands):
        yield len(list(same)), command.buttons, command.aim


if __name__ == "__main__":
    FILE.write_text(document())
