"""The inputs of all players of a tick group, side by side in arrays.

What costs the same for one match as for many is done once for all of them. Each player has a column, by the number
that the group gives; each column has 32 slots, and the input for tick *t* waits in slot *t* modulo 32. Two players at
tick 70, of whom the first has sent inputs for ticks 71 and 73 and the second none::

    now    70    70
    slot 7 71    -1      71 % 32 == 7
    slot 8 -1    -1
    slot 9 73    -1

A tick adds 1 to ``now`` and looks at the slot ``now % 32`` of every column: where the tick in it equals ``now``, its
input is used, elsewhere the one used before is repeated. Nothing is ever shifted or cleared: a slot that holds an old
tick is free.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from game_server.protocol import INPUT_WINDOW, Ids, InputRows, Integers
from game_server.simulation.world.history import RewindLimits

NO_TICK: Final = -1
"""In a slot that was never used, or whose player has left: no tick is negative."""

USED, REPEATED, LATE, EARLY, DUPLICATE = range(5)
"""The rows of `InputColumns.counts`."""


@attrs.define(eq=False)
class InputColumns:
    """Everything known about the inputs of some players, who are the last axis of each array.

    Attributes:
        now: the tick last simulated.
        ack: the newest tick whose own input was used; 0 for none.
        depth: the inputs waiting, 0 to 32.
        slack: how far behind is always credible, in 16ths of a tick (`RewindLimits`).
        person: whether inputs are waited for.
        ticks: for each of 32 slots, the tick of the input in it, or `NO_TICK`.
        commands: buttons, aim and behind of the inputs waiting: ``(3, 32, players)``.
        used: buttons, aim and behind in the tick last simulated: ``(3, players)``.
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
    def empty(cls, players: int) -> InputColumns:
        """Make columns for ``players`` of whom nothing is known."""
        now, ack, depth, slack = np.zeros((4, players), np.int64)
        return cls(
            now,
            ack,
            depth,
            slack,
            np.zeros(players, np.bool_),
            np.full((INPUT_WINDOW, players), NO_TICK, np.int64),
            np.zeros((3, INPUT_WINDOW, players), np.uint16),
            np.zeros((3, players), np.uint16),
            np.zeros((5, players), np.int64),
        )

    def part(self, first: int, past: int) -> InputColumns:
        """View the same arrays from player ``first`` up to, not including, ``past``."""
        return InputColumns(*(column[..., first:past] for column in self._all()))

    def fill(self, other: InputColumns) -> None:
        """Copy ``other``, of the same number of players, into these arrays."""
        for mine, theirs in zip(self._all(), other._all(), strict=True):
            mine[...] = theirs

    def _all(self) -> tuple[npt.NDArray[Any], ...]:
        return attrs.astuple(self)


class InputStore:
    """The inputs of the matches of one group, taken tick by tick.

    Args:
        tick_rate: ticks a second, of each match.
    """

    def __init__(self, tick_rate: int) -> None:
        self._tick_rate = tick_rate
        self._placed: dict[int, tuple[int, Callable[[InputColumns], None]]] = {}
        """By the number of a match's first player: the number past its last, and its ``moved``."""
        self._see(InputColumns.empty(0))

    def place(self, first: int, before: InputColumns, moved: Callable[[InputColumns], None]) -> None:
        """Take the players of a match in, numbered from ``first`` on: nobody else may have these numbers.

        Args:
            before: everything known about them so far, which is copied.
            moved: called with the columns that hold it from now on, and again whenever they move to other arrays.
        """
        past = first + len(before.now)
        if past > len(self._columns.now):
            self._resize(max(past, 2 * len(self._columns.now)))
        self._placed[first] = past, moved
        columns = self._columns.part(first, past)
        columns.fill(before)
        moved(columns)

    def remove(self, first: int) -> None:
        """Forget the match whose players are numbered from ``first`` on."""
        del self._placed[first]

    def offer(self, inputs: InputRows) -> None:
        """Keep each input for its tick, if that is one of the 32 after the tick last simulated.

        A newer input for the same tick replaces the older one: after a stall in which ticks were dropped, what waits
        for the next ticks was meant long ago, and the client sends what is meant now.

        Args:
            inputs: at most one for each player.
        """
        columns, players, ticks = self._columns, inputs.players, inputs.ticks
        aheads = ticks - columns.now[players]
        slots = ticks % INPUT_WINDOW * len(columns.now) + players
        kept = (aheads > 0) & (aheads <= INPUT_WINDOW)
        if not kept.all():
            for count, which in ((LATE, aheads <= 0), (EARLY, aheads > INPUT_WINDOW)):
                columns.counts[count, players[which]] += 1
            inputs, slots, aheads = inputs[kept], slots[kept], aheads[kept]
            players, ticks = inputs.players, inputs.ticks
        new = self._flat_ticks[slots] != ticks
        columns.depth[players] += new
        columns.counts[DUPLICATE, players] += ~new
        self._flat_ticks[slots] = ticks
        self._flat_commands[:2, slots] = inputs.commands[:2]
        self._flat_commands[2, slots] = self._rewind.clamp_all(players, inputs.commands[2], aheads)

    def acknowledged(self, players: Ids) -> tuple[Integers, Integers, Integers]:
        """Return ack and depth, as in `InputColumns`, of each of ``players``, and whether there is an answer to give.

        The third is a number that grows with each input that was used or came too late: `Silence` compares it.
        """
        ack = self._columns.ack[players]
        return ack, self._columns.depth[players], ack + self._columns.counts[LATE, players]

    def take(self) -> None:
        """Advance to the next tick: each player uses the input meant for it, or repeats the last one used."""
        columns = self._columns
        columns.now += 1
        slots = columns.now % INPUT_WINDOW * len(columns.now) + self._numbers
        here = self._flat_ticks[slots] == columns.now
        np.copyto(columns.used, self._flat_commands[:, slots], where=here)
        np.copyto(columns.ack, columns.now, where=here)
        columns.depth -= here
        columns.counts[USED] += here
        columns.counts[REPEATED] += columns.person & ~here

    @property
    def used(self) -> npt.NDArray[np.uint16]:
        """Buttons, aim and behind of each player in the tick last simulated: ``(3, players)``."""
        return self._columns.used

    def _resize(self, players: int) -> None:
        columns = InputColumns.empty(players)
        columns.part(0, len(self._columns.now)).fill(self._columns)
        self._see(columns)
        for first, (past, moved) in self._placed.items():
            moved(columns.part(first, past))

    def _see(self, columns: InputColumns) -> None:
        self._columns = columns
        self._rewind = RewindLimits(columns.slack, self._tick_rate)
        self._numbers = np.arange(len(columns.now))
        # An index into one dimension is quicker than one into two: slot s of player p is element s * players + p.
        self._flat_ticks = columns.ticks.reshape(-1)
        self._flat_commands = columns.commands.reshape(3, -1)
