"""What a class of a game declares, read once when the class is made."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable, Iterator
from typing import Any, Final

import attrs

from game_server.authoring.commands import Command, read_commands, takes
from game_server.authoring.entities import Entity, Single, columns_of, has_place, snake_case, who_sees
from game_server.authoring.events import Event, settle
from game_server.authoring.inputs import Inputs
from game_server.authoring.rounds import Rounds
from game_server.authoring.rule import PredictedRule
from game_server.errors import RulesError
from game_server.simulation import CommandForm


class ClassBody(dict[str, Any]):
    """The namespace of a game's class while it is made: it refuses two declarations of one name."""

    def __setitem__(self, name: str, value: Any) -> None:
        if isinstance(value, type) and issubclass(value, Entity | Event | Command) and name in self:
            raise RulesError(f"{self.get('__qualname__')} declares {name} twice; give one of them another name")
        super().__setitem__(name, value)


HOOKS: Final = {
    "started": "self",
    "joined": "self, player, who",
    "left": "self, player",
    "round_began": "self",
    "round_ended": "self",
    "tick": "self",
    "may_write": "self, player, words",
}
"""What the engine calls during a match, and an author may write, with its parameters."""
AUTHORS_OWN: Final = frozenset(
    (
        "name", "title", "seats", "tick_rate", "may_idle", "maps", "size", "camera", "minimap", "inputs", "rounds",
        "modes", "options", "web", "bot_class", "score_of", *HOOKS,
    )
)  # fmt: skip
"""What an author writes into the class of a game, though the engine has it too: declarations, and methods to fill."""
USUAL: Final = {"update": "tick", "round_start": "round_began", "round_over": "round_ended", "can_write": "may_write"}
"""What other engines call them."""
ALIKE: Final = 0.8
"""How much of two names is the same when one is taken for a slip of the other: `joinned`, `rounds` without its s."""
ENGINES_OWN: Final = frozenset(("world", "rules", "owned", "chance"))
"""Attributes that each game gets when it begins."""
PAGES_OWN: Final = frozenset(
    (
        "me", "round", "world", "colours", "time", "send", "pointer", "held", "scene", "playerOf", "play", "shake",
    )
)  # fmt: skip
"""What `look` has in the page beside rows."""


@attrs.frozen
class Declared:
    """The declarations of one game.

    Attributes:
        entities: with the row class of each, the players' first.
        events: in the order of declaration.
        commands: in the order of declaration, which gives them their numbers.
        rule: what browsers predict; None for nothing.
    """

    entities: dict[type[Entity], type[attrs.AttrsInstance]]
    events: tuple[type[Event], ...]
    commands: tuple[CommandForm, ...]
    rule: PredictedRule | None


def read_declarations(game: type[Any]) -> Declared:
    """Read what ``game``, and the classes that it is derived from, declare.

    Raises:
        RulesError: there is no ``Player``, or a declaration that the engine cannot carry.
    """
    parts: dict[str, Any] = {}
    for base in reversed(game.__mro__):
        parts |= {name: value for name, value in vars(base).items() if isinstance(value, type)}
    entities = [part for part in parts.values() if issubclass(part, Entity) and part not in (Entity, Single)]
    player = next((entity for entity in entities if entity.__name__ == "Player"), None)
    if player is None:
        raise RulesError(f"{game.__name__} has no players' entity: class Player(Entity) with a field or more")
    if not isinstance(game.inputs, Inputs):
        raise RulesError(f"{game.__name__}.inputs = {game.inputs!r}; write inputs = Inputs(move=Stick())")
    if game.rounds is not None and not isinstance(game.rounds, Rounds):
        raise RulesError(f"{game.__name__}.rounds = {game.rounds!r}; write rounds = Rounds(play=60)")
    _check_size(game)
    plurals = [entity.plural for entity in entities]
    for entity in entities:
        taken = hasattr(game, entity.plural) or entity.plural in ENGINES_OWN
        if plurals.count(entity.plural) > 1 or (taken and entity.plural != "players"):
            raise RulesError(f'{entity.__name__}: self.{entity.plural} is taken; say class X(Entity, plural="...")')
        if entity.plural in PAGES_OWN:
            raise RulesError(f"{entity.__name__}: pages have something else called {entity.plural}; rename it")
    function = parts_function(game)
    rule = PredictedRule(function, player, game.inputs) if function else None
    exact = rule.exact if rule else frozenset()
    rows = {player: columns_of(player, exact)}
    rows |= {entity: columns_of(entity, ()) for entity in entities if entity is not player}
    for entity in entities:
        _check_totals(entity, is_player=entity is player)
    events = [part for part in parts.values() if issubclass(part, Event) and part is not Event]
    settle(events, {entity.__name__ for entity in entities})
    commands = [part for part in parts.values() if issubclass(part, Command) and part is not Command]
    _check_names(game, commands)
    for hook, parameters in HOOKS.items():
        if not takes(getattr(game, hook), 1 + parameters.count(",")):
            raise RulesError(f"{game.__name__}.{hook} takes something else; write def {hook}({parameters}):")
        if hook.startswith("round_") and hook in vars(game) and game.rounds is None:
            raise RulesError(f"{game.__name__}.{hook} is never called: write rounds = Rounds(play=60), too")
    if not takes(game.__init__, 3):
        raise RulesError(f"{game.__name__}.__init__ takes something else; what begins a match is def started(self):")
    _check_spelling(game, commands)
    return Declared(rows, tuple(events), read_commands(game, commands), rule)


def parts_function(game: type[Any]) -> types.FunctionType | None:
    """Return the function ``predicted`` of a game, as written in the class or one that it is derived from."""
    for base in game.__mro__:
        found = vars(base).get("predicted")
        found = found.__func__ if isinstance(found, staticmethod) else found
        if isinstance(found, types.FunctionType):
            return found
        if found is not None:
            raise RulesError(f"{game.__name__}.predicted is no function; write def predicted(me, input, dt):")
    return None


def smooth_fields(entity: type[Entity]) -> list[str]:
    """Return the fields that browsers show gliding."""
    return [name for name, field in entity.fields.items() if field.is_place and who_sees(entity, field) == "everybody"]


def table_name(entity: type[Entity]) -> str:
    """Return what the table of ``entity`` is called on the wire."""
    return snake_case(entity.__name__)


def _check_names(game: type[Any], commands: Iterable[type[Command]]) -> None:
    """Refuse what would take the place of the engine's own, and never be called as its author expects.

    Raises:
        RulesError: a name is taken.
    """
    engine = _engine_of(game)
    # Those that are derived from it have been checked, and have what is read of their declarations.
    bodies = [game, *(base for base in game.__mro__ if not issubclass(base, engine) and not issubclass(engine, base))]
    named = {name for body in bodies for name in vars(body)} - AUTHORS_OWN
    for name in sorted(named | {command.form.name for command in commands}):
        if not name.startswith("_") and hasattr(engine, name):
            raise RulesError(f"{game.__name__}.{name} would take the place of what the engine calls so; rename it")


def _check_spelling(game: type[Any], commands: Iterable[type[Command]]) -> None:
    """Refuse what neither the engine nor the rules ask for, if it is called nearly as something that the engine does.

    And what the rules would change without a trace in the rows: a list or dict, common to all matches.

    Raises:
        RulesError: there is such a thing in the class.
    """
    known, engine = {*AUTHORS_OWN, "predicted"}, _engine_of(game)
    used = {command.form.name for command in commands}
    for base in game.__mro__:
        if base not in engine.__mro__:
            used |= {name for value in vars(base).values() for code in _codes(value) for name in code.co_names}
    for name, value in vars(game).items():
        if name in known or name.startswith("_") or isinstance(value, type):
            continue
        if isinstance(value, list | dict | set) and name.islower():
            raise RulesError(
                f"{game.__name__}.{name} = {value!r} is common to all matches, and in no checkpoint; what changes is "
                "in fields, and what does not is a tuple, or has a name in capitals"
            )
        plain = name.lower().removeprefix("on_").removeprefix("player_")
        alike = difflib.get_close_matches(plain, known, 1, ALIKE)
        meant = USUAL.get(plain) or next(iter(alike), "")
        if meant and name not in used and meant not in vars(game):
            say = f"def {meant}({HOOKS[meant]})" if meant in HOOKS else meant
            raise RulesError(f"{game.__name__}.{name} is asked for by nobody; did you mean {say}?")


def _engine_of(game: type[Any]) -> type[Any]:
    return next(base for base in game.__mro__ if base.__module__.startswith("game_server.authoring."))


def _codes(value: Any) -> Iterator[types.CodeType]:
    """Yield the code of a function, method or property, and of the functions in it."""
    for function in (value, getattr(value, "__func__", None), getattr(value, "fget", None)):
        waiting = [code] if isinstance(code := getattr(function, "__code__", None), types.CodeType) else []
        while waiting:
            code = waiting.pop()
            yield code
            waiting += [inner for inner in code.co_consts if isinstance(inner, types.CodeType)]


def _check_size(game: type[Any]) -> None:
    size = game.size
    plain = isinstance(size, tuple) and len(size) == 2 and all(isinstance(side, int | float) for side in size)
    if size is not None and not (plain and min(size) > 0):
        raise RulesError(f"{game.__name__}.size = {size!r}; it is width and height in world units: size = (1280, 720)")
    if size is None and any(has_place(part) for part in vars(game).values() if _is_entity(part)):
        raise RulesError(f"{game.__name__} has entities with a place, but no size; write size = (1280, 720)")


def _check_totals(entity: type[Entity], *, is_player: bool) -> None:
    for name, field in entity.fields.items():
        if field.title and not is_player:
            raise RulesError(f"{entity.__name__}.{name}: a total belongs to a Player")


def _is_entity(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, Entity)
