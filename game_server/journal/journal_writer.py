"""The journal of a match, as the match is played: which records are written, and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from game_server.journal.records import (
    CAME,
    CHECKPOINT,
    HASH,
    LEFT,
    ORDERED,
    PEOPLE,
    Checkpoint,
    pack,
    pack_inputs,
)
from game_server.simulation import Match

CHECKPOINT_SECONDS: Final = 10
"""Seconds of match time between two checkpoints: the most that has to be played again, which for a match of 16 takes
about 0.1 s."""


class JournalWriter:
    """Writes down a match, so that it can go on from here or be played again.

    Args:
        append: takes the bytes of a record and the tick simulated last, and returns whether they are kept; if not,
            later records are of no use.
        note_tick: called with a tick that has no record.
        people: returns all that the lobby needs to go on with the match, as plain values.
        spread: a number by which matches differ: those that do are hashed in different ticks.

    Attributes:
        checkpoint_due: whether a checkpoint is written with the next tick.
        has_desync: whether a client has reported a desync.
    """

    def __init__(
        self,
        append: Callable[[bytes, int], bool],
        note_tick: Callable[[int], object] = lambda _tick: None,
        people: Callable[[], Any] = lambda: None,
        spread: int = 0,
    ) -> None:
        self._append = append
        self._note_tick = note_tick
        self._people = people
        self._spread = spread
        self._match: Match
        self.checkpoint_due = False
        self.has_desync = False

    def begin(self, match: Match) -> None:
        """Write down ``match`` from now on, beginning with a checkpoint."""
        self._match = match
        self._phase = self._spread % match.world.tick_rate
        match.journal = self
        self.checkpoint()

    def checkpoint(self) -> None:
        """Write a checkpoint; between two ticks, or at the end of one."""
        match = self._match
        world, rules = match.world, match.game.rules
        found = Checkpoint(
            world.seed, world.max_players, world.tick_rate, rules.mode, rules.friendly_fire, match.checkpoint(),
            self._people(),
        )  # fmt: skip
        self.checkpoint_due = not self._append(pack(CHECKPOINT, world.tick, found), world.tick)

    def people_changed(self, change: Any) -> None:
        """Write down ``change``, plain values that the lobby understands."""
        self._write(PEOPLE, change)

    # As the match sees it

    def came(self, player: int) -> None:
        """Write down that ``player`` has taken a seat."""
        self._write(CAME, player)

    def left(self, player: int) -> None:
        """Write down that ``player`` has given up the seat."""
        self._write(LEFT, player)

    def ordered(self, order: int) -> None:
        """Write down an order of the host."""
        self._write(ORDERED, order)

    def ticked(self, inputs: bytes) -> None:
        """Write down a tick: its inputs, each second the hash of the world, and from time to time a checkpoint."""
        world = self._match.world
        tick = world.tick
        if inputs:
            self._append(pack_inputs(tick, inputs), tick)
        else:
            self._note_tick(tick)
        if tick % world.tick_rate == self._phase:
            self._write(HASH, bytes.fromhex(world.hash()))
            if tick // world.tick_rate % CHECKPOINT_SECONDS == 0:
                self.checkpoint_due = True
        if self.checkpoint_due:
            self.checkpoint()

    def failed(self, inputs: bytes) -> None:
        """Write down the inputs with which the rules have raised."""
        tick = self._match.world.tick
        self._append(pack_inputs(tick, inputs), tick)

    def desynced(self) -> None:
        """Note that a client has reported a desync."""
        self.has_desync = True

    def _write(self, kind: int, value: Any) -> None:
        tick = self._match.world.tick
        self._append(pack(kind, tick, value), tick)
