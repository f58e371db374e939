"""An arena in a test's hands: an open field or a drawn map, ships put where they are wanted, and ticks on demand."""

from __future__ import annotations

from typing import Any

import numpy as np

from game_server.games.arena import Arena
from game_server.games.arena.constants import COUNTDOWN_SECONDS, TILE, ticks_of
from game_server.games.arena.map import ArenaMap
from game_server.games.arena.tables import PLAYING, Ship
from game_server.simulation import Event, Inputs, Newcomer, Rules, World

FIELD = "\n".join(["#" * 20, *["#" + "." * 18 + "#"] * 10, "#" * 20])
"""Nothing but a rim."""

TEAMS = Rules("teams")
HARSH_TEAMS = Rules("teams", {"friendly_fire": True})


def map_from(drawing: str) -> ArenaMap:
    """A map drawn with ``#`` wall, ``.`` open, ``s`` spawn, and ``0 1 2`` a pick-up of that kind."""
    marks = np.array([list(line) for line in drawing.split()])
    spawns = np.argwhere(marks == "s")
    if not len(spawns):
        spawns = np.argwhere(marks == ".")
    spots = np.argwhere(np.isin(marks, ("0", "1", "2")))
    kinds = marks[tuple(spots.T)].astype(np.int32)
    if not len(spots):
        # A table must have room for a row, so one thing lies in the wall, out of reach.
        spots, kinds = np.array([[0, 0]]), np.zeros(1, np.int32)
    return ArenaMap(marks == "#", _middles(spawns), _middles(spots), kinds)


def middle(tile: int) -> float:
    """World units: the middle of a column or row."""
    return (tile + 0.5) * TILE


def _middles(tiles: Any) -> Any:
    return (tiles[:, ::-1] + 0.5) * TILE


class Playground:
    """An arena with ``players`` seated; ``inputs`` are held until changed, ``events`` is all that has happened."""

    def __init__(
        self,
        players: int = 2,
        *,
        drawing: str | None = FIELD,
        seed: int = 1,
        tick_rate: int = 30,
        seats: int | None = None,
        playing: bool = False,
        rules: Rules = Rules(),
    ) -> None:
        self.world = World(seed=seed, max_players=seats or max(players, 1), tick_rate=tick_rate)
        self.arena = Arena(self.world, rules, map_from(drawing) if drawing else None)
        self.inputs = Inputs.none(self.world.max_players)
        self.events: list[Event] = []
        for player in range(players):
            self.arena.join(player, Newcomer())
        if playing:
            self.play()

    @property
    def ships(self) -> Ship:
        """The columns of the ships."""
        return self.arena.ships.rows

    def put(self, player: int, x: float, y: float) -> None:
        """Put a ship somewhere, at rest, unprotected, with its gun and dash ready."""
        self.ships.x[player], self.ships.y[player] = x, y
        for name in ("vx", "vy", "protected_left", "fire_wait", "dash_wait", "dash_left"):
            getattr(self.ships, name)[player] = 0
        self.arena.ships.restart_history(player)

    def hold(self, player: int, buttons: int, aim: int = 0, behind: int = 0) -> None:
        """Hold buttons from now on."""
        self.inputs.give(player, (buttons, aim, behind))

    def run(self, ticks: int = 1) -> list[Event]:
        """Let ticks pass; what happened in them."""
        happened: list[Event] = []
        for _ in range(ticks):
            self.world.advance()
            self.arena.step(self.inputs)
            happened += self.world.events
        self.events += happened
        return happened

    def play(self) -> None:
        """Let the countdown pass, up to the first tick of the round."""
        self.run(ticks_of(COUNTDOWN_SECONDS, self.world.tick_rate) + 1)
        assert self.arena.rounds.phase == PLAYING

    def wound(self, player: int, health: int) -> None:
        """Leave a ship with this many hit points."""
        self.ships.health[player] = health
