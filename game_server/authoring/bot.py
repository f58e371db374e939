"""Bots of declared games: they see what a client sees, and press what a player presses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Final

from game_server.authoring.chance import Chance
from game_server.authoring.commands import Asking, take_asked, takes
from game_server.authoring.entities import Entity, Single, fields_of
from game_server.authoring.fields import Storage
from game_server.authoring.inputs import Inputs, Stick
from game_server.authoring.translation import sqrt
from game_server.errors import RulesError
from game_server.simulation import PRIVATE, Brain, Command, SplitMix64, View

STROLL_SECONDS: Final = 0.7
"""How long a bot that nobody has written goes in one direction."""


class Seen:
    """A row as a client sees it: in steps, and of the bot's own row the exact fields."""

    __slots__ = ("_values", "id")

    def __init__(self, number: int, values: dict[str, Any]) -> None:
        self.id = number
        self._values = values

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"a bot sees no {name!r} here, but {', '.join(self._values)}") from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Seen) and other.id == self.id and other._values is self._values

    def __hash__(self) -> int:
        return self.id

    def distance_to(self, other: Seen) -> float:
        """Return how far it is to another row, in world units."""
        x, y = other.x - self.x, other.y - self.y
        return sqrt(x * x + y * y)

    def nearest(self, rows: Iterable[Seen]) -> Seen | None:
        """Return the nearest of ``rows`` but itself; None if there is none."""
        others = [row for row in rows if row is not self]
        return min(others, key=lambda row: (self.distance_to(row), row.id), default=None)

    def towards(self, other: Seen | None) -> tuple[float, float]:
        """Return the direction to ``other``, for a stick; none if there is no other."""
        return (other.x - self.x, other.y - self.y) if other else (0.0, 0.0)

    def away_from(self, other: Seen | None) -> tuple[float, float]:
        """Return the direction away from ``other``, for a stick; none if there is no other."""
        return (self.x - other.x, self.y - other.y) if other else (0.0, 0.0)


class SeenRows:
    """All rows of a table that a bot sees, by id."""

    def __init__(self, rows: dict[int, Seen]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Seen]:
        return iter([self._rows[number] for number in sorted(self._rows)])

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, number: int) -> Seen | None:
        """Return the row with the id ``number``; None if it is not seen."""
        return self._rows.get(number)


class Sight:
    """What a bot sees after a tick: ``seen.players``, and so on for each entity; of a `Single`, its row."""

    def __init__(self, tick: int, rows: dict[str, SeenRows | Seen]) -> None:
        self.tick = tick
        self._rows = rows

    def __getattr__(self, name: str) -> Any:
        try:
            return self._rows[name]
        except KeyError:
            raise AttributeError(f"a bot sees no {name!r}, but {', '.join(self._rows)}") from None


class Bot:
    """The mind of one bot. Subclasses say which game they play and override `think`.

    ::

        class Runner(Bot, plays=Tag):
            def think(self, me, seen):
                return {"move": me.away_from(me.nearest(seen.players))}

    A bot may keep what it likes in attributes: they are no part of the match.

    ``self.send.put(4)`` in `think` asks for a command, as a browser does: at most 20 a second, more are ignored.

    Attributes:
        chance: its own; what it draws reaches the world as inputs only.
        skill: ``easy``, ``normal``, ``hard``, or ``gentle``, which should lose.
        tick_rate: ticks a second.
    """

    game: ClassVar[Any] = None

    def __init_subclass__(cls, *, plays: Any = None) -> None:
        """Make this the bot of the game ``plays``.

        Raises:
            RulesError: ``plays`` is no declared game, or `think` is missing.
        """
        if plays is None:
            return
        if not hasattr(plays, "bot_class"):
            raise RulesError(f"{cls.__name__}: plays={plays!r} is no game of game_server.author")
        if cls.think is Bot.think or not takes(cls.think, 3):
            raise RulesError(f"{cls.__name__} does not say what it presses; write def think(self, me, seen):")
        plays.bot_class = cls
        cls.game = plays

    def __init__(self, player: int, tick_rate: int, skill: str, seed: int, size: tuple[float, float] | None) -> None:
        self.player = player
        self.tick_rate = tick_rate
        self.skill = skill
        self.chance = Chance(SplitMix64(seed), size)
        self.send = Asking(self.game.commands, self.game.__name__)

    def think(self, me: Any, seen: Any) -> dict[str, Any]:  # noqa: ARG002 - a bot of a game may need them
        """Return what is pressed in the next tick: ``{"move": (x, y), "dash": True}``; what is left out is not.

        By default it strolls about.
        """
        if seen.tick >= getattr(self, "_until", 0):
            self._until = seen.tick + max(1, round(self.tick_rate * STROLL_SECONDS))
            sticks = [name for name, control in self.game.inputs.controls.items() if isinstance(control, Stick)]
            self._held = {name: (self.chance.whole(-1, 1), self.chance.whole(-1, 1)) for name in sticks}
        return self._held


class BotBrain(Brain):
    """Has a `Bot` decide.

    Args:
        bot: the bot.
        inputs: of its game.
        entities: of its game, by the names of their tables.
    """

    def __init__(
        self,
        bot: Bot,
        inputs: Inputs,
        entities: dict[str, type[Entity]],
    ) -> None:
        self._bot = bot
        self._inputs = inputs
        self._entities = entities
        self._flags = {table: fields_of(entity, Storage.FLAG) for table, entity in entities.items()}
        self._players = {table: fields_of(entity, Storage.PLAYER) for table, entity in entities.items()}

    def decide(self, view: View) -> Command:
        """Return buttons and aim for the tick after ``view.tick``; none without a row.

        Raises:
            RulesError: the bot returns what cannot be pressed.
        """
        rows: dict[str, SeenRows | Seen] = {}
        me: Seen | None = None
        for table, entity in self._entities.items():
            found = self._rows(table, view)
            # A row that everybody sees is there in each view; one that is not is as a table without rows.
            rows[entity.plural] = found[0] if issubclass(entity, Single) and 0 in found else SeenRows(found)
            if table == "player":
                me = found.get(view.player)
        if me is None:
            return Command(0, 0)
        pressed: Any = self._bot.think(me, Sight(view.tick, rows))
        if pressed is None:
            pressed = {}
        if not isinstance(pressed, Mapping):
            raise RulesError(
                f"{type(self._bot).__name__}.think returns {pressed!r}; it returns what is pressed, as in "
                '{"move": (1, 0), "dash": True}'
            )
        try:
            buttons, aim = self._inputs.pack(pressed)
        except RulesError as error:
            raise RulesError(f"{type(self._bot).__name__}.think: {error}") from None
        return Command(buttons, aim, asks=take_asked(self._bot.send))

    def _rows(self, table: str, view: View) -> dict[int, Seen]:
        """Return the rows of ``table`` with all that the bot may know of them."""
        own = {view.player: view.own} if table == "player" else view.tables.get(table + PRIVATE, {})
        found = {}
        for number, row in view.tables.get(table, {}).items():
            values: dict[str, Any] = {**row, **own.get(number, {})}
            values |= {name: bool(values[name]) for name in self._flags[table] if name in values}
            values |= {
                name: values[name] - 1 if values[name] else None for name in self._players[table] if name in values
            }
            found[number] = Seen(number, values)
        return found
