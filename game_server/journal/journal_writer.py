"""The journal of a match, as the match is played: which records are written, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

import attrs
import numpy as np

from game_server.journal.records import (
    CAME,
    CHECKPOINT,
    COMMANDED,
    HASH,
    LEFT,
    OF,
    ORDERED,
    PEOPLE,
    PLACE,
    TICK,
    Checkpoint,
    Numbers,
    pack,
    pack_inputs,
    pack_ticked,
)
from game_server.simulation import Match, MatchJournal, Newcomer

CHECKPOINT_SECONDS: Final = 10
"""Seconds of match time between two checkpoints: the most that has to be played again, which for a match of 16 takes
about 0.1 s."""


@attrs.define(eq=False)
class _Together:
    """Matches that tick together.

    Attributes:
        journals: theirs, and where their players are in the inputs.
        places: as a record has them, of the tick last written; a row for each match that is not lost.
        due: by tick modulo the rate, counted by ``turn``, those for which something is due after it.
    """

    journals: Sequence[tuple[MatchJournal, int]]
    places: Numbers
    due: list[list[MatchJournal]]
    turn: int = 0


class TickWriter:
    """Writes down the ticks of all matches of a server, those that tick together in one record.

    Args:
        append: takes the bytes of a record, and returns whether they are kept.
    """

    def __init__(self, append: Callable[[bytes], bool]) -> None:
        self.append = append
        self._together: WeakKeyDictionary[Any, _Together] = WeakKeyDictionary()
        """By what drives them, as of the tick before."""

    def ticked(self, group: Any, journals: Sequence[tuple[MatchJournal, int]], inputs: Numbers) -> None:
        """Write down a tick of the matches that have these ``journals``.

        Args:
            group: what drives all of them, and no others.
            journals: with the number of player 0 of each match in ``inputs``.
            inputs: buttons, aim and behind that all players have used: ``(3, players)``.
        """
        known = self._together.get(group)
        # Hardly ever does a match come or go: what is known of the tick before is the least work.
        if known and known.journals == journals:
            known.places[:, TICK] += 1
            known.turn = (known.turn + 1) % len(known.due)
        else:
            known = self._together[group] = self._join(journals)
        kept = not len(known.places) or self.append(pack_ticked(known.places, inputs))
        if not kept:
            self.forget_places()
        for journal in known.due[known.turn] if kept else [journal for journal, _ in journals]:
            journal.ticked(kept=kept)

    def forget_places(self) -> None:
        """Ask for all places at the next tick: one is another now."""
        self._together.clear()

    def _join(self, journals: Sequence[tuple[MatchJournal, int]]) -> _Together:
        places = [place for journal, first in journals if (place := journal.place(first))]
        due: list[list[MatchJournal]] = [[] for _ in range(journals[0][0].interval)]
        for journal, _ in journals:
            due[journal.due_in % len(due)].append(journal)
        return _Together(journals, np.array(places, PLACE).reshape(-1, 4), due)


class JournalWriter:
    """Writes down a match, so that it can go on from here or be played again.

    Args:
        ticks: takes the records of all matches.
        number: of the match there.
        people: returns all that the lobby needs to go on with the match, as plain values.
        spread: a number by which matches differ: those that do are hashed in different ticks.

    Attributes:
        lost: a record did not fit, and later ones are of no use until there is a checkpoint in a file of its own.
        afresh: there is such a file, and the checkpoint is written with the next tick.
        has_desync: whether a client has reported a desync.
    """

    def __init__(
        self, ticks: TickWriter, number: int, people: Callable[[], Any] = lambda: None, spread: int = 0
    ) -> None:
        self.ticks = ticks
        self.lost = False
        self.afresh = False
        self.has_desync = False
        self._number = number
        self._people = people
        self._spread = spread
        self._match: Match

    def begin(self, match: Match) -> None:
        """Write down ``match`` from now on, beginning with a checkpoint."""
        self._match = match
        self._world = match.world
        match.journal = self
        self.ticks.forget_places()
        if not self.lost:
            self.checkpoint()

    def begin_afresh(self) -> None:
        """Write a checkpoint with the next tick: the disk has a file for it, after records were lost."""
        self.afresh = True
        self.ticks.forget_places()

    def checkpoint(self) -> None:
        """Write a checkpoint; between two ticks, or at the end of one."""
        world, rules = self._world, self._match.game.rules
        if self.lost:
            self.lost = self.afresh = False
            self.ticks.forget_places()
        self.write(CHECKPOINT, Checkpoint(
            world.seed, world.max_players, world.tick_rate, rules.mode, dict(rules.chosen), self._match.checkpoint(),
            self._people(),
        ))  # fmt: skip

    def people_changed(self, change: Any) -> None:
        """Write down ``change``, plain values that the lobby understands."""
        self.write(PEOPLE, change)

    def write(self, kind: int, value: Any) -> None:
        """Write down a record of this ``kind``."""
        self._append(pack(kind, self._world.tick, value))

    # As the match sees it

    def came(self, player: int, newcomer: Newcomer) -> None:
        """Write down that ``newcomer`` has taken the seat ``player``."""
        self.write(CAME, (player, newcomer.nickname, newcomer.bot))

    def left(self, player: int) -> None:
        """Write down that ``player`` has given up the seat."""
        self.write(LEFT, player)

    def ordered(self, order: int) -> None:
        """Write down an order of the host."""
        self.write(ORDERED, order)

    def commanded(self, player: int, number: int, values: tuple[int | str, ...]) -> None:
        """Write down what the rules do because ``player`` asks for it."""
        self.write(COMMANDED, (player, number, values))

    def place(self, first: int) -> tuple[int, ...]:
        """Return the number of the match, ``first``, its seats and its tick; nothing while it is lost."""
        world = self._world
        return () if self.lost else (self._number, first, world.max_players, world.tick)

    @property
    def interval(self) -> int:
        """Ticks from one call of `ticked` to the next."""
        return self._world.tick_rate

    @property
    def due_in(self) -> int:
        """Ticks from this one to the next after which `ticked` is to be called."""
        return 0 if self.afresh else (self._spread - self._world.tick) % self._world.tick_rate

    def ticked(self, *, kept: bool) -> None:
        """Write down the hash of the world, and from time to time a checkpoint.

        Args:
            kept: whether its `place`, and the inputs of the tick, were written down.
        """
        if not kept:
            self._lose()
        if self.afresh:
            self.checkpoint()
        if self.lost or self.due_in:
            return
        self.write(HASH, bytes.fromhex(self._world.hash()))
        if self._world.tick // self._world.tick_rate % CHECKPOINT_SECONDS == 0 and not self.lost:
            self.checkpoint()

    def failed(self, inputs: Numbers) -> None:
        """Write down the inputs with which the rules have raised."""
        self._append(pack_inputs(self._world.tick, inputs[np.newaxis]))

    def desynced(self) -> None:
        """Note that a client has reported a desync."""
        self.has_desync = True

    def _append(self, record: bytes) -> None:
        if not self.lost and not self.ticks.append(pack(OF, self._world.tick, (self._number, record))):
            self._lose()

    def _lose(self) -> None:
        self.lost = True
        self.ticks.forget_places()
