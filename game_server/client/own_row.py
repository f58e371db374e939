"""Whether a player's own row, which is exact, agrees with the row that everybody sees of it."""

from __future__ import annotations

from typing import Final

from game_server.protocol.schema import Schema
from game_server.protocol.view import View

_EXACT: Final = "f8"


class OwnRowCheck:
    """The fields that stand both in the own row and in the first table that has any of them, told by their names.

    That is the table of the players' own entities: others may have places, too, but their ids mean something else.
    """

    def __init__(self, schema: Schema) -> None:
        exact = {name for name, code in schema.own if code == _EXACT}
        own_tables = [table for table in schema.tables if any(field.name in exact for field in table.fields)]
        self._shared = [
            (table.name, field.name, field.offset, field.offset + field.step * (256**field.size - 1), field.step)
            for table in own_tables[:1]
            for field in table.fields
            if field.name in exact
        ]

    def agrees(self, view: View) -> bool:
        """Whether the rows differ by rounding alone; whoever has no row of their own contradicts nobody."""
        if not view.own:
            return True
        for table, name, low, high, step in self._shared:
            row = view.tables[table].get(view.player)
            # A hair more than half a step: both sides round.
            if row is not None and abs(min(max(view.own[name], low), high) - row[name]) > 0.501 * step:
                return False
        return True
