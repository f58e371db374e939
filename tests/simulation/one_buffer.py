"""The input buffer of one player, by itself."""

from __future__ import annotations

from game_server.protocol import Command, Input
from game_server.simulation.inputs.buffers import InputBuffers, InputCounts


class OneBuffer:
    """`InputBuffers` of several players, of whom only one plays."""

    player = 1

    def __init__(self) -> None:
        self.buffers = InputBuffers(3, 30)
        self.buffers.wait_for(self.player, person=True)

    @property
    def depth(self) -> int:
        return int(self.buffers.depth[self.player])

    @property
    def ack(self) -> int:
        return int(self.buffers.ack[self.player])

    @property
    def counts(self) -> InputCounts:
        return self.buffers.counts(self.player)

    def offer(self, message: Input, tick: int) -> None:
        self.buffers.stand_at(tick)
        self.buffers.offer(self.player, message)

    def take(self, tick: int) -> Command:
        """What is used in ``tick``."""
        self.buffers.stand_at(tick - 1)
        self.buffers.store.take()
        return Command(*self.buffers.used.all[:, self.player].tolist())
