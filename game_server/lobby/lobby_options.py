"""Options of the lobby: what can be played, limits on matches and bots, and what a `create` may choose."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final

import attrs

from game_server.errors import ConfigError, RequestRefused
from game_server.lobby.game_offers import rotation_of
from game_server.lobby.match.match_options import MatchOptions
from game_server.lobby.text.chat import WordHook
from game_server.lobby.text.nicknames import clean
from game_server.protocol import MAX_MATCH_NAME, Create, RefusalCode, Spectating
from game_server.simulation import Game, Rules

MATCHES_PER_ADDRESS: Final = 4
"""Matches opened from one address, unless the host chooses otherwise."""
BOTS_PER_MATCH: Final = 16
BOTS_PER_ADDRESS: Final = 16
MAX_BOTS: Final = 64
"""Bots in matches that people opened: in one, from one address, and in all, unless the host chooses otherwise. One bot
of the arena takes 0.2 % of a core."""


@attrs.frozen(kw_only=True)
class MatchLimits:
    """Limits on matches and bots in this process.

    Attributes:
        max_matches: matches in all.
        max_matches_per_address: matches that people open from one address; 0 for none.
        max_bots_per_match, max_bots_per_address, max_bots: bots in the matches that people open: in one, in those from
            one address, in all.
    """

    max_matches: int = 64
    max_matches_per_address: int = MATCHES_PER_ADDRESS
    max_bots_per_match: int = BOTS_PER_MATCH
    max_bots_per_address: int = BOTS_PER_ADDRESS
    max_bots: int = MAX_BOTS


async def _all(missing: Collection[int]) -> Collection[int]:
    return missing


@attrs.frozen
class LobbyOptions:
    """What a host chooses for the lobby.

    Attributes:
        default: the matches that quick play opens; their bots' skill holds for every match, and their tick rate for
            every match of the same game.
        games: what can be played, by name.
        opened: matches that are there from the start, and stay.
        limits: on matches and bots.
        to_open: returns which of the matches in ``opened`` this process opens, by their numbers, of those that it is
            given, which are missing here: others may be another process's.
    """

    default: MatchOptions
    games: Mapping[str, type[Game]]
    opened: tuple[MatchOptions, ...] = ()
    limits: MatchLimits = attrs.field(factory=MatchLimits)
    to_open: Callable[[Collection[int]], Awaitable[Collection[int]]] = attrs.field(default=_all, kw_only=True)

    def choose(self, wish: Create, opener: str, words: WordHook) -> MatchOptions:
        """Options of a match that ``opener`` opens by ``wish``; ``words`` filters its name.

        Raises:
            RequestRefused: `BAD_OPTION`.
        """
        game = self.games.get(wish.game)
        if game is None:
            raise RequestRefused(RefusalCode.BAD_OPTION, f"this server has no game {wish.game!r}")
        chosen = attrs.evolve(
            self.default,
            name=clean(words(wish.name), MAX_MATCH_NAME) or f"{opener}'s match",
            game=game,
            tick_rate=self.default.tick_rate if game is self.default.game else game.tick_rate,
            max_players=wish.max_players,
            bots=wish.bots,
            seed=None,
            rules=Rules(wish.mode, wish.options),
            rounds=wish.rounds if game.has_rounds else 0,
            private=bool(wish.private),
            password=wish.password,
            takeover=bool(wish.takeover),
            spectating=Spectating(wish.spectating),
            delay=wish.delay,
            rotation=wish.rotation & rotation_of(game),
            recorded=self.default.recorded and bool(wish.recorded),
        )
        try:
            chosen.check()
        except ConfigError as error:
            raise RequestRefused(RefusalCode.BAD_OPTION, str(error)) from error
        return chosen
