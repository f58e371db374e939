"""A player's inputs on their way into the tick they are meant for."""

from __future__ import annotations

import attrs

from game_server.protocol.limits import INPUT_WINDOW
from game_server.protocol.messages import Command, Input
from game_server.simulation.rewind import RewindLimit


@attrs.define
class InputCounts:
    """What became of a player's inputs."""

    used: int = 0
    repeated: int = 0
    """Ticks for which there was no input, so that the last one served again."""
    late: int = 0
    early: int = 0
    """Too far ahead: more than `INPUT_WINDOW` ticks."""
    duplicate: int = 0


@attrs.define
class InputBuffer:
    """Up to 32 inputs, each waiting for its tick; one is used a tick (as in Overwatch's command buffer).

    Attributes:
        ack: the newest tick whose own input was used; 0 for none.
        counts: what became of every input so far.
        rewind: how far the inputs' `behind` is believed.
    """

    rewind: RewindLimit
    ack: int = 0
    counts: InputCounts = attrs.Factory(InputCounts)
    _waiting: dict[int, Command] = attrs.Factory(dict)
    _last: Command = Command(0, 0)

    @property
    def depth(self) -> int:
        """Inputs waiting, 0 to 32."""
        return len(self._waiting)

    def offer(self, message: Input, tick: int) -> None:
        """Keep ``message`` for its tick if it is from ``tick + 1`` to ``tick + 32``; ``tick`` is the last simulated."""
        if message.tick <= tick:
            self.counts.late += 1
        elif message.tick > tick + INPUT_WINDOW:
            self.counts.early += 1
        elif message.tick in self._waiting:
            self.counts.duplicate += 1
        else:
            self._waiting[message.tick] = Command(
                message.buttons, message.aim, self.rewind.clamp(message.behind, message.tick - tick)
            )

    def take(self, tick: int) -> Command:
        """What to use in ``tick``: the input meant for it, or else the last one again."""
        command = self._waiting.pop(tick, None)
        if command is None:
            self.counts.repeated += 1
        else:
            self.counts.used += 1
            self.ack = tick
            self._last = command
        return self._last
