"""Games of declarations: entities, events, inputs and rounds as classes, and the rules as a few methods."""

from __future__ import annotations

import abc
from typing import Any, ClassVar, Final, NoReturn

from game_server.authoring.bot import Bot, BotBrain
from game_server.authoring.chance import Chance
from game_server.authoring.declarations import ClassBody, Declared, read_declarations, smooth_fields, table_name
from game_server.authoring.entities import Entity, Rows, Single, fields_of, place_of, snake_case
from game_server.authoring.events import Event
from game_server.authoring.fields import Storage
from game_server.authoring.inputs import Inputs
from game_server.authoring.rounds import (
    COUNTDOWN,
    NOBODY,
    PLAYING,
    RESULTS,
    WARM_UP,
    PlayedInRounds,
    RoundPhases,
    RoundRow,
    Rounds,
)
from game_server.errors import RulesError
from game_server.simulation import Brain, Newcomer, Rules, Table, World
from game_server.simulation import Inputs as EngineInputs

TURNS_IDLE: Final = 300.0
"""Seconds for which one may do nothing in a game that has commands, but no inputs: people wait for their turns."""
ROUND_TABLE = 0
FIRST_TABLE = 1


class GameType(abc.ABCMeta):
    """The type of games: it notices a name that is declared twice in a class."""

    @classmethod
    def __prepare__(cls, name: str, bases: tuple[type, ...], /, **options: Any) -> ClassBody:
        """Make the namespace that the body of the class fills."""
        return ClassBody()

    def __call__(cls, *args: Any, **options: Any) -> Any:
        """Make a game, whose attributes are not set any more from then on."""
        made = super().__call__(*args, **options)
        made._begun = True
        return made


class Game(PlayedInRounds, metaclass=GameType):
    """The rules of one match, as a class of declarations and a few methods, each of which may be left out.

    A class that is derived from it declares::

        class Tag(Game):
            title, seats, tick_rate = "Tag", (2, 16), 30
            size, camera = (1280, 720), "whole"
            inputs = Inputs(move=Stick())
            rounds = Rounds(play=60)

            class Player(Entity): ...
            class Tagged(Event): ...

            def predicted(me, input, dt): ...

    Everything that a match depends on is in fields of its rows: an attribute of the game is set in ``__init__`` or
    never. Chance comes from ``self.chance`` alone; the clock is ``self.now``.

    Attributes:
        size: width and height of the field, world units; None for a game without places.
        inputs: what players press.
        rounds: how long the phases of a round last; None for a game without rounds.
        players: the rows of ``Player``; so are ``coins`` those of ``Coin``.
        chance: what is drawn by lot.
    """

    size: ClassVar[tuple[float, float] | None] = None
    inputs: ClassVar[Inputs] = Inputs()
    rounds: ClassVar[Rounds | None] = None
    declared: ClassVar[Declared]
    bot_class: ClassVar[type[Bot]] = Bot
    players: Rows[Any]
    chance: Chance

    def __init_subclass__(cls) -> None:
        """Read the declarations.

        Raises:
            RulesError: there is something that the engine cannot carry, with what to write instead.
        """
        super().__init_subclass__()
        cls.name = vars(cls).get("name") or snake_case(cls.__name__)
        if isinstance(cls.inputs, Inputs):
            cls.inputs = cls.inputs.on_field(cls.size)
        cls.declared = read_declarations(cls)
        cls.has_rounds = cls.rounds is not None
        if cls.may_idle is None and not cls.inputs.controls:
            cls.may_idle = TURNS_IDLE
        cls.event_types = cls.declared.events
        cls.highlights = tuple(event for event in cls.declared.events if event.highlight)
        cls.commands = cls.declared.commands
        cls.rules_script = cls.declared.rule.js(cls.name) if cls.declared.rule else ""
        cls.bot_class = type("Stroller", (Bot,), {"game": cls, "__doc__": "Strolls about."})

    def __init__(self, world: World, rules: Rules = Rules()) -> None:
        self._begun = False
        super().__init__(world, rules)
        self.chance = Chance(world.random, self.size)
        self.tick_rate = world.tick_rate
        self._rows: dict[str, Rows[Any]] = {}
        self._given = EngineInputs.none(world.max_players)
        self._in_step = False
        self._seats: list[Any] = []
        """The columns that hold players."""
        self._early: list[tuple[Event, tuple[float, float] | None, tuple[int, ...] | None]] = []
        """Events of those who come and go between two ticks: they belong to the next."""
        for number, (entity, row_class) in enumerate(self.declared.entities.items(), FIRST_TABLE):
            self._add_table(number, entity, row_class)
        if self.rounds:
            row = world.single(ROUND_TABLE, "round", RoundRow)
            self._phases = RoundPhases(world, self.rounds, max(1, self.seats[0]), row, self)
        # What it set outside of rows would not be there after a checkpoint, for which `started` is not called again.
        self._begun = True
        self.started()
        self._begun = False

    # What a game may write

    def started(self) -> None:
        """The match is there, and nobody in it: the place to add rows that are there from the beginning."""

    def joined(self, player: Any, who: Newcomer) -> None:
        """``player`` has taken a seat: the row is there, its fields 0 or False, and already among ``self.players``.

        ``who.nickname`` is what others see over the player, ``who.bot`` whether it is a bot; what you need of it later
        belongs into fields. It does not come again for one whose connection was lost and who is back.
        """

    def left(self, player: Any) -> None:
        """``player`` has left: the row is not among the players any more, but can be read.

        A seat whose connection is lost is kept for a while (``--seat-hold``, 30 s): only then does this come.
        """

    def round_began(self) -> None:
        """A round is played from now on: the countdown is over, and all totals are 0."""

    def round_ended(self) -> None:
        """The results are shown from now on."""

    def tick(self) -> None:
        """One tick: everybody has moved by ``predicted``. In a game with rounds, only while one is played."""

    def may_write(self, player: Any, words: str) -> bool:  # noqa: ARG002 - rules may need them
        """Whether others may see ``words``, which ``player`` writes in the chat, whispers included; True if left out.

        For games with a secret: return False for one who knows it. It changes nothing, no field and no chance.
        """
        return True

    # What its rules may use

    @property
    def now(self) -> int:
        """The number of this tick."""
        return self.world.tick

    @property
    def playing(self) -> bool:
        """Whether a round is played; always in a game without rounds."""
        return self._phases is None or self._phases.phase == PLAYING

    def ticks(self, seconds: float) -> int:
        """Return how many ticks ``seconds`` are, at least one."""
        return max(1, round(seconds * self.world.tick_rate))

    def option(self, name: str) -> Any:
        """Return what the host has chosen for the option ``name``: True or False, a number, or the name of a choice.

        Raises:
            RulesError: the game declares no such option.
        """
        if name not in self.rules.chosen:
            known = ", ".join(self.rules.chosen) or "none"
            raise RulesError(f"{type(self).__name__} has no option {name!r}; it declares {known}")
        return self.rules.chosen[name]

    def input(self, player: Any) -> Any:
        """Return what ``player`` presses in this tick: ``self.input(player).dash``."""
        return self.inputs.read(int(self._given.buttons[player.id]), int(self._given.aim[player.id]))

    def emit(self, event: Event, at: Any = None, *, to: Any = None) -> None:
        """Send ``event`` to everybody; in a large field, to those who see the place ``at``, a row or ``(x, y)``.

        Args:
            to: a player, or several, who alone get it: no other player, no spectator, no recording.

        Raises:
            RulesError: it is no event of this game.
        """
        if type(event) not in self.event_types:
            known = ", ".join(kind.__name__ for kind in self.event_types) or "none: class Tagged(Event)"
            raise RulesError(f"{type(self).__name__}.emit({event!r}): it is no event of this game, which has {known}")
        players = [to] if isinstance(to, Entity) else to
        place = place_of(at) if isinstance(at, Entity) else at
        alone = None if players is None else tuple(player.id for player in players)
        if self._in_step:
            self.world.emit(event, place, to=alone)
        else:
            self._early.append((event, place, alone))

    def end_round(self, winner: Any = None) -> None:
        """Show the results now, of a round that ``winner`` has won; the best by the first total if left out.

        Raises:
            RulesError: the game has no rounds.
        """
        if self._phases is None:
            raise RulesError(f"{type(self).__name__} has no rounds to end; write rounds = Rounds(play=60) in its class")
        self._phases.end(winner.id if winner is not None else None)

    # What the engine asks for

    def __setattr__(self, name: str, value: Any) -> None:
        if getattr(self, "_begun", False) and name not in self.__slots_of_the_engine:
            self._refuse(name)
        super().__setattr__(name, value)

    __slots_of_the_engine = frozenset({"_given", "_begun", "_in_step"})

    def setup(self) -> dict[str, Any]:
        """Return what sdk.js reads: the field, which fields glide, lines of events, inputs, standings."""
        entities: dict[str, Any] = {}
        for entity in self.declared.entities:
            entities[table_name(entity)] = {
                "plural": entity.plural,
                "smooth": smooth_fields(entity),
                "flags": fields_of(entity, Storage.FLAG),
                "players": fields_of(entity, Storage.PLAYER),
                "owned": int(entity.__name__ == "Player"),
                "single": int(issubclass(entity, Single)),
            }
        events = {
            event.name: {"line": event.line, "players": [n for n, kind in event.kinds.items() if kind == "Player"]}
            for event in self.declared.events
        }
        setup: dict[str, Any] = {
            "declared": 1,
            "entities": entities,
            "events": events,
            "inputs": self.inputs.declared(),
            "commands": [
                [form.name, [value.name for value in form.values], [value.limits for value in form.values]]
                for form in self.commands
            ],
            "standings": [[name, field.title] for name, field in self.players_fields().items() if field.title],
            "rounds": int(self.rounds is not None),
        }
        if self.size:
            setup["world"] = list(self.size)
        return setup

    def join(self, player: int, newcomer: Newcomer) -> None:
        """Add the row of ``player``."""
        self.owned.add_at(player)
        self.joined(self.players[player], newcomer)

    def leave(self, player: int) -> None:
        """Remove the row of ``player``."""
        row = self.players[player]
        self.players._take_out(row)
        try:
            if self._phases:
                self._phases.left(player)
            self.left(row)
        finally:
            # The next to take the seat owns nothing of what is still there, and is not shown it.
            for column in self._seats:
                column[column == player + 1] = 0

    def step(self, inputs: EngineInputs) -> None:
        """Advance by one tick: everybody moves by the predicted rule, then the rules act, then the round goes on."""
        self._enter_step()
        self._given = inputs
        if self.declared.rule:
            self.declared.rule.run(self.owned, inputs.buttons, inputs.aim, self.world.dt)
        if self.playing:
            self.tick()
        if self._phases:
            self._phases.step()
        self._in_step = False

    def command(self, player: int, number: int, values: tuple[int | str, ...]) -> None:
        """Call the method of the command ``number``."""
        self._enter_step()
        getattr(self, self.commands[number].name)(self.players[player], *values)
        self._in_step = False

    def allows_line(self, player: int, text: str) -> bool:
        """Ask the rules."""
        return bool(self.may_write(self.players[player], text))

    @property
    def winners(self) -> tuple[int, ...] | None:
        """The player who has won the round; None while no results are shown."""
        if self._phases is None or self._phases.phase != RESULTS:
            return None
        winner = int(self._phases.round.winner)
        return () if winner == NOBODY else (winner,)

    def score_of(self, player: int) -> int:
        """The first total of ``player``; 0 in a game without totals."""
        totals = self._totals()
        return int(self.owned.column(totals[0])[player]) if totals else 0

    @classmethod
    def brain(cls, setup: dict[str, Any], player: int, tick_rate: int, skill: str, seed: int) -> Brain:  # noqa: ARG003
        """Make a bot that sees what a client sees."""
        bot = cls.bot_class(player, tick_rate, skill, seed, cls.size)
        entities = cls.declared.entities
        return BotBrain(bot, cls.inputs, {table_name(entity): entity for entity in entities})

    # The stage of the rounds

    def present(self) -> int:
        """Count the players."""
        return len(self.players)

    def goes_on(self) -> bool:
        """Whether enough players are there; one is enough if the host began the round for one."""
        return self._phases is not None and self.present() >= self._phases.round.least

    def decided(self) -> bool:
        """Return False: the rules call `end_round`."""
        return False

    def entered(self, phase: int, ticks: int) -> None:  # noqa: ARG002 - rules have `self.rounds`
        """Follow a change of phase."""
        if phase in (WARM_UP, COUNTDOWN):
            for name in self._totals_of_a_round():
                self.owned.column(name)[:] = 0
        elif phase == PLAYING:
            self.round_began()
        else:
            self.round_ended()

    def best(self) -> int:
        """Return the player who is ahead in the first total of a round; `NOBODY` for a tie, or without points."""
        totals = self._totals_of_a_round() or self._totals()
        if not totals:
            return NOBODY
        points = self.owned.column(totals[0])
        ranked: list[tuple[int, int]] = sorted(((int(points[n]), n) for n in self.owned.live.tolist()), reverse=True)
        if not ranked or ranked[0][0] == 0 or (len(ranked) > 1 and ranked[1][0] == ranked[0][0]):
            return NOBODY
        return ranked[0][1]

    def _enter_step(self) -> None:
        self._in_step = True
        for event, where, alone in self._early:
            self.world.emit(event, where, to=alone)
        self._early.clear()

    def _totals(self) -> list[str]:
        return [name for name, field in self.players_fields().items() if field.title]

    def _totals_of_a_round(self) -> list[str]:
        fields = self.players_fields()
        return [name for name in self._totals() if not fields[name].lasting]

    @classmethod
    def players_fields(cls) -> dict[str, Any]:
        """Return the fields of ``Player``."""
        return next(iter(cls.declared.entities)).fields

    def _add_table(self, number: int, entity: type[Entity], row_class: Any) -> None:
        world, is_player = self.world, entity.__name__ == "Player"
        capacity = world.max_players if is_player else entity.most
        table: Table[Any] = world.table(number, table_name(entity), row_class, capacity, owner=entity.owner_field)
        if is_player:
            self.owned = table
        self._seats += [table.column(name) for name in fields_of(entity, Storage.PLAYER)]
        rows: Rows[Any] = Rows(entity, table)
        if issubclass(entity, Single):
            table.add()
            setattr(self, entity.plural, rows[0])
        else:
            setattr(self, entity.plural, rows)

    def _refuse(self, name: str) -> NoReturn:
        if name in vars(self) or not hasattr(type(self), name):
            raise RulesError(
                f"{type(self).__name__}.{name} is set during the match; what a match depends on is in fields, which "
                f"journals and replays know: class State(Single): {name} = count(0, 100), and self.state.{name}"
            )
        raise RulesError(f"{type(self).__name__}.{name} is set during the match; it belongs to the class")
