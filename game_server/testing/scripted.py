"""A match that plays by itself: players come, go and press keys by lot. ``python -m`` prints the hash of each tick.

The last line that it prints is a checkpoint of the last tick, so that another process can compare the fields.

Its chance is of its own: two of them with one seed do the same, in this process or in another one.
"""

from __future__ import annotations

import random
import sys
from typing import Final

from game_server.games import game_named
from game_server.simulation import CommandForm, Game, TextValue, WholeValue, checkpoint
from game_server.testing.playing import Playing

COMES: Final = 0.1
"""Chance of each tick that somebody comes, while a seat is free."""
GOES: Final = 0.01
PRESSES: Final = 0.2
"""Chance of a player and tick to press something else."""
ASKS: Final = 0.2
"""Chance of a player and tick to ask for a command, in a game that has any."""
SEED: Final = 7


class ScriptedMatch:
    """Plays a match of ``game`` with up to ``players`` in it.

    Attributes:
        playing: the match.
        asked: the commands of the last turn.
    """

    def __init__(self, game: type[Game], players: int, seed: int = SEED) -> None:
        self.playing = Playing(game, seats=max(players, game.seats[0]), seed=seed)
        self.asked: list[tuple[int, int, tuple[int | str, ...]]] = []
        self._chance = random.Random(seed)

    def turn(self) -> None:
        """Advance by one tick, after whatever happens in it.

        Raises:
            Exception: whatever the rules raise.
        """
        playing, chance = self.playing, self._chance
        if len(playing.seated) < playing.world.max_players and (not playing.seated or chance.random() < COMES):
            playing.join()
        elif len(playing.seated) > 1 and chance.random() < GOES:
            playing.leave(chance.choice(playing.seated))
        for player in playing.seated:
            if chance.random() < PRESSES:
                playing.inputs.give(player, (chance.randrange(2**16), chance.randrange(2**16), 0))
        playing.asked = [self._command(player) for player in playing.seated if self._asks()]
        self.asked = list(playing.asked)
        playing.step()

    def _asks(self) -> bool:
        return bool(self.playing.game.commands) and self._chance.random() < ASKS

    def _command(self, player: int) -> tuple[int, int, tuple[int | str, ...]]:
        """Draw a command with values that it may have."""
        number = self._chance.randrange(len(self.playing.game.commands))
        form = self.playing.game.commands[number]
        return player, number, tuple(self._value(form, at) for at in range(self._chance.randint(*form.lengths)))

    def _value(self, command: CommandForm, at: int) -> int | str:
        form: WholeValue | TextValue = command.values[min(at, len(command.values) - 1)]
        if isinstance(form, WholeValue):
            return self._chance.randint(form.low, form.high)
        return "".join(self._chance.choices("abc xyz", k=self._chance.randint(0, form.most))).strip()

    def checkpoint(self) -> bytes:
        """Pack the match as it stands."""
        return checkpoint(self.playing.game, self.playing.inputs, self.playing.seated)


def main(reference: str, players: int, ticks: int) -> None:
    """Print the hash of the world after each tick."""
    match = ScriptedMatch(game_named(reference), players)
    for _ in range(ticks):
        match.turn()
        print(match.playing.world.hash())
    print(match.checkpoint().hex())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
