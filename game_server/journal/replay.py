"""A match played again from the records of its journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from game_server.errors import JournalError, RulesError
from game_server.journal.records import (
    CAME,
    CARRIED,
    CHECKPOINT,
    COMMANDED,
    ENDED,
    HASH,
    HEADER,
    INPUTS,
    LEFT,
    ORDERED,
    PEOPLE,
    Checkpoint,
    Record,
)
from game_server.journal.world_difference import WorldDifference, first_difference
from game_server.simulation import Game, Inputs, Newcomer, Rules, World, restore


@attrs.frozen
class Difference:
    """A hash of the journal that is not the one of the world played again.

    Attributes:
        tick: that of the hash.
        same_until: the tick of the hash before, which was the same; 0 if there was none.
    """

    tick: int
    same_until: int


class Replay:
    """Plays the records of a journal again, beginning with its first checkpoint.

    Args:
        game: the class of the game.

    Attributes:
        game: the game with its world, once a checkpoint has been read.
        inputs: used in the tick simulated last.
        players: the taken seats.
        checkpoint: the last one read.
        people: changes since that checkpoint, as the lobby wrote them.
        differences: hashes that are not the world's.
        fields: at each checkpoint that is not the world's, the first value that differs; ours is that of the world.
        checked: how many hashes were compared.
    """

    game: Game
    inputs: Inputs

    def __init__(self, game: type[Game]) -> None:
        self._class = game
        self.checkpoint: Checkpoint | None = None
        self.players: set[int] = set()
        self.people: list[Any] = []
        self.differences: list[Difference] = []
        self.fields: list[WorldDifference] = []
        self.checked = 0
        self._same_until = 0

    @property
    def world(self) -> World:
        """The world, once a checkpoint has been read."""
        return self.game.world

    def play(self, records: Iterable[Record], last_tick: int = 0) -> Iterator[World]:
        """Play ``records``, and on to ``last_tick``; yields the world, the same object, after each tick.

        Raises:
            JournalError: a checkpoint does not fit the game, or the records do not fit one another.
            Exception: whatever the rules raise.
        """
        for record in records:
            yield from self._play(record)
        if self.checkpoint:
            yield from self._advance(last_tick)

    def _play(self, record: Record) -> Iterator[World]:
        if record.kind in {HEADER, ENDED, CARRIED}:
            return
        if record.kind == CHECKPOINT:
            if self.checkpoint and self.checkpoint.seed == record.value.seed and self._follows(record):
                yield from self._advance(record.tick)
                self._begin(record.value, self.world)
            else:  # the first, or of another world
                self._begin(record.value)
            return
        if not self.checkpoint:  # a segment that begins in the middle
            return
        if not self._follows(record):
            raise JournalError(f"a record of tick {record.tick} does not follow on tick {self.world.tick}")
        if record.kind == INPUTS:
            yield from self._advance(record.tick - 1)
            players = record.value.shape[1]
            if players > self.world.max_players:
                raise JournalError(f"inputs of {players} players at tick {record.tick}, and the match has fewer seats")
            self.inputs.all[:, :players] = record.value
            self.inputs.all[:, players:] = 0
            return
        yield from self._advance(record.tick)
        if record.kind == HASH:
            self._compare(record)
        elif record.kind == PEOPLE:
            self.people.append(record.value)
        elif record.kind == ORDERED:
            self.game.order(record.value)
        elif record.kind == COMMANDED:
            player, number, values = record.value
            if player in self.players:
                self.game.command(player, number, values)
        elif record.kind == CAME:
            player, nickname, bot = record.value
            self._check_seat(player, player not in self.players, "come")
            self.players.add(player)
            self.game.join(player, Newcomer(nickname, bot))
        elif record.kind == LEFT:
            self._check_seat(record.value, record.value in self.players, "leave")
            self.players.discard(record.value)
            self.game.leave(record.value)

    def _follows(self, record: Record) -> bool:
        """Whether the world can be played on to ``record``: each second of a match has one, at least its hash."""
        return self.world.tick <= record.tick <= self.world.tick + self.world.tick_rate

    def _advance(self, tick: int) -> Iterator[World]:
        while self.world.tick < tick:
            self.world.advance()
            self.game.step(self.inputs)
            yield self.world

    def _begin(self, found: Checkpoint, before: World | None = None) -> None:
        """Go on from a checkpoint; ``before`` is the world at its tick, played to there."""
        world = World(seed=found.seed, max_players=found.max_players, tick_rate=found.tick_rate)
        try:
            self.game = self._class(world, Rules(found.mode, found.options))
            self.inputs, players = restore(self.game, found.world)
        except RulesError as error:
            raise JournalError(f"a checkpoint does not fit the game {self._class.name!r}: {error}") from error
        self.checkpoint, self.players, self.people = found, set(players), []
        if before and (difference := first_difference(before, world)):
            self.fields.append(difference)
        self._same_until = world.tick

    def _check_seat(self, player: int, possible: bool, verb: str) -> None:
        if player >= self.world.max_players or not possible:
            raise JournalError(f"player {player} cannot {verb} at tick {self.world.tick}")

    def _compare(self, record: Record) -> None:
        self.checked += 1
        if self.world.hash() != record.value.hex():
            self.differences.append(Difference(record.tick, self._same_until))
        else:
            self._same_until = record.tick
