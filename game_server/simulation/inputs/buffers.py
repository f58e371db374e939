"""Input buffers of a match: the inputs of its players, waiting for their ticks, and what became of them."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from game_server.protocol import INPUT_WINDOW, Input, Integers
from game_server.simulation.inputs.store import (
    DUPLICATE,
    EARLY,
    LATE,
    NO_TICK,
    InputColumns,
    InputStore,
)
from game_server.simulation.world.game import Inputs
from game_server.simulation.world.history import RewindLimits


@attrs.frozen
class InputCounts:
    """Counts of what became of inputs: of one player, or of everybody."""

    used: int = 0
    repeated: int = 0
    """Ticks without an input of their own, for which the last one was repeated."""
    late: int = 0
    early: int = 0
    """Too far ahead: more than `INPUT_WINDOW` ticks."""
    duplicate: int = 0
    """For a tick that had one waiting already, which was replaced."""


class InputBuffers:
    """For each player up to 32 inputs, each waiting for its tick.

    One is used a tick, as from Overwatch's command buffer (T. Ford, "Overwatch Gameplay Architecture and Netcode", GDC
    2017). They lie in an `InputStore`, alone or beside those of other matches, which takes them tick by tick.

    Attributes:
        store: where they lie.
        ack, depth: for each player, as in `InputColumns`.
        used: the commands of the tick last taken.
        rewind: how far the inputs' ``behind`` is believed.
    """

    ack: Integers
    depth: Integers
    rewind: RewindLimits

    def __init__(self, players: int, tick_rate: int) -> None:
        self._tick_rate = tick_rate
        self._departed = [0] * len(attrs.fields(InputCounts))
        self.used = Inputs.none(players)
        columns = InputColumns.empty(players)
        RewindLimits(columns.slack, tick_rate).forget()
        self.store, self._first = InputStore(tick_rate), 0
        self.store.place(0, columns, self._moved)

    @property
    def latest(self) -> npt.NDArray[np.uint16]:
        """Buttons and aim of each seat's inputs, those used and those waiting: ``(2, 32, players)``.

        The array is live: it changes with the next input. A seat without new inputs keeps what it had.
        """
        return self._columns.commands[:2]

    def share(self, store: InputStore | None, first: int = 0) -> None:
        """Move everything to ``store``, where player 0 has the number ``first``; to a store of their own for None."""
        before, first_before = self.store, self._first
        self.store, self._first = store or InputStore(self._tick_rate), first
        self.store.place(first, self._columns, self._moved)
        before.remove(first_before)

    def _moved(self, columns: InputColumns) -> None:
        self._columns = columns
        self.ack, self.depth = columns.ack, columns.depth
        self.used.see(columns.used)
        self.rewind = RewindLimits(columns.slack, self._tick_rate)

    def stand_at(self, tick: int) -> None:
        """Note that ``tick`` was simulated last."""
        self._columns.now[:] = tick

    def wait_for(self, player: int, *, person: bool) -> None:
        """Set whether a person sends inputs for ``player``: only then are ticks without one counted as repeated."""
        self._columns.person[player] = person

    def forget(self, player: int) -> None:
        """Drop the inputs of ``player``: somebody else, or nobody, sends them from now on. The counts go on."""
        self._columns.ticks[:, player] = NO_TICK
        self.ack[player] = self.depth[player] = 0
        self.used.clear(player)
        self.rewind.measured(player, 0.0)

    def depart(self, player: int) -> None:
        """Drop the inputs of ``player``, who has left; the counts stay in the `totals`."""
        self.forget(player)
        for count, column in enumerate(self._columns.counts):
            self._departed[count] += int(column[player])
            column[player] = 0

    def counts(self, player: int) -> InputCounts:
        """Return what became of the inputs of ``player``."""
        return InputCounts(*self._columns.counts[:, player].tolist())

    def totals(self) -> InputCounts:
        """Return the sums over all players, those who have left included."""
        sums = self._columns.counts.sum(axis=1).tolist()
        return InputCounts(*(total + left for total, left in zip(sums, self._departed, strict=True)))

    def offer(self, player: int, message: Input) -> None:
        """Keep one input for its tick, by the rules of `InputStore.offer`.

        For inputs that are not read in batches: those of groups with few players, and of a player who sent something
        else as well. It takes 1 us; `InputStore.offer` takes 11 us for one input, and 12 us for 64.
        """
        columns = self._columns
        tick = int(columns.now[player])
        at = message.tick % INPUT_WINDOW, player
        if message.tick <= tick:
            columns.counts[LATE, player] += 1
        elif message.tick > tick + INPUT_WINDOW:
            columns.counts[EARLY, player] += 1
        else:
            if columns.ticks[at] == message.tick:
                columns.counts[DUPLICATE, player] += 1
            else:
                self.depth[player] += 1
            columns.ticks[at] = message.tick
            behind = self.rewind.clamp(player, message.behind, message.tick - tick)
            columns.commands[:, at[0], player] = message.buttons, message.aim, behind
