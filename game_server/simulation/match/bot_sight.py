"""The view of bots in the server: the same `View`, in wire precision, that a client would have."""

from __future__ import annotations

from game_server.protocol import Row, View
from game_server.simulation.replication.replication import Replication
from game_server.simulation.world.game import Game

Rows = dict[int, Row]


class BotSight:
    """Makes the views of bots, of the world as last captured.

    Bots who see around the same cell share their rows, so brains must not write into them.
    """

    def __init__(self, game: Game, replication: Replication) -> None:
        self._owned = game.owned
        self._world = game.world
        self._replication = replication
        self._own = [spec.name for spec in game.owned.specs if spec.owner]
        self._tick = -1
        self._placed: dict[int, dict[str, Rows]] = {}
        self._unplaced: dict[str, Rows] = {}

    def view(self, player: int) -> View:
        """Return what ``player`` sees after the tick last simulated."""
        if self._tick != self._world.tick:
            self._tick = self._world.tick
            self._placed.clear()
            # These tables are long and change seldom: scores, the round.
            self._unplaced |= self._replication.rows_everywhere(self._unplaced)
        centre = self._replication.centre(player)
        if centre not in self._placed:
            self._placed[centre] = self._replication.rows_around(centre)
        owned = self._owned
        own = {name: owned.column(name)[player].item() for name in self._own} if owned.alive[player] else {}
        tables = self._placed[centre] | self._unplaced | self._replication.rows_of(player)
        return View(player, self._tick, own, tables)
