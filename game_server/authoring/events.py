"""Events of declared games: classes of fields that are players, whole numbers or text."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import attrs

from game_server.authoring.entities import Entity, snake_case
from game_server.errors import RulesError
from game_server.simulation import Event as EngineEvent

_FORMS: Final = {"int": int, "str": str, "bool": int}
FIRST_CODE: Final = 16
"""Codes below belong to the protocol."""
MOST_EVENTS: Final = 256 - FIRST_CODE
MOST_WHOLE: Final = 2**53 - 1
"""Beyond it numbers are not exact in browsers."""
MOST_TEXT: Final = 1000
"""Characters: a line for people. It is sent to all of a match in one tick."""


class Event(EngineEvent):
    """Something that happens in a moment, sent once to those who are there.

    ::

        class Tagged(Event):
            by: "Player"
            player: "Player"
            line = "{by} tagged {player}"

    A field is an entity, ``int``, or ``str`` of up to 1,000 characters: it goes to
    everybody at once. ``line`` stands in the feed of everybody who gets the event.
    """

    line: ClassVar[str] = ""
    highlight: ClassVar[bool] = False
    """Whether the timeline of a recording shows it."""
    kinds: ClassVar[dict[str, str]] = {}
    """Of each field the last word of its annotation."""

    def __init_subclass__(cls) -> None:
        """Read the fields.

        Raises:
            RulesError: there is an annotation that an event cannot hold, a field without one, or a line with an unknown
                field.
        """
        annotations = {
            name: (kind if isinstance(kind, str) else kind.__name__).strip("'\"").rsplit(".", 1)[-1]
            for name, kind in vars(cls).get("__annotations__", {}).items()
        }
        for name, value in vars(cls).items():
            if name not in annotations and name not in ("line", "highlight") and not _is_part_of_a_class(name, value):
                raise RulesError(f'{cls.__name__}.{name} = {value!r} is no field; write {name}: "Player", int or str')
        cls.kinds = annotations
        cls.name = snake_case(cls.__name__)
        attrs.define(cls, slots=False, frozen=True, field_transformer=_plain)
        try:
            cls.line.format(**dict.fromkeys(annotations, ""))
        except (KeyError, IndexError, ValueError) as error:
            raise RulesError(
                f"{cls.__name__}.line = {cls.line!r} is not to be filled in ({error}); "
                f"its fields are {', '.join(annotations) or 'none'}"
            ) from None


def _is_part_of_a_class(name: str, value: Any) -> bool:
    """Whether it is no declaration: a method, or what Python puts there."""
    return name.startswith("__") or callable(value) or isinstance(value, property | staticmethod | classmethod)


def settle(events: list[type[Event]], entities: set[str]) -> None:
    """Give the ``events`` of a game their codes, in the order of declaration.

    Raises:
        RulesError: there are too many, or a field is annotated with something that is no entity, ``int`` or ``str``.
    """
    if len(events) > MOST_EVENTS:
        raise RulesError(f"there are {len(events)} events; a game has up to {MOST_EVENTS}")
    for at, event in enumerate(events):
        for name, kind in event.kinds.items():
            if kind not in _FORMS and kind not in entities:
                raise RulesError(
                    f"{event.__name__}.{name} is annotated with {kind!r}; a field is int, str, or one of "
                    f"{', '.join(sorted(entities))}"
                )
        event.code = FIRST_CODE + at
        event.concerns = tuple(name for name, kind in event.kinds.items() if kind == "Player")


def _plain(cls: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """Have each field keep an entity as its id, and check what else is given."""
    kinds: dict[str, str] = cls.kinds  # type: ignore[attr-defined]

    def converter(name: str) -> Any:
        form = _FORMS.get(kinds[name])

        def convert(value: Any) -> int | str:
            if form is None and isinstance(value, Entity):
                return value.id
            if form is str and isinstance(value, str):
                if len(value) > MOST_TEXT:
                    raise RulesError(
                        f"{cls.__name__}.{name} has {len(value)} characters; a text of an event has up to {MOST_TEXT}: "
                        "send several events, or keep it in rows"
                    )
                return value
            if form is int and isinstance(value, int | float) and abs(value) <= MOST_WHOLE and value == int(value):
                return int(value)
            wanted = form.__name__ if form else kinds[name]
            within = ", and is whole and within 2^53" if form is int else ""
            raise RulesError(f"{cls.__name__}.{name} is {value!r}; it is declared as {wanted}{within}")

        return convert

    return [field.evolve(converter=converter(field.name)) for field in fields]
