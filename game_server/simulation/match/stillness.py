"""Stillness: steps of the rules that would change nothing."""

from __future__ import annotations

from typing import Any

from game_server.simulation.world.game import Game, Inputs
from game_server.simulation.world.world import World


class Stillness:
    """Recognises a step that would change nothing but the tick, so that it can be left out.

    The rules are a function of world and inputs. If a step has changed nothing, with inputs that were there in the step
    before it too, the next one with these inputs changes nothing either, unless something is due in its tick
    (`Game.due`). A match that is still is thus the same, tick by tick, whether its steps are made or left out.

    Args:
        game: the rules, on their world.
    """

    def __init__(self, game: Game) -> None:
        self._game = game
        self._inputs: bytes | None = None
        self._state: list[Any] = []
        self._until = 0
        """The first tick whose step has to be made, whatever the inputs."""

    def disturb(self) -> None:
        """Note that the world is changed between two ticks, or was stepped without a `look`."""
        self._inputs, self._until = None, 0

    def covers(self, inputs: Inputs) -> bool:
        """Whether the step of the next tick with ``inputs`` would change nothing."""
        return self._game.world.tick + 1 < self._until and _pressed(inputs) == self._inputs

    def look(self, inputs: Inputs) -> None:
        """Compare the world with that of the last look; to be called after each step that is made, with its inputs."""
        until = self._game.due
        if until <= self._game.world.tick + 1:  # no step may be left out, so a comparison would be of no use
            self.disturb()
            return
        pressed, state = _pressed(inputs), _state(self._game.world)
        still = pressed == self._inputs and state == self._state and not self._game.world.events
        self._inputs, self._state = pressed, state
        self._until = until if still else 0


def _pressed(inputs: Inputs) -> bytes:
    """Pack the inputs; ``behind``, which changes all the time, only while somebody presses something."""
    return inputs.all[: 3 if inputs.buttons.any() else 2].tobytes()


def _state(world: World) -> list[Any]:
    state: list[Any] = [world.random.state]
    for table in world.tables.values():
        state += [table.turn, table.alive.tobytes(), *(block.tobytes() for block in table.blocks)]
    return state
