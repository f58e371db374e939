"""Kinds of message fields: the type and range that a class declares, and the check of a value off the wire.

A message or a row annotates each of its fields with a kind, as in ``nickname: Annotated[str, Text(20)]``. The decoders
(`game_server.protocol.codec`) and the schema for programs (docs/protocol/protocol.json) are made from these kinds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, Protocol, get_origin, get_type_hints

import attrs

from game_server.errors import ProtocolError
from game_server.protocol.closes import CloseCode, close_reason
from game_server.protocol.codes import NO_PLAYER
from game_server.protocol.limits import MAX_PLAYERS, MAX_TICK


class Kind(Protocol):
    """The kind of a field."""

    def read(self, value: Any, name: str) -> Any:
        """Return ``value`` as the message keeps it.

        Raises:
            ProtocolError: it is not of this kind; the reason begins with ``name``.
        """


@attrs.frozen
class Integer:
    """An integer from ``low`` to ``high``, both included; never a boolean."""

    low: int
    high: int

    def read(self, value: Any, name: str) -> int:  # noqa: D102 - as `Kind.read`, here and below
        if type(value) is not int:
            raise bad(f"{name} is an integer, not {kind_of(value)}")
        if not self.low <= value <= self.high:
            raise bad(f"{name} is from {self.low} to {self.high}, not {value}")
        return value


@attrs.frozen
class Number:
    """An integer or a float from ``low`` to ``high``, both finite and included."""

    low: float
    high: float

    def read(self, value: Any, name: str) -> float:  # noqa: D102
        if type(value) is not int and type(value) is not float:
            raise bad(f"{name} is a number, not {kind_of(value)}")
        # NaN is in no range, and no range here has an infinite end.
        if not self.low <= value <= self.high:
            raise bad(f"{name} is a finite number from {self.low:g} to {self.high:g}, not {value}")
        return value


@attrs.frozen
class Text:
    """A string of at most ``most`` characters."""

    most: int

    def read(self, value: Any, name: str) -> str:  # noqa: D102
        if type(value) is not str:
            raise bad(f"{name} is a string, not {kind_of(value)}")
        if len(value) > self.most:
            raise bad(f"{name} has at most {self.most} characters, not {len(value)}")
        return value


@attrs.frozen
class Plain:
    """A ``bytes``, ``dict`` or ``list`` of any length with anything in it, which is checked where it is used."""

    type: type

    def read(self, value: Any, name: str) -> Any:  # noqa: D102
        if type(value) is not self.type:
            raise bad(f"{name} is {_KINDS[self.type]}, not {kind_of(value)}")
        return value


@attrs.frozen
class Nullable:
    """Nil, or what ``kind`` allows."""

    kind: Kind

    def read(self, value: Any, name: str) -> Any:  # noqa: D102
        return None if value is None else self.kind.read(value, name)


@attrs.frozen
class Row:
    """An array with one element for each field of ``made``, a named tuple. Reasons call a field ``prefix.field``."""

    made: type[tuple[Any, ...]]
    prefix: str
    _fields: list[Field] = attrs.field(init=False, eq=False, repr=False)

    @_fields.default
    def _declared(self) -> list[Field]:
        return fields_of(self.made, self.prefix, first=0)

    def read(self, value: Any, name: str) -> tuple[Any, ...]:  # noqa: D102
        if len(_ARRAY.read(value, name)) != len(self._fields):
            raise bad(f"{name} has {len(self._fields)} elements, not {len(value)}")
        return self.made(*read_fields(value, self._fields))


@attrs.frozen
class ArrayOf:
    """An array of any length with elements of one kind, kept as a tuple. Reasons call an element ``each``."""

    kind: Kind
    each: str

    def read(self, value: Any, name: str) -> tuple[Any, ...]:  # noqa: D102
        read, each = self.kind.read, self.each
        return tuple([read(element, each) for element in _ARRAY.read(value, name)])


@attrs.frozen
class IntegerOrText:
    """What ``integer`` allows, or what ``text`` does."""

    integer: Integer
    text: Text

    def read(self, value: Any, name: str) -> Any:  # noqa: D102
        return self.text.read(value, name) if type(value) is str else self.integer.read(value, name)


@attrs.frozen
class MapOf:
    """A map of at most ``most`` names to values of one kind. Reasons call a name or a value ``each``."""

    most: int
    names: Text
    kind: Kind
    each: str

    def read(self, value: Any, name: str) -> dict[str, Any]:  # noqa: D102
        if len(_MAP.read(value, name)) > self.most:
            raise bad(f"{name} has at most {self.most} entries, not {len(value)}")
        read_name, read, each = self.names.read, self.kind.read, self.each
        return {read_name(named, each): read(element, each) for named, element in value.items()}


@attrs.frozen
class EventRow:
    """An event: an array with its code in front, then the fields that the game's schema declares."""

    def read(self, value: Any, name: str) -> tuple[Any, ...]:  # noqa: D102
        if type(value) is not list or not value or type(value[0]) is not int:
            raise bad(f"{name} is an array with a code in front")
        return tuple(value)


@attrs.frozen
class TableRecords:
    """The tables of a snapshot: an array of number, records, number, records; kept as pairs."""

    number: Kind
    records: Kind

    def read(self, value: Any, name: str) -> tuple[tuple[int, bytes], ...]:  # noqa: D102
        if len(_ARRAY.read(value, name)) % 2:
            raise bad(f"{name} pairs numbers with records; it has {len(value)} elements")
        number, records = self.number.read, self.records.read
        pairs = zip(value[::2], value[1::2], strict=True)
        return tuple(
            [(number(table, "snapshot table"), records(packed, "snapshot records")) for table, packed in pairs]
        )


Flag = Annotated[int, Integer(0, 1)]
"""0 for no, 1 for yes."""
Tick = Annotated[int, Integer(0, MAX_TICK)]
Player = Annotated[int, Integer(0, NO_PLAYER)]
"""A player's number, or `NO_PLAYER`."""
Count = Annotated[int, Integer(0, MAX_PLAYERS)]
"""A number of people, bots or spectators."""
Byte = Annotated[int, Integer(0, 255)]
"""A code, a kind or flags from the server. Newer servers may send values that a client does not know yet."""

_ARRAY: Final = Plain(list)
_MAP: Final = Plain(dict)

Field = tuple[int, Callable[[Any, str], Any], str]
"""Where a field stands in its array, its kind's ``read``, and its name in reasons."""


def kinds_of(declaring: type) -> dict[str, Kind]:
    """Return the kind of each field of a message or row class, in the order of the wire."""
    hints = get_type_hints(declaring, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items() if get_origin(hint) is Annotated}


def fields_of(declaring: type, prefix: str, first: int) -> list[Field]:
    """Return how to read each field of a message or row class, of which the first stands at ``first``."""
    kinds = enumerate(kinds_of(declaring).items(), first)
    return [(at, kind.read, f"{prefix}.{name}") for at, (name, kind) in kinds]


def read_fields(array: list[Any], fields: list[Field]) -> list[Any]:
    """Read ``fields`` from an array that is long enough.

    Raises:
        ProtocolError: an element is not of its field's kind.
    """
    values = []
    for at, read, name in fields:
        values.append(read(array[at], name))
    return values


def bad(reason: str) -> ProtocolError:
    """Make the error for a message that docs/PROTOCOL.md does not allow."""
    return ProtocolError(CloseCode.BAD_MESSAGE, close_reason(reason))


def kind_of(value: Any) -> str:
    """Name the msgpack type of ``value`` in the words of a reason."""
    return _KINDS.get(type(value), "an extension type")


_KINDS: Final = {
    list: "an array",
    dict: "a map",
    bytes: "bytes",
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a float",
    type(None): "nil",
}
"""All that msgpack makes of bytes, apart from its extension types, which have classes of their own."""
