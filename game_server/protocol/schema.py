"""Schema of a game: the layout of the bytes of its snapshots and events (docs/PROTOCOL.md section 5)."""

from __future__ import annotations

import math
import struct
from typing import Any, Final

import attrs

from game_server.errors import ProtocolError
from game_server.protocol.closes import CloseCode, close_reason

OWN_STRUCT_CODES: Final = {"f8": "d", "u1": "B", "u2": "H", "u4": "I", "i1": "b", "i2": "h", "i4": "i"}
"""The codes of own fields, and their codes in `struct`."""

MAX_FIELDS: Final = 16
"""Fields of a table: as many as bits in the largest mask."""
ID_SIZE: Final = 2
"""Bytes of an entity's id in a record."""


@attrs.frozen
class FieldSchema:
    """A field on the wire: ``value = offset + step * n``, ``n`` an unsigned integer of ``size`` bytes."""

    name: str
    size: int
    offset: float
    step: float


@attrs.frozen
class TableSchema:
    """A table on the wire."""

    number: int
    name: str
    fields: tuple[FieldSchema, ...]

    @property
    def mask_size(self) -> int:
        """Bytes of a record's mask."""
        return 1 if len(self.fields) <= 8 else 2

    @property
    def head_size(self) -> int:
        """Bytes of a record's id and mask."""
        return ID_SIZE + self.mask_size

    @property
    def whole_mask(self) -> int:
        """The mask of a whole row."""
        return int((1 << len(self.fields)) - 1)

    @property
    def row_size(self) -> int:
        """Bytes of a whole row, without id and mask."""
        return sum(field.size for field in self.fields)


@attrs.frozen
class EventSchema:
    """An event of the game: its code and the names of its fields."""

    code: int
    name: str
    fields: tuple[str, ...]


@attrs.frozen
class Schema:
    """All tables, the layout of a player's own row, and the game's events."""

    tables: tuple[TableSchema, ...]
    own: tuple[tuple[str, str], ...]
    events: tuple[EventSchema, ...]

    @property
    def own_struct(self) -> struct.Struct:
        """The struct that reads and writes a player's own row."""
        return struct.Struct("<" + "".join(OWN_STRUCT_CODES[code] for _, code in self.own))

    def to_wire(self) -> list[Any]:
        """Return the ``schema`` of `welcome`."""
        return [
            [[t.number, t.name, [[f.name, f.size, f.offset, f.step] for f in t.fields]] for t in self.tables],
            [list(field) for field in self.own],
            [[e.code, e.name, list(e.fields)] for e in self.events],
        ]

    @classmethod
    def from_wire(cls, wire: Any) -> Schema:
        """Read the ``schema`` of `welcome`.

        Raises:
            ProtocolError: it is not of the form of docs/PROTOCOL.md section 5.
        """
        try:
            tables, own, events = wire
            schema = cls(
                tuple(
                    TableSchema(n, name, tuple(FieldSchema(*field) for field in fields)) for n, name, fields in tables
                ),
                tuple((name, code) for name, code in own),
                tuple(EventSchema(code, name, tuple(fields)) for code, name, fields in events),
            )
            schema._check()
        except (TypeError, ValueError) as error:
            raise ProtocolError(CloseCode.BAD_MESSAGE, close_reason(f"schema not understood: {error}")) from error
        return schema

    def _check(self) -> None:
        _check_names("table", [table.name for table in self.tables])
        _check_names("own field", [name for name, _ in self.own])
        _check_names("event", [event.name for event in self.events])
        _check_numbers("table", [table.number for table in self.tables], 255)
        _check_numbers("event", [event.code for event in self.events], 2**32 - 1)
        for table in self.tables:
            _check_names(f"field of {table.name}", [field.name for field in table.fields])
            if not 1 <= len(table.fields) <= MAX_FIELDS:
                raise ValueError(f"{len(table.fields)} fields in table {table.name}")
            for field in table.fields:
                if type(field.size) is not int or field.size not in (1, 2, 4):
                    raise ValueError(f"{field.size} bytes in field {table.name}.{field.name}")
                for scale in (field.offset, field.step):
                    if type(scale) not in (int, float) or not math.isfinite(scale):
                        raise ValueError(f"scale {scale!r} of field {table.name}.{field.name}")
        for name, code in self.own:
            if code not in OWN_STRUCT_CODES:
                raise ValueError(f"code {code!r} of own field {name}")
        for event in self.events:
            _check_names(f"field of {event.name}", list(event.fields))


def _check_names(what: str, names: list[Any]) -> None:
    if any(type(name) is not str for name in names) or len(set(names)) < len(names):
        raise ValueError(f"{what} names {names} are not distinct strings")


def _check_numbers(what: str, numbers: list[Any], most: int) -> None:
    in_range = all(type(number) is int and 0 <= number <= most for number in numbers)
    if not in_range or len(set(numbers)) < len(numbers):
        raise ValueError(f"{what} numbers {numbers} are not distinct integers from 0 to {most}")
