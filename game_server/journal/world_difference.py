"""The first difference between two worlds, down to the field."""

from __future__ import annotations

import attrs
import numpy as np

from game_server.simulation import Table, World


@attrs.frozen
class WorldDifference:
    """A value that two worlds do not share.

    Attributes:
        tick: of both worlds.
        place: which value: ``ship 3 x``, ``random``, or ``ship`` for which rows there are.
        ours: what it is in the first, in words.
        theirs: what it is in the second.
    """

    tick: int
    place: str
    ours: str
    theirs: str

    def __str__(self) -> str:
        return f"tick {self.tick}: {self.place} is {self.ours}, not {self.theirs}"


def first_difference(ours: World, theirs: World) -> WorldDifference | None:
    """Compare two worlds of one game at one tick; None if nothing differs but, maybe, histories.

    Tables are compared in the order in which they were declared, rows by number, and columns in their order.
    """
    if ours.random.state != theirs.random.state:
        return WorldDifference(ours.tick, "random", hex(ours.random.state), hex(theirs.random.state))
    for number, table in ours.tables.items():
        if found := _in_table(ours.tick, table, theirs.tables[number]):
            return found
    return None


def _in_table(
    tick: int, ours: Table[attrs.AttrsInstance], theirs: Table[attrs.AttrsInstance]
) -> WorldDifference | None:
    if ours.live.tolist() != theirs.live.tolist():
        return WorldDifference(tick, ours.name, f"rows {ours.live.tolist()}", f"rows {theirs.live.tolist()}")
    differing = []
    for order, spec in enumerate(ours.specs):
        mine, other = ours.column(spec.name)[ours.live], theirs.column(spec.name)[ours.live]
        if len(rows := np.flatnonzero(mine != other)):
            differing.append((int(ours.live[rows[0]]), order, spec.name, mine[rows[0]].item(), other[rows[0]].item()))
    if not differing:
        return None
    row, _, name, mine, other = min(differing)
    return WorldDifference(tick, f"{ours.name} {row} {name}", repr(mine), repr(other))
