"""Commands of declared games: what players ask of the rules, each once, such as to put down a card."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

import attrs

from game_server.authoring.entities import check_annotations, snake_case
from game_server.authoring.fields import Field, Storage, are_whole
from game_server.errors import RulesError
from game_server.simulation import CommandForm, TextValue, WholeValue, WholeValues

MOST_COMMANDS: Final = 64
MOST_TEXT: Final = 200
MOST_COUNTS: Final = 128
"""Numbers that come with one command: what a hand does in a moment; ten times as many fit into a message."""


@attrs.frozen
class TextField:
    """A text that comes with a command."""

    most: int


@attrs.frozen
class CountsField:
    """Several whole numbers that come with a command, at its end."""

    low: int
    high: int
    most: int


class Command:
    """Something that a player asks for once. Subclasses declare what comes with it; a method of the game does it.

    ::

        class Put(Command):
            card = count(0, 51)

        def put(self, player, card): ...

    In the browser ``send.put(4)`` asks for it; ``click``, ``on`` and the others get ``send``. What is sent is checked
    before the method is called, at most 20 a second for each player; the method runs at once, between two ticks, in any
    phase, and what it changes is shown at once.
    """

    form: ClassVar[CommandForm]

    def __init_subclass__(cls) -> None:
        """Read the fields.

        Raises:
            RulesError: one is neither whole nor a text, or something comes after ``counts``.
        """
        values: list[WholeValue | TextValue] = []
        for name, field in vars(cls).items():
            if name.startswith("__"):
                continue
            if values and isinstance(values[-1], WholeValues):
                several = f"{cls.__name__}.{values[-1].name}"
                raise RulesError(f"{several}: counts(...) is the last of what comes with a command")
            if isinstance(field, TextField):
                values.append(TextValue(name, field.most))
            elif isinstance(field, CountsField):
                values.append(WholeValues(name, field.low, field.high, field.most))
            elif isinstance(field, Field) and field.storage not in (Storage.NUMBER, Storage.PLAYER):
                values.append(WholeValue(name, int(field.low), int(field.high)))
            else:
                raise RulesError(
                    f"{cls.__name__}.{name}: with a command come count(0, 51), flag(), text(40) and, at its end, "
                    "counts(0, 51, most=8)"
                )
        check_annotations(cls, "count(0, 51)")
        cls.form = CommandForm(snake_case(cls.__name__), tuple(values))


def text(most: int) -> Any:
    """Declare a text of up to ``most`` characters, 1 to 200, that comes with a command."""
    if not are_whole(most) or not 1 <= most <= MOST_TEXT:
        raise RulesError(f"text({most!r}): a text of a command has 1 to {MOST_TEXT} characters")
    return TextField(most)


def counts(low: int, high: int, *, most: int) -> Any:
    """Declare up to ``most`` whole numbers, 2 to 128, from ``low`` to ``high``: the last of what comes with a command.

    They come one by one: ``send.take(3, 9)`` in the browser, and ``def take(self, player, *cards)`` in the rules.
    """
    if not are_whole(low, high) or not -(2**31) <= low < high < 2**31:
        raise RulesError(f"counts({low!r}, {high!r}): whole numbers within 2^31, the second the larger one")
    if not are_whole(most) or not 2 <= most <= MOST_COUNTS:
        raise RulesError(f"counts(..., most={most!r}): it is 2 to {MOST_COUNTS}")
    return CountsField(low, high, most)


class Asking:
    """What asks the rules for commands: ``send.put(4)``.

    Args:
        forms: the commands of a game.
        game: its name.
    """

    def __init__(self, forms: Sequence[CommandForm], game: str) -> None:
        self._forms = {form.name: (number, form) for number, form in enumerate(forms)}
        self._game = game
        self._asked: list[tuple[int, tuple[int | str, ...]]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        found = self._forms.get(name)
        if found is None:
            raise RulesError(f"{self._game} has no command {name!r}; it has {', '.join(self._forms) or 'none'}")
        number, form = found

        def ask(*values: Any) -> None:
            self._asked.append((number, form.read([int(v) if isinstance(v, bool) else v for v in values])))

        return ask


def take_asked(asking: Asking) -> tuple[tuple[int, tuple[int | str, ...]], ...]:
    """Return what ``asking`` was asked for since the last call.

    No method of it: each of its public names is that of a command, ``take`` as well.
    """
    asked, asking._asked = tuple(asking._asked), []
    return asked


def read_commands(game: type[Any], commands: list[type[Command]]) -> tuple[CommandForm, ...]:
    """Return the commands of ``game``.

    Raises:
        RulesError: there are too many, or no method does one with what comes with it.
    """
    if len(commands) > MOST_COMMANDS:
        raise RulesError(f"{game.__name__} has {len(commands)} commands; a game has up to {MOST_COMMANDS}")
    for command in commands:
        form = command.form
        method = getattr(game, form.name, None)
        if not all(takes(method, 2 + given) for given in form.lengths):
            named = ("*" * isinstance(value, WholeValues) + value.name for value in form.values)
            parameters = ", ".join(["self", "player", *named])
            raise RulesError(
                f"{game.__name__} does not say what {command.__name__} does; write def {form.name}({parameters}):"
            )
    return tuple(command.form for command in commands)


def takes(method: Any, arguments: int) -> bool:
    """Whether ``method``, as the class has it, can be called with this many ``arguments``, the game included."""
    try:
        inspect.signature(method).bind(*[None] * arguments)
    except TypeError:
        return False
    return True
