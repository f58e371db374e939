"""The journal of a match: arrivals, departures, orders and inputs, tick by tick.

The simulation being deterministic, the journal of a match is the match: it can be played again to the same world hash
at every tick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import attrs
import msgpack
import numpy as np

from game_server.errors import RulesError
from game_server.simulation.world.game import Game, Inputs, Rules
from game_server.simulation.world.world import World

FORMAT: Final = 3

LEFT, CAME, ORDERED = 0, 1, 2
"""Kinds of `Entry.changes`, which happen between two ticks."""


@attrs.define
class Entry:
    """The differences of one tick; a tick without an entry repeats the inputs of the one before.

    ``changes`` happened before the tick, in this order: ``(LEFT, player)`` and ``(CAME, player)`` for a seat given up
    and taken, ``(ORDERED, order)`` for an order of the host. ``commands`` are the ``(player, buttons, aim, behind)``
    that differ from the tick before.
    """

    tick: int
    changes: list[tuple[int, int]] = attrs.Factory(list)
    commands: list[tuple[int, int, int, int]] = attrs.Factory(list)


@attrs.define
class Journal:
    """Everything needed to play a match again."""

    game: str
    seed: int
    max_players: int
    tick_rate: int
    rules: Rules = Rules()
    last_tick: int = 0
    entries: list[Entry] = attrs.Factory(list)
    _before: Inputs = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._before = Inputs.none(self.max_players)

    @classmethod
    def of(cls, game: Game) -> Journal:
        """Make an empty journal for ``game``, whose world must be at tick 0."""
        world = game.world
        return cls(game.name, world.seed, world.max_players, world.tick_rate, game.rules)

    def arrival(self, tick: int, player: int, *, came: bool) -> None:
        """Record that ``player`` took a seat before ``tick``, or gave it up."""
        self._entry(tick).changes.append((CAME if came else LEFT, player))
        self._before.clear(player)

    def order(self, tick: int, order: int) -> None:
        """Record that ``order`` was given before ``tick``."""
        self._entry(tick).changes.append((ORDERED, order))

    def inputs(self, tick: int, inputs: Inputs) -> None:
        """Record the ``inputs`` used in ``tick``."""
        changed = np.flatnonzero((self._before.all != inputs.all).any(axis=0))
        if len(changed):
            values = inputs.all[:, changed].tolist()
            self._entry(tick).commands.extend(zip(changed.tolist(), *values, strict=True))
            self._before.all[:] = inputs.all
        self.last_tick = tick

    def dump(self) -> bytes:
        """Pack the journal, with msgpack."""
        packed: bytes = msgpack.packb(
            [
                FORMAT,
                self.game,
                self.seed,
                self.max_players,
                self.tick_rate,
                attrs.astuple(self.rules),
                self.last_tick,
                [[entry.tick, entry.changes, entry.commands] for entry in self.entries],
            ]
        )
        return packed

    @classmethod
    def load(cls, data: bytes) -> Journal:
        """Unpack what `dump` packed.

        Raises:
            RulesError: another format, or not a journal.
        """
        try:
            version, *written = msgpack.unpackb(data, use_list=False)
            if version != FORMAT:
                raise ValueError(f"format {version}, this version reads {FORMAT}")
            game, seed, max_players, tick_rate, rules, last_tick, entries = written
            journal = cls(game, seed, max_players, tick_rate, Rules(*rules), last_tick)
            journal.entries.extend(Entry(tick, list(changes), list(commands)) for tick, changes, commands in entries)
            return journal
        except (ValueError, TypeError) as error:
            raise RulesError(f"not a journal of this version: {error}") from error

    def _entry(self, tick: int) -> Entry:
        if not self.entries or self.entries[-1].tick != tick:
            self.entries.append(Entry(tick))
        return self.entries[-1]


def replay(journal: Journal, make_game: Callable[[World, Rules], Game]) -> Iterator[World]:
    """Play ``journal`` again, and yield the world after each tick; it is the same object each time."""
    world = World(seed=journal.seed, max_players=journal.max_players, tick_rate=journal.tick_rate)
    game = make_game(world, journal.rules)
    inputs = Inputs.none(journal.max_players)
    entries = iter(journal.entries)
    entry = next(entries, None)
    for tick in range(1, journal.last_tick + 1):
        if entry is not None and entry.tick == tick:
            for what, which in entry.changes:
                if what == ORDERED:
                    game.order(which)
                else:
                    (game.join if what == CAME else game.leave)(which)
                    inputs.clear(which)
            for player, *command in entry.commands:
                inputs.give(player, command)
            entry = next(entries, None)
        world.advance()
        game.step(inputs)
        yield world
