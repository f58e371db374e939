"""Checkpoints of a game whose rules have changed since: what the tables held, by the names of tables and columns.

The bytes of a checkpoint fit the tables that they were made of and no others (`restore`). While an author writes a game
they are kept beside a description of these tables, so that a field that was added does not end the match.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import msgpack
import numpy as np

from game_server.errors import RulesError
from game_server.simulation.match.checkpoint import checkpoint, restore
from game_server.simulation.world.columns import hidden
from game_server.simulation.world.game import Game, Inputs
from game_server.simulation.world.table import Table
from game_server.simulation.world.world import World


def described(world: World) -> list[Any]:
    """Describe the tables of ``world`` as plain values: all that it takes to read their content again."""
    return [
        [table.name, table.capacity, table.position, table.history_ticks, [[s.name, s.dtype] for s in table.specs]]
        for table in world.tables.values()
    ]


def fitted(data: bytes, tables: Sequence[Any], game: Game) -> bytes:
    """Return ``data``, a checkpoint of other rules, as one of ``game``.

    Rows, and fields of the same name, are kept. A field that is new is 0 in every row, and one that is out of the range
    it has now takes the nearest value. A table that is new is as a fresh match has it.

    Args:
        tables: `described` when the checkpoint was made.
        game: a fresh match, which is of no use afterwards; its number of seats and tick rate are those of the
            checkpoint.

    Raises:
        RulesError: rows have no place any more, or it was made of another number of seats or tick rate.
    """
    _, origin, tick, random, players, held, contents = msgpack.unpackb(data)
    world = game.world
    for what, now in (("number of seats", world.max_players), ("tick rate", world.tick_rate)):
        if origin[what] != now:
            raise RulesError(f"its {what} was {origin[what]}, and is {now} now")
    before = {table[0]: (_table(*table), content) for table, (_, _, content) in zip(tables, contents, strict=True)}
    for table in world.tables.values():
        if table.name in before:
            _fill(table, *before[table.name], tick)
    world.tick, world.random.state = tick, random
    inputs = Inputs.none(world.max_players)
    inputs.all[:] = np.frombuffer(held, "<u2").reshape(inputs.all.shape)
    made = checkpoint(game, inputs, players)
    restore(game, made)
    return made


def _table(
    name: str, capacity: int, position: tuple[str, str] | None, history_ticks: int, columns: Sequence[tuple[str, str]]
) -> Table[Any]:
    """Make an empty table with the layout of one that was `described`."""
    row = attrs.make_class("Row", {column: hidden(dtype) for column, dtype in columns})
    return Table(name, row, capacity, position, history_ticks=history_ticks)


def _fill(table: Table[Any], before: Table[Any], content: bytes, tick: int) -> None:
    before.restore(before.read(content), tick)
    ids = before.live
    if len(ids) and ids[-1] >= table.capacity:
        raise RulesError(f"{table.name} {ids[-1]} has no place among {table.capacity} rows")
    if table.capacity == 1 and len(table) > len(ids):
        raise RulesError(f"{table.name} is a single row now, which is missing")
    table.remove(table.live)
    if table.history:
        table.history.tick = tick
    for row in ids.tolist():
        table.add_at(row)
    table.turn = before.turn % table.capacity
    known = {spec.name for spec in before.specs}
    for spec in table.specs:
        if spec.name not in known:
            continue
        column, values = table.column(spec.name), before.column(spec.name)[ids]
        if spec.wire:
            low, high = spec.wire.offset, spec.wire.offset + spec.wire.step * spec.wire.largest
            column[ids] = np.clip(values.astype(np.float64), low, high)
        elif spec.dtype[0] in "iu" and values.dtype != column.dtype:
            limits = np.iinfo(column.dtype)
            column[ids] = np.clip(values.astype(np.float64), limits.min, limits.max)
        else:  # as it is, to the last of 64 bits
            column[ids] = values
