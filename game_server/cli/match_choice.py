"""The options of a match, on the command line and in files."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import attrs
from cyclopts import Group, Parameter

from game_server.cli.numbers import whole
from game_server.errors import ConfigError
from game_server.games import game_named
from game_server.lobby import MatchOptions, rotation_of
from game_server.protocol import (
    MAPS,
    MAX_PASSWORD,
    MAX_ROUNDS,
    MAX_SHOWN_MATCH_NAME,
    MAX_SPECTATOR_DELAY,
    MAX_TICK,
    MODES,
    Spectating,
)
from game_server.simulation import Game, Rules, Value

FRIENDS: Final = Group.create_ordered("For an evening with friends")
EXPERTS: Final = Group.create_ordered("For experts")
"""The two lists of options in ``game-server host --help``, in this order."""
BOTS: Final = 4
"""Default of --bots."""
_ROTATION: Final = {"none": 0, "map": MAPS, "mode": MODES, "both": MAPS | MODES}
SEATS: Final = 16
"""Default of --max-players."""
GAME: Final = "arena"
"""Default of --game."""
_DEFAULTS: Final = MatchOptions("", game_named(GAME))

Switch = Annotated[bool, Parameter(negative="", show_default=False)]
_Expert: Final = Parameter(group=EXPERTS)


def _check_name(_type: object, name: str) -> None:
    # Empty if it was left out; `check_values` refuses one that is given empty.
    if len(name) > MAX_SHOWN_MATCH_NAME or not name.isprintable():
        raise ValueError(f"must be 1 to {MAX_SHOWN_MATCH_NAME} printable characters")


def _chosen(game: type[Game], given: tuple[str, ...]) -> dict[str, Value]:
    """Read what is ``given`` of the options that ``game`` declares; `MatchOptions.check` refuses what it has not."""
    known = {option.name: option for option in game.options}
    chosen: dict[str, Value] = {}
    for text in given:
        written, _, value = text.partition("=")
        name = written.strip().replace("-", "_")
        chosen[name] = known[name].parse(value.strip()) if name in known else value
    return chosen


def _check_password(_type: object, password: str) -> None:
    # Empty if it was left out; `check_values` refuses one that is given empty.
    if len(password) > MAX_PASSWORD or not password.isprintable():
        raise ValueError(f"must be 1 to {MAX_PASSWORD} printable characters")


@attrs.frozen
class MatchChoice:
    """The options of a match.

    Attributes:
        name: Name of the match; by default the title of the game.
        game: The game to play: arena, one that is installed, or module:Class of your own.
        mode: Mode of the game: free-for-all or teams, in the arena. By default the first mode of the game.
        option: An option of the game's own, as name=value, or a name alone for yes; friendly_fire in the arena, where
            members of a team can then hurt each other. Repeatable.
        max_players: Number of seats; 16 by default, or as many as the game has. The map of the arena grows with it.
        bots: Seats for bots, which give way to people. 4 by default, or fewer if there are fewer seats.
        bot_skill: How well bots play; fair adapts to the weakest person, mixed takes easy, normal and hard in turn.
        seed: Seed of the map and of all random numbers; random by default.
        tick_rate: Simulation steps and snapshots per second; by default that of the game.
        rounds: Rounds until everybody returns to the lobby; 0 for no end.
        rotation: What changes from round to round.
        takeover: Let a bot play for a player whose connection is lost; otherwise the player stands still.
        spectators: Whether people may watch; if silent, only other spectators see what they say.
        spectator_delay: Seconds by which everything that spectators see is delayed.
        private: Do not list the match; people join by its code.
        password: Password to join; better in a file than on the command line, which every user of this machine can see.
        unrecorded: Do not record the match, so that nobody can watch it again.
        check_hash: Put a hash into every snapshot, not one a second, so that clients detect a desync at once.
    """

    name: Annotated[str, Parameter(validator=_check_name, show_default=False)] = ""
    game: Annotated[str, _Expert] = GAME
    mode: Annotated[str, Parameter(show_default=False)] = ""
    option: Annotated[tuple[str, ...], Parameter(negative="", show_default=False)] = ()
    max_players: Annotated[int | None, whole(1, 4096)] = None
    bots: Annotated[int | None, whole(0, 4096)] = None
    bot_skill: Literal["easy", "normal", "hard", "mixed", "fair"] = "fair"
    seed: Annotated[int | None, whole(0, MAX_TICK), _Expert] = None
    tick_rate: Annotated[int | None, whole(1, 240), _Expert] = None
    rounds: Annotated[int, whole(0, MAX_ROUNDS)] = _DEFAULTS.rounds
    rotation: Literal["none", "map", "mode", "both"] = "none"
    takeover: Annotated[bool, Parameter(negative="--stand-still", show_default=False), _Expert] = _DEFAULTS.takeover
    spectators: Annotated[Literal["forbidden", "silent", "allowed"], _Expert] = "allowed"
    spectator_delay: Annotated[int, whole(0, MAX_SPECTATOR_DELAY), _Expert] = _DEFAULTS.delay
    private: Switch = False
    password: Annotated[str, Parameter(validator=_check_password, show_default=False)] = attrs.field(
        default="", repr=False
    )
    unrecorded: Annotated[Switch, _Expert] = False
    check_hash: Annotated[Switch, _Expert] = False

    def options(self) -> MatchOptions:
        """Return the options as the server takes them.

        Raises:
            ConfigError: there is no such game, mode or option, there are more bots than seats, or the game has no
                rounds, or nothing that could change between them.
        """
        game = game_named(self.game)
        rotation = _ROTATION[self.rotation]
        if rotation & ~rotation_of(game):
            kind = "map" if rotation & ~rotation_of(game) & MAPS else "mode"
            raise ConfigError(f"the game {game.name!r} has one {kind}: --rotation {self.rotation} could change nothing")
        if self.rounds and not game.has_rounds:
            raise ConfigError(f"the game {game.name!r} has no rounds: a match of it would not end after {self.rounds}")
        max_players = min(SEATS, game.seats[1]) if self.max_players is None else self.max_players
        options = MatchOptions(
            name=self.name or game.called(),
            game=game,
            tick_rate=self.tick_rate or game.tick_rate,
            max_players=max_players,
            bots=min(BOTS, max_players) if self.bots is None else self.bots,
            bot_skill=self.bot_skill,
            seed=self.seed,
            hashed=self.check_hash,
            rules=Rules(self.mode, _chosen(game, self.option)),
            rounds=self.rounds,
            private=self.private,
            password=self.password,
            takeover=self.takeover,
            spectating=Spectating[self.spectators.upper()],
            delay=self.spectator_delay,
            rotation=rotation,
            recorded=not self.unrecorded,
        )
        options.check()
        return options


DEFAULT: Final = MatchChoice()
