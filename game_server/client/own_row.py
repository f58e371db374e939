"""The check that a player's own row, which is exact, agrees with the rounded row that everybody sees."""

from __future__ import annotations

from typing import Final

from game_server.protocol import Schema, View

_EXACT: Final = "f8"


class OwnRowCheck:
    """Compares the fields that are both in the own row and in the table of players, by their names.

    That table is the first that shares a field with the own row. Other tables may have fields of these names, too, but
    their ids are not players.
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
        """Return whether the rows differ by rounding alone; True if the player has no row at the moment."""
        if not view.own:
            return True
        for table, name, low, high, step in self._shared:
            row = view.tables[table].get(view.player)
            # Rounding is off by half a step at most; the hair more is for the rounding of this comparison itself.
            if row is not None and abs(min(max(view.own[name], low), high) - row[name]) > 0.501 * step:
                return False
        return True
