"""Options of one match, of the people in it, and the context that all matches of a process share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from game_server.errors import ConfigError, RulesError
from game_server.journal import Recordings
from game_server.lobby.sessions import Sessions
from game_server.lobby.text.chat import WordHook
from game_server.protocol import Spectating
from game_server.simulation import Game, Rules
from game_server.throttling import Throttling

SEAT_HOLD: Final = 30.0
"""Seconds for which the seat of a lost connection is kept, unless the host chooses otherwise."""
IDLE_TO_WATCHING: Final = 60.0
"""Seconds of match time without anything done, after which a person watches, unless the host chooses otherwise."""
FAIR: Final = "fair"
"""The skill of bots that play as well as the weakest person."""


@attrs.frozen
class MatchOptions:
    """What the person or host who opens a match chooses.

    Attributes:
        name: as the lobby lists it.
        game: the rules.
        tick_rate: ticks a second.
        max_players: seats.
        bots: seats that bots hold; one gives its seat up when a person finds no other.
        bot_skill: one of `SKILLS`, ``mixed`` for each in turn, or `FAIR`.
        seed: decides the map and every random choice; None draws one.
        hashed: whether every snapshot carries a hash, and not one a second.
        rules: mode, and what is chosen of the game's own options.
        rounds: until the match ends; 0 for no end.
        private: joined by its code alone, not listed.
        password: empty for none.
        takeover: whether a bot plays for a person whose connection is lost; if not, the player stands still.
        spectating: what spectators may do.
        delay: seconds by which they see everything late.
        rotation: what changes from round to round; bits `MAPS` and `MODES`.
        recorded: whether it can be watched again, if the server keeps recordings.
    """

    name: str
    game: type[Game]
    tick_rate: int = 30
    max_players: int = 16
    bots: int = 0
    bot_skill: str = FAIR
    seed: int | None = None
    hashed: bool = False
    rules: Rules = Rules()
    rounds: int = 0
    private: bool = False
    password: str = attrs.field(default="", repr=False)
    takeover: bool = False
    spectating: Spectating = Spectating.ALLOWED
    delay: int = 0
    rotation: int = 0
    recorded: bool = True

    def check(self) -> None:
        """Check that a match can be played so.

        Raises:
            ConfigError: the game has no such mode or option or number of seats, or there is not a seat for each bot.
        """
        try:
            self.game.read_rules(self.rules)
        except RulesError as error:
            raise ConfigError(str(error)) from error
        least, most = self.game.seats
        if not least <= self.max_players <= most:
            raise ConfigError(f"the game {self.game.name!r} has {least} to {most} seats, not {self.max_players}")
        if self.bots > self.max_players:
            raise ConfigError(f"{self.bots} bots do not fit on {self.max_players} seats; have more seats or fewer bots")


@attrs.frozen
class Opening:
    """How a match was opened.

    Attributes:
        has_host: whether one of the people in it is its host.
        address: of the person who opened it; None for the host of the process.
        number: its place among the matches that the host of the process opened from the start, which stay; -1 for
            others.
    """

    has_host: bool = False
    address: str | None = None
    number: int = -1

    @property
    def stays(self) -> bool:
        """Whether it stays when nobody is there, and begins again when it is over."""
        return self.number >= 0


BY_NOBODY: Final = Opening()


@attrs.frozen(kw_only=True)
class StayOptions:
    """What a host chooses for the people in every match.

    Attributes:
        seat_hold: seconds for which the seat of a lost connection is kept; 0 not to keep it.
        idle_to_watching: seconds of match time after which a player who does nothing watches; 0 for never.
        max_spectators: of one match.
    """

    seat_hold: float = SEAT_HOLD
    idle_to_watching: float = IDLE_TO_WATCHING
    max_spectators: int = 64


def _as_it_is(text: str) -> str:
    return text


@attrs.frozen
class MatchContext:
    """What the matches of a process share.

    Attributes:
        now: a steady clock in seconds.
        sessions: signs the session tokens.
        timeout: seconds of silence that `welcome` announces.
        stays: how long people keep their seats, and how many may watch.
        words: filters chat and names.
        throttling: budgets of addresses.
        recordings: where matches are recorded; None for not at all.
        waits_for_author: as `Match.waits_for_author`, of every match.
    """

    now: Callable[[], float]
    sessions: Sessions = attrs.field(factory=Sessions)
    timeout: float = 15.0
    stays: StayOptions = attrs.field(factory=StayOptions)
    words: WordHook = _as_it_is
    throttling: Throttling = attrs.field(factory=Throttling)
    recordings: Recordings | None = None
    waits_for_author: bool = False
