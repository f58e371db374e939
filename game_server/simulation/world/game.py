"""The interface of a game: rules over tables, their inputs, and bots."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, Protocol

import attrs
import numpy as np
import numpy.typing as npt

from game_server.errors import RulesError
from game_server.protocol import Command, View
from game_server.simulation.world.commands import CommandForm
from game_server.simulation.world.events import Event
from game_server.simulation.world.game_options import Mode, Option, Value, read_chosen
from game_server.simulation.world.interest import Interest
from game_server.simulation.world.table import Table
from game_server.simulation.world.world import World

GENTLE: Final = "gentle"
"""The skill of bots that should lose: weaker than each of `SKILLS`."""
SKILLS: Final = ("easy", "normal", "hard")
"""Skills of bots, the weakest first. The brains of every game know these, and `GENTLE`."""

START_ROUND, END_ROUND = 0, 1
"""Orders that the host of a match may give; see `Game.order`."""


NEVER: Final = 2**32
"""For `Game.due`: a tick that no match gets to, since those of the wire are smaller."""

MOST_SEATS: Final = 4096
"""Of a match, as `game-server host` opens it."""


@attrs.frozen
class Rules:
    """The options of a game that a host sets.

    Attributes:
        mode: the name of one of the game's ``modes``; empty for the first of them.
        chosen: values of the game's ``options`` by name; those that are left out have their defaults.
    """

    mode: str = ""
    chosen: Mapping[str, Value] = attrs.field(factory=dict, hash=False)


@attrs.frozen
class Newcomer:
    """Who takes a seat, as the rules get to know it.

    Attributes:
        nickname: as all see it, unique in the match; empty where it is not known, in a journal of format 2.
        bot: whether the seat is a bot's. A bot that plays while a person's connection is lost changes nothing.
    """

    nickname: str = ""
    bot: bool = False


class Inputs:
    """The commands of every player for one tick; arrays of ``max_players`` elements, zero for an empty seat.

    Attributes:
        all: the three arrays below, as rows.
        buttons: bits of those pressed.
        aim: in 4096ths of a turn, or what else the game has in its 16 bits. It is as the client sent it, 0 to
            65535: take directions modulo 4096.
        behind: how far behind this tick the player saw the others, in 16ths of a tick; see `RewindLimits`.
    """

    __slots__ = ("aim", "all", "behind", "buttons")

    def __init__(self, max_players: int) -> None:
        self.see(np.zeros((3, max_players), np.uint16))

    @classmethod
    def none(cls, max_players: int) -> Inputs:
        """Make inputs of players who press nothing."""
        return cls(max_players)

    def see(self, columns: npt.NDArray[np.uint16]) -> None:
        """Use the arrays in ``columns``, three rows of them, from now on."""
        self.all = columns
        self.buttons, self.aim, self.behind = columns

    def give(self, player: int, command: Sequence[int]) -> None:
        """Set the command of ``player``: buttons, aim and behind."""
        self.all[:, player] = command

    def clear(self, player: int) -> None:
        """Set the command of ``player`` to nothing pressed."""
        self.give(player, (0, 0, 0))


class Brain(Protocol):
    """A bot's decisions. It sees a `View`, as a client does, in the server and in a load test alike."""

    def decide(self, view: View) -> Command:
        """Return buttons and aim for the tick after ``view.tick``, and what to ask of the rules."""
        ...


class Game(abc.ABC):
    """The rules of one match. Subclasses declare their tables on ``world`` in ``__init__``.

    A game is deterministic: no wall clock, no randomness but ``world.random``, no sin or cos, nothing that
    depends on the order of a set.

    Attributes:
        name: what hosts call it, ``--game NAME``: small letters, digits and _, a letter first, at most 32 characters.
        title: what people call it; by default its name with a capital.
        seats: how many a match must have at least, and can have at most.
        tick_rate: ticks a second, unless the host chooses otherwise.
        modes: what can be played, the default first; empty for a game of one kind.
        options: what those who open a match may choose beside; the page draws a control for each.
        may_idle: seconds for which a player may do nothing and keep the seat, and for which bots play on while nobody
            does anything, if the host allows less; by default that of the host.
        camera: what the screen shows: the part of the world around one's own row, or the whole of it.
        minimap: whether a small map of the whole world stands beside the field.
        maps: whether the map is another one in each world, so that a match may be asked to have another each round.
        has_rounds: whether rounds are played, after some of which a match may be asked to end.
        web: the folder with ``game.js``, which draws the game, from that of the module on; ``web`` if left out. All
            of it is served below ``/games/NAME/``.
        rules_script: what is served as ``/games/NAME/rules.js``; empty for nothing.
        event_types: the classes of events that `step` may emit.
        highlights: those of them that the timeline of a recording shows.
        commands: what players may ask of the rules beside their inputs; their places here are their numbers.
        owned: the table in which a player's own row has the player's number as its id.
        interest: how much of the world a player sees around its own row; None when everybody sees all of it.
        rules: as set, the mode by its name, and with a value for each option.

    Args:
        world: a fresh one.
        rules: what the host has set.

    Raises:
        RulesError: the game has no such mode or option.
    """

    name: ClassVar[str]
    title: ClassVar[str] = ""
    seats: ClassVar[tuple[int, int]] = (1, MOST_SEATS)
    tick_rate: int = 30
    modes: ClassVar[tuple[Mode, ...]] = ()
    options: ClassVar[tuple[Option, ...]] = ()
    may_idle: ClassVar[float | None] = None
    camera: ClassVar[Literal["follow", "whole"]] = "follow"
    minimap: ClassVar[bool] = False
    maps: ClassVar[bool] = False
    has_rounds: ClassVar[bool] = False
    web: ClassVar[Path | str | None] = None
    rules_script: ClassVar[str] = ""
    event_types: ClassVar[tuple[type[Event], ...]] = ()
    highlights: ClassVar[tuple[type[Event], ...]] = ()
    commands: ClassVar[tuple[CommandForm, ...]] = ()
    owned: Table[Any]
    interest: Interest | None = None

    def __init__(self, world: World, rules: Rules = Rules()) -> None:
        self.world = world
        self.rules = self.read_rules(rules)

    @classmethod
    def called(cls) -> str:
        """Return its title, or its name with a capital."""
        return cls.title or cls.name.replace("_", " ").capitalize()

    @classmethod
    def read_rules(cls, rules: Rules) -> Rules:
        """Return ``rules`` with the mode by its name, and a value for each option.

        Raises:
            RulesError: the game has no such mode or option, or a value does not fit.
        """
        modes = [mode.name for mode in cls.modes]
        if rules.mode and rules.mode not in modes:
            known = f"there is {', '.join(modes)}" if modes else "it has none"
            raise RulesError(f"the game {cls.name!r} has no mode {rules.mode!r}; {known}")
        return Rules(rules.mode or next(iter(modes), ""), read_chosen(cls.name, cls.options, rules.chosen))

    @property
    def rounds_finished(self) -> int:
        """Rounds whose results have been shown to their end; 0 for a game without rounds."""
        return 0

    @property
    def round_goes_on(self) -> bool:
        """Whether a round is played, or its results are shown: a match that must leave its server does so afterwards.

        False in a game without rounds, and while one waits for the next round.
        """
        return False

    @property
    def winners(self) -> tuple[int, ...] | None:
        """Players who have won the round whose results are shown, () for nobody; None while no results are."""
        return None

    @property
    def due(self) -> int:
        """The next tick in which time alone may change something: the end of a round, the return of a pick-up.

        While nobody does anything, a step before that tick is left out if the one before it has changed nothing, which
        makes idle matches cheap. By default that is the next tick, so that every step is made. What brings it later
        must be sure that a step with equal inputs and equal tables, before that tick, changes nothing; ``behind`` may
        not matter for players who press nothing.
        """
        return self.world.tick + 1

    def score_of(self, player: int) -> int:  # noqa: ARG002 - a game without a score needs none
        """Points of ``player`` in this round, by which bots see whether they are too good; 0 without a score."""
        return 0

    @abc.abstractmethod
    def setup(self) -> dict[str, Any]:
        """Return what every client gets once, in `welcome`, such as a map: plain values that msgpack can pack."""

    @abc.abstractmethod
    def join(self, player: int, newcomer: Newcomer) -> None:
        """Add the row of ``player``, the seat that ``newcomer`` has taken between two ticks."""

    @abc.abstractmethod
    def leave(self, player: int) -> None:
        """Remove what belongs to ``player``, who has given up the seat between two ticks."""

    @abc.abstractmethod
    def step(self, inputs: Inputs) -> None:
        """Advance the world by one tick of ``world.dt`` seconds. ``world.tick`` is already that of this step."""

    def command(self, player: int, number: int, values: tuple[int | str, ...]) -> None:
        """Do what ``player`` asks for, between two steps; ``values`` are as `commands` declares.

        What is not possible now is left undone. ``world.tick`` is that of the step before.
        """
        raise NotImplementedError(f"the game {self.name!r} declares commands, so it has this method")

    def allows_line(self, player: int, text: str) -> bool:  # noqa: ARG002 - most games have no secrets
        """Whether others may see ``text``, which ``player`` writes in the chat, whispers included.

        Called between two ticks; it changes nothing.
        """
        return True

    @abc.abstractmethod
    def phase(self) -> str:
        """Return a word for the list of matches: ``warm-up``, ``playing``, ..."""

    def order(self, order: int) -> bool:  # noqa: ARG002 - most games have no rounds
        """Carry out an order of the host, between two ticks: `START_ROUND` or `END_ROUND`.

        Returns:
            Whether it was possible; if not, nothing has changed. A game without rounds can do neither.
        """
        return False

    @classmethod
    @abc.abstractmethod
    def brain(cls, setup: dict[str, Any], player: int, tick_rate: int, skill: str, seed: int) -> Brain:
        """Make a bot for the seat ``player`` from what a client knows after `welcome`.

        Args:
            skill: one of `SKILLS`, or `GENTLE`.
            seed: of the bot's own randomness; its choices reach the world as inputs only.
        """
