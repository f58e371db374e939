"""Entities: classes of rows, the rows of a table as objects, and single rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Final, Generic, TypeVar

import attrs
import numpy.typing as npt

from game_server.authoring.fields import DECLARING, SEEN_BY, Field, SeenBy, Storage
from game_server.authoring.translation import sqrt
from game_server.errors import RulesError
from game_server.simulation import Table, hidden, whole

PLACED: Final = "placed"
"""The column that counts how often the rules have put a row somewhere: browsers glide to no such place."""
HERE: Final = "here"
"""The column, always 0, of players who would have none to be shown."""
ROWS_OWN: Final = frozenset((PLACED, HERE, "nearest", "towards", "away_from"))
"""What a row has on the wire, and as bots see it, beside what `Entity` has: no field is called so."""
PLAYERS_OWN: Final = frozenset(("name", "colour", "bot"))
"""What a player has in the page, by the roster."""
_PLACINGS: Final = 256
MOST_ROWS: Final = 65535
MOST_SHOWN: Final = 16
"""Fields of a record on the wire."""


def snake_case(name: str) -> str:
    """``GoldCoin`` is ``gold_coin``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def fields_of(entity: type[Entity], storage: Storage) -> list[str]:
    """Return the names of the fields that are kept as ``storage``."""
    return [name for name, field in entity.fields.items() if field.storage is storage]


def who_sees(entity: type[Entity], field: Field) -> SeenBy:
    """Return who gets a field: those who may know it and may know of the row."""
    return max(entity.seen_by, field.seen_by, key=SEEN_BY.index)


def check_annotations(cls: type, field: str) -> None:
    """Check that ``cls`` has a value for each annotation, which alone declares nothing.

    Raises:
        RulesError: one has none.
    """
    for name, kind in vars(cls).get("__annotations__", {}).items():
        if name not in vars(cls):
            said = kind if isinstance(kind, str) else kind.__name__
            raise RulesError(f"{cls.__name__}.{name}: {said} declares nothing; write {name} = {field}, say")


def _check_seen_by(entity: type[Entity], who: SeenBy) -> None:
    if who not in SEEN_BY:
        raise RulesError(f'{entity.__name__}: seen_by={who!r}; it is "everybody", "owner" or "nobody"')
    if entity.__name__ == "Player" and who != "everybody":
        raise RulesError(f"Player: everybody sees who is there; give single fields seen_by={who!r}")


def _owner_of(entity: type[Entity], named: str) -> str | None:
    """Return the field that says whose a row is; None for rows that are nobody's, and for players.

    Raises:
        RulesError: there is something for the owner alone, and no field, or not one, that says who that is.
    """
    players = fields_of(entity, Storage.PLAYER)
    if named and named not in players:
        raise RulesError(f"{entity.__name__}: owner={named!r} is no field; write {named} = player()")
    private = [name for name, field in entity.fields.items() if who_sees(entity, field) == "owner"]
    if entity.__name__ == "Player" or not private:
        return None
    if not named and len(players) != 1:
        say = f'owner="{players[0]}" in its class line' if players else "holder = player()"
        raise RulesError(f'{entity.__name__}.{private[0]}: seen_by="owner" needs to know whose a row is; write {say}')
    return named or players[0]


class Entity:
    """A row. Subclasses declare fields; in rules each of them is an attribute.

    ::

        class Coin(Entity, most=50):
            x = place(0, 1280)
            y = place(0, 720)
            worth = count(1, 10)

    Everybody sees all of it, unless a field or the class says ``seen_by="nobody"``, or ``seen_by="owner"``: the player
    whose row it is, as a field says that is a ``player()``::

        class Card(Entity, most=52):
            holder = player()
            face = count(0, 51, seen_by="owner")

        class Note(Entity, seen_by="owner"):
            reader = player()

    Of a Note only its reader knows that it is there. A row that gets another owner appears to that one, and disappears
    for the other. No byte of it reaches anybody else, spectators and recordings included; but the ``id`` of a row that
    others see is no secret.

    The players' own entity is called ``Player``: a row is there for each player. Rows of others come by
    ``self.coins.add(x=3, y=4)`` and go by ``self.coins.remove(coin)``.

    Attributes:
        id: of a player, the seat, from 0.
    """

    __slots__ = ("_at", "_columns", "id")

    fields: ClassVar[dict[str, Field]] = {}
    most: ClassVar[int] = 256
    plural: ClassVar[str] = ""
    seen_by: ClassVar[SeenBy] = "everybody"
    owner_field: ClassVar[str | None] = None
    id: int
    _at: int
    _columns: dict[str, npt.NDArray[Any]]

    def __init_subclass__(
        cls, *, most: int = 256, plural: str = "", seen_by: SeenBy = "everybody", owner: str = ""
    ) -> None:
        """Read the fields.

        Args:
            most: rows that there can be at once.
            plural: the attribute of the game that has them; that of ``Coin`` is ``coins`` if left out.
            seen_by: who knows of a row at all; of its fields, fewer may.
            owner: the field that says whose a row is, if there are several that are a ``player()``.

        Raises:
            RulesError: an attribute of the class is no field, or its name is taken.
        """
        fields = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        own = ROWS_OWN | PLAYERS_OWN if cls.__name__ == "Player" else ROWS_OWN
        taken = [name for name in fields if hasattr(Entity, name) or name in own or name.startswith("_")]
        if taken:
            raise RulesError(f"{cls.__name__}.{taken[0]}: a field cannot be called so; choose another name")
        for field in fields.values():
            field.check(cls)
        for name, value in vars(cls).items():
            if callable(value) and value in DECLARING:
                said = f"{name} = {value.__name__}"
                raise RulesError(
                    f"{cls.__name__}.{said} is no field; write {said}(...), with what it takes in parentheses"
                )
            constant = isinstance(value, Field | property | staticmethod | classmethod | tuple) or callable(value)
            if not name.startswith("__") and not constant:
                raise RulesError(
                    f"{cls.__name__}.{name} = {value!r} is no field; write {name} = count(0, 100), say: rows hold "
                    "numbers, and texts come with events and commands"
                )
        check_annotations(cls, "count(0, 100)")
        _check_seen_by(cls, seen_by)
        if type(most) is not int or not 1 <= most <= MOST_ROWS:
            raise RulesError(f"{cls.__name__}: most={most!r}; a table has 1 to {MOST_ROWS} rows")
        cls.fields, cls.most, cls.plural = fields, most, plural or f"{snake_case(cls.__name__)}s"
        cls.seen_by = seen_by
        cls.owner_field = _owner_of(cls, owner)

    def __init__(self, columns: dict[str, npt.NDArray[Any]], number: int, at: int | None = None) -> None:
        object.__setattr__(self, "id", number)
        object.__setattr__(self, "_columns", columns)
        object.__setattr__(self, "_at", number if at is None else at)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.fields:
            known = ", ".join(self.fields)
            raise RulesError(f"{type(self).__name__} has no field {name!r}; it has {known}: declare it in the class")
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        known = ", ".join(self.fields)
        raise AttributeError(f"{type(self).__name__} has no field {name!r}; it has {known}")

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self.id}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entity) and type(other) is type(self) and other.id == self.id

    def __hash__(self) -> int:
        return hash((type(self), self.id))

    def place(self, x: float, y: float) -> None:
        """Put it at ``x``, ``y``, where browsers show it at once instead of gliding there.

        Raises:
            RulesError: it has no fields ``x`` and ``y``.
        """
        if PLACED not in self._columns:
            raise RulesError(f"{type(self).__name__} has no place; declare x = place(...) and y = place(...)")
        fields = self.fields
        fields["x"].__set__(self, x)
        fields["y"].__set__(self, y)
        placed = self._columns[PLACED]
        placed[self._at] = (placed.item(self._at) + 1) % _PLACINGS

    def reset(self, x: float | None = None, y: float | None = None) -> None:
        """Set all fields but totals to 0 or False, and put it at ``x``, ``y`` if given."""
        for name, field in self.fields.items():
            if not field.title:
                self._columns[name][self._at] = 0
        if x is not None and y is not None:
            self.place(x, y)

    def distance_to(self, other: Any) -> float:
        """Return how far it is to another row, or to a place ``(x, y)``, in world units."""
        return sqrt(_square(place_of(self), place_of(other)))

    def _part(self) -> None:
        """Keep the fields as they are, for a row that is about to be removed."""
        columns = {name: column[self._at : self._at + 1].copy() for name, column in self._columns.items()}
        object.__setattr__(self, "_columns", columns)
        object.__setattr__(self, "_at", 0)


class Single(Entity):
    """State of which there is one, such as whose turn it is: ``class Board(Single)`` is ``self.board``."""

    __slots__ = ()

    def __init_subclass__(cls, *, seen_by: SeenBy = "everybody", owner: str = "") -> None:
        """Read the fields, as those of an entity."""
        super().__init_subclass__(most=1, plural=snake_case(cls.__name__), seen_by=seen_by, owner=owner)


AnyEntity = TypeVar("AnyEntity", bound=Entity)


class Rows(Generic[AnyEntity]):
    """All rows of one entity, in the order of their ids."""

    def __init__(self, entity: type[AnyEntity], table: Table[Any]) -> None:
        self._entity = entity
        self._table = table
        self._columns = {spec.name: table.column(spec.name) for spec in table.specs}
        self._objects: dict[int, tuple[int, AnyEntity]] = {}
        """By id, the addition that made the row, and the row."""

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[AnyEntity]:
        return iter([self._row(number) for number in self._table.live.tolist()])

    def __getitem__(self, number: int) -> AnyEntity:
        """Return the row with the id ``number``.

        Raises:
            RulesError: there is none.
        """
        if not 0 <= number < self._table.capacity or not self._table.alive[number]:
            raise RulesError(f"there is no {self._entity.__name__} {number}; it has left, or never was")
        return self._row(number)

    def __contains__(self, row: object) -> bool:
        if not isinstance(row, self._entity) or not self._table.alive[row.id]:
            return False
        return self._row(row.id) is row

    def where(self, **values: Any) -> list[AnyEntity]:
        """Return the rows whose fields have these values: ``where(it=True, frozen=0)``, ``where(holder=player)``.

        Raises:
            RulesError: there is no such field.
        """
        for name in values:
            if name not in self._entity.fields:
                raise RulesError(
                    f"{self._entity.__name__} has no field {name!r}; it has {', '.join(self._entity.fields)}"
                )
        wanted = {name: value.id if isinstance(value, Entity) else value for name, value in values.items()}
        return [row for row in self if all(getattr(row, name) == value for name, value in wanted.items())]

    def near(self, place: Any, distance: float) -> list[AnyEntity]:
        """Return the rows at most ``distance`` world units away, the nearest first.

        Args:
            place: a row, which is not among them, or ``(x, y)``.
        """
        at = place_of(place)
        squares = [(_square(place_of(row), at), row.id, row) for row in self if row is not place]
        return [row for square, _, row in sorted(squares) if square <= distance * distance]

    def add(self, **values: Any) -> AnyEntity:
        """Add a row, its fields 0 or False except for ``values``.

        Raises:
            RulesError: there is no room, or no such field. Players' rows come by themselves.
        """
        if self._entity.__name__ == "Player":
            raise RulesError("players join by themselves; a row of Player cannot be added")
        for name in values:
            if name not in self._entity.fields:
                raise RulesError(
                    f"{self._entity.__name__} has no field {name!r}; it has {', '.join(self._entity.fields)}"
                )
        row = self._row(self._table.add())
        for name, value in values.items():
            setattr(row, name, value)
        return row

    def remove(self, row: AnyEntity) -> None:
        """Remove ``row``, whose fields can still be read; one that is gone already is no error.

        Raises:
            RulesError: it is a player's.
        """
        if self._entity.__name__ == "Player":
            raise RulesError("players leave by themselves; a row of Player cannot be removed")
        if row in self:
            self._take_out(row)

    def _take_out(self, row: AnyEntity) -> None:
        row._part()
        del self._objects[row.id]
        self._table.remove(row.id)

    def _row(self, number: int) -> AnyEntity:
        made = int(self._table.generation[number])
        known = self._objects.get(number)
        if known is None or known[0] != made:
            known = self._objects[number] = made, self._entity(self._columns, number)
        return known[1]


def columns_of(entity: type[Entity], exact: Iterable[str]) -> type[attrs.AttrsInstance]:
    """Make the row class of ``entity``.

    Args:
        exact: fields that the owner gets as they are.

    Raises:
        RulesError: there are more fields than a record has.
    """
    exact, is_players = set(exact), entity.__name__ == "Player"
    seen = {name: who_sees(entity, field) for name, field in entity.fields.items()}
    columns = {
        name: field.column(seen[name], exact=name in exact, is_players=is_players)
        for name, field in entity.fields.items()
    }
    if has_place(entity):
        placed = Field(Storage.WHOLE, 0, _PLACINGS - 1, 1, seen["x"])
        columns[PLACED] = placed.column(
            "everybody" if is_players else seen["x"], exact=is_players, is_players=is_players
        )
    shown = sum(who == "everybody" for who in seen.values()) + has_place(entity)
    owned = exact or has_place(entity) or "owner" in seen.values()
    if is_players and not (shown and owned):
        # Everybody is shown at least who is there, and a player at least that there is a row of its own.
        columns[HERE] = hidden("u1", owner=True) if shown else whole(0, 1, owner=True)
    if shown > MOST_SHOWN:
        raise RulesError(
            f"{entity.__name__} has {shown} fields that everybody sees, the engine's own for a place included; "
            f"{MOST_SHOWN} fit in a record on the wire"
        )
    made: type[attrs.AttrsInstance] = attrs.make_class(entity.__name__, columns or {"nothing": hidden("u1")})
    return made


def has_place(entity: type[Entity]) -> bool:
    """Whether the rows have a place: fields ``x`` and ``y`` with a point."""
    fields = entity.fields
    return all(name in fields and fields[name].storage.value == "f8" for name in ("x", "y"))


def place_of(row: Any) -> tuple[float, float]:
    """Return where a row is; a place ``(x, y)`` is its own."""
    if isinstance(row, tuple):
        x, y = row
        return float(x), float(y)
    return row.x, row.y


def _square(a: tuple[float, float], b: tuple[float, float]) -> float:
    x, y = a[0] - b[0], a[1] - b[1]
    return x * x + y * y
