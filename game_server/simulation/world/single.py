"""Single rows: state of a world of which there is one, such as the round."""

from __future__ import annotations

from typing import Any

from game_server.simulation.world.columns import Column
from game_server.simulation.world.table import Table


class Single:
    """The fields of a table's row 0, as plain numbers.

    ::

        self.round = world.single(5, "round", Round, number=1)
        self.round.number += 1

    Args:
        table: one of a single row, which exists.
    """

    __slots__ = ("_columns",)
    _columns: dict[str, Column]

    def __init__(self, table: Table[Any]) -> None:
        object.__setattr__(self, "_columns", {spec.name: table.column(spec.name) for spec in table.specs})

    def __getattr__(self, name: str) -> Any:
        """Return a field, as an ``int``, ``float`` or ``bool``."""
        try:
            return self._columns[name].item()
        except KeyError:
            raise AttributeError(f"there is no field {name!r}, but {', '.join(self._columns)}") from None

    def __setattr__(self, name: str, value: float) -> None:
        try:
            self._columns[name][0] = value
        except KeyError:
            raise AttributeError(f"there is no field {name!r}, but {', '.join(self._columns)}") from None
