"""The world of a match: its tables and single rows, its randomness and the events of the current tick."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from typing import Any

import attrs

from game_server.errors import RulesError
from game_server.simulation.world.columns import Column
from game_server.simulation.world.events import Event
from game_server.simulation.world.split_mix import SplitMix64
from game_server.simulation.world.table import Row, Table


class Single:
    """A single row: state of which there is one, such as the round. Its fields are plain numbers.

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


class World:
    """Everything that the rules may read or write. The same seed and inputs give the same world at every tick.

    Attributes:
        tick: the tick last simulated; while a step runs, the one being simulated.
        tick_rate: ticks a second.
        dt: seconds a tick.
        max_players: seats; players are numbered from 0.
        seed: the seed of ``random``.
        random: the only source of chance that rules may use.
        tables: the tables by wire number, in the order in which they were declared.
        events: emitted in this tick, or since.
        places: where each of ``events`` happened; None for everywhere.
        addressees: the players who alone may know of each of ``events``; None for one that is no secret.
    """

    def __init__(self, *, seed: int, max_players: int, tick_rate: int) -> None:
        self.seed = seed
        self.max_players = max_players
        self.tick_rate = tick_rate
        self.dt = 1.0 / tick_rate
        self.tick = 0
        self.random = SplitMix64(seed)
        self.tables: dict[int, Table[attrs.AttrsInstance]] = {}
        self.events: list[Event] = []
        self.places: list[tuple[float, float] | None] = []
        self.addressees: list[tuple[int, ...] | None] = []

    def table(
        self,
        number: int,
        name: str,
        row_type: type[Row],
        capacity: int,
        position: tuple[str, str] | None = None,
        *,
        history: float = 0.0,
        owner: str | None = None,
    ) -> Table[Row]:
        """Declare a table; ``number``, 0 to 255, identifies it on the wire.

        If no field has a wire form, nobody is shown the table.

        Args:
            position: the columns (float64, world units) that say where a row is; None for rows that everybody sees.
            history: seconds by which its rows can be seen in the past; 0 for not at all.
            owner: the column that says who sees the private ones of a row (see `Table`).

        Raises:
            RulesError: the number or the name is taken or out of range, or the row class does not fit the wire.
        """
        if not 0 <= number <= 255 or number in self.tables:
            raise RulesError(f"table {name!r}: number {number} is taken or not from 0 to 255")
        if any(table.name == name for table in self.tables.values()):
            raise RulesError(f"table {number}: the name {name!r} is taken by another table")
        ticks = math.ceil(history * self.tick_rate)
        table = Table(name, row_type, capacity, position, history_ticks=ticks, owner=owner)
        self.tables[number] = table  # type: ignore[assignment]
        return table

    def single(self, number: int, name: str, row_type: type[attrs.AttrsInstance], /, **values: float) -> Single:
        """Declare a table of one row, for state of which there is one. Its fields are 0 except for ``values``.

        Raises:
            RulesError: as `table` does.
        """
        table = self.table(number, name, row_type, 1)
        table.add(**values)
        return Single(table)

    def advance(self, *, keep_events: bool = False) -> None:
        """Advance to the next tick. The engine calls this before each step.

        Args:
            keep_events: whether what was emitted since the last step is among the events of this one.
        """
        for table in self.tables.values():
            if table.history:
                table.history.advance()
        self.tick += 1
        if not keep_events:
            self.forget_events()

    def forget_events(self) -> None:
        """Forget what was emitted so far: it was sent."""
        self.events.clear()
        self.places.clear()
        self.addressees.clear()

    def emit(self, event: Event, at: tuple[float, float] | None = None, *, to: Iterable[int] | None = None) -> None:
        """Send ``event`` to those who see the place ``at`` (world units), and to those whom it concerns.

        Without a place it goes to everybody. Where everybody sees all of the world, it goes to everybody in any case.
        Events are never skipped and arrive in the order of emission.

        Args:
            to: the players who get it, and nobody else: no spectator, not even one who follows one of them, and no
                recording. A player who has left gets nothing.
        """
        self.events.append(event)
        self.places.append(at)
        self.addressees.append(None if to is None else tuple(to))

    def hash(self) -> str:
        """Return a digest of all that the future depends on, 32 hex digits: equal for equal worlds.

        Histories are covered as well: two worlds that are equal now, but were not a moment ago, judge the next shot of
        a player who sees the others late differently.
        """
        content: list[bytes | memoryview] = [self.tick.to_bytes(8, "little"), self.random.state.to_bytes(8, "little")]
        for table in self.tables.values():
            content += table.content()
        return hashlib.blake2b(b"".join(content), digest_size=16).hexdigest()
