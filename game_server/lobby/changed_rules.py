"""Matches that go on by other rules than those they began with: handed over by a process, and taken by the next.

This is for the author of a game, who changes the rules while people play. Players of other servers never see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import attrs
import msgpack

from game_server.errors import JournalError, RulesError
from game_server.lobby.match.fitted_options import fitted_rules
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchOptions
from game_server.lobby.match.match_state import StoredWorld
from game_server.lobby.match.people_journal import StoredMatch, StoredPeople
from game_server.simulation import Game, Inputs, Rules, World, checkpoint, described, fitted, restore


@attrs.frozen
class TakenOver:
    """A match that goes on.

    Attributes:
        code: of the match.
        match: all that there is of it.
        afresh: why its world is a fresh one, in which the same people have their seats; empty if it is not.
    """

    code: str
    match: StoredMatch
    afresh: str

    def try_a_tick(self) -> None:
        """Play a tick of a copy: rules that never end do so here. What they raise is noticed when the match goes on."""
        game, data = _begun(self.match.people.options, self.match.world.seed, self.match.world.rules), self.match.world
        assert data.checkpoint is not None, "`take_over` has made one"
        inputs, _ = restore(game, data.checkpoint)
        game.world.advance()
        with suppress(Exception):
            game.step(inputs)


def packed_match(match: HostedMatch) -> bytes:
    """All that there is of ``match``, which stands still, with the names of its tables and columns."""
    game = match.match.game
    packed: bytes = msgpack.packb(
        (
            match.id,
            game.name,
            match.state.seed,
            game.rules.mode,
            dict(game.rules.chosen),
            match.match.checkpoint(),
            described(game.world),
            match.people_journal.whole(),
        )
    )
    return packed


def take_over(packed: bytes, games: Mapping[str, type[Game]], chosen: MatchOptions) -> TakenOver:
    """Read what `packed_match` has made by other rules.

    The world goes on if it fits (`fitted`), and its mode is still there. If not, it is a fresh one, with the people in
    their seats.

    Args:
        games: as they are now.
        chosen: how the host's own match is to be played now.

    Raises:
        JournalError: there is no such game any more, or its people do not fit.
        Exception: whatever the rules raise.
    """
    code, name, seed, mode, options, world, tables, whole = msgpack.unpackb(packed, strict_map_key=False)
    own = whole["opening"][-1] >= 0
    if not own and name not in games:
        raise JournalError(f"match {code} has ended: there is no game {name} any more")
    people, afresh = StoredPeople.read(whole, [], games, chosen if own else None, changed=True), ""
    rules, gone = fitted_rules(people.options.game, Rules(mode, options))
    try:
        if rules.mode != mode:
            raise RulesError(f"there is no {gone[0]} any more")
        data = _world(people.options, seed, rules, world, tables)
    except RulesError as error:
        afresh = str(error)
        data = _fresh(people, seed, rules)
    return TakenOver(code, StoredMatch(StoredWorld(seed, rules, data), people), afresh)


def _world(options: MatchOptions, seed: int, rules: Rules, world: bytes, tables: list[Any]) -> bytes:
    game = _begun(options, seed, rules)
    try:
        if described(game.world) == [[*table[:2], _pair(table[2]), *table[3:]] for table in tables]:
            restore(game, world)
            return world
    except RulesError:  # made from other options
        game = _begun(options, seed, rules)
    return fitted(world, tables, game)


def _pair(position: Any) -> tuple[str, str] | None:
    return tuple(position) if position else None  # msgpack has no tuples


def _fresh(people: StoredPeople, seed: int, rules: Rules) -> bytes:
    game = _begun(people.options, seed, rules)
    for player in sorted(people.members):
        game.join(player, people.newcomer(player))
    return checkpoint(game, Inputs.none(people.options.max_players), people.members)


def _begun(options: MatchOptions, seed: int, rules: Rules) -> Game:
    return options.game(World(seed=seed, max_players=options.max_players, tick_rate=options.tick_rate), rules)
