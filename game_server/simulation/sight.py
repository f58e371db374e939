"""What brains in the server see: the same `View`, in wire precision, that a client would have."""

from __future__ import annotations

from game_server.protocol.view import Row, View
from game_server.simulation.game import Game


class Sight:
    """Makes views of the world as it stands; the rows are made once a tick and shared, so brains must not write."""

    def __init__(self, game: Game) -> None:
        self._game = game
        self._tick = -1
        self._tables: dict[str, dict[int, Row]] = {}
        self._own = [spec.name for spec in game.owned.specs if spec.owner]

    def view(self, player: int) -> View:
        """What ``player`` sees after the tick last simulated."""
        world, owned = self._game.world, self._game.owned
        if self._tick != world.tick:
            self._tick = world.tick
            self._tables = self._look()
        own = {name: owned.column(name)[player].item() for name in self._own} if owned.alive[player] else {}
        return View(player, world.tick, own, self._tables)

    def _look(self) -> dict[str, dict[int, Row]]:
        tables = {}
        for table in self._game.world.tables.values():
            ids = table.live
            names, columns = [], []
            for spec in table.specs:
                if spec.wire is None:
                    continue
                steps = spec.wire.quantise(table.column(spec.name)[ids])
                names.append(spec.name)
                columns.append((spec.wire.offset + spec.wire.step * steps).tolist())
            rows = (dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True))
            tables[table.name] = dict(zip(ids.tolist(), rows, strict=True))
        return tables
