"""Fields of entities: what authors declare, and the column that each becomes."""

from __future__ import annotations

import enum
import math
from typing import Any, Final, Literal

import attrs

from game_server.authoring.translation import BOOL, NUMBER, Kind
from game_server.errors import RulesError
from game_server.simulation import MOST_SEATS, hidden, quantised, whole

SeenBy = Literal["everybody", "owner", "nobody"]
SEEN_BY: Final[tuple[SeenBy, ...]] = ("everybody", "owner", "nobody")
"""From the most to the fewest."""

MOST_STEPS: Final = 2**16 - 1
"""Of a place on the wire, in two bytes."""
MOST_TICKS: Final = 2**16 - 1
MOST_TOTAL: Final = 2**31 - 1


class Storage(enum.Enum):
    """How a field is kept: the numpy dtype of its column."""

    NUMBER = "f8"
    WHOLE = "i4"
    TICKS = "u2"
    FLAG = "u1"
    PLAYER = "u4"
    """The number of a player plus 1; 0, as in a fresh row, is nobody."""


@attrs.define
class Field:
    """A declared field: as an attribute of a row it is a number, for a flag True or False, for a player an id or None.

    Attributes:
        storage: how it is kept.
        low, high: the limits, which are those of the wire and, for whole numbers, of what rules may set.
        step: of a number on the wire; 0 for one that never goes there in steps.
        seen_by: who gets it.
        title: of a column in the standings; empty for none.
        lasting: whether it stays from round to round.
        is_place: whether browsers show it moving from value to value.
        name: what it is called, once its class is made.
    """

    storage: Storage
    low: float
    high: float
    step: float
    seen_by: SeenBy
    title: str = ""
    lasting: bool = False
    is_place: bool = False
    name: str = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def check(self, owner: type) -> None:
        """Check it as a field of ``owner``. `__set_name__` cannot: its errors are wrapped before Python 3.12.

        Raises:
            RulesError: nobody is called ``seen_by``, or a number has no form on the wire.
        """
        name = self.name
        if self.seen_by not in SEEN_BY:
            raise RulesError(
                f'{owner.__name__}.{name}: seen_by={self.seen_by!r}; it is "everybody", "owner" or "nobody"'
            )
        if self.storage is not Storage.NUMBER or self.step or self.seen_by == "nobody":
            return
        if self.seen_by == "everybody":
            raise RulesError(
                f"{owner.__name__}.{name}: a number that everybody sees needs limits and a step, as in "
                'number(0, 100, step=0.5); or say seen_by="owner", or "nobody"'
            )
        if owner.__name__ != "Player":  # whose own row alone is sent exact
            raise RulesError(
                f"{owner.__name__}.{name}: a number that its owner sees needs limits and a step, as in "
                'number(0, 100, step=0.5, seen_by="owner"); only the players\' own entity, which has to be called '
                "class Player(Entity), does without"
            )

    @property
    def kind(self) -> Kind:
        """What it is in a predicted rule."""
        return BOOL if self.storage is Storage.FLAG else NUMBER

    @property
    def is_whole(self) -> bool:
        """Whether it holds whole numbers."""
        return self.storage in (Storage.WHOLE, Storage.TICKS)

    def column(self, seen_by: SeenBy, *, exact: bool, is_players: bool) -> Any:
        """Make the column.

        Args:
            seen_by: who gets it, which the entity may restrict.
            exact: whether the owner gets it as it is, to go on from.
            is_players: whether the rows are the players' own, of which each is sent its own in full.
        """
        owner = exact or (is_players and seen_by == "owner")
        if seen_by == "nobody" or (is_players and seen_by == "owner"):
            return hidden(self.storage.value, owner=owner)
        private = seen_by == "owner"
        if self.storage is Storage.NUMBER:
            return quantised(self.low, self.high, step=self.step, owner=owner, private=private)
        return whole(int(self.low), int(self.high), owner=owner, private=private)

    def __get__(self, row: Any, owner: type) -> Any:
        if row is None:
            return self
        value = row._columns[self.name].item(row._at)
        if self.storage is Storage.PLAYER:
            return value - 1 if value else None
        return bool(value) if self.storage is Storage.FLAG else value

    def __set__(self, row: Any, value: Any) -> None:
        row._columns[self.name][row._at] = self.checked(value, type(row).__name__)

    def checked(self, value: Any, owner: str) -> float:
        """Return ``value`` as it can be kept.

        Raises:
            RulesError: it is out of range, no number, not whole, or no player.
        """
        if self.storage is Storage.PLAYER:
            player = getattr(value, "id", value)
            if player is None:
                return 0
            if type(player) is not int or not 0 <= player < MOST_SEATS:
                raise RulesError(f"{owner}.{self.name} is set to {value!r}; it is a player, its id, or None")
            return player + 1
        if isinstance(value, bool) or self.storage is Storage.FLAG:
            if value not in (0, 1):
                raise RulesError(f"{owner}.{self.name} is set to {value!r}; a flag is True or False")
            return int(value)
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise RulesError(f"{owner}.{self.name} is set to {value!r}, which is no number") from None
        if not math.isfinite(number):
            raise RulesError(f"{owner}.{self.name} is set to {value!r}; a field is finite")
        if not self.is_whole:
            return number
        if number != int(number) or not self.low <= number <= self.high:
            raise RulesError(
                f"{owner}.{self.name} is set to {value!r}; it is a whole number from {self.low:g} to {self.high:g}"
            )
        return int(number)


def are_whole(*values: object) -> bool:
    """Whether all ``values`` are whole numbers: an author may have written "5", or 1.5."""
    return all(type(value) is int for value in values)


def _finite(*values: object) -> bool:
    return all(isinstance(value, int | float) and math.isfinite(value) for value in values)


def place(low: float, high: float, *, seen_by: SeenBy = "everybody") -> Any:
    """Declare a coordinate in world units, which browsers show gliding.

    It is exact in the rules and for its player; others get it in steps, the finest power of two that two bytes hold:
    1/32 for ``place(0, 1280)``.
    """
    if not _finite(low, high) or not low < high:
        raise RulesError(f"place({low!r}, {high!r}): two numbers, the second the larger one")
    step = 2.0 ** math.ceil(math.log2((high - low) / MOST_STEPS))
    return Field(Storage.NUMBER, low, high, step, seen_by, is_place=True)


def number(low: float = 0.0, high: float = 0.0, *, step: float = 0.0, seen_by: SeenBy = "everybody") -> Any:
    """Declare a number with a point: exact in the rules; for the wire, what everybody sees has limits and a step."""
    if not _finite(low, high, step) or not (low < high if step else low == high == 0):
        raise RulesError(f"number({low!r}, {high!r}, step={step!r}): give two limits and a step, or none of them")
    return Field(Storage.NUMBER, low, high, step, seen_by)


def count(low: int, high: int, *, seen_by: SeenBy = "everybody") -> Any:
    """Declare a whole number from ``low`` to ``high``, within 2^31."""
    if not are_whole(low, high) or not -(2**31) <= low < high < 2**31:
        raise RulesError(f"count({low!r}, {high!r}): whole numbers within 2^31, the second the larger one")
    return Field(Storage.WHOLE, low, high, 1, seen_by)


def flag(*, seen_by: SeenBy = "everybody") -> Any:
    """Declare something that is True or False; False at first."""
    return Field(Storage.FLAG, 0, 1, 1, seen_by)


def ticks(*, seen_by: SeenBy = "everybody") -> Any:
    """Declare a number of ticks, 0 to 65535: time that is left, say."""
    return Field(Storage.TICKS, 0, MOST_TICKS, 1, seen_by)


def player(*, seen_by: SeenBy = "everybody") -> Any:
    """Declare a player, such as whose card this is: the player's ``id``, or None, as it is at first.

    It is set to a player, an id or None, and becomes None when the player has left, after `Game.left`.
    """
    return Field(Storage.PLAYER, 0, MOST_SEATS, 1, seen_by)


def total(title: str, *, lasting: bool = False) -> Any:
    """Declare points, 0 to 2^31 - 1: a column called ``title`` in the standings, which are in the order of the first.

    A round begins with all of them at 0, but for those that are ``lasting``; the first of the others decides who wins
    a round.
    """
    if not title or type(title) is not str:
        raise RulesError(f'total({title!r}): it has a title, for the column: total("Points")')
    return Field(Storage.WHOLE, 0, MOST_TOTAL, 1, "everybody", title, lasting)


DECLARING: Final = (place, number, count, flag, ticks, player, total)
"""What makes fields."""
