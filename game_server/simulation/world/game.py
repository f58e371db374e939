"""The interface of a game: rules over tables, their inputs, and bots."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any, ClassVar, Final, Protocol

import attrs
import numpy as np
import numpy.typing as npt

from game_server.errors import RulesError
from game_server.protocol import Command, View
from game_server.simulation.world.events import Event
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


@attrs.frozen
class Rules:
    """The options of a game that a host sets.

    Attributes:
        mode: one of the game's ``modes``; empty for the first of them.
        friendly_fire: whether members of a team can hurt each other.
    """

    mode: str = ""
    friendly_fire: bool = False


class Inputs:
    """The commands of every player for one tick; arrays of ``max_players`` elements, zero for an empty seat.

    Attributes:
        all: the three arrays below, as rows.
        buttons: bits of those pressed.
        aim: in 4096ths of a turn.
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
        """Return buttons and aim for the tick after ``view.tick``."""
        ...


class Game(abc.ABC):
    """The rules of one match. Subclasses declare their tables on ``world`` in ``__init__``.

    A game is deterministic: no wall clock, no randomness but ``world.random``, no sin or cos, nothing that
    depends on the order of a set.

    Attributes:
        name: what hosts call it, ``--game NAME``; also what a browser client looks its drawing up by.
        event_types: the classes of events that `step` may emit.
        highlights: those of them that the timeline of a recording shows.
        modes: what can be played, the default first; empty for a game of one kind.
        owned: the table in which a player's own row has the player's number as its id.
        interest: how much of the world a player sees around its own row; None when everybody sees all of it.
        rules: as set, the mode by its name.

    Args:
        world: a fresh one.
        rules: what the host has set.

    Raises:
        RulesError: the game has no such mode.
    """

    name: ClassVar[str]
    event_types: ClassVar[tuple[type[Event], ...]] = ()
    highlights: ClassVar[tuple[type[Event], ...]] = ()
    modes: ClassVar[tuple[str, ...]] = ()
    owned: Table[Any]
    interest: Interest | None = None

    def __init__(self, world: World, rules: Rules = Rules()) -> None:
        if rules.mode and rules.mode not in self.modes:
            known = f"there is {', '.join(self.modes)}" if self.modes else "it has none"
            raise RulesError(f"the game {self.name!r} has no mode {rules.mode!r}; {known}")
        self.world = world
        self.rules = attrs.evolve(rules, mode=rules.mode or next(iter(self.modes), ""))

    @property
    def rounds_finished(self) -> int:
        """Rounds whose results have been shown to their end; 0 for a game without rounds."""
        return 0

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
    def join(self, player: int) -> None:
        """Add the row of ``player``, who has taken a seat between two ticks."""

    @abc.abstractmethod
    def leave(self, player: int) -> None:
        """Remove what belongs to ``player``, who has given up the seat between two ticks."""

    @abc.abstractmethod
    def step(self, inputs: Inputs) -> None:
        """Advance the world by one tick of ``world.dt`` seconds. ``world.tick`` is already that of this step."""

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
