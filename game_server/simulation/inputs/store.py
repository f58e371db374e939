"""The inputs of all seats of some matches, side by side: what costs the same for one match as for many is done once."""

from __future__ import annotations

from typing import Any, Final, Protocol

import attrs
import numpy as np
import numpy.typing as npt

from game_server.protocol.inputs import InputRows, Integers
from game_server.protocol.limits import INPUT_WINDOW
from game_server.simulation.world.history import RewindLimits

NO_TICK: Final = -1

USED, REPEATED, LATE, EARLY, DUPLICATE = range(5)
"""The rows of `InputColumns.counts`."""


@attrs.define(eq=False)
class InputColumns:
    """What is known of the inputs of some seats, which are the last axis of each array.

    Attributes:
        now: the tick last simulated.
        ack: the newest tick whose own input was used; 0 for none.
        depth: the inputs waiting, 0 to 32.
        slack: how far behind is believed at least, in 16ths of a tick (`RewindLimits`).
        person: whether inputs are waited for.
        ticks: for each of 32 rows, the tick of the input there, or `NO_TICK`; tick *t* goes into row *t* modulo 32.
        commands: buttons, aim and behind of the inputs waiting, three times 32 rows.
        used: buttons, aim and behind in the tick last simulated.
        counts: one row each of `USED`, `REPEATED`, `LATE`, `EARLY` and `DUPLICATE`.
    """

    now: Integers
    ack: Integers
    depth: Integers
    slack: Integers
    person: npt.NDArray[np.bool_]
    ticks: Integers
    commands: npt.NDArray[np.uint16]
    used: npt.NDArray[np.uint16]
    counts: Integers

    @classmethod
    def none(cls, seats: int) -> InputColumns:
        """Nothing is known of ``seats`` seats."""
        now, ack, depth, slack = np.zeros((4, seats), np.int64)
        return cls(
            now,
            ack,
            depth,
            slack,
            np.zeros(seats, np.bool_),
            np.full((INPUT_WINDOW, seats), NO_TICK, np.int64),
            np.zeros((3, INPUT_WINDOW, seats), np.uint16),
            np.zeros((3, seats), np.uint16),
            np.zeros((5, seats), np.int64),
        )

    def part(self, first: int, past: int) -> InputColumns:
        """The same arrays, seen from seat ``first`` up to ``past``."""
        return InputColumns(*(column[..., first:past] for column in self._all()))

    def fill(self, other: InputColumns) -> None:
        """Become as ``other``, of as many seats."""
        for mine, theirs in zip(self._all(), other._all(), strict=True):
            mine[...] = theirs

    def _all(self) -> tuple[npt.NDArray[Any], ...]:
        return attrs.astuple(self, recurse=False)


class Stored(Protocol):
    """Some seats in a store, as their match has them."""

    def moved(self, first: int, columns: InputColumns) -> None:
        """They are from seat ``first`` of the store on, in ``columns``, with all that is known of them."""
        ...


class InputStore:
    """Offers and takes the inputs of matches that tick together.

    Args:
        tick_rate: ticks a second, of each.
    """

    def __init__(self, tick_rate: int) -> None:
        self._tick_rate = tick_rate
        self._placed: dict[Stored, tuple[int, int]] = {}
        """First seat, and the one past the last."""
        self._see(InputColumns.none(0))

    def add(self, stored: Stored, before: InputColumns) -> None:
        """Give ``stored`` seats, of which is known what was known ``before``."""
        seats, first = len(before.now), 0
        for begin, past in sorted(self._placed.values()):
            if first + seats <= begin:
                break
            first = past
        if first + seats > len(self._columns.now):
            self._resize(max(first + seats, 2 * len(self._columns.now)))
        self._placed[stored] = first, first + seats
        columns = self._columns.part(first, first + seats)
        columns.fill(before)
        stored.moved(first, columns)

    def remove(self, stored: Stored) -> None:
        """The seats of ``stored`` are needed no longer."""
        del self._placed[stored]

    def offer(self, inputs: InputRows) -> None:
        """Keep each input for its tick, if that is one of the 32 after the one last simulated.

        One that waits for the same tick gives way: after a stall in which ticks were dropped, what waits for the next
        ticks was meant long ago, and the client sends what is meant now.

        Args:
            inputs: their players are seats of the store, none twice.
        """
        columns, seats, ticks = self._columns, inputs.players, inputs.ticks
        aheads = ticks - columns.now[seats]
        at = ticks % INPUT_WINDOW * len(columns.now) + seats
        kept = (aheads > 0) & (aheads <= INPUT_WINDOW)
        if not kept.all():
            for count, which in ((LATE, aheads <= 0), (EARLY, aheads > INPUT_WINDOW)):
                columns.counts[count, seats[which]] += 1
            inputs, at, aheads = inputs[kept], at[kept], aheads[kept]
            seats, ticks = inputs.players, inputs.ticks
        new = self._flat_ticks[at] != ticks
        columns.depth[seats] += new
        columns.counts[DUPLICATE, seats] += ~new
        self._flat_ticks[at] = ticks
        self._flat_commands[:2, at] = inputs.commands[:2]
        self._flat_commands[2, at] = self._rewind.clamp_all(seats, inputs.commands[2], aheads)

    def take(self) -> None:
        """Go on to the next tick: each seat uses the input meant for it, or else the last one again."""
        columns = self._columns
        columns.now += 1
        at = columns.now % INPUT_WINDOW * len(columns.now) + self._seats
        here = self._flat_ticks[at] == columns.now
        np.copyto(columns.used, self._flat_commands[:, at], where=here)
        np.copyto(columns.ack, columns.now, where=here)
        columns.depth -= here
        columns.counts[USED] += here
        columns.counts[REPEATED] += columns.person & ~here

    def _resize(self, seats: int) -> None:
        columns = InputColumns.none(seats)
        columns.part(0, len(self._columns.now)).fill(self._columns)
        self._see(columns)
        for stored, (first, past) in self._placed.items():
            stored.moved(first, self._columns.part(first, past))

    def _see(self, columns: InputColumns) -> None:
        self._columns = columns
        self._rewind = RewindLimits(columns.slack, self._tick_rate)
        self._seats = np.arange(len(columns.now))
        # An index into one dimension is quicker than one into two.
        self._flat_ticks = columns.ticks.reshape(-1)
        self._flat_commands = columns.commands.reshape(3, -1)
