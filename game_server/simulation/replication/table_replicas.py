"""Replicas of all tables of worlds with the same shape, and the schema that clients read them by."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Final

import attrs
import numpy as np

from game_server.errors import RulesError
from game_server.protocol import EventSchema, FieldSchema, Integers, Schema, TableSchema
from game_server.simulation.replication.table_replica import Reach, TableReplica
from game_server.simulation.world.columns import ColumnSpec
from game_server.simulation.world.events import FIRST_GAME_CODE, field_names
from game_server.simulation.world.game import Game
from game_server.simulation.world.interest import Grid
from game_server.simulation.world.table import Table
from game_server.simulation.world.world import World

PRIVATE: Final = ".private"
"""What the private part of a table is called after the name of the table, if it has another part."""


@attrs.frozen
class Part:
    """The columns of a table that the same viewers are shown, which on the wire are a table of their own."""

    number: int
    name: str
    table: Table[Any]
    specs: tuple[ColumnSpec, ...]
    reach: Reach

    @property
    def schema(self) -> TableSchema:
        """The layout of its records."""
        fields = (FieldSchema(s.name, s.wire.size, s.wire.offset, s.wire.step) for s in self.specs if s.wire)
        return TableSchema(self.number, self.name, tuple(fields))


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
    tables = tuple(part.schema for part in _shown(game.world))
    own = tuple((spec.name, spec.dtype) for spec in game.owned.specs if spec.owner)
    events = tuple(EventSchema(event.code, event.name, field_names(event)) for event in game.event_types)
    return Schema(tables, own, events)


def shape_of(game: Game, *, hashed: bool) -> Hashable:
    """Return a key that is equal for games whose tables one `TableReplicas` can follow."""
    tables = tuple(
        (part.number, part.name, part.table.capacity, part.table.position, part.table.owner, part.table.specs)
        for part in _shown(game.world)
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
        schema_of(game)  # refuses tables that no client could be shown
        self.tables = [
            TableReplica(part.table, part.schema, part.specs, part.reach, self.grid, game.owned.capacity)
            for part in _shown(game.world)
        ]
        self._numbers = {table.schema.name: at for at, table in enumerate(self.tables)}
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
        tables = [part.table for part in _shown(world)] if world else [None] * len(self.tables)
        for replica, table in zip(self.tables, tables, strict=True):
            replica.follow(plane, table)


def _shown(world: World) -> list[Part]:
    """Return what viewers may be shown of the tables: of each its public part, and its private one.

    The second part of a table has the highest number that is free.

    Raises:
        RulesError: no number is free.
    """
    free = (number for number in range(255, -1, -1) if number not in world.tables)
    parts: list[Part] = []
    for number, table in world.tables.items():
        public, private = (tuple(s for s in table.specs if s.wire and s.private is wanted) for wanted in (False, True))
        if public:
            parts.append(Part(number, table.name, table, public, Reach.NEAR if table.position else Reach.EVERYBODY))
        if private and not public:
            parts.append(Part(number, table.name, table, private, Reach.OWNER))
        elif private:
            second = next(free, None)
            if second is None:
                raise RulesError(f"table {table.name!r} needs a second number for its private columns; none is free")
            parts.append(Part(second, table.name + PRIVATE, table, private, Reach.OWNER))
    return parts
