"""The options of a match, on the command line and in files."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import attrs
from cyclopts import Group, Parameter

from game_server.cli.numbers import whole
from game_server.games import game_named
from game_server.lobby import MatchOptions
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
from game_server.simulation import Rules

FRIENDS: Final = Group.create_ordered("For an evening with friends")
EXPERTS: Final = Group.create_ordered("For experts")
"""The two lists of options in ``game-server host --help``, in this order."""
BOTS: Final = 4
"""Default of --bots."""
_ROTATION: Final = {"none": 0, "map": MAPS, "mode": MODES, "both": MAPS | MODES}
_DEFAULTS: Final = MatchOptions("Arena", game_named("arena"))

Switch = Annotated[bool, Parameter(negative="", show_default=False)]
_Expert: Final = Parameter(group=EXPERTS)


def _check_name(_type: object, name: str) -> None:
    if not 1 <= len(name) <= MAX_SHOWN_MATCH_NAME or not name.isprintable():
        raise ValueError(f"must be 1 to {MAX_SHOWN_MATCH_NAME} printable characters")


def _check_password(_type: object, password: str) -> None:
    # Empty if it was left out; `check_values` refuses one that is given empty.
    if len(password) > MAX_PASSWORD or not password.isprintable():
        raise ValueError(f"must be 1 to {MAX_PASSWORD} printable characters")


@attrs.frozen
class MatchChoice:
    """The options of a match.

    Attributes:
        name: Name of the match.
        game: The game to play.
        mode: Mode of the game: free-for-all or teams, in the arena. By default the first mode of the game.
        friendly_fire: Let members of a team hurt each other.
        max_players: Number of seats; the map grows with it.
        bots: Seats for bots, which give way to people. 4 by default, or fewer if there are fewer seats.
        bot_skill: How well bots play; fair adapts to the weakest person, mixed takes easy, normal and hard in turn.
        seed: Seed of the map and of all random numbers; random by default.
        tick_rate: Simulation steps and snapshots per second.
        rounds: Rounds until everybody returns to the lobby; 0 for no end.
        rotation: What changes from round to round.
        takeover: Let a bot play for a player whose connection is lost; otherwise the player stands still.
        spectators: Whether people may watch; if silent, only other spectators see what they say.
        spectator_delay: Seconds by which everything that spectators see is delayed.
        private: Do not list the match; people join by its code.
        password: Password to join; better in a file than on the command line, which every user of this machine can see.
        check_hash: Put a hash into every snapshot, not one a second, so that clients detect a desync at once.
    """

    name: Annotated[str, Parameter(validator=_check_name)] = _DEFAULTS.name
    game: Annotated[str, _Expert] = _DEFAULTS.game.name
    mode: Annotated[str, Parameter(show_default=False)] = ""
    friendly_fire: Switch = False
    max_players: Annotated[int, whole(1, 4096)] = _DEFAULTS.max_players
    bots: Annotated[int | None, whole(0, 4096)] = None
    bot_skill: Literal["easy", "normal", "hard", "mixed", "fair"] = "fair"
    seed: Annotated[int | None, whole(0, MAX_TICK), _Expert] = None
    tick_rate: Annotated[int, whole(1, 240), _Expert] = _DEFAULTS.tick_rate
    rounds: Annotated[int, whole(0, MAX_ROUNDS)] = _DEFAULTS.rounds
    rotation: Literal["none", "map", "mode", "both"] = "none"
    takeover: Annotated[bool, Parameter(negative="--stand-still", show_default=False), _Expert] = _DEFAULTS.takeover
    spectators: Annotated[Literal["forbidden", "silent", "allowed"], _Expert] = "allowed"
    spectator_delay: Annotated[int, whole(0, MAX_SPECTATOR_DELAY), _Expert] = _DEFAULTS.delay
    private: Switch = False
    password: Annotated[str, Parameter(validator=_check_password, show_default=False)] = attrs.field(
        default="", repr=False
    )
    check_hash: Annotated[Switch, _Expert] = False

    def options(self) -> MatchOptions:
        """Return the options as the server takes them.

        Raises:
            ConfigError: there is no such game or mode, or there are more bots than seats.
        """
        options = MatchOptions(
            name=self.name,
            game=game_named(self.game),
            tick_rate=self.tick_rate,
            max_players=self.max_players,
            bots=min(BOTS, self.max_players) if self.bots is None else self.bots,
            bot_skill=self.bot_skill,
            seed=self.seed,
            hashed=self.check_hash,
            rules=Rules(self.mode, self.friendly_fire),
            rounds=self.rounds,
            private=self.private,
            password=self.password,
            takeover=self.takeover,
            spectating=Spectating[self.spectators.upper()],
            delay=self.spectator_delay,
            rotation=_ROTATION[self.rotation],
        )
        options.check()
        return options


DEFAULT: Final = MatchChoice()
