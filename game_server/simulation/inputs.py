"""The players' inputs on their way into the ticks they are meant for."""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from game_server.protocol.client_messages import Input
from game_server.protocol.inputs import Ids, InputRows
from game_server.protocol.limits import INPUT_WINDOW
from game_server.simulation.game import Inputs
from game_server.simulation.rewind import RewindLimits

Integers = npt.NDArray[np.int64]

_NO_TICK: Final = -1


@attrs.define
class InputCounts:
    """What became of a player's inputs, or of everybody's."""

    used: int = 0
    repeated: int = 0
    """Ticks for which there was no input, so that the last one served again."""
    late: int = 0
    early: int = 0
    """Too far ahead: more than `INPUT_WINDOW` ticks."""
    duplicate: int = 0


@attrs.define(eq=False)
class _Counts:
    """`InputCounts` of each player."""

    used: Integers
    repeated: Integers
    late: Integers
    early: Integers
    duplicate: Integers

    @classmethod
    def none(cls, players: int) -> _Counts:
        return cls(*(np.zeros(players, np.int64) for _ in attrs.fields(InputCounts)))

    def columns(self) -> list[Integers]:
        return [getattr(self, field.name) for field in attrs.fields(InputCounts)]


class InputBuffers:
    """For each player up to 32 inputs, each waiting for its tick; one is used a tick, as in Overwatch's command buffer.

    A ring of 32 rows, each the inputs of all players for one tick: so `take` is a look at one row, however many play.

    Attributes:
        ack: for each player, the newest tick whose own input was used; 0 for none.
        depth: for each player, the inputs waiting, 0 to 32.
        rewind: how far the inputs' `behind` is believed.
    """

    def __init__(self, players: int, tick_rate: int) -> None:
        self.ack = np.zeros(players, np.int64)
        self.depth = np.zeros(players, np.int64)
        self.rewind = RewindLimits(players, tick_rate)
        self._counts = _Counts.none(players)
        self._departed = InputCounts()
        self._players = players
        self._ticks = np.full((INPUT_WINDOW, players), _NO_TICK, np.int64)
        self._commands = np.zeros((3, INPUT_WINDOW, players), np.uint16)
        # An index into one dimension is quicker than one into two.
        self._flat_ticks = self._ticks.reshape(-1)
        self._flat_commands = self._commands.reshape(3, -1)

    def forget(self, player: int) -> None:
        """Somebody else, or nobody, sends the inputs of ``player`` from now on; the counts go on."""
        self._ticks[:, player] = _NO_TICK
        self.ack[player] = self.depth[player] = 0
        self.rewind.measured(player, 0.0)

    def depart(self, player: int) -> None:
        """`forget` the player, who has left: the counts go into those of everybody."""
        self.forget(player)
        for field, column in zip(attrs.fields(InputCounts), self._counts.columns(), strict=True):
            setattr(self._departed, field.name, getattr(self._departed, field.name) + int(column[player]))
            column[player] = 0

    def counts(self, player: int) -> InputCounts:
        """What became of the inputs of ``player``."""
        return InputCounts(*(int(column[player]) for column in self._counts.columns()))

    def totals(self) -> InputCounts:
        """The same of everybody, those who have left included."""
        sums = np.add.reduce(self._counts.columns(), axis=1).tolist()
        return InputCounts(
            *(total + left for total, left in zip(sums, attrs.astuple(self._departed, recurse=False), strict=True))
        )

    def offer(self, player: int, message: Input, tick: int) -> None:
        """Keep ``message`` for its tick if it is from ``tick + 1`` to ``tick + 32``; ``tick`` is the last simulated."""
        at = message.tick % INPUT_WINDOW, player
        if message.tick <= tick:
            self._counts.late[player] += 1
        elif message.tick > tick + INPUT_WINDOW:
            self._counts.early[player] += 1
        elif self._ticks[at] == message.tick:
            self._counts.duplicate[player] += 1
        else:
            self._ticks[at] = message.tick
            behind = self.rewind.clamp(player, message.behind, message.tick - tick)
            self._commands[:, at[0], player] = message.buttons, message.aim, behind
            self.depth[player] += 1

    def offer_all(self, inputs: InputRows, tick: int) -> None:
        """`offer` one input of each of several players."""
        ticks, aheads = inputs.ticks, inputs.ticks - tick
        at = ticks % INPUT_WINDOW * self._players + inputs.players
        kept = (aheads > 0) & (aheads <= INPUT_WINDOW) & (self._flat_ticks[at] != ticks)
        if not kept.all():
            late, early = aheads <= 0, aheads > INPUT_WINDOW
            for count, which in (("late", late), ("early", early), ("duplicate", ~(kept | late | early))):
                getattr(self._counts, count)[inputs.players[which]] += 1
            inputs, at, aheads = inputs[kept], at[kept], aheads[kept]
        self._flat_ticks[at] = inputs.ticks
        self._flat_commands[:2, at] = inputs.commands[:2]
        self._flat_commands[2, at] = self.rewind.clamp_all(inputs.players, inputs.commands[2], aheads)
        self.depth[inputs.players] += 1

    def take(self, tick: int, people: Ids, used: Inputs) -> None:
        """Put into ``used`` what is to be used in ``tick``: the input meant for it, or else the last one again.

        Args:
            people: the numbers of the players whose inputs come from here; only they are counted.
            used: holds what was used in the tick before.
        """
        row = tick % INPUT_WINDOW
        here = self._ticks[row] == tick
        np.copyto(used.all, self._commands[:, row], where=here)
        np.copyto(self.ack, tick, where=here)
        self.depth -= here
        self._counts.used += here
        self._counts.repeated[people] += 1
        self._counts.repeated -= here
