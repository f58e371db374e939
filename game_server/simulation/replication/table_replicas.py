"""Replicas of all tables of worlds with the same shape, and the schema that clients read them by."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from game_server.errors import RulesError
from game_server.protocol import EventSchema, FieldSchema, Integers, Schema, TableSchema
from game_server.simulation.replication.table_replica import TableReplica
from game_server.simulation.world.events import FIRST_GAME_CODE, field_names
from game_server.simulation.world.game import Game
from game_server.simulation.world.interest import Grid
from game_server.simulation.world.table import Table
from game_server.simulation.world.world import World


def schema_of(game: Game) -> Schema:
    """Return the schema that clients need to read the snapshots of ``game``.

    Raises:
        RulesError: an event's code is not the game's to give, or two events have the same; or the owned table has fewer
            rows than the match has seats, or is shown to nobody.
    """
    codes = [event.code for event in game.event_types]
    if any(code < FIRST_GAME_CODE for code in codes) or len(set(codes)) < len(codes):
        raise RulesError(f"game {game.name!r} has events {codes}; their codes are from {FIRST_GAME_CODE} on, one each")
    if game.owned.capacity < game.world.max_players:
        raise RulesError(
            f"table {game.owned.name!r} has {game.owned.capacity} rows for {game.world.max_players} players' own"
        )
    if not game.owned.is_shown:
        raise RulesError(f"table {game.owned.name!r}, the players' own, has no field with a wire form")
    tables = tuple(
        TableSchema(
            number,
            table.name,
            tuple(FieldSchema(s.name, s.wire.size, s.wire.offset, s.wire.step) for s in table.specs if s.wire),
        )
        for number, table in _shown(game.world).items()
    )
    own = tuple((spec.name, spec.dtype) for spec in game.owned.specs if spec.owner)
    events = tuple(EventSchema(event.code, event.name, field_names(event)) for event in game.event_types)
    return Schema(tables, own, events)


def shape_of(game: Game, *, hashed: bool) -> Hashable:
    """Return a key that is equal for games whose tables one `TableReplicas` can follow."""
    tables = tuple(
        (number, table.name, table.capacity, table.position, table.specs)
        for number, table in _shown(game.world).items()
    )
    return tables, game.owned.name, game.interest, hashed


class TableReplicas:
    """Follows the tables of worlds. Call `capture` once after each step of all of them.

    Each world is a plane: its cells are numbered on from those of the planes before it.

    Args:
        game: one of those whose worlds may come; all have the same `shape_of`.

    Attributes:
        grid: the cells of one plane.
        tables: in the order of the schema.
    """

    def __init__(self, game: Game) -> None:
        self.grid = Grid(game.interest)
        schema, shown = schema_of(game), _shown(game.world).values()
        self.tables = [
            TableReplica(table, table_schema, self.grid)
            for table, table_schema in zip(shown, schema.tables, strict=True)
        ]
        self._numbers = {table.name: at for at, table in enumerate(shown)}
        self._worlds: list[World | None] = []

    def __len__(self) -> int:
        """Count the worlds that are followed."""
        return len(self._worlds) - self._worlds.count(None)

    @property
    def ticks(self) -> Integers:
        """By plane, the tick of its world; of a plane without a world it is 0."""
        return np.array([world.tick if world else 0 for world in self._worlds])

    @property
    def cells(self) -> int:
        """Cells in all planes."""
        return len(self._worlds) * self.grid.cells

    def of(self, table: Table[Any]) -> TableReplica:
        """Return the replica of ``table``, a table of one of the worlds."""
        return self.tables[self._numbers[table.name]]

    def add(self, world: World) -> int:
        """Follow ``world`` as well, and return its plane: the lowest that is free."""
        if None not in self._worlds:
            self._worlds.append(None)
        plane = self._worlds.index(None)
        self._follow(plane, world)
        return plane

    def remove(self, plane: int) -> None:
        """Stop following the world of ``plane``."""
        self._follow(plane, None)

    def capture(self) -> None:
        """Take all worlds as they stand; what has changed since the last call becomes the delta of this tick."""
        for table in self.tables:
            table.capture()

    def _follow(self, plane: int, world: World | None) -> None:
        self._worlds[plane] = world
        tables = _shown(world).values() if world else [None] * len(self.tables)
        for replica, table in zip(self.tables, tables, strict=True):
            replica.follow(plane, table)


def _shown(world: World) -> dict[int, Table[Any]]:
    """Return the tables that viewers may be shown, by number."""
    return {number: table for number, table in world.tables.items() if table.is_shown}
