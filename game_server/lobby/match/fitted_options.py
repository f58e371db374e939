"""Options of a match whose rules have changed: what the game does not have any more is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from game_server.errors import RulesError
from game_server.lobby.match.match_options import MatchOptions
from game_server.protocol import NO_PLAYER, Line, LineKind
from game_server.simulation import Game, Rules, Value


def fitted_rules(game: type[Game], rules: Rules) -> tuple[Rules, tuple[str, ...]]:
    """Return ``rules`` as ``game`` can be played, and what it does not have any more, in words.

    In place of that, it is played in its first mode, and with the defaults of its options.
    """
    mode, gone, chosen = rules.mode, [], dict[str, Value]()
    if not _fits(game, Rules(mode)):
        gone.append(f"mode {mode!r}")
        mode = ""
    for name, value in rules.chosen.items():
        if _fits(game, Rules(mode, {name: value})):
            chosen[name] = value
        else:
            gone.append(f"option {name!r} with {value!r}")
    return Rules(mode, chosen), tuple(gone)


def fitted_options(options: MatchOptions) -> tuple[MatchOptions, tuple[str, ...]]:
    """Return ``options`` with which their game can be played, and what it does not have any more, in words."""
    rules, gone = fitted_rules(options.game, options.rules)
    least, most = options.game.seats
    seats = min(max(options.max_players, least), most)
    if seats != options.max_players:
        gone += (f"match of {options.max_players} seats",)
    return attrs.evolve(options, rules=rules, max_players=seats, bots=min(options.bots, seats)), gone


def fitted_members(members: Mapping[int, Mapping[str, Any]], seats: int) -> dict[int, Mapping[str, Any]]:
    """Return ``members``, by player, as a journal has them, without the bots that are on none of ``seats`` seats."""
    return {player: values for player, values in members.items() if player < seats or values["serial"] is not None}


def line_about(gone: tuple[str, ...]) -> Line:
    """Return the line of chat by which people learn what their match goes on without."""
    text = f"The rules of this game have changed: there is no {', no '.join(gone)} any more. The match goes on without."
    return Line(LineKind.SERVER, NO_PLAYER, "", text)


def _fits(game: type[Game], rules: Rules) -> bool:
    try:
        game.read_rules(rules)
    except RulesError:
        return False
    return True
