"""A panorama: what one capture has for a viewer of everything, in all planes at once."""

from __future__ import annotations

from collections.abc import Sequence

from game_server.protocol import pack_tables
from game_server.simulation.replication.table_replica import CellBytes


class Panorama:
    """Records by plane, valid for ever: nothing of them is copied or packed until somebody asks, in another thread say.

    Args:
        tables: number, records, and cells of one plane, of each table.
    """

    __slots__ = ("_split", "_tables")

    def __init__(self, tables: Sequence[tuple[int, CellBytes, int]]) -> None:
        self._tables = [
            (number, records.data, records.bounds[::cells]) for number, records, cells in tables if records.data
        ]
        self._split: list[tuple[int, bytes, list[int]]] | None = None

    def of(self, plane: int) -> bytes:
        """Pack the tables of ``plane``, as they stand in a snapshot. One thread may ask."""
        if self._split is None:
            self._split = [(number, data, bounds.tolist()) for number, data, bounds in self._tables]
        return pack_tables([(number, data[bounds[plane] : bounds[plane + 1]]) for number, data, bounds in self._split])
