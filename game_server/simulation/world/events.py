"""Events: rare things that happen in a tick, sent in order and never skipped."""

from __future__ import annotations

from typing import ClassVar

import attrs

from game_server.errors import RulesError

FIRST_GAME_CODE = 16
"""Codes below this one belong to the protocol (docs/PROTOCOL.md section 4)."""


class Event:
    """The base of a game's events: attrs classes with ``int`` or ``str`` fields, a ``code`` from 16 on, and a name.

    ::

        @attrs.frozen
        class Kill(Event):
            code = 16
            name = "kill"
            killer: int
            victim: int

    `World.emit` says who gets an event. ``concerns`` names the fields that hold players who get it wherever they are.
    """

    code: ClassVar[int]
    name: ClassVar[str]
    concerns: ClassVar[tuple[str, ...]] = ()

    def to_wire(self) -> list[int | str]:
        """``[code, field, ...]`` in the order of the class's fields.

        Raises:
            RulesError: a field is neither ``int`` nor ``str``; wrap a number from a numpy array in ``int()``.
        """
        values = [getattr(self, field) for field in field_names(type(self))]
        for value in values:
            if type(value) is not int and type(value) is not str:
                raise RulesError(f"event {self!r} holds a {type(value).__name__}; its fields are int or str")
        return [self.code, *values]


def field_names(event_type: type[Event]) -> tuple[str, ...]:
    """The names of an event's fields, in wire order.

    Raises:
        RulesError: the class is no attrs class.
    """
    if not attrs.has(event_type):
        raise RulesError(f"event {event_type.__name__} is no attrs class; put @attrs.frozen above it")
    return tuple(field.name for field in attrs.fields(event_type))
